import { parseArgs } from 'node:util'
import { whole } from '../options.ts'
import { isSabotage, SABOTAGES, type SabotageName } from './sabotage.ts'
import { ALWAYS_PLAYED, STORY, type Phase } from './story.ts'

export interface ChaosOptions {
  readonly phases: readonly Phase[]
  /** Story seconds in a second. */
  readonly scale: number
  readonly seed: number
  readonly sabotage: SabotageName | undefined
  /** Shared by the processes. */
  readonly hasRedis: boolean
  /** One JSON object on stdout instead of the table. */
  readonly json: boolean
}

/** How long the whole story takes unless it is said, s. */
const SECONDS = 60

export const USAGE = `npm run chaos -- [options]

  --seconds <n>      how long the whole story takes (${SECONDS}); the more, the less a busy machine disturbs it
  --only <names>     some phases, comma-separated: ${STORY.map(({ name }) => name).join(', ')}
                     (${[...ALWAYS_PLAYED].join(' and ')} come along: the others are held against them)
  --seed <n>         the same seed: the same traffic (1)
  --sabotage <name>  break something on purpose, to see its check fail:
${Object.entries(SABOTAGES)
  .map(([name, what]) => `                       ${name.padEnd(10)}${what}`)
  .join('\n')}
  --no-redis         the processes share nothing, and phases that need it are left out
  --json             one JSON object on stdout
`

/** What there is where it runs. */
export interface Surroundings {
  readonly hasRedis: boolean
  /** Then its absence is an error. */
  readonly isRedisRequired: boolean
}

/** @throws Error naming the option and the rule */
export function readOptions(args: readonly string[], around: Surroundings): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: `${SECONDS}` },
      only: { type: 'string' },
      seed: { type: 'string', default: '1' },
      sabotage: { type: 'string' },
      'no-redis': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.help) return 'help'
  if (around.isRedisRequired && !around.hasRedis)
    throw new Error('REDIS_REQUIRED=1, but no redis-server or valkey-server is on PATH')
  const hasRedis = around.hasRedis && !values['no-redis']
  return {
    hasRedis,
    phases: phasesOf(values.only).filter(({ needsRedis }) => hasRedis || needsRedis !== true),
    scale: storySeconds(STORY) / whole('seconds', values.seconds),
    seed: whole('seed', values.seed),
    sabotage: sabotageOf(values.sabotage),
    json: values.json,
  }
}

export function storySeconds(phases: readonly Phase[]): number {
  return phases.reduce((sum, { seconds }) => sum + seconds, 0)
}

function phasesOf(only: string | undefined): readonly Phase[] {
  if (only === undefined) return STORY
  const names = only.split(',').map((name) => name.trim())
  const unknown = names.find((name) => !STORY.some((phase) => phase.name === name))
  if (unknown !== undefined) {
    throw new Error(
      `--only names no phase "${unknown}"; there are ${STORY.map(({ name }) => name).join(', ')}`,
    )
  }
  return STORY.filter(({ name }) => ALWAYS_PLAYED.has(name) || names.includes(name))
}

function sabotageOf(name: string | undefined): SabotageName | undefined {
  if (name === undefined) return undefined
  if (isSabotage(name)) return name
  throw new Error(`--sabotage knows no "${name}"; there are ${Object.keys(SABOTAGES).join(', ')}`)
}
