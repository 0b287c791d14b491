import { type FailureContext, protocolFailure } from './classify-error.ts'
import { isEventStream } from './transport-response.ts'

/**
 * The JSON of an answer.
 *
 * @throws {AttemptError} of kind `protocol`, when it is none
 */
export async function readJson(response: Response, context: FailureContext): Promise<unknown> {
  if (isEventStream(response.headers)) {
    // Nobody asked for one, and nothing would end a silent one.
    await response.body?.cancel()
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
