/**
 * `npm run chaos`: ten minutes in the life of an app, in about one. Three processes of an Express app and their providers,
 * which fail, flap, fall silent and turn callers away; then a burst, then a deployment. It prints what users, apps and
 * providers have seen, and then what the package promises and whether it was kept.
 */
import { startChild } from '../child.ts'
import { checkLine, type Check } from '../check.ts'
import { REDIS_BINARY, startRedisServer } from '../redis-server.ts'
import { createDice } from '../random.ts'
import { Director } from './director.ts'
import { Fleet } from './fleet.ts'
import { readOptions, storySeconds, USAGE, type ChaosOptions } from './options.ts'
import { checkStory } from './promises.ts'
import { spoilerOf } from './sabotage.ts'
import { withSlowSecond } from './story.ts'
import { StoryClock } from './story-clock.ts'
import { storyTimeFor } from './story-time.ts'
import { headOf, lineOf } from './table.ts'
import { rowOf, type PhaseRow } from './tally.ts'

interface Played {
  readonly rows: readonly PhaseRow[]
  readonly checks: readonly Check[]
}

async function play(options: ChaosOptions, print: (line: string) => void): Promise<Played> {
  const { seed, sabotage, phases } = options
  const clock = new StoryClock(options.scale)
  const providers = await startChild({
    file: './chaos/providers.ts',
    args: [`${seed}`],
    nodeArgs: ['--import', new URL('./live-in-story-time.ts', import.meta.url).href],
    env: storyTimeFor(clock.time),
    cores: undefined,
  })
  const { urls } = providers.ready as { urls: object }
  const redis = options.hasRedis ? await startRedisServer() : undefined
  const fleet = new Fleet({ clock, args: [JSON.stringify(urls), redis?.url ?? '', sabotage ?? 'nothing'] })
  try {
    await fleet.start()
    const spoil = spoilerOf(sabotage)
    const director = new Director({ clock, fleet, providers, redis, spoil, dice: createDice(seed) })
    const rows: PhaseRow[] = []
    print(headOf())
    for (const phase of phases) {
      await director.play(sabotage === 'slow' ? withSlowSecond(phase) : phase)
      const row = rowOf(director.facts, phase.name)
      rows.push(row)
      print(lineOf(row, phase))
    }
    await director.end()
    return { rows, checks: checkStory(director.facts) }
  } finally {
    await Promise.all([fleet.stop(), providers.stop()])
    await redis?.remove()
  }
}

function introduction({ phases, scale, hasRedis }: ChaosOptions): string {
  const seconds = storySeconds(phases)
  const shared = hasRedis
    ? 'The processes share their limits, and what they know of targets, through a Redis.'
    : 'There is no redis-server or valkey-server here: the processes share nothing, and phases that need it are left out.'
  return `${seconds} s of story in ${(seconds / scale).toFixed(0)} s: all times below are the story's, which run ${scale.toFixed(1)} times as fast as the clock on the wall.\n${shared}`
}

const options = readOptions(process.argv.slice(2), {
  hasRedis: REDIS_BINARY !== undefined,
  isRedisRequired: process.env['REDIS_REQUIRED'] === '1',
})
if (options === 'help') {
  process.stdout.write(USAGE)
} else {
  const print = (line: string): void => void (options.json || process.stdout.write(`${line}\n`))
  print(`${introduction(options)}\n`)
  // What has been started is to end with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
  const { rows, checks } = await play(options, print)
  print(`\n${checks.map(checkLine).join('\n')}`)
  if (options.json) process.stdout.write(`${JSON.stringify({ scale: options.scale, rows, checks })}\n`)
  if (checks.some(({ isKept }) => !isKept)) process.exitCode = 1
}
