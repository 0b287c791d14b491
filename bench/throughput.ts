/** Requests per second of every row: all servers stand ready, and the rounds go round, so that a slow minute hits all. */
import { startChild, type Child } from './child.ts'
import type { Cores } from './cores.ts'
import type { RoundResult, RowResult } from './measurement.ts'
import { median } from './median.ts'
import type { BenchOptions } from './options.ts'
import { numberOf } from './parent.ts'
import { BARE_ROW, LIMIT_ROW, type Row } from './rows.ts'

/**
 * Answers of each server before anything counts. The more code a row runs, the later all of it is compiled: routed rows
 * still grew faster after 10,000 (measured on Node 24).
 */
const WARM_UP_REQUESTS = 15_000
const WARM_UP_SECONDS = 2

interface Bench {
  readonly load: Child
  readonly servers: ReadonlyMap<Row, Child>
  readonly connections: number
}

export async function measureThroughput(
  options: BenchOptions,
  cores: Cores,
  progress: (text: string) => void,
): Promise<RowResult[]> {
  const children: Child[] = []
  const start = async (...args: Parameters<typeof startChild>): Promise<Child> => {
    const child = await startChild(...args)
    children.push(child)
    return child
  }
  try {
    const upstream = await start({ file: './upstream.ts', cores: cores.others })
    const load = await start({ file: './load.ts', cores: cores.others })
    const redis = await start({ file: './redis.ts', cores: cores.others })
    const redisPort = numberOf(redis.ready, 'port')
    const servers = new Map<Row, Child>()
    for (const row of options.rows) {
      if (row.needsRedis === true && redisPort === 0)
        progress(`${row.name}: there is no redis-server on PATH, so it is left out`)
      else servers.set(row, await start(serverOptions(row, upstream, { options, cores, redisPort })))
    }
    const rounds = await runRounds({ load, servers, connections: options.connections }, options, progress)
    return toResults(rounds)
  } finally {
    await Promise.all(children.map((child) => child.stop()))
  }
}

function serverOptions(
  row: Row,
  upstream: Child,
  { options, cores, redisPort }: { options: BenchOptions; cores: Cores; redisPort: number },
): Parameters<typeof startChild>[0] {
  const { profileFolder } = options
  const redis = row.needsRedis === true ? [`redis://127.0.0.1:${redisPort}`] : []
  const profiling = [
    '--cpu-prof',
    `--cpu-prof-dir=${profileFolder}`,
    `--cpu-prof-name=${row.name}.cpuprofile`,
  ]
  return {
    file: `./servers/${row.server}`,
    args: [`http://127.0.0.1:${numberOf(upstream.ready, 'port')}`, ...row.args, ...redis],
    nodeArgs: profileFolder === undefined ? [] : profiling,
    cores: cores.server,
  }
}

async function runRounds(
  bench: Bench,
  { rounds, seconds }: BenchOptions,
  progress: (text: string) => void,
): Promise<Map<Row, RoundResult[]>> {
  const results = new Map<Row, RoundResult[]>([...bench.servers.keys()].map((row) => [row, []]))
  for (const row of results.keys()) {
    progress(`warm-up  ${row.name}`)
    await warmUp(bench, row)
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const [row, list] of results) {
      const result = await runRound(bench, row, seconds)
      list.push(result)
      const { requestsPerSecond, cpuShare } = result
      const text = `${Math.round(requestsPerSecond)} requests/s, ${Math.round(cpuShare * 100)} % of a core`
      progress(`round ${round}/${rounds}  ${row.name}: ${text}`)
    }
  }
  return results
}

async function warmUp(bench: Bench, row: Row): Promise<void> {
  for (let requests = 0; requests < WARM_UP_REQUESTS;) {
    const { requestsPerClockSecond } = await runRound(bench, row, WARM_UP_SECONDS)
    requests += requestsPerClockSecond * WARM_UP_SECONDS
  }
}

async function runRound(bench: Bench, row: Row, seconds: number): Promise<RoundResult> {
  const server = bench.servers.get(row)
  if (server === undefined) throw new Error(`no server for the row ${row.name}`)
  const before = await server.ask({})
  const counts = await bench.load.ask({
    port: numberOf(server.ready, 'port'),
    connections: bench.connections,
    windowMs: seconds * 1000,
  })
  const after = await server.ask({})
  const used = (name: string): number => numberOf(after, name) - numberOf(before, name)
  const requests = numberOf(counts, 'requests')
  return {
    requestsPerSecond: (requests * 1000) / used('cpuMs'),
    requestsPerClockSecond: numberOf(counts, 'requestsPerSecond'),
    p50Ms: numberOf(counts, 'p50Ms'),
    p99Ms: numberOf(counts, 'p99Ms'),
    cpuShare: used('cpuMs') / used('clockMs'),
    spansPerCall: used('spans') / requests,
  }
}

function toResults(rounds: ReadonlyMap<Row, readonly RoundResult[]>): RowResult[] {
  const medians = [...rounds].map(([row, list]) => {
    const of = (name: keyof RoundResult): number => median(list.map((round) => round[name]))
    return {
      name: row.name,
      title: row.title,
      requestsPerSecond: of('requestsPerSecond'),
      requestsPerClockSecond: of('requestsPerClockSecond'),
      p50Ms: of('p50Ms'),
      p99Ms: of('p99Ms'),
      cpuShare: of('cpuShare'),
      spansPerCall: of('spansPerCall'),
      rounds: list,
    }
  })
  const speedOf = (name: string): number =>
    medians.find((row) => row.name === name)?.requestsPerSecond ?? Number.NaN
  return medians.map((row) => ({
    ...row,
    ratioToBare: row.requestsPerSecond / speedOf(BARE_ROW),
    ratioToLimit: row.requestsPerSecond / speedOf(LIMIT_ROW),
  }))
}
