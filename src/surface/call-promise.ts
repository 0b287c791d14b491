import type { OperationTypes } from '../core/adapter.ts'
import type { CallReport } from '../core/report.ts'
import type { Operation } from '../core/target.ts'
import type { CallResult } from '../router/call.ts'
import type { CallStream } from '../router/call-stream.ts'
import { LlmStream } from './llm-stream.ts'

/** What an answered call has to give. */
interface Outcome<T, R> {
  readonly data: T
  readonly report: () => R
  readonly requestId: string | undefined
  /** The HTTP answer beside `data`. */
  readonly withData: () => Response
  /** The HTTP answer in place of `data`. */
  readonly whole: () => Response
}

/**
 * What a call returns: the promise of the answer, with the client's own extras and ours. The call is already under way;
 * none of these starts it again.
 */
export class CallPromise<T, R = CallReport> extends Promise<T> {
  readonly #outcome: Promise<Outcome<T, R>>

  /** @internal */
  constructor(outcome: Promise<Outcome<T, R>>) {
    super((resolve, reject) => {
      outcome.then(({ data }) => resolve(data), reject)
    })
    this.#outcome = outcome
  }

  // `then` and `catch` make plain promises: this class has a constructor of its own.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /**
   * The answer and how the call went; of a stream, the promise of that. A failed call rejects with an `LlmError` that
   * carries its report.
   */
  async withReport(): Promise<{ data: T; report: R }> {
    const { data, report } = await this.#taken()
    return { data, report: report() }
  }

  /** As the client's: the answer, the HTTP response of the provider that answered, and its request id. */
  async withResponse(): Promise<{ data: T; response: Response; request_id: string | null }> {
    const { data, withData, requestId } = await this.#taken()
    return { data, response: withData(), request_id: requestId ?? null }
  }

  /** As the client's: the HTTP response of the provider that answered, its body unread. A stream's body is the routed one. */
  async asResponse(): Promise<Response> {
    return (await this.#taken()).whole()
  }

  /** Whoever awaits an extra sees the failure there; the bare promise must then not count as unhandled. */
  #taken(): Promise<Outcome<T, R>> {
    this.catch(() => undefined)
    return this.#outcome
  }
}

/** The promise of a call, its answer read by `read`. */
export function callPromise<O extends Operation, T>(
  result: Promise<CallResult<O>>,
  read: (answer: OperationTypes[O]['answer']) => T,
): CallPromise<T> {
  const outcome = result.then(({ answer, report }) => {
    const whole = (): Response => answer.toResponse()
    return { data: read(answer.data), report, requestId: answer.upstreamRequestId, withData: whole, whole }
  })
  return new CallPromise(outcome)
}

/** The promise of a streamed call: kept at its commit point. */
export function streamPromise(opening: Promise<CallStream>): CallPromise<LlmStream, Promise<CallReport>> {
  const outcome = opening.then((source) => {
    const { head, upstreamRequestId } = source.committed
    const data = new LlmStream(source)
    let whole: Response | undefined
    return {
      data,
      report: () => source.report,
      requestId: upstreamRequestId,
      // The stream itself has the body.
      withData: () => new Response(null, head),
      whole: () => (whole ??= new Response(data.body(), { ...head, headers: headersOfBody(head.headers) })),
    }
  })
  return new CallPromise(outcome)
}

/** The provider's body may have been packed, or JSON; this one never is. */
function headersOfBody(given: Headers): Headers {
  const headers = new Headers(given)
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name)
  headers.set('content-type', 'text/event-stream; charset=utf-8')
  return headers
}
