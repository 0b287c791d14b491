import type { ServerResponse } from 'node:http'
import type { LlmProblem } from '../middleware/error-handler.ts'

export interface HttpRefusalOptions {
  readonly status: number
  readonly code: string
  readonly title: string
  /** Our own words; nothing of what the client sent. */
  readonly detail: string
  readonly headers?: Readonly<Record<string, string>>
}

/** A request that is refused before anything is asked for: a wrong path, method or visitor. Never leaves this package. */
export class HttpRefusal extends Error {
  readonly status: number
  readonly #problem: LlmProblem
  readonly #headers: Readonly<Record<string, string>>

  constructor({ status, code, title, detail, headers = {} }: HttpRefusalOptions) {
    super(detail)
    this.status = status
    this.#problem = { type: `urn:express-llm:error:${code}`, title, status, detail, code }
    this.#headers = headers
  }

  send(res: ServerResponse): void {
    res.statusCode = this.status
    for (const [name, value] of Object.entries(this.#headers)) res.setHeader(name, value)
    res.setHeader('content-type', 'application/problem+json; charset=utf-8')
    res.end(JSON.stringify(this.#problem))
  }
}

export function methodNotAllowed(): HttpRefusal {
  return new HttpRefusal({
    status: 405,
    code: 'method_not_allowed',
    title: 'This method is not allowed',
    detail: 'Everything here is only to be read: GET or HEAD.',
    headers: { allow: 'GET, HEAD' },
  })
}

export function notFound(detail: string): HttpRefusal {
  return new HttpRefusal({ status: 404, code: 'not_found', title: 'There is nothing here', detail })
}
