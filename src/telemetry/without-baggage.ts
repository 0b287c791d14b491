import { context, propagation, type Context } from '@opentelemetry/api'

/** Baggage is the app's own business and may name users: it never goes to a provider. */
export function withoutBaggage(current: Context): Context {
  return propagation.getBaggage(current) === undefined ? current : propagation.deleteBaggage(current)
}

/** Runs `fn` without the active context's baggage; straight away where there is none. */
export function runWithoutBaggage<T>(fn: () => Promise<T>): Promise<T> {
  const bare = bareContext()
  return bare === undefined ? fn() : runIn(bare, fn)
}

function bareContext(): Context | undefined {
  try {
    const active = context.active()
    const bare = withoutBaggage(active)
    return bare === active ? undefined : bare
  } catch {
    // Without a working context manager no instrumentation can find any baggage to send.
    return undefined
  }
}

/**
 * Runs `fn` in a context, without a promise of its own: each read of a stream comes through here. What `fn` throws is
 * its own; when the context manager fails, `fn` runs without it, and runs once.
 */
export function runIn<T>(target: Context, fn: () => Promise<T>): Promise<T> {
  let started: Promise<T> | undefined
  const start = (): void => {
    started ??= startOf(fn)
  }
  try {
    context.with(target, start)
  } catch {
    // A broken context manager costs the trace its nesting, nothing else.
  }
  return started ?? startOf(fn)
}

function startOf<T>(fn: () => Promise<T>): Promise<T> {
  try {
    return fn()
  } catch (thrown) {
    return Promise.reject(thrown)
  }
}
