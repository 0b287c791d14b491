/** What the scripts return, as data. Anything else is an error: then another version of this package, or another program, shares the prefix. */
import type {
  ClaimReply,
  HealthNews,
  LeaseReply,
  LeaseRequest,
  LeaseScopeReply,
  SyncReply,
  TargetNews,
} from '../core/shared-state.ts'

/** Values of one scope in a lease's reply. */
const SCOPE_VALUES = 8

export function leaseReply(reply: unknown, { scopes, asks }: LeaseRequest): LeaseReply {
  const values = listOf(reply)
  const granted = Array.from(String(values[1]), (flag) => flag === '1')
  if (values.length !== 2 + scopes.length * SCOPE_VALUES || granted.length !== asks.length) throw misread()
  return {
    stamp: numberOf(values[0]),
    granted,
    scopes: scopes.map((_, index) => scopeReply(values.slice(2 + index * SCOPE_VALUES))),
  }
}

function scopeReply([
  generation,
  allowedShare,
  closedForMs,
  by,
  soonestMs,
  againMs,
  requests,
  tokens,
]: readonly unknown[]): LeaseScopeReply {
  return {
    generation: String(generation),
    allowedShare: numberOf(allowedShare),
    closedForMs: numberOf(closedForMs),
    mark: { requests: numberOf(requests), tokens: numberOf(tokens) },
    ...((by === 'rate' || by === 'places') && {
      denied: { by, soonestMs: numberOf(soonestMs), againMs: numberOf(againMs) },
    }),
  }
}

export function syncReply(reply: unknown): SyncReply {
  const [processes, nowMs, epoch, ...words] = listOf(reply)
  const told = words.map((word) => targetNews(JSON.parse(String(word)), numberOf(nowMs)))
  return { processes: numberOf(processes), epoch: String(epoch), told }
}

function targetNews(word: unknown, nowMs: number): TargetNews {
  if (!isWord(word)) throw misread()
  return Object.assign(word, { forMs: word.untilMs - nowMs })
}

function isWord(value: unknown): value is HealthNews & { by: string; word: string; untilMs: number } {
  if (typeof value !== 'object' || value === null) return false
  const { target, what, by, word, untilMs } = value as Readonly<Record<string, unknown>>
  return [target, what, by, word].every((text) => typeof text === 'string') && typeof untilMs === 'number'
}

export function claimReply(reply: unknown): ClaimReply {
  const freeInMs = numberOf(reply)
  return freeInMs < 0 ? { isYours: true } : { isYours: false, freeInMs }
}

function listOf(reply: unknown): readonly unknown[] {
  if (!Array.isArray(reply)) throw misread()
  return reply
}

function numberOf(value: unknown): number {
  const number = Number(value)
  if (Number.isNaN(number)) throw misread()
  return number
}

function misread(): TypeError {
  return new TypeError('a reply of the shared state is not what was asked for')
}
