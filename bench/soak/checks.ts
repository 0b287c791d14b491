import { none, type Check } from '../check.ts'
import type { EndFacts, LapFacts, Sum } from './facts.ts'
import { isSame } from './ledger.ts'
import { slopeOf } from './slope.ts'

/** Everything that a soak has found out. */
export interface SoakFacts {
  readonly streams: number
  readonly laps: readonly SoakLap[]
  readonly end: EndFacts
  /** Sockets that the providers had left when the app had closed. */
  readonly providerSockets: number
  /** What clients got that cannot be. */
  readonly lies: readonly string[]
  /** Attempts that were not charged with what the provider told. */
  readonly mismatches: readonly string[]
  /** Whole answers that nothing kept from their clients, and that did not come. */
  readonly missing: number
}

export interface SoakLap extends Omit<LapFacts, 'attempts'> {
  /** Streams so far. */
  readonly streams: number
}

/** Caches fill, code is compiled, pools grow: the first streams are not looked at. */
const WARM_UP_STREAMS = 10_000

/** Fewer tell nothing: one long answer more or less is a tenth of a megabyte. */
const LAPS_MIN = 5

/** Most growth, bytes per 10,000 streams. */
const GROWTH_MAX_BYTES = 1e6

/** A machine that is busy elsewhere makes some answers later than the time limits. */
const MISSING_MAX_SHARE = 0.005

export function checkSoak(facts: SoakFacts): Check[] {
  const { laps, end } = facts
  const last = laps.at(-1)
  const growth = growthOf(laps)
  return [
    atMostGrowth('resident memory', growth.rss),
    atMostGrowth('heap and buffers', growth.heap),
    none('sockets and timers of the app at the end', end.leftovers),
    none(
      'sockets at the providers at the end',
      facts.providerSockets === 0 ? [] : [`${facts.providerSockets}`],
    ),
    none('open spans', [...laps.flatMap((lap) => lap.openSpans), ...end.openSpans]),
    none(
      'listeners on a long-lived signal',
      [...laps, end].flatMap(({ signalListeners }) => (signalListeners === 0 ? [] : [`${signalListeners}`])),
    ),
    none(
      'warnings of the process',
      laps.flatMap((lap) => lap.warnings),
    ),
    {
      name: 'every call settled, once',
      isKept:
        last !== undefined && last.begun === last.settled && laps.every((lap) => lap.problems.length === 0),
      detail: [`${last?.settled} of ${last?.begun}`, ...laps.flatMap((lap) => lap.problems)]
        .slice(0, 5)
        .join('; '),
    },
    conservation(end.sums),
    none('charged otherwise than told', facts.mismatches),
    none('answers that lie', facts.lies),
    {
      name: 'sound answers that did not arrive',
      isKept: facts.missing <= facts.streams * MISSING_MAX_SHARE,
      detail: `${facts.missing} of ${facts.streams}`,
    },
  ]
}

/** Bytes per 10,000 streams after the warm-up. Pure. */
export function growthOf(laps: readonly SoakLap[]): { readonly rss: number; readonly heap: number } {
  const warm = laps.filter(({ streams }) => streams >= WARM_UP_STREAMS)
  if (warm.length < LAPS_MIN) return { rss: NaN, heap: NaN }
  const slope = (of: (lap: SoakLap) => number): number =>
    slopeOf(warm.map((lap) => ({ x: lap.streams / 10_000, y: of(lap) })))
  return { rss: slope((lap) => lap.rssBytes), heap: slope((lap) => lap.heapBytes) }
}

/** A short soak is for other checks. */
function atMostGrowth(name: string, bytes: number): Check {
  const shown = Number.isNaN(bytes)
    ? 'too short to tell'
    : `${(bytes / 1e6).toFixed(2)} MB per 10,000 streams`
  return { name: `growth of ${name}`, isKept: !(bytes > GROWTH_MAX_BYTES), detail: shown }
}

function conservation(sums: EndFacts['sums']): Check {
  const [[firstName, first] = ['nobody', undefined], ...others] = Object.entries(sums)
  const differing = others.filter(([, sum]) => first === undefined || !isSame(first, sum))
  const detail =
    differing.length === 0
      ? shownSum(first)
      : [
          `${firstName}: ${shownSum(first)}`,
          ...differing.map(([name, sum]) => `${name}: ${shownSum(sum)}`),
        ].join('; ')
  return { name: 'all who count come to the same', isKept: differing.length === 0, detail }
}

function shownSum(sum: Sum | undefined): string {
  if (sum === undefined) return 'nothing'
  const { calls, attempts, inputTokens, outputTokens, costUsd } = sum
  return `${calls} calls, ${attempts} attempts, ${inputTokens}+${outputTokens} tokens, $${costUsd.toFixed(9)}`
}
