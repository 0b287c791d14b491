import { Bench } from 'tinybench'

export interface Microseconds {
  readonly medianUs: number
  readonly p99Us: number
}

/** What one run of it takes, over a second of runs. */
export async function microseconds(name: string, run: () => number): Promise<Microseconds> {
  const bench = new Bench({ time: 1_000, warmupTime: 300 }).add(name, () => void run())
  const [task] = await bench.run()
  const result = task?.result
  if (result?.state !== 'completed') throw new Error(`${name} was not measured: ${result?.state}`)
  return { medianUs: result.latency.p50 * 1000, p99Us: result.latency.p99 * 1000 }
}
