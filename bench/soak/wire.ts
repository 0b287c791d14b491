/** What a client of the app has got, and whether it is what it looks like. */
import { readEvents } from '../event-text.ts'
import type { Scenario } from './scenario.ts'

/** The app's word that it has left the stream itself. */
export const LEFT_TEXT = 'data: {"left":true}\n\n'

export interface ClientResult {
  /** Undefined when no answer began. */
  readonly status: number | undefined
  readonly body: string
  /** This client has gone before the end. */
  readonly hasHungUp: boolean
  /** The connection broke, though the client had not gone. */
  readonly error: string | undefined
}

export interface Verdict {
  /** `complete`, `broken`, `left`, `http 502`, `hung up`, … */
  readonly ending: string
  /** Why that cannot be: a truncated answer that looks complete, words that nobody wrote. */
  readonly lie: string | undefined
}

export function judge(result: ClientResult, scenario: Scenario): Verdict {
  const { text, hasDone, hasError } = readEvents(result.body)
  const { status, hasHungUp, error } = result
  const verdict = (ending: string, lie?: string): Verdict => ({ ending, lie })
  if (hasHungUp) return verdict('hung up', scenario.text.startsWith(text) ? undefined : strange(text))
  if (error !== undefined) return verdict('connection broke', `the app's connection broke: ${error}`)
  if (status !== 200) return verdict(`http ${status}`)
  if (!isPartOf(text, scenario)) return verdict('strange', strange(text))
  if (result.body.includes(LEFT_TEXT)) return verdict('left')
  if (hasError) return verdict('broken', hasDone ? 'an error event and [DONE]' : undefined)
  if (!hasDone) return verdict('silent end', `it ended after ${text.length} characters without a word`)
  const isWhole = text === scenario.text || text === ''
  return verdict(
    'complete',
    isWhole ? undefined : `[DONE] after ${text.length} of ${scenario.text.length} characters`,
  )
}

/** Answers with tool calls have no text. */
function isPartOf(text: string, scenario: Scenario): boolean {
  return scenario.text.startsWith(text)
}

function strange(text: string): string {
  return `the text is not the answer's: ${JSON.stringify(text.slice(0, 80))}`
}
