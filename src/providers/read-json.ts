import { type FailureContext, protocolFailure } from './classify-error.ts'
import { StreamedResponse } from './transport-response.ts'

/**
 * The JSON of an answer.
 *
 * @throws {AttemptError} of kind `protocol`, when it is none
 */
export async function readJson(response: Response, context: FailureContext): Promise<unknown> {
  if (response instanceof StreamedResponse) {
    // Nobody asked for a stream.
    response.source.drain()
    throw protocolFailure(context, 'an event stream')
  }
  return parseJson(await response.text(), context)
}

/** @throws {AttemptError} of kind `protocol`, when it is none */
export function parseJson(text: string, context: FailureContext): unknown {
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
