/** Params come from callers in any language and shape: whatever JSON it is, it is translated or refused, never thrown at. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ChatParams, EmbedParams } from '../../../src/core/openai-types.ts'
import { fromAiSdk } from '../../../src/providers/ai-sdk.ts'
import { createAiSdkAdapter } from '../../../src/providers/ai-sdk-adapter.ts'
import { toCallOptions } from '../../../src/providers/ai-sdk-options.ts'
import { createChatTranslation } from '../../../src/providers/chat-params.ts'
import { createEmbedTranslation } from '../../../src/providers/embed-params.ts'
import { validateParseTools } from '../../../src/providers/parse.ts'
import { type PresetName, PRESETS } from '../../../src/providers/presets.ts'
import { createResponsesTranslation } from '../../../src/providers/responses-dialect.ts'

const NAMES = Object.keys(PRESETS) as PresetName[]

const translations = NAMES.map((name) => {
  const { dialect } = PRESETS[name]
  const create = dialect.api === 'chat' ? createChatTranslation : createResponsesTranslation
  return { name, chat: create(name, dialect), embeddings: createEmbedTranslation(name, dialect) }
})

const aiSdk = (['v2', 'v3', 'v4'] as const).map((specificationVersion) =>
  createAiSdkAdapter(
    fromAiSdk({
      specificationVersion,
      provider: 'anthropic.messages',
      modelId: 'claude',
      doGenerate: () => Promise.resolve({ content: [], finishReason: 'stop' }),
    }),
  ),
)

/** As from JavaScript, or from a body that nobody has checked. */
function malformed(params: unknown): ChatParams {
  return params as ChatParams
}

function translateEverywhere(params: ChatParams): void {
  for (const { chat } of translations) {
    chat.unsupported(params)
    chat.body(params, 'm')
  }
  for (const [index, adapter] of aiSdk.entries()) {
    const version = (['v2', 'v3', 'v4'] as const)[index] ?? 'v4'
    if (adapter.unsupported('chat', params) === undefined) toCallOptions(params, version)
  }
}

/** Any JSON; objects among it may have keys that every object has. */
const json = fc.jsonValue({ maxDepth: 3, depthSize: 'small' }).map((value): unknown => value)
const trap = fc.constantFrom<unknown>(null, 5, 'x', [], {}, { toString: 1, valueOf: 1 }, [null, 5], { a: 1 })
const odd = fc.oneof({ arbitrary: trap, weight: 3 }, { arbitrary: json, weight: 1 })

function oddOr<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: odd, weight: 1 }, { arbitrary, weight: 2 })
}

function listOf(item: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return oddOr(fc.array(oddOr(item), { maxLength: 4 }))
}

const part = fc.record(
  {
    type: oddOr(fc.constantFrom('text', 'image_url', 'input_audio', 'file', 'refusal', 'constructor')),
    text: oddOr(fc.string()),
    image_url: oddOr(
      fc.record({ url: oddOr(fc.constantFrom('data:image/png;base64,AA', 'https://a.example')) }),
    ),
    input_audio: oddOr(fc.record({ data: oddOr(fc.string()), format: oddOr(fc.constant('wav')) })),
    file: oddOr(fc.record({ file_data: oddOr(fc.constant('data:application/pdf;base64,AA')) })),
  },
  { requiredKeys: [] },
)

const functionOf = oddOr(
  fc.record({
    name: oddOr(fc.constant('f')),
    arguments: oddOr(fc.constant('{}')),
    strict: oddOr(fc.boolean()),
  }),
)

const toolCall = fc.record(
  {
    id: oddOr(fc.constantFrom('call_1', 'abcdefghi')),
    type: oddOr(fc.constantFrom('function', 'custom')),
    function: functionOf,
  },
  { requiredKeys: [] },
)

const message = fc.record(
  {
    role: oddOr(fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function')),
    content: oddOr(fc.oneof(fc.string(), listOf(part))),
    name: odd,
    tool_calls: listOf(toolCall),
    tool_call_id: oddOr(fc.constantFrom('call_1', 'abcdefghi')),
    function_call: odd,
    audio: odd,
    refusal: odd,
    reasoning_content: odd,
  },
  { requiredKeys: [] },
)

const tool = fc.record({ type: oddOr(fc.constantFrom('function', 'custom')), function: functionOf })

const params = fc.record(
  {
    messages: listOf(message),
    tools: listOf(tool),
    tool_choice: oddOr(fc.record({ type: odd, function: functionOf })),
    response_format: oddOr(
      fc.record({ type: oddOr(fc.constantFrom('json_schema', 'json_object')), json_schema: odd }),
    ),
    stop: odd,
    temperature: odd,
    max_tokens: odd,
    max_completion_tokens: odd,
    seed: odd,
    n: odd,
    modalities: odd,
    functions: odd,
    function_call: odd,
    logit_bias: odd,
    metadata: odd,
    parallel_tool_calls: odd,
    reasoning_effort: odd,
    providerOptions: odd,
    user: odd,
  },
  { requiredKeys: [] },
)

test('whatever JSON the params of a chat are, every preset and the AI SDK translate or refuse them', () => {
  fc.assert(
    fc.property(params, (given) => {
      translateEverywhere(malformed(given))
    }),
    { numRuns: 300 },
  )
})

test('whatever JSON the params of embeddings are, every preset translates or refuses them', () => {
  const any = fc.record(
    { input: odd, dimensions: odd, encoding_format: odd, user: odd },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(any, (given) => {
      const embed = given as EmbedParams
      for (const { embeddings } of translations) {
        embeddings.unsupported(embed)
        embeddings.body(embed, 'm')
      }
    }),
  )
})

const USER = { role: 'user', content: 'x' }

const MALFORMED = [
  { messages: [USER], tools: { a: 1 } },
  { messages: [USER], tools: 'x' },
  { messages: [USER], tools: [null, 5] },
  { messages: [{ role: 'assistant', tool_calls: 'x' }] },
  { messages: [{ role: 'assistant', tool_calls: { a: 1 } }] },
  { messages: [{ role: 'assistant', tool_calls: [{ id: 5, type: 'function' }] }] },
  { messages: [{ role: 'assistant', tool_calls: [null] }] },
  { messages: [null, 5] },
  { messages: 'x' },
  { messages: 5 },
  { messages: {} },
  { messages: null },
  {},
  { messages: [{ role: 'user', content: [{ type: { toString: 1 } }, null, 5] }] },
]

describe.each(MALFORMED)('%j', (given) => {
  test.each(translations)('goes to $name as it is, or is refused with a reason', ({ chat }) => {
    const reason = chat.unsupported(malformed(given))
    if (reason !== undefined) return expect(reason).toMatch(/ take/)
    const sent = chat.body(malformed(given), 'm').body
    expect(sent['messages']).toEqual('messages' in given ? given.messages : undefined)
    if ('tools' in given) expect(sent['tools']).toEqual(given.tools)
  })

  test.each(aiSdk)('is refused with a reason for the AI SDK', (adapter) => {
    expect(adapter.unsupported('chat', malformed(given))).toEqual(expect.any(String))
  })
})

test.each([
  { stop: { a: 1 } },
  { stop: ['x', 5] },
  { temperature: 'hot' },
  { seed: {} },
  { max_tokens: 'x' },
  { tool_choice: 5 },
  { response_format: [] },
])('of %j the AI SDK is told nothing made up', (given) => {
  for (const adapter of aiSdk) {
    expect(adapter.unsupported('chat', malformed({ messages: [USER], ...given }))).toEqual(expect.any(String))
  }
})

test('tools that are none are left to the provider to refuse, also by parse()', () => {
  for (const { tools } of MALFORMED.filter((given) => 'tools' in given)) {
    expect(() => validateParseTools(malformed({ tools }))).not.toThrow(TypeError)
  }
})
