/**
 * What the scripts return, as data. Anything else is an error, never a grant: then another version of this package, or
 * another program, uses the same keys.
 */
import { isObject } from '../core/json-shape.ts'
import type { ClaimReply, LeaseReply, LeaseRequest, SyncReply } from '../core/shared-state.ts'

export function leaseReply(reply: unknown, { scopes, asks }: LeaseRequest): LeaseReply {
  const { stamp, ...lists } = parsed(reply)
  const [granted, told] = [listOf(lists['granted']), listOf(lists['scopes'])]
  if (typeof stamp !== 'number' || granted.length !== asks.length || told.length !== scopes.length)
    throw misread()
  return { stamp, granted, scopes: told } as LeaseReply
}

export function syncReply(reply: unknown): SyncReply {
  const { processes, epoch, told } = parsed(reply)
  if (typeof processes !== 'number') throw misread()
  return { processes, epoch, told: listOf(told) } as SyncReply
}

export function claimReply(freeInMs: unknown): ClaimReply {
  if (typeof freeInMs !== 'number') throw misread()
  return freeInMs < 0 ? { isYours: true } : { isYours: false, freeInMs }
}

function parsed(reply: unknown): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(String(reply))
  if (!isObject(value)) throw misread()
  return value
}

/** To Lua an empty list is an empty table, and that is an object. */
function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (isObject(value) && Object.keys(value).length === 0) return []
  throw misread()
}

function misread(): TypeError {
  return new TypeError('this is not what was asked for')
}
