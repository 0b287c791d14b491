import type { ChatCompletionChoice, CompletionUsage } from '../../core/openai-types.ts'
import type { FakeConfig } from './options.ts'
import type { FakeRequest } from './request.ts'
import type { AnswerStep, FakeAnswer, FakeToolCall } from './answer-step.ts'
import type { FakeUsage } from './usage.ts'
import { fakePromptTokens, fakeTokensOf, fromCompletionUsage, toCompletionUsage } from './usage.ts'

/** An answer's body and the tokens that it reports. */
export interface AnswerBody {
  readonly body: object
  /** Undefined when the body leaves the usage out. */
  readonly usage: FakeUsage | undefined
}

/** A chat completion, with what its choices are made of at hand. */
export interface CompletionBody extends AnswerBody {
  readonly body: Readonly<Record<string, unknown>> & {
    readonly choices: readonly ChatCompletionChoice[]
    readonly usage?: CompletionUsage
  }
}

/** What makes one answer: the request, the step, and the number that makes its id. */
export interface AnswerContext {
  readonly request: FakeRequest
  readonly step: AnswerStep
  readonly config: FakeConfig
  /** Counts the fake's answers from 1, so that ids differ and a run can be repeated. */
  readonly number: number
}

export function completionFor(context: AnswerContext): CompletionBody {
  const { request, step, config, number } = context
  const answer = resolveAnswer(context)
  const parts = typeof answer === 'string' ? {} : answer
  const choices = parts.choices ?? [choiceOf(typeof answer === 'string' ? answer : '', step)]
  const usage = parts.usage
    ? fromCompletionUsage(parts.usage)
    : usageOf(context, fakeTokensOf(choices.map(outputText).join('')))
  const body = {
    id: `chatcmpl-${config.name}-${number}`,
    object: 'chat.completion',
    created: Math.floor(request.receivedAtMs / 1000),
    model: step.model ?? request.model ?? 'fake-model',
    choices,
    ...(usage && { usage: toCompletionUsage(usage) }),
    ...parts,
  }
  return { body, usage }
}

/** The tokens that an answer reports: the step's word, else the provider's, else derived from the texts' lengths. */
export function usageOf(context: AnswerContext, completionTokens: number): FakeUsage | undefined {
  const { request, step, config } = context
  if (step.usage === 'absent' || (step.usage === undefined && !config.isUsageSent)) return undefined
  const fixed = typeof config.tokens === 'function' ? config.tokens(request) : config.tokens
  return { promptTokens: fakePromptTokens(request.body), completionTokens, ...fixed, ...step.usage }
}

function resolveAnswer({ request, step, config }: AnswerContext): FakeAnswer {
  const isTextless = step.toolCalls !== undefined || step.refusal !== undefined
  const answer = step.answer ?? (isTextless ? '' : config.answer)
  return typeof answer === 'function' ? answer(request) : answer
}

function choiceOf(text: string, step: AnswerStep): ChatCompletionChoice {
  const { toolCalls, refusal = null, reasoning } = step
  return {
    index: 0,
    message: {
      role: 'assistant',
      content: text === '' && (toolCalls || refusal !== null) ? null : text,
      refusal,
      ...(reasoning !== undefined && { reasoning_content: reasoning }),
      ...(toolCalls && { tool_calls: toolCalls.map(toolCallOf) }),
    },
    logprobs: null,
    finish_reason: step.finishReason ?? (toolCalls ? 'tool_calls' : 'stop'),
  }
}

function toolCallOf(call: FakeToolCall, index: number) {
  const { name, id = `call_${index + 1}`, arguments: given = {} } = call
  const text = typeof given === 'string' ? given : JSON.stringify(given)
  return { id, type: 'function' as const, function: { name, arguments: text } }
}

/** Everything in a choice that a model would have had to write. */
function outputText({ message }: ChatCompletionChoice): string {
  const calls = message.tool_calls?.map((call) => (call.type === 'function' ? call.function.arguments : ''))
  const reasoning = 'reasoning_content' in message ? String(message.reasoning_content) : ''
  return [reasoning, message.content ?? '', message.refusal ?? '', ...(calls ?? [])].join('')
}
