/** What a client of the app has got, and whether it is what it looks like. */
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
  const { text, hasDone, hasError, hasLeft } = readEvents(result.body)
  const { status, hasHungUp, error } = result
  const verdict = (ending: string, lie?: string): Verdict => ({ ending, lie })
  if (hasHungUp) return verdict('hung up', scenario.text.startsWith(text) ? undefined : strange(text))
  if (error !== undefined) return verdict('connection broke', `the app's connection broke: ${error}`)
  if (status !== 200) return verdict(`http ${status}`)
  if (!isPartOf(text, scenario)) return verdict('strange', strange(text))
  if (hasLeft) return verdict('left')
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

interface Events {
  readonly text: string
  readonly hasDone: boolean
  readonly hasError: boolean
  readonly hasLeft: boolean
}

/** The last event may be cut off. */
function readEvents(body: string): Events {
  const texts: string[] = []
  let hasDone = false
  let hasError = false
  let hasLeft = false
  for (const event of body.split('\n\n').slice(0, -1)) {
    const data = event.replace(/^data: /, '')
    if (data === '[DONE]') {
      hasDone = true
      continue
    }
    const json = parse(data)
    hasError ||= 'error' in json
    hasLeft ||= 'left' in json
    texts.push(contentOf(json))
  }
  return { text: texts.join(''), hasDone, hasError, hasLeft }
}

function parse(data: string): object {
  try {
    const json: unknown = JSON.parse(data)
    return typeof json === 'object' && json !== null ? json : {}
  } catch {
    // A comment, or a body that is no event stream.
    return {}
  }
}

function contentOf(json: { readonly choices?: unknown }): string {
  const [choice]: unknown[] = Array.isArray(json.choices) ? json.choices : []
  const delta = fieldOf(choice, 'delta')
  const content = fieldOf(delta, 'content')
  return typeof content === 'string' ? content : ''
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
