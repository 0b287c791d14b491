/** The kinds of values that options have, each with its rule in words. */
import { TIMER_MAX_MS } from '../core/clock.ts'
import * as z from 'zod/mini'
import { builtInName } from './built-in.ts'

/** Nobody charges as much: it is a price in another unit, and sums of it would not be exact. */
const USD_MAX = 1_000_000

export const text = (rule = 'must be a text that is not empty') => z.string(rule).check(z.minLength(1, rule))
export const flag = () => z.boolean('must be true or false')
export const oneOf = <const T extends readonly string[]>(values: T) =>
  z.enum(values, `must be ${values.map((value) => `"${value}"`).join(' or ')}`)

export function whole(min: number, max: number, unit = ''): z.ZodMiniNumber<number> {
  const rule = `must be a whole number${unit} from ${min} to ${max}`
  const isWhole = (value: number): boolean => Number.isInteger(value) && value >= min && value <= max
  return z.number(rule).check(z.refine(isWhole, rule))
}

export const ms = (min = 1) => whole(min, TIMER_MAX_MS, ' of milliseconds')

export function usd(unit: string): z.ZodMiniNumber<number> {
  const rule = `must be a number of ${unit} from 0 to ${USD_MAX}`
  return z.number(rule).check(z.nonnegative(rule), z.lte(USD_MAX, rule))
}

export function numberFrom(min: number, max: number): z.ZodMiniNumber<number> {
  const rule = `must be a number from ${min} to ${max}`
  return z.number(rule).check(z.gte(min, rule), z.lte(max, rule))
}

/** A part of all: more than 0, at most 1. */
export function share(): z.ZodMiniNumber<number> {
  const rule = 'must be a number more than 0 and at most 1'
  return z.number(rule).check(z.gt(0, rule), z.lte(1, rule))
}

/** A part of all, or none of it: from 0 to 1. */
export function shareOrNone(): z.ZodMiniNumber<number> {
  const rule = 'must be a number from 0 to 1'
  return z.number(rule).check(z.nonnegative(rule), z.lte(1, rule))
}

export const isFunction = (value: unknown): boolean => typeof value === 'function'

export function withMethods<T>(methods: readonly string[], rule: string): z.ZodMiniCustom<T, T> {
  return z.custom<T>((value: unknown) => {
    if (typeof value !== 'object' || value === null) return false
    return methods.every((method) => typeof Reflect.get(value, method) === 'function')
  }, rule)
}

/** Options of which none is required, and no other is known. An option that is undefined is one that is not given. */
export function options<S extends z.core.$ZodLooseShape>(shape: S, rule = 'must be an object') {
  return z.pipe(z.transform(withoutUndefined), z.strictObject(shape, rule))
}

function withoutUndefined(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  // A Map or URL has no properties of its own and would pass for an object without any.
  if (builtInName(value) !== undefined) return undefined
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined))
}
