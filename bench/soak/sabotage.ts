/** Faults of our own, put in on purpose: `--sabotage <name>` shows that the check which is there for them can fail. */
import { connect } from 'node:net'
import { trace } from '@opentelemetry/api'
import { add } from './facts.ts'
import type { Ledger } from './ledger.ts'

export const SABOTAGES = ['memory', 'socket', 'timer', 'listener', 'span', 'settle', 'sum', 'lie'] as const
export type SabotageName = (typeof SABOTAGES)[number]

export interface Sabotage {
  onRequest(): void
  onLap(): void
}

interface Victims {
  readonly ledger: Ledger
  readonly longSignal: AbortSignal
}

/** @param name of {@link SABOTAGES}; with any other nothing is done */
export function createSabotage(name: string | undefined, { ledger, longSignal }: Victims): Sabotage {
  const kept: Buffer[] = []
  let isDone = false
  const once = (act: () => unknown): void => {
    if (!isDone) act()
    isDone = true
  }
  return {
    onRequest() {
      // Two kilobytes a stream are twenty megabytes in ten thousand.
      if (name === 'memory') kept.push(Buffer.alloc(2_000, 1))
    },
    onLap() {
      if (name === 'listener') longSignal.addEventListener('abort', () => kept.length)
      once(() => ONCE[name ?? '']?.(ledger))
    },
  }
}

const ONCE: Readonly<Record<string, (ledger: Ledger) => unknown>> = {
  socket: () => connect({ port: Number(new URL(process.argv[4] ?? '').port), host: '127.0.0.1' }),
  timer: () => setInterval(() => undefined, 100_000),
  span: () => trace.getTracer('soak').startSpan('sabotage'),
  settle: (ledger) => [1, 2].map(() => ledger.log({ callId: 'twice' }, true)),
  sum: (ledger) => (ledger.logs = add(ledger.logs, { outputTokens: 1 })),
}
