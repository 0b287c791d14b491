import { parseArgs } from 'node:util'
import { BARE_ROW, LIMIT_ROW, ROWS, type Row } from './rows.ts'
import { STREAM_BARE_ROW, STREAM_LIMIT_ROW, STREAM_ROWS, type StreamRow } from './streams/rows.ts'

export interface BenchOptions {
  /** Rounds per row; the medians are taken over them. */
  readonly rounds: number
  /** Measured time of one round, s. */
  readonly seconds: number
  readonly connections: number
  readonly rows: readonly Row[]
  readonly streamRows: readonly StreamRow[]
  /** Streams that are held open at the same time. */
  readonly held: number
  /** Rows of the ledger that is asked. */
  readonly ledgerRows: number
  /** File of that ledger, which is kept and used again; undefined: a new one each time. */
  readonly ledgerFile: string | undefined
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
  --connections <n> connections of the load (32); streams have numbers of their own
  --held <n>        streams held open at the same time (1000)
  --only <names>    rows, comma-separated: ${ROWS.map((row) => row.name).join(', ')},
                    ${STREAM_ROWS.map((row) => row.name).join(', ')}
                    (the limit and the bare client run along: every ratio needs them)
  --ledger-rows <n> rows of the SQLite ledger that is asked (200000)
  --ledger-file <f> its file, kept and used again; 10,000,000 rows take half an hour to write
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
      held: { type: 'string', default: '1000' },
      only: { type: 'string' },
      'ledger-rows': { type: 'string', default: '200000' },
      'ledger-file': { type: 'string' },
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
    held: whole('held', values.held),
    ...chosenRows(values.only),
    ledgerRows: whole('ledger-rows', values['ledger-rows']),
    ledgerFile: values['ledger-file'],
    json: values.json,
    check: values.check,
    profileFolder: values.profile,
  }
}

/** @throws Error naming the option and the rule */
export function whole(name: string, text: string): number {
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

type Chosen = Pick<BenchOptions, 'rows' | 'streamRows'>

function chosenRows(only: string | undefined): Chosen {
  if (only === undefined) return { rows: ROWS, streamRows: STREAM_ROWS }
  const names = only.split(',').map((name) => name.trim())
  const known = [...ROWS, ...STREAM_ROWS].map((row) => row.name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Error(`--only names no row "${unknown}"; there are ${known.join(', ')}`)
  }
  return {
    rows: chosenOf(ROWS, names, [LIMIT_ROW, BARE_ROW]),
    streamRows: chosenOf(STREAM_ROWS, names, [STREAM_LIMIT_ROW, STREAM_BARE_ROW]),
  }
}

/** Those named, with the ones that ratios are made of; none when none is named. */
function chosenOf<R extends Row>(
  all: readonly R[],
  names: readonly string[],
  base: readonly string[],
): readonly R[] {
  if (!all.some(({ name }) => names.includes(name))) return []
  return all.filter(({ name }) => names.includes(name) || base.includes(name))
}
