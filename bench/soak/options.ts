import { parseArgs } from 'node:util'
import { whole } from '../options.ts'
import { SABOTAGES, type SabotageName } from './sabotage.ts'

export interface SoakOptions {
  /** At least; the last lap is run to its end. */
  readonly streams: number
  /** Clients at the same time. */
  readonly concurrency: number
  readonly seed: number
  /** Stops after the lap that is under way then, s; Infinity: after all streams. */
  readonly seconds: number
  /** Requests between two quiet moments. */
  readonly lap: number
  readonly sabotage: SabotageName | undefined
}

export const USAGE = `npm run soak -- [options]

  --streams <n>      streams, at least (50000)
  --concurrency <n>  clients at the same time (50)
  --seed <n>         the same seed: the same faults, readers and clients (1)
  --seconds <n>      stop earlier, after so many seconds
  --lap <n>          requests between two looks at memory and sockets (1000)
  --sabotage <name>  break something on purpose, to see its check fail: ${SABOTAGES.join(', ')}
`

/** @throws Error naming the option and the rule */
export function readOptions(args: readonly string[]): SoakOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      streams: { type: 'string', default: '50000' },
      concurrency: { type: 'string', default: '50' },
      seed: { type: 'string', default: '1' },
      seconds: { type: 'string' },
      lap: { type: 'string', default: '1000' },
      sabotage: { type: 'string' },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  })
  if (values.help) return 'help'
  return {
    streams: whole('streams', values.streams),
    concurrency: whole('concurrency', values.concurrency),
    seed: whole('seed', values.seed),
    seconds: values.seconds === undefined ? Number.POSITIVE_INFINITY : whole('seconds', values.seconds),
    lap: whole('lap', values.lap),
    sabotage: sabotageOf(values.sabotage),
  }
}

function sabotageOf(name: string | undefined): SabotageName | undefined {
  if (name === undefined) return undefined
  const known = SABOTAGES.find((each) => each === name)
  if (known === undefined) throw new Error(`--sabotage knows no "${name}"; there are ${SABOTAGES.join(', ')}`)
  return known
}
