import type { SoundAnswer } from './answer.ts'
import { errorFields } from './error.ts'
import type { FakeResponse, StreamEnding, StreamResponse } from './response.ts'
import { wholeFault } from './response.ts'
import type { StreamEvent } from './stream-events.ts'
import { DONE, plainEvent } from './stream-events.ts'
import type { MidAnswerFault, StreamErrorFault } from './mid-answer-fault.ts'

/** An answer, streamed or not, with the fault in it. */
export function spoiltAnswer(step: MidAnswerFault, answer: SoundAnswer): FakeResponse {
  return answer.isStreamed ? spoiltStream(step, answer.stream) : spoiltWhole(step, answer)
}

function spoiltStream(step: MidAnswerFault, sound: StreamResponse): StreamResponse {
  const { afterTokens = Math.floor(countTokens(sound.events) / 2) } = step
  const spoilt = spoiltBy(step)
  const events = { [Symbol.iterator]: () => withFault(sound.events, { ...spoilt, afterTokens }) }
  return { ...sound, events, ending: spoilt.ending ?? sound.ending }
}

interface Spoilt {
  /** What comes at the place of the fault. */
  readonly inserted: readonly StreamEvent[]
  /** The answer goes on after that. */
  readonly goesOn: boolean
  /** @default as it would have ended */
  readonly ending: StreamEnding | undefined
}

function spoiltBy(step: MidAnswerFault): Spoilt {
  switch (step.fault) {
    case 'cut': {
      const { how = 'close' } = step
      const isClosed = how === 'close' || how === 'done'
      return { inserted: how === 'done' ? [DONE] : [], goesOn: false, ending: isClosed ? 'close' : how }
    }
    case 'stall':
      return { inserted: [], goesOn: false, ending: 'stall' }
    case 'malformed': {
      const { count = 1, tail = false } = step
      const inserted = Array.from({ length: count }, (_, index) =>
        tail && index === count - 1 ? GARBAGE_TAIL : GARBAGE,
      )
      return { inserted, goesOn: !tail, ending: undefined }
    }
    case 'stream-error': {
      const error = plainEvent(`data: ${JSON.stringify(errorBody(step))}\n\n`)
      const inserted = step.done === true ? [error, DONE] : [error]
      return { inserted, goesOn: false, ending: step.done === 'hang' ? 'stall' : 'close' }
    }
  }
}

const GARBAGE_TEXT = 'data: {"id":"chatcmpl-garbage","choices":[{"index":0,"delta":{"cont'
const GARBAGE = plainEvent(`${GARBAGE_TEXT}\n\n`, { chunks: 1 })
const GARBAGE_TAIL = plainEvent(GARBAGE_TEXT, { chunks: 1 })

function errorBody({ status = 500, error }: StreamErrorFault): object {
  return { error: { ...errorFields({ status }), ...error } }
}

/** The fault stands before the token after `afterTokens`, at the latest before the last finish reason. */
function* withFault(
  events: Iterable<StreamEvent>,
  { inserted, goesOn, afterTokens }: Spoilt & { readonly afterTokens: number },
): Generator<StreamEvent> {
  let tokensLeft = afterTokens
  let isSpoilt = false
  for (const event of events) {
    if (!isSpoilt && (event.isComplete || (event.tokens === 1 && tokensLeft <= 0))) {
      isSpoilt = true
      yield* inserted
      if (!goesOn) return
    }
    tokensLeft -= event.tokens
    yield event
  }
}

function countTokens(events: Iterable<StreamEvent>): number {
  let count = 0
  for (const { tokens } of events) count += tokens
  return count
}

/** The nearest thing to the fault in an answer that is not streamed. */
function spoiltWhole(step: MidAnswerFault, { body, delayMs, stream }: SoundAnswer): FakeResponse {
  const headers = { 'content-type': 'application/json', ...step.headers }
  const head = { headers, delayMs }
  if (step.fault === 'stream-error') return wholeFault(errorBody(step), head)
  const text = JSON.stringify(body)
  const part = text.slice(0, Math.min(text.length - 1, text.length * shareOf(step, stream.events)))
  if (step.fault === 'malformed') return wholeFault(`${part}}{`, head)
  const { ending = 'close' } = spoiltBy(step)
  if (ending === 'close') return wholeFault(part, head)
  return {
    ...stream,
    headers: { ...headers, 'content-length': String(Buffer.byteLength(text)) },
    events: [plainEvent(part)],
    ending,
    // A comment has no place in JSON.
    keepAliveMs: undefined,
  }
}

function shareOf({ afterTokens }: MidAnswerFault, events: Iterable<StreamEvent>): number {
  return afterTokens === undefined ? 0.5 : afterTokens / Math.max(1, countTokens(events))
}
