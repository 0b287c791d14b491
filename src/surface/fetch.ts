import { joinedSignal, untilAborted } from '../core/abort.ts'
import { eventStreamBody } from '../streams/event-stream-body.ts'
import { answerWire, failedAnswer, type WireAnswer, type WireScope } from './wire-answer.ts'
import { wireErrorBody } from './wire-error.ts'
import { WireRefusal } from './wire-refusal.ts'
import { DEFAULT_WIRE_LIMITS, pathBelowBase, wireJson, wirePlace } from './wire-request.ts'

/** Longest body that is taken from a stream, bytes. */
const BODY_MAX_BYTES = 64 * 1024 * 1024

/**
 * A WHATWG `fetch` that speaks OpenAI's wire format and never touches the network: what is sent to
 * `…/chat/completions`, `…/embeddings` or `…/models` under any address becomes a call of this scope. Keys and headers
 * are not looked at, so who asks and what they may use is the scope's; options are those bound by `with()`.
 *
 * A failed call is a `Response` with its status and OpenAI's error body. It rejects as `fetch` does: with the signal's
 * reason when that aborts, with a `TypeError` for what is no request.
 */
export function createWireFetch(scope: WireScope): typeof globalThis.fetch {
  return async function llmFetch(input, init) {
    const signal = signalOf(input, init)
    signal?.throwIfAborted()
    // The signal stays outside: that of a new Request dies with it.
    const request = new Request(input, { duplex: 'half', ...init, signal: null })
    const answer = await answerTo(request, scope, signal)
    if (signal?.aborted !== true) return responseTo(answer, signal)
    answer.stream?.stop()
    throw signal.reason
  }
}

/** A `null` in `init` takes away the signal of a Request. */
function signalOf(input: string | URL | Request, init: RequestInit | undefined): AbortSignal | undefined {
  const given = init?.signal === undefined && input instanceof Request ? input.signal : init?.signal
  return given ?? undefined
}

async function answerTo(
  request: Request,
  scope: WireScope,
  signal: AbortSignal | undefined,
): Promise<WireAnswer> {
  try {
    const place = wirePlace(request.method, pathBelowBase(new URL(request.url).pathname))
    const isPosted = place.operation === 'chat' || place.operation === 'embeddings'
    const text = isPosted ? readText(request) : Promise.resolve('null')
    const body = wireJson(await (signal === undefined ? text : untilAborted(text, signal)))
    const wire = { place, body, limits: DEFAULT_WIRE_LIMITS, isReported: true }
    return await answerWire(withSignal(scope, signal), wire)
  } catch (thrown) {
    if (thrown instanceof WireRefusal) return failedAnswer(scope.state, thrown)
    throw thrown
  }
}

function withSignal(scope: WireScope, signal: AbortSignal | undefined): WireScope {
  if (signal === undefined) return scope
  return { ...scope, bound: { ...scope.bound, signal: joinedSignal(scope.bound.signal, signal) } }
}

async function readText({ body }: Request): Promise<string> {
  if (body === null) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.byteLength
    if (bytes > BODY_MAX_BYTES) {
      const message = `The body of the request is longer than ${BODY_MAX_BYTES} bytes.`
      throw new WireRefusal({ status: 413, code: 'request_too_large', message })
    }
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function responseTo(answer: WireAnswer, signal: AbortSignal | undefined): Response {
  if (answer.stream === undefined) return new Response(JSON.stringify(answer.body), answer)
  const { status, headers, stream } = answer
  const body = eventStreamBody(stream, wireErrorBody)
  return new Response(signal === undefined ? body : endedBy(signal, body, stream.report), {
    status,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...headers },
  })
}

/**
 * The body of a fetch that is aborted fails with the signal's reason, whatever else it would have said. Nobody listens to
 * the signal once the call is over.
 */
function endedBy(
  signal: AbortSignal,
  body: ReadableStream<Uint8Array>,
  callEnd: Promise<unknown>,
): ReadableStream<Uint8Array> {
  const reader = body.getReader()
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const onAbort = (): void => {
          controller.error(signal.reason)
          void reader.cancel()
        }
        signal.addEventListener('abort', onAbort, { once: true })
        void callEnd.then(() => signal.removeEventListener('abort', onAbort))
      },
      async pull(controller) {
        const { done, value } = await reader.read()
        // The call may be over before its last parts are read: then nobody has listened.
        if (signal.aborted) controller.error(signal.reason)
        else if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: () => reader.cancel(),
    },
    { highWaterMark: 0 },
  )
}
