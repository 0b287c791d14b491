import { parseArgs } from 'node:util'
import { BARE_ROW, LIMIT_ROW, ROWS, type Row } from './rows.ts'

export interface BenchOptions {
  /** Rounds per row; the medians are taken over them. */
  readonly rounds: number
  /** Measured time of one round, s. */
  readonly seconds: number
  readonly connections: number
  readonly rows: readonly Row[]
  /** One JSON object on stdout instead of the table. */
  readonly json: boolean
  /** A broken promise fails the run. */
  readonly check: boolean
  /** Folder for one CPU profile per server; undefined: none. */
  readonly profileFolder: string | undefined
}

export const USAGE = `npm run bench -- [options]

  --rounds <n>      rounds per row, interleaved (5)
  --seconds <n>     measured time of one round (4)
  --connections <n> connections of the load (32)
  --only <names>    rows, comma-separated: ${ROWS.map((row) => row.name).join(', ')}
                    (${LIMIT_ROW} and ${BARE_ROW} always run: every ratio needs them)
  --profile <dir>   one CPU profile per server
  --check           exit code 1 when a promise is broken
  --json            one JSON object on stdout
`

/** @throws Error naming the option and the rule */
export function readOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '4' },
      connections: { type: 'string', default: '32' },
      only: { type: 'string' },
      profile: { type: 'string' },
      check: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.help) return 'help'
  return {
    rounds: whole('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    connections: whole('connections', values.connections),
    rows: chosenRows(values.only),
    json: values.json,
    check: values.check,
    profileFolder: values.profile,
  }
}

function whole(name: string, text: string): number {
  const value = positive(name, text)
  if (!Number.isInteger(value)) throw new Error(`--${name} must be a whole number, not "${text}"`)
  return value
}

function positive(name: string, text: string): number {
  const value = Number(text)
  if (!(value > 0 && Number.isFinite(value)))
    throw new Error(`--${name} must be a positive number, not "${text}"`)
  return value
}

function chosenRows(only: string | undefined): readonly Row[] {
  if (only === undefined) return ROWS
  const names = new Set([LIMIT_ROW, BARE_ROW, ...only.split(',').map((name) => name.trim())])
  const unknown = [...names].find((name) => !ROWS.some((row) => row.name === name))
  if (unknown !== undefined) {
    throw new Error(`--only names no row "${unknown}"; there are ${ROWS.map((row) => row.name).join(', ')}`)
  }
  return ROWS.filter((row) => names.has(row.name))
}
