import type OpenAI from 'openai'
import type { SendOptions } from '../core/adapter.ts'
import { cancelled, classifyError, type FailureContext } from './classify-error.ts'
import { LeanOpenAI } from './lean-openai.ts'
import { requestOptions } from './request-options.ts'

export interface Sending {
  readonly path: string
  readonly body: object
  readonly options: SendOptions
  readonly context: FailureContext
  readonly isStreamWanted?: boolean
}

/**
 * `client.chat.completions.create` would do, but it walks through the whole body once more to see whether it asks for a
 * stream; and the raw response spares the client's second timer, because the transport has read the body already.
 *
 * @throws {AttemptError} when no answer came, or one whose status is no success
 */
export async function postJson(client: OpenAI, sending: Sending): Promise<Response> {
  const { path, body, options, context, isStreamWanted = false } = sending
  if (options.signal.aborted) throw cancelled(context)
  try {
    const request = { body, ...requestOptions(options, { delivery: context.delivery, isStreamWanted }) }
    return await (client instanceof LeanOpenAI
      ? client.postOnce(path, request)
      : client.post(path, request).asResponse())
  } catch (thrown) {
    throw classifyError(thrown, context)
  }
}

/** The same, for an answer that is a stream: the signal of the options ends only the wait for its beginning. */
export async function postForStream(client: OpenAI, given: Sending): Promise<Response> {
  const sending = { ...given, isStreamWanted: true }
  // The official client itself would listen to the signal as long as the body lasts.
  if (client instanceof LeanOpenAI) return await postJson(client, sending)
  const { signal } = sending.options
  const beginning = new AbortController()
  const abort = (): void => beginning.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  try {
    return await postJson(client, { ...sending, options: { ...sending.options, signal: beginning.signal } })
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
