export interface WireRefusalOptions {
  readonly status: number
  readonly code: string
  /** Our own words; nothing of what the client sent but names of params. */
  readonly message: string
  readonly param?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A request that is refused before there is a call: a wrong path, key or body. Never leaves this package; the client
 * gets it as an error in OpenAI's words.
 */
export class WireRefusal extends Error {
  readonly status: number
  readonly code: string
  readonly param: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor({ status, code, message, param, headers = {} }: WireRefusalOptions) {
    super(message)
    this.status = status
    this.code = code
    this.param = param
    this.headers = headers
  }
}

/** The request itself is wrong: 400. */
export function badRequest(message: string, param?: string): WireRefusal {
  return new WireRefusal({
    status: 400,
    code: 'invalid_request',
    message,
    ...(param === undefined ? {} : { param }),
  })
}
