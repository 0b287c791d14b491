import { PostgresTimeout } from './postgres-error.ts'
import type { PostgresConnection, PostgresPool, PostgresResult } from './postgres-pool.ts'

/** A connection for one operation. */
export interface GuardedConnection {
  readonly query: (text: string, values?: readonly unknown[]) => Promise<PostgresResult>
  /** @param destroy nobody may have it again */
  release(destroy?: boolean): void
}

export interface GuardLimits {
  /** Until when everything has to be over, on the monotonic clock. */
  readonly deadlineMs: number
  /** What that was at first, for the error. */
  readonly timeoutMs: number
}

/**
 * A connection of the pool with an end to every wait, whatever the server does: one that is stopped neither answers nor
 * closes anything. A connection that was given up on is closed, not lent again.
 *
 * @throws PostgresTimeout, or what `pg` says
 */
export async function guardedConnection(pool: PostgresPool, limits: GuardLimits): Promise<GuardedConnection> {
  const connection = await connect(pool, limits)
  let broken: Error | undefined
  // A lent connection that breaks says so to whoever listens, and ends the process where nobody does.
  const onError = (error: Error): void => {
    broken = error
  }
  connection.on('error', onError)
  return {
    async query(text, values = []) {
      if (broken !== undefined) throw broken
      try {
        return await beforeDeadline(connection.query(text, [...values]), limits, 'answer')
      } catch (error) {
        if (error instanceof PostgresTimeout) broken = error
        throw error
      }
    },
    release(destroy = false) {
      const mustGo = destroy || broken !== undefined
      // What a connection says while it is being closed is of no interest any more, and still needs a listener.
      if (!mustGo) connection.off('error', onError)
      connection.release(mustGo)
    },
  }
}

async function connect(pool: PostgresPool, limits: GuardLimits): Promise<PostgresConnection> {
  const connecting = pool.connect()
  try {
    return await beforeDeadline(connecting, limits, 'connection')
  } catch (error) {
    // One that comes late goes straight back; one that never comes has been told of.
    if (error instanceof PostgresTimeout)
      connecting.then(
        (late) => late.release(),
        () => undefined,
      )
    throw error
  }
}

async function beforeDeadline<T>(
  work: Promise<T>,
  { deadlineMs, timeoutMs }: GuardLimits,
  missing: 'connection' | 'answer',
): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    const onTime = (): void => reject(new PostgresTimeout(missing, timeoutMs))
    timer = setTimeout(onTime, Math.max(1, deadlineMs - performance.now()))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
