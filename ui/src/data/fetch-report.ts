/** The one way to the cost API, which is beside this page. */

/** Why there are no figures. */
export type Problem =
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'not-found'; readonly detail?: string }
  /** The request itself; should not happen. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail?: string }
  | { readonly kind: 'unavailable'; readonly status: number; readonly detail?: string }
  | { readonly kind: 'unreachable' }

export class ReportError extends Error {
  override readonly name = 'ReportError'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(problem.kind)
    this.problem = problem
  }
}

/** How long an answer may take, ms. */
const TIMEOUT_MS = 20_000

/**
 * @param path below the mount: `costs?by=model`
 * @throws ReportError; the signal's reason where that is aborted
 */
export async function fetchReport<T>(path: string, signal: AbortSignal): Promise<T> {
  const response = await asked(path, signal)
  if (!response.ok) throw new ReportError(await problemOf(response))
  try {
    return (await response.json()) as T
  } catch {
    signal.throwIfAborted()
    // A page to sign in, of some proxy, and the connection's end come here.
    throw new ReportError({ kind: 'unavailable', status: response.status, detail: 'The answer is no JSON.' })
  }
}

async function asked(path: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(`./${path}`, {
      headers: { accept: 'application/json' },
      credentials: 'same-origin',
      cache: 'no-store',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
  } catch {
    signal.throwIfAborted()
    throw new ReportError({ kind: 'unreachable' })
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const { status } = response
  if (status === 401) return { kind: 'signed-out' }
  if (status === 403) return { kind: 'forbidden' }
  const detail = await detailOf(response)
  const said = detail === undefined ? {} : { detail }
  if (status === 404) return { kind: 'not-found', ...said }
  return { kind: status < 500 ? 'refused' : 'unavailable', status, ...said }
}

/** What the answer says in words, if it does: `detail` of problem+json (RFC 9457). */
async function detailOf(response: Response): Promise<string | undefined> {
  try {
    const { detail } = (await response.json()) as { readonly detail?: unknown }
    return typeof detail === 'string' && detail !== '' ? detail : undefined
  } catch {
    // The status says enough.
    return undefined
  }
}

/** Can it pass by itself, so that asking again makes sense? */
export function isPassing({ kind }: Problem): boolean {
  return kind === 'unavailable' || kind === 'unreachable'
}

/** `costs`, with what is not undefined as its query. */
export function pathWith(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}
