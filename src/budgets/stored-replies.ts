/**
 * What the databases answer when budgets are asked for, as data: texts of JSON, the same from Redis and from PostgreSQL.
 * Anything else is an error, never a grant: then another version of this package, or another program, uses the same keys.
 */
import type { BudgetCounter, BudgetStanding, ReserveReply, ReserveRequest } from '../core/budget-store.ts'
import { isObject } from '../core/json-shape.ts'

export function reserveReply(reply: unknown, { claims }: ReserveRequest): ReserveReply {
  const answer = parsed(reply)
  const { outcome } = answer
  if (outcome === 'unknown') return { outcome, unknown: keysAt(answer['unknown'], claims) }
  if (outcome !== 'reserved' && outcome !== 'refused') throw misread()
  return { outcome, standings: knownStandings(answer, claims.length) }
}

export function settleReply(reply: unknown, count: number): readonly BudgetStanding[] {
  return knownStandings(parsed(reply), count)
}

/** Undefined where there is `null`. */
export function readReply(reply: unknown, count: number): readonly (BudgetStanding | undefined)[] {
  return standings(parsed(reply), count)
}

function knownStandings(answer: Answer, count: number): readonly BudgetStanding[] {
  return standings(answer, count).map((standing) => standing ?? fail())
}

function standings({ standings: list }: Answer, count: number): readonly (BudgetStanding | undefined)[] {
  if (!Array.isArray(list) || list.length !== count) throw misread()
  return list.map((pair: unknown) => {
    if (pair === null) return undefined
    if (!Array.isArray(pair) || pair.length !== 2) throw misread()
    const [spentNanoUsd, heldNanoUsd]: unknown[] = pair
    return { spentNanoUsd: amount(spentNanoUsd), heldNanoUsd: amount(heldNanoUsd) }
  })
}

function amount(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw misread()
  return value
}

function keysAt(places: unknown, counters: readonly BudgetCounter[]): readonly string[] {
  if (!Array.isArray(places) || places.length === 0) throw misread()
  return places.map((place: unknown) => counters[Number(place)]?.key ?? fail())
}

type Answer = Readonly<Record<string, unknown>>

function parsed(reply: unknown): Answer {
  const value: unknown = JSON.parse(String(reply))
  if (!isObject(value)) throw misread()
  return value
}

function fail(): never {
  throw misread()
}

function misread(): TypeError {
  return new TypeError('this is not what was asked for')
}
