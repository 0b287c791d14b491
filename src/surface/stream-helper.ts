import { CallAborted } from '../core/abort.ts'
import { LlmError } from '../core/llm-error.ts'
import type { ChatChunk } from '../core/openai-types.ts'
import type { CallReport } from '../core/report.ts'
import { ChatCompletionStream } from '../providers/client-stream.ts'
import type { LlmStream } from './llm-stream.ts'

type HelperParams = Parameters<typeof ChatCompletionStream.createChatCompletion>[1]

/** The client's own streaming helper (`.on('content')`, `.finalChatCompletion()` …), and how the call went. */
export type LlmChatStream<Parsed> = ChatCompletionStream<Parsed> & {
  /** How the call went, as soon as it has ended, however it ended. Never rejects. */
  readonly report: Promise<CallReport>
}

/**
 * Runs the client's helper over a stream of ours. What breaks the stream reaches its listeners as the client's
 * `OpenAIError`, whose `cause` is the `LlmError`.
 *
 * @param open makes the call, which the signal ends
 */
export function streamHelper<Parsed>(
  params: object,
  open: (params: object, signal: AbortSignal) => Promise<LlmStream>,
): LlmChatStream<Parsed> {
  const { promise: report, resolve } = Promise.withResolvers<CallReport>()
  // All that the helper uses of a client; its type wants one whole.
  const client = {
    chat: {
      completions: {
        create: (given: object, { signal }: { signal: AbortSignal }) =>
          told(open(given, signal), resolve).then((stream) => asClients(stream, signal)),
      },
    },
  } as never
  const helper = ChatCompletionStream.createChatCompletion<Parsed>(client, params as HelperParams)
  return Object.assign(helper, { report })
}

async function told(opening: Promise<LlmStream>, tell: (report: CallReport) => void): Promise<LlmStream> {
  try {
    const stream = await opening
    void stream.report.then(tell)
    return stream
  } catch (thrown) {
    if (thrown instanceof LlmError && thrown.report !== undefined) tell(thrown.report)
    throw asAbort(thrown)
  }
}

/** The helper knows its own abort by the name of the error. */
function asClients(stream: LlmStream, signal: AbortSignal): object {
  async function* chunks(): AsyncGenerator<ChatChunk, void> {
    try {
      yield* stream
    } catch (thrown) {
      throw signal.aborted ? asAbort(thrown) : thrown
    }
  }
  return { controller: stream.controller, [Symbol.asyncIterator]: chunks }
}

function asAbort(thrown: unknown): unknown {
  const isAbort = thrown instanceof CallAborted && thrown.abortCause === 'caller_signal'
  return isAbort ? new DOMException(thrown.message, 'AbortError') : thrown
}
