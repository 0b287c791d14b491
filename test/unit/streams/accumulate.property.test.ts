import fc from 'fast-check'
import { ChatCompletionStream } from 'openai/lib/ChatCompletionStream'
import { expect, test } from 'vitest'
import type { ChatChunk, ChatCompletion } from '../../../src/core/openai-types.ts'
import { createAccumulator } from '../../../src/streams/accumulate.ts'

const text = fc.string({ unit: 'binary' })
const name = fc.string({ minLength: 1 })

const toolCalls = fc
  .array(
    fc.oneof(
      fc.record({
        type: fc.constant('function' as const),
        function: fc.record({ name, arguments: text }),
      }),
      fc.record({ type: fc.constant('custom' as const), custom: fc.record({ name, input: text }) }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((calls) => calls.map((call, index) => ({ id: `call_${index}`, ...call })))

const tokens = fc.array(
  fc.record({
    token: text,
    logprob: fc.integer(),
    bytes: fc.constant(null),
    top_logprobs: fc.constant<never[]>([]),
  }),
  { minLength: 1 },
)

const message = fc
  .record(
    {
      role: fc.constant('assistant' as const),
      content: fc.option(text),
      refusal: fc.option(name),
      tool_calls: toolCalls,
      function_call: fc.record({ name, arguments: text }),
      audio: fc.record({ id: name, data: text, transcript: text, expires_at: fc.nat() }),
    },
    { requiredKeys: ['role', 'content', 'refusal'] },
  )
  // Tools are called in the new way or in the old one.
  .filter((message) => message.tool_calls === undefined || message.function_call === undefined)

const choices = fc
  .array(
    fc.record({
      finish_reason: fc.constantFrom('stop' as const, 'length' as const, 'tool_calls' as const),
      logprobs: fc.option(fc.record({ content: tokens, refusal: fc.option(tokens) })),
      message,
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) => all.map((choice, index) => ({ ...choice, index })))

const completions: fc.Arbitrary<ChatCompletion> = fc.record(
  {
    id: name,
    created: fc.integer({ min: 1 }),
    model: name,
    object: fc.constant('chat.completion' as const),
    choices,
    usage: fc.constant({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 }),
    service_tier: fc.constant('default' as const),
  },
  { requiredKeys: ['id', 'created', 'model', 'object', 'choices'] },
)

/** Cuts where the numbers say. */
function cut<T extends string | readonly unknown[]>(whole: T, next: () => number): readonly T[] {
  const pieces: T[] = []
  for (let at = 0; at < whole.length;) {
    const end = at + 1 + (next() % 7)
    pieces.push(whole.slice(at, end) as T)
    at = end
  }
  return pieces.length === 0 ? [whole] : pieces
}

type Delta = Readonly<Record<string, unknown>>

/** What a server would send of one message, piece after piece. */
function deltasOf(
  message: ChatCompletion['choices'][number]['message'],
  next: () => number,
): readonly Delta[] {
  const { role, content, refusal, tool_calls: calls = [], function_call: old, audio } = message
  const callDeltas = calls.map((call, index) => {
    const [field, key, { name, whole }] =
      call.type === 'function'
        ? (['function', 'arguments', { name: call.function.name, whole: call.function.arguments }] as const)
        : (['custom', 'input', { name: call.custom.name, whole: call.custom.input }] as const)
    return [
      { tool_calls: [{ index, id: call.id, type: call.type, [field]: { name, [key]: '' } }] },
      ...cut(whole, next).map((piece) => ({ tool_calls: [{ index, [field]: { [key]: piece } }] })),
    ]
  })
  return [
    { role, content: null },
    ...merged(callDeltas, next),
    ...(content === null ? [] : cut(content, next).map((piece) => ({ content: piece }))),
    ...(refusal === null ? [] : cut(refusal, next).map((piece) => ({ refusal: piece }))),
    ...(old
      ? cut(old.arguments, next).map((piece) => ({ function_call: { name: old.name, arguments: piece } }))
      : []),
    ...(audio
      ? [
          { audio: { id: audio.id } },
          ...cut(audio.data, next).map((data) => ({ audio: { data } })),
          ...cut(audio.transcript, next).map((transcript) => ({ audio: { transcript } })),
          { audio: { expires_at: audio.expires_at } },
        ]
      : []),
  ]
}

/** Rows side by side, each in its own order. */
function merged<T>(rows: readonly (readonly T[])[], next: () => number): readonly T[] {
  const left = rows.filter((row) => row.length > 0).map((row) => [...row])
  const all: T[] = []
  while (left.length > 0) {
    const row = left[next() % left.length]!
    all.push(row.shift()!)
    if (row.length === 0) left.splice(left.indexOf(row), 1)
  }
  return all
}

function chunksOf({ choices, usage, ...head }: ChatCompletion, next: () => number): readonly ChatChunk[] {
  const pieces = choices.map(({ index, message, finish_reason: reason, logprobs }) => {
    const content = cut(logprobs?.content ?? [], next)
    const refusal = cut(logprobs?.refusal ?? [], next)
    return [
      ...deltasOf(message, next).map((delta) => ({ index, delta, finish_reason: null })),
      ...(logprobs
        ? content.map((some) => ({ index, delta: {}, logprobs: { content: some, refusal: null } }))
        : []),
      ...(logprobs?.refusal
        ? refusal.map((some) => ({ index, delta: {}, logprobs: { refusal: some } }))
        : []),
      { index, delta: {}, finish_reason: reason },
    ]
  })
  // With usage asked for, all chunks but the last say that they have none.
  const none = usage === undefined ? {} : { usage: null }
  const chunks: unknown[] = merged(pieces, next).map((choice) => ({ ...head, ...none, choices: [choice] }))
  if (usage !== undefined) chunks.push({ ...head, choices: [], usage })
  return chunks as ChatChunk[]
}

/** A completion, and its chunks cut somehow. */
const streams = fc.tuple(completions, fc.infiniteStream(fc.nat())).map(([completion, numbers]) => ({
  completion,
  chunks: chunksOf(completion, () => numbers.next().value),
}))

function accumulated(chunks: readonly ChatChunk[]): ChatCompletion | undefined {
  const accumulator = createAccumulator()
  for (const chunk of chunks) accumulator.add({ chunk })
  return accumulator.completion()
}

test('a completion that was cut into chunks anywhere comes back as it was', () => {
  fc.assert(
    fc.property(streams, ({ completion, chunks }) => {
      expect(accumulated(chunks)).toEqual(completion)
    }),
  )
})

test("well-formed streams add up to what the client's own helper makes of them", async () => {
  await fc.assert(
    fc.asyncProperty(streams, async ({ chunks }) => {
      const lines = chunks.map((chunk) => new TextEncoder().encode(`${JSON.stringify(chunk)}\n`))
      const theirs = await ChatCompletionStream.fromReadableStream(
        ReadableStream.from(lines) as ReadableStream,
      ).finalChatCompletion()
      expect(accumulated(chunks)).toEqual(withoutParsed(theirs))
    }),
  )
})

/** The helper adds its own reading of structured answers. */
function withoutParsed(completion: object): unknown {
  return JSON.parse(JSON.stringify(completion), (key, value: unknown) =>
    key === 'parsed' || key === 'parsed_arguments' ? undefined : value,
  )
}
