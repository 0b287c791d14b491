/** The one way to the cost API, which is beside this page. */

/** Why there are no figures. */
export type Problem =
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'forbidden' }
  | { readonly kind: 'not-found'; readonly detail?: string }
  /** The request itself; should not happen. */
  | { readonly kind: 'refused'; readonly status: number; readonly detail?: string }
  | {
      readonly kind: 'unavailable'
      readonly status: number
      readonly detail?: string
      /** Why the ledger cannot be read: `ledger_locked`, say. */
      readonly reason?: string
    }
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
  const { reason, ...said } = await saidBy(response)
  if (status === 404) return { kind: 'not-found', ...said }
  if (status < 500) return { kind: 'refused', status, ...said }
  return { kind: 'unavailable', status, ...said, ...(reason === undefined ? {} : { reason }) }
}

/** What the answer says, if it does, as problem+json (RFC 9457). */
async function saidBy(response: Response): Promise<{ readonly detail?: string; readonly reason?: string }> {
  try {
    const { detail, reason } = (await response.json()) as {
      readonly detail?: unknown
      readonly reason?: unknown
    }
    return {
      ...(typeof detail === 'string' && detail !== '' ? { detail } : {}),
      ...(typeof reason === 'string' ? { reason } : {}),
    }
  } catch {
    // The status says enough.
    return {}
  }
}

/** Can it pass by itself, so that asking again makes sense? */
export function isPassing(problem: Problem): boolean {
  if (problem.kind === 'unavailable') return !isWithoutLedger(problem)
  return problem.kind === 'unreachable'
}

/** The app has said that it wants no ledger. */
export function isWithoutLedger(problem: Problem): boolean {
  return problem.kind === 'unavailable' && problem.reason === 'ledger_off'
}

/** `costs`, with what is not undefined as its query. */
export function pathWith(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`
}
