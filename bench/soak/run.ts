/**
 * `npm run soak`: many streams with every fault, every way of reading and every kind of client, drawn by chance from a
 * seed. Afterwards everything must be as it was before, and everything must have been counted once.
 */
import { Agent } from 'node:http'
import { checkLine, type Check } from '../check.ts'
import { startChild, type Child } from '../child.ts'
import { chooseCores } from '../cores.ts'
import { numberOf } from '../parent.ts'
import { truncated } from '../truncated.ts'
import { checkSoak, type SoakFacts, type SoakLap } from './checks.ts'
import { runClient, type ClientOptions } from './client.ts'
import type { EndFacts, LapFacts, SeenFacts } from './facts.ts'
import { readOptions, USAGE, type SoakOptions } from './options.ts'
import { scenarioOf } from './scenario.ts'
import { toldMismatches } from './told.ts'
import { judge } from './wire.ts'

/** What clients have seen so far. */
class Tally {
  /** Streams, and the calls in between that were not streamed. */
  requests = 0
  streams = 0
  missing = 0
  readonly endings = new Map<string, number>()
  readonly lies: string[] = []
}

async function soak(options: SoakOptions): Promise<SoakFacts & { readonly endings: Tally['endings'] }> {
  const cores = chooseCores()
  const { seed } = options
  const fakes = await startChild({ file: './soak/fakes.ts', args: [`${seed}`], cores: cores.others })
  const args = [`${seed}`, options.sabotage ?? 'nothing', ...urlsOf(fakes.ready)]
  const nodeArgs = ['--expose-gc']
  const app = await startChild({
    file: './soak/app.ts',
    args,
    nodeArgs,
    env: LEAN_MALLOC,
    cores: cores.server,
  })
  const agent = new Agent({ keepAlive: true, maxSockets: options.concurrency })
  try {
    const tally = new Tally()
    const client = { port: numberOf(app.ready, 'port'), agent }
    const { laps, mismatches } = await runLaps({ app, fakes, client, tally }, options)
    agent.destroy()
    const end = (await app.ask({ what: 'end' })) as EndFacts
    const providerSockets = numberOf(await fakes.ask({ what: 'sockets' }), 'sockets')
    const { streams, missing, lies, endings } = tally
    return { streams, laps, end, providerSockets, lies, mismatches, missing, endings }
  } finally {
    agent.destroy()
    await Promise.all([app.stop(), fakes.stop()])
  }
}

/** glibc gives large buffers back when they are freed, so that resident memory is what is in use. */
const LEAN_MALLOC = {
  MALLOC_ARENA_MAX: '1',
  MALLOC_MMAP_THRESHOLD_: '65536',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

function urlsOf(ready: unknown): readonly string[] {
  const urls: unknown =
    typeof ready === 'object' && ready !== null && 'urls' in ready ? ready.urls : undefined
  if (!Array.isArray(urls)) throw new Error('the fakes of the soak have no addresses')
  return urls.map(String)
}

interface Soak {
  readonly app: Child
  readonly fakes: Child
  readonly client: ClientOptions
  readonly tally: Tally
}

async function runLaps(
  soak: Soak,
  options: SoakOptions,
): Promise<{ readonly laps: readonly SoakLap[]; readonly mismatches: readonly string[] }> {
  const laps: SoakLap[] = []
  const mismatches: string[] = []
  const startMs = performance.now()
  const isOver = (): boolean =>
    soak.tally.streams >= options.streams || performance.now() - startMs > options.seconds * 1000
  while (!isOver()) {
    await runStreams(soak, options)
    const { attempts, ...lap } = (await soak.app.ask({ what: 'lap' })) as LapFacts
    const { seen } = (await soak.fakes.ask({ what: 'seen' })) as { seen: SeenFacts[] }
    mismatches.push(...toldMismatches(attempts, seen))
    laps.push({ ...lap, streams: soak.tally.streams })
    progress(laps, performance.now() - startMs)
  }
  return { laps, mismatches }
}

/** One lap: as many at a time as there are clients. */
async function runStreams(
  { client, tally }: Soak,
  { seed, concurrency, lap, sabotage }: SoakOptions,
): Promise<void> {
  const last = tally.requests + lap
  let isTruthful = sabotage !== 'lie' || tally.requests > 0
  async function work(): Promise<void> {
    while (tally.requests < last) {
      tally.requests += 1
      const scenario = scenarioOf(seed, tally.requests)
      const result = await runClient(client, scenario)
      const body = isTruthful ? undefined : truncated(result.body)
      isTruthful ||= body !== undefined
      const verdict = judge({ ...result, body: body ?? result.body }, scenario)
      if (scenario.reading !== 'whole') tally.streams += 1
      tally.endings.set(verdict.ending, (tally.endings.get(verdict.ending) ?? 0) + 1)
      if (verdict.lie !== undefined)
        tally.lies.push(`stream ${scenario.number} (${scenario.reading}, ${scenario.client}): ${verdict.lie}`)
      if (scenario.shouldComplete && verdict.ending !== 'complete') tally.missing += 1
    }
  }
  await Promise.all(Array.from({ length: concurrency }, work))
}

function progress(laps: readonly SoakLap[], elapsedMs: number): void {
  const lap = laps.at(-1)
  if (lap === undefined) return
  const { streams, rssBytes, heapBytes, cpuMs, problems, openSpans } = lap
  const parts = [
    `${streams} streams`,
    `${((streams * 1000) / elapsedMs).toFixed(0)}/s`,
    `${(rssBytes / 1e6).toFixed(1)} MB resident`,
    `${(heapBytes / 1e6).toFixed(1)} MB heap`,
    `${(cpuMs / streams).toFixed(2)} ms of processor each`,
    ...(openSpans.length > 0 ? [`${openSpans.length} open spans`] : []),
    ...problems.slice(0, 1),
  ]
  process.stderr.write(`${parts.join(', ')}\n`)
}

function report(facts: SoakFacts & { readonly endings: Tally['endings'] }, checks: readonly Check[]): string {
  const endings = [...facts.endings].sort(([, one], [, other]) => other - one)
  return [
    `${facts.streams} streams and the calls between them, as their clients saw them:`,
    ...endings.map(([ending, count]) => `  ${ending.padEnd(18)} ${`${count}`.padStart(8)}`),
    '',
    ...checks.map(checkLine),
    '',
  ].join('\n')
}

const options = readOptions(process.argv.slice(2))
if (options === 'help') {
  process.stdout.write(USAGE)
} else {
  const facts = await soak(options)
  const checks = checkSoak(facts)
  process.stdout.write(report(facts, checks))
  if (checks.some(({ isKept }) => !isKept)) process.exitCode = 1
}
