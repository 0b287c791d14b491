import type { AnswerBody, AnswerContext, CompletionBody } from './completion.ts'
import { completionFor } from './completion.ts'
import { embeddingsFor } from './embedding.ts'
import type { FakeResponse, StreamResponse } from './response.ts'
import type { StreamEvent, StreamShape } from './stream-events.ts'
import { streamEvents } from './stream-events.ts'
import { fakePromptTokens } from './usage.ts'

/** A sound answer, to be sent as it is or to be spoilt. */
export interface SoundAnswer extends AnswerBody {
  readonly delayMs: number
  readonly promptTokens: number
  /** As a stream: where the request asks for one it is what is to be sent. */
  readonly stream: StreamResponse
  readonly isStreamed: boolean
}

/** The answer of a step, or the one that a fault spoils. */
export function soundAnswer(context: AnswerContext, delayMs: number): SoundAnswer {
  const { request } = context
  const promptTokens = fakePromptTokens(request.body)
  const isStreamed = request.operation === 'chat' && request.body?.stream === true
  if (request.operation === 'embeddings') {
    const answer = embeddingsFor(context)
    return {
      ...answer,
      delayMs,
      promptTokens,
      isStreamed,
      stream: streamOf(context, { delayMs, events: [] }),
    }
  }
  const answer = completionFor(context)
  if (isStreamed) checkChoices(answer)
  const shape = shapeOf(context)
  const events = { [Symbol.iterator]: () => streamEvents(answer, shape) }
  return { ...answer, delayMs, promptTokens, isStreamed, stream: streamOf(context, { delayMs, events }) }
}

export function answerResponse(context: AnswerContext, delayMs: number): FakeResponse {
  const { body, usage, stream, isStreamed } = soundAnswer(context, delayMs)
  if (isStreamed) return stream
  const { headers, contentEncoding } = context.step
  return {
    kind: 'whole',
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    contentEncoding,
    delayMs,
    usage,
    isAnswer: true,
    after: 'keep',
  }
}

/** What a test's own choices must have, told before a byte is sent. */
function checkChoices({ body }: CompletionBody): void {
  const choices: readonly { readonly message?: unknown }[] = Array.isArray(body.choices) ? body.choices : [{}]
  if (choices.every(({ message }) => typeof message === 'object' && message !== null)) return
  throw new TypeError('To be streamed, the choices of an answer must be a list, each with a message.')
}

function streamOf(
  { step }: AnswerContext,
  { delayMs, events }: { readonly delayMs: number; readonly events: Iterable<StreamEvent> },
): StreamResponse {
  return {
    kind: 'stream',
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...step.headers,
    },
    delayMs,
    events,
    ending: step.done === 'hang' ? 'stall' : 'close',
    keepAliveMs: step.keepAliveMs,
    after: 'keep',
  }
}

function shapeOf({ request, step, config }: AnswerContext): StreamShape {
  const { streamUsage = config.streamUsage } = step
  const isAsked = request.body?.stream_options?.include_usage === true
  const byPolicy = {
    asked: isAsked ? 'apart' : 'never',
    always: 'along',
    pieces: 'pieces',
    never: 'never',
  } as const
  return {
    firstTokenDelayMs: step.firstTokenDelayMs ?? config.firstTokenDelayMs,
    tokenDelayMs: step.tokenDelayMs ?? config.tokenDelayMs,
    usageComes: byPolicy[streamUsage],
    done: step.done ?? true,
    roleChunks: step.roleChunks ?? 1,
    trailingChunks: step.trailingChunks ?? 0,
    toolCallsFrom: step.toolCallsFrom ?? 0,
    toolCallName: step.toolCallName ?? 'first',
  }
}
