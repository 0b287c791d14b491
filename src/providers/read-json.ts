import { type FailureContext, protocolFailure } from './classify-error.ts'
import { isEventStream } from './transport-response.ts'

/**
 * The JSON of an answer.
 *
 * @throws {AttemptError} of kind `protocol`, when it is none
 */
export async function readJson(response: Response, context: FailureContext): Promise<unknown> {
  if (isEventStream(response.headers)) {
    await discard(response)
    throw protocolFailure(context, 'an event stream')
  }
  const text = await response.text()
  try {
    return JSON.parse(text)
  } catch {
    // The parser's message quotes the answer.
    throw protocolFailure(context, describe(text.trimStart()))
  }
}

function describe(text: string): string {
  if (text === '') return 'an empty body'
  return text.startsWith('<') ? 'HTML' : 'what is no JSON'
}

/** Longest wait for the end of an answer that nobody wants, ms. */
const DISCARD_MAX_MS = 1_000

/** Nobody asked for a stream, and nothing would end a silent one: it is read to its end, or left after a second. */
async function discard({ body }: Response): Promise<void> {
  if (body === null) return
  const reader = body.getReader()
  const timer = setTimeout(() => void reader.cancel().catch(() => undefined), DISCARD_MAX_MS)
  try {
    let isDone = false
    while (!isDone) isDone = (await reader.read()).done
  } catch {
    // It broke, so it is over; what it was is told either way.
  } finally {
    clearTimeout(timer)
  }
}
