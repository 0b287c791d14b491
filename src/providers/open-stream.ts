import type { ProviderStream } from '../core/provider-stream.ts'
import { chunkOf, createChatFold } from './chat-fold.ts'
import { completionIn, type CompletionReading } from './completion-in.ts'
import { parseJson } from './read-json.ts'
import { StreamedResponse } from './transport-response.ts'
import { ByteQueue, type ByteSource } from './transport-source.ts'
import { WireStream, type WireStreamOptions } from './wire-stream.ts'

type StreamAnswer = CompletionReading & Omit<WireStreamOptions, 'source' | 'head'>

/**
 * The parts of a 200.
 *
 * @throws {AttemptError} when it is neither an event stream nor a whole completion
 */
export async function openStream(answer: StreamAnswer): Promise<ProviderStream> {
  const { response, context } = answer
  const streamFrom = (source: ByteSource, createFold = answer.createFold): ProviderStream =>
    new WireStream({ ...answer, createFold, source, head: response })
  if (response instanceof StreamedResponse) return streamFrom(response.source)
  const text = await response.text()
  // Events whose header calls them something else: they are all here by now.
  if (/^\s*(?:data|event)?:/.test(text)) return streamFrom(sourceOf(text))
  // The server did not mind that a stream was asked for.
  const chunk = chunkOf(completionIn(parseJson(text, context), answer))
  return streamFrom(sourceOf(`data: ${JSON.stringify(chunk)}\n\n`), createChatFold)
}

function sourceOf(text: string): ByteSource {
  const queue = new ByteQueue({ resume: () => undefined, cancel: () => undefined })
  queue.push(Buffer.from(text))
  queue.end()
  return queue
}
