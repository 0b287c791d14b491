/** Streams of every row: chunks per second at two paces, the time to the first content, and memory of many at once. */
import { startChild, type Child, type ChildOptions } from '../child.ts'
import type { Cores } from '../cores.ts'
import type {
  FirstContentResult,
  FirstContentRound,
  HeldResult,
  StreamRound,
  StreamRowResult,
  StreamSpeed,
} from '../measurement.ts'
import { median } from '../median.ts'
import type { BenchOptions } from '../options.ts'
import { numberOf } from '../parent.ts'
import type { PaceName } from './paces.ts'
import { STREAM_BARE_ROW, STREAM_LIMIT_ROW, type StreamRow } from './rows.ts'

/**
 * Streams open at the same time. Chosen so that no server is out of breath at 4 ms a packet: one that is finds many
 * packets in one read, and shows what it does under overload instead of what a stream costs.
 */
const CONNECTIONS: Readonly<Record<PaceName, number>> = { packed: 12, single: 40, first: 2, held: 1000 }

/** Chunks of each server before anything counts: see the warm-up of the rows that do not stream. */
const WARM_UP_CHUNKS = 150_000
const WARM_UP_SECONDS = 3

interface Bench {
  readonly load: Child
  readonly upstream: Child
  readonly options: BenchOptions
  readonly cores: Cores
  readonly progress: (text: string) => void
}

/** Rounds of one row, by what they measure. */
interface Rounds {
  readonly packed: StreamRound[]
  readonly single: StreamRound[]
  readonly first: FirstContentRound[]
}

export async function measureStreams(
  options: BenchOptions,
  cores: Cores,
  progress: (text: string) => void,
): Promise<StreamRowResult[]> {
  if (options.streamRows.length === 0) return []
  const upstream = await startChild({ file: './streams/upstream.ts', cores: cores.others })
  const load = await startChild({ file: './streams/load.ts', cores: cores.others })
  const bench = { load, upstream, options, cores, progress }
  try {
    const rounds = await runAllRounds(bench)
    const held = new Map<StreamRow, HeldResult>()
    for (const row of rounds.keys()) held.set(row, await holdMany(bench, row))
    return toResults(rounds, held)
  } finally {
    await Promise.all([upstream, load].map((child) => child.stop()))
  }
}

async function runAllRounds(bench: Bench): Promise<Map<StreamRow, Rounds>> {
  const { options, progress } = bench
  const servers = new Map<StreamRow, Child>()
  const results = new Map<StreamRow, Rounds>()
  try {
    for (const row of options.streamRows) {
      servers.set(row, await startChild(serverOptions(bench, row)))
      results.set(row, { packed: [], single: [], first: [] })
    }
    for (const [row, server] of servers) {
      progress(`warm-up  ${row.name}`)
      await warmUp(bench, row, server)
    }
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const [row, { packed, single, first }] of results) {
        const run = (pace: PaceName) => runRound(bench, { row, pace, server: servers.get(row) })
        packed.push(await run('packed'))
        single.push(await run('single'))
        first.push(await run('first'))
        progress(`round ${round}/${options.rounds}  ${row.name}: ${shown(packed, single, first)}`)
      }
    }
  } finally {
    await Promise.all([...servers.values()].map((child) => child.stop()))
  }
  return results
}

function shown(packed: StreamRound[], single: StreamRound[], first: FirstContentRound[]): string {
  const speed = (round: StreamRound | undefined): string =>
    `${Math.round(round?.chunksPerSecond ?? 0)} chunks/s at ${Math.round((round?.cpuShare ?? 0) * 100)} % of a core`
  return `${speed(packed.at(-1))} (packed), ${speed(single.at(-1))} (single), first ${first.at(-1)?.p50Ms.toFixed(2)} ms`
}

function serverOptions(
  { upstream, options, cores }: Bench,
  row: StreamRow,
  nodeArgs: readonly string[] = profiling(options, row),
): ChildOptions {
  const url = `http://127.0.0.1:${numberOf(upstream.ready, 'port')}`
  return { file: `./servers/${row.server}`, args: [url, ...row.args], nodeArgs, cores: cores.server }
}

function profiling({ profileFolder }: BenchOptions, { name }: StreamRow): readonly string[] {
  if (profileFolder === undefined) return []
  return ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`, `--cpu-prof-name=${name}.cpuprofile`]
}

async function warmUp(bench: Bench, row: StreamRow, server: Child): Promise<void> {
  for (let chunks = 0; chunks < WARM_UP_CHUNKS;) {
    const counts = await ask(bench, { row, server, pace: 'packed', seconds: WARM_UP_SECONDS })
    chunks += numberOf(counts, 'chunks')
  }
  await ask(bench, { row, server, pace: 'single', seconds: WARM_UP_SECONDS })
}

interface Asked {
  readonly row: StreamRow
  readonly server: Child
  readonly pace: PaceName
  readonly seconds: number
}

function ask({ load }: Bench, { row, server, pace, seconds }: Asked): Promise<unknown> {
  return load.ask({
    what: 'round',
    port: numberOf(server.ready, 'port'),
    path: row.path,
    pace,
    connections: CONNECTIONS[pace],
    windowMs: seconds * 1000,
  })
}

/** Short answers come many a second. */
const FIRST_SHARE = 0.5

async function runRound(
  bench: Bench,
  { row, pace, server }: { row: StreamRow; pace: PaceName; server: Child | undefined },
): Promise<StreamRound & FirstContentRound> {
  if (server === undefined) throw new Error(`no server for the row ${row.name}`)
  const seconds = bench.options.seconds * (pace === 'first' ? FIRST_SHARE : 1)
  const before = await server.ask({})
  const counts = await ask(bench, { row, server, pace, seconds })
  const after = await server.ask({})
  const used = (name: string): number => numberOf(after, name) - numberOf(before, name)
  return {
    chunksPerSecond: (numberOf(counts, 'chunks') * 1000) / used('cpuMs'),
    cpuShare: used('cpuMs') / used('clockMs'),
    spansPerStream: used('spans') / numberOf(counts, 'streams'),
    p50Ms: numberOf(counts, 'p50Ms'),
    p99Ms: numberOf(counts, 'p99Ms'),
  }
}

/** In a server of its own, whose memory has seen nothing but a short warm-up. */
async function holdMany(bench: Bench, row: StreamRow): Promise<HeldResult> {
  const { load, options, progress } = bench
  const server = await startChild(serverOptions(bench, row, ['--expose-gc']))
  try {
    await ask(bench, { row, server, pace: 'first', seconds: 1 })
    const before = await server.ask({ memory: true })
    const pace = 'held'
    await load.ask({
      what: 'hold',
      port: numberOf(server.ready, 'port'),
      path: row.path,
      pace,
      connections: options.held,
      windowMs: 0,
    })
    const opened = await server.ask({ memory: true })
    const streams = numberOf(await load.ask({ what: 'count' }), 'held')
    const flowed = await server.ask({})
    const grown = (name: string): number => (numberOf(opened, name) - numberOf(before, name)) / streams / 1000
    const used = (name: string): number => numberOf(flowed, name) - numberOf(opened, name)
    const result = {
      streams,
      rssKbPerStream: grown('rssBytes'),
      heapKbPerStream: grown('heapBytes'),
      cpuShare: used('cpuMs') / used('clockMs'),
    }
    progress(`held     ${row.name}: ${streams} streams, ${result.rssKbPerStream.toFixed(0)} kB each`)
    return result
  } finally {
    await server.stop()
  }
}

function toResults(
  rounds: ReadonlyMap<StreamRow, Rounds>,
  held: ReadonlyMap<StreamRow, HeldResult>,
): StreamRowResult[] {
  const named = (name: string): Rounds | undefined => [...rounds].find(([row]) => row.name === name)?.[1]
  const bare = named(STREAM_BARE_ROW)
  const limit = named(STREAM_LIMIT_ROW)
  return [...rounds].map(([row, { packed, single, first }]) => ({
    name: row.name,
    title: row.title,
    packed: speedOf(packed, bare?.packed, limit?.packed),
    single: speedOf(single, bare?.single, limit?.single),
    firstContent: firstContentOf(first, bare?.first),
    held: held.get(row) ?? { streams: 0, rssKbPerStream: NaN, heapKbPerStream: NaN, cpuShare: NaN },
  }))
}

function speedOf(
  rounds: readonly StreamRound[],
  bare: readonly StreamRound[] = [],
  limit: readonly StreamRound[] = [],
): StreamSpeed {
  const speed = (of: readonly StreamRound[]): number => median(of.map((round) => round.chunksPerSecond))
  return {
    chunksPerSecond: speed(rounds),
    ratioToBare: speed(rounds) / speed(bare),
    ratioToLimit: speed(rounds) / speed(limit),
    cpuShare: median(rounds.map((round) => round.cpuShare)),
    spansPerStream: median(rounds.map((round) => round.spansPerStream)),
    rounds,
  }
}

function firstContentOf(
  rounds: readonly FirstContentRound[],
  bare: readonly FirstContentRound[] = [],
): FirstContentResult {
  return {
    p50Ms: median(rounds.map((round) => round.p50Ms)),
    p99Ms: median(rounds.map((round) => round.p99Ms)),
    // Round by round: a slow moment of the machine hits both.
    overheadMs: median(rounds.map((round, index) => round.p50Ms - (bare[index]?.p50Ms ?? NaN))),
    rounds,
  }
}
