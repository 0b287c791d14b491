import type { OperationTypes, ProviderAnswer } from '../core/adapter.ts'
import type { CallReport } from '../core/report.ts'
import type { Operation } from '../core/target.ts'
import type { CallResult } from '../router/call.ts'

/** What a settled call has to give. */
interface Outcome<T> {
  readonly data: T
  readonly answer: ProviderAnswer
  readonly report: () => CallReport
}

/**
 * What a call returns: the promise of the answer, with the client's own extras and ours. The call is already under way;
 * none of these starts it again.
 */
export class CallPromise<T> extends Promise<T> {
  readonly #outcome: Promise<Outcome<T>>

  /** @internal */
  constructor(outcome: Promise<Outcome<T>>) {
    super((resolve, reject) => {
      outcome.then(({ data }) => resolve(data), reject)
    })
    this.#outcome = outcome
  }

  // `then` and `catch` make plain promises: this class has a constructor of its own.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  /** The answer and how the call went. A failed call rejects with an `LlmError` that carries its report. */
  async withReport(): Promise<{ data: T; report: CallReport }> {
    const { data, report } = await this.#taken()
    return { data, report: report() }
  }

  /** As the client's: the answer, the HTTP response of the provider that answered, and its request id. */
  async withResponse(): Promise<{ data: T; response: Response; request_id: string | null }> {
    const { data, answer } = await this.#taken()
    return { data, response: answer.toResponse(), request_id: answer.upstreamRequestId ?? null }
  }

  /** As the client's: the HTTP response of the provider that answered, its body unread. */
  async asResponse(): Promise<Response> {
    const { answer } = await this.#taken()
    return answer.toResponse()
  }

  /** Whoever awaits an extra sees the failure there; the bare promise must then not count as unhandled. */
  #taken(): Promise<Outcome<T>> {
    this.catch(() => undefined)
    return this.#outcome
  }
}

/** The promise of a call, its answer read by `read`. */
export function callPromise<O extends Operation, T>(
  result: Promise<CallResult<O>>,
  read: (answer: OperationTypes[O]['answer']) => T,
): CallPromise<T> {
  return new CallPromise(result.then(({ answer, report }) => ({ data: read(answer.data), answer, report })))
}
