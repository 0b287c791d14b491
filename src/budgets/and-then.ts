import type { Eventual } from '../core/budget-store.ts'

/** Goes on with what is there at once, or when it comes: what is in memory need not be waited for. */
export function andThen<T, U>(value: Eventual<T>, next: (value: T) => Eventual<U>): Eventual<U> {
  return value instanceof Promise ? value.then(next) : next(value)
}

/** All of them, in order. */
export function allOf<T>(values: readonly Eventual<T>[]): Eventual<readonly T[]> {
  return values.some((value) => value instanceof Promise) ? Promise.all(values) : (values as readonly T[])
}
