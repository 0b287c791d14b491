/** Whether a user has got what it looks like. Pure. */
import { readEvents } from '../event-text.ts'
import { fieldOf } from '../field-of.ts'
import { textFor, type Asked } from './asked.ts'
import type { Received } from './client.ts'
import type { Ending } from './facts.ts'

export interface Verdict {
  readonly ending: Ending
  readonly detail: string | undefined
}

const ANSWERED: Verdict = { ending: 'answered', detail: undefined }

export function judge(received: Received, asked: Asked, isStreamed: boolean): Verdict {
  const { status, error, body } = received
  if (error !== undefined) return broken(`the connection broke (${error})`)
  if (status !== 200) return judgeProblem(status, body)
  return isStreamed ? judgeStream(body, textFor(asked)) : judgeWhole(body, textFor(asked))
}

/** Nobody was asked: no room, closing, too much to do. */
const REFUSALS: ReadonlySet<string> = new Set(['no_candidate', 'router_closed', 'overloaded'])

/** The `code` of a problem; undefined for a body that is none. */
export function problemCode(body: string): string | undefined {
  const json = parse(body)
  const code: unknown = json !== undefined && 'code' in json ? json.code : undefined
  return typeof code === 'string' ? code : undefined
}

function judgeProblem(status: number | undefined, body: string): Verdict {
  const code = problemCode(body)
  if (code === undefined) return broken(`status ${status}, and no word why`)
  return { ending: REFUSALS.has(code) ? 'refused' : 'failed', detail: `${status} ${code}` }
}

function judgeStream(body: string, text: string): Verdict {
  const events = readEvents(body)
  if (!text.startsWith(events.text)) return broken('words that nobody has written')
  if (events.hasError && events.hasDone) return broken('an error and [DONE]')
  if (events.hasError) return { ending: 'failed', detail: 'the stream ended with an error event' }
  if (!events.hasDone) return broken(`the stream ended without a word after ${events.text.length} characters`)
  return events.text === text
    ? ANSWERED
    : broken(`[DONE] after ${events.text.length} of ${text.length} characters`)
}

function judgeWhole(body: string, text: string): Verdict {
  const completion: { readonly choices?: unknown } = parse(body) ?? {}
  const [choice]: unknown[] = Array.isArray(completion.choices) ? completion.choices : []
  return fieldOf(fieldOf(choice, 'message'), 'content') === text
    ? ANSWERED
    : broken('not the answer to this question')
}

function broken(detail: string): Verdict {
  return { ending: 'broken', detail }
}

function parse(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? json : undefined
  } catch {
    // Not the app's words: the caller says so.
    return undefined
  }
}
