/** The story, as data: what happens in which phase, and how much is asked meanwhile. Ten minutes of story time. */
import type { ProviderName, TierName } from './cast.ts'
import type { ProviderMode } from './provider-mode.ts'

export interface Phase {
  readonly name: string
  /** What happens, in a few words. */
  readonly title: string
  /** At least; it ends when all that it began has ended. */
  readonly seconds: number
  /** Of the steady traffic. */
  readonly callsPerSecond: number
  readonly tiers: Readonly<Partial<Record<TierName, number>>>
  /** Of the streams: those that take some seconds. */
  readonly longShare: number
  /** Played only where there is a Redis. */
  readonly needsRedis?: boolean
  readonly cues: readonly Cue[]
}

/** Something that the director does at its time. */
export interface Cue {
  /** Seconds after the phase has begun. */
  readonly atS: number
  /** How promises find it. */
  readonly name: string
  readonly action: Action
}

/** `kill` loses all that it knew; `pause` leaves its connections open and answers nobody. */
export type RedisFate = 'kill' | 'start' | 'pause' | 'resume'

export type Action =
  | { readonly kind: 'mode'; readonly provider: ProviderName; readonly mode: ProviderMode }
  | {
      readonly kind: 'limit'
      readonly provider: ProviderName
      readonly requestsPerMinute: number | undefined
    }
  /** Many calls in the same moment. */
  | {
      readonly kind: 'burst'
      readonly calls: number
      readonly tier: TierName
      readonly timeoutMs: number
      /** @default 0 */
      readonly priority?: number
    }
  | { readonly kind: 'redis'; readonly what: RedisFate }
  /** One process after the other gets SIGTERM, and a new one takes its place when it has gone. */
  | { readonly kind: 'deploy' }

const STEADY = {
  callsPerSecond: 8,
  tiers: { cheap: 9, premium: 1 },
  longShare: 0,
  cues: [],
} as const satisfies Partial<Phase>

/** For sabotage: whoever stands in for alpha is slow. */
export function withSlowSecond(phase: Phase): Phase {
  if (!phase.cues.some(({ action }) => action.kind === 'mode' && action.provider === 'alpha')) return phase
  const beta = (atS: number, mode: ProviderMode): Cue => {
    return { atS, name: 'slow', action: { kind: 'mode', provider: 'beta', mode } }
  }
  const cues = [beta(1, { kind: 'slow', factor: 4 }), beta(phase.seconds - 1, { kind: 'healthy' })]
  return { ...phase, cues: [...phase.cues, ...cues] }
}

/** The same each time: the outage begins after some seconds, and the phase goes on after its end. */
function outage(name: string, title: string, mode: ProviderMode): Phase {
  const end: ProviderMode = { kind: 'healthy' }
  return {
    ...STEADY,
    name,
    title,
    seconds: 46,
    cues: [
      { atS: 2, name: 'outage', action: { kind: 'mode', provider: 'alpha', mode } },
      { atS: 32, name: 'end', action: { kind: 'mode', provider: 'alpha', mode: end } },
    ],
  }
}

/** With more calls than alpha allows all along, so that the limit means something. */
function redisLoss(name: string, title: string, [loss, end]: readonly [RedisFate, RedisFate]): Phase {
  return {
    ...STEADY,
    name,
    title,
    seconds: 36,
    callsPerSecond: CROWD_PER_SECOND,
    tiers: { cheap: 1 },
    needsRedis: true,
    cues: [
      { atS: 5, name: 'loss', action: { kind: 'redis', what: loss } },
      { atS: 21, name: 'end', action: { kind: 'redis', what: end } },
    ],
  }
}

function odd(atS: number, retryAfter: string): Cue {
  const mode: ProviderMode = { kind: 'turning-away', retryAfter }
  return { atS, name: `Retry-After ${retryAfter}`, action: { kind: 'mode', provider: 'epsilon', mode } }
}

/** Those that come first in every run: the others are held against them. */
export const ALWAYS_PLAYED: ReadonlySet<string> = new Set(['start', 'calm'])

/** Somebody still asks for the one that wants to be left alone. */
const WITH_ODD = { cheap: 8, premium: 1, odd: 1 }

/** More than alpha allows. */
const CROWD_PER_SECOND = 20

/** What the provider lets through in a minute once it has said nothing and taken most of it away. */
export const CUT_PER_MINUTE = 180

export const BURST_CALLS = 1_000
export const FLOOD_CALLS = 1_800
export const HURRIED_CALLS = 200
/** How long the burst may take, and how long those in a hurry wait, ms. */
const BURST_PATIENCE_MS = 1_200_000
const HURRIED_PATIENCE_MS = 10_000

export const STORY: readonly Phase[] = [
  { ...STEADY, name: 'start', title: 'processes, caches and connections warm up', seconds: 10 },
  { ...STEADY, name: 'calm', title: 'all is well', seconds: 40 },
  outage('outage', 'alpha answers 500', { kind: 'errors' }),
  outage('refused', 'nobody listens at alpha', { kind: 'refusing' }),
  outage('silence', 'alpha takes requests and says nothing', { kind: 'silent' }),
  {
    ...STEADY,
    name: 'flap',
    title: 'alpha fails and recovers every 3 s',
    seconds: 44,
    cues: [
      {
        atS: 0,
        name: 'flap',
        action: { kind: 'mode', provider: 'alpha', mode: { kind: 'flapping', everyMs: 3_000 } },
      },
      { atS: 34, name: 'end', action: { kind: 'mode', provider: 'alpha', mode: { kind: 'healthy' } } },
    ],
  },
  {
    ...STEADY,
    name: 'tail',
    title: 'hedged calls; one in 25 answers of alpha is late',
    seconds: 50,
    callsPerSecond: 12,
    tiers: { chat: 1 },
    cues: [
      {
        // What is usual has to be known by then.
        atS: 14,
        name: 'tail',
        action: { kind: 'mode', provider: 'alpha', mode: { kind: 'tail', share: 0.04, factor: 8 } },
      },
      { atS: 49, name: 'end', action: { kind: 'mode', provider: 'alpha', mode: { kind: 'healthy' } } },
    ],
  },
  {
    ...STEADY,
    name: 'odd',
    title: 'epsilon names odd times to come back',
    seconds: 44,
    tiers: { cheap: 7, odd: 3 },
    cues: [odd(0, '0'), odd(10, '-5'), odd(20, 'past'), odd(30, '36000')],
  },
  {
    ...STEADY,
    name: 'limit',
    title: 'more is asked than alpha allows',
    seconds: 60,
    callsPerSecond: CROWD_PER_SECOND,
    tiers: { cheap: 1 },
  },
  {
    ...STEADY,
    name: 'cut',
    tiers: WITH_ODD,
    title: `alpha allows ${CUT_PER_MINUTE} a minute and told nobody`,
    seconds: 60,
    cues: [
      {
        atS: 0,
        name: 'cut',
        action: { kind: 'limit', provider: 'alpha', requestsPerMinute: CUT_PER_MINUTE },
      },
      { atS: 50, name: 'end', action: { kind: 'limit', provider: 'alpha', requestsPerMinute: undefined } },
    ],
  },
  {
    ...STEADY,
    name: 'burst',
    title: `${BURST_CALLS} bulk calls at once, then ${HURRIED_CALLS} in a hurry`,
    seconds: 40,
    cues: [
      {
        atS: 2,
        name: 'bulk',
        action: { kind: 'burst', calls: BURST_CALLS, tier: 'bulk', timeoutMs: BURST_PATIENCE_MS },
      },
      {
        atS: 20,
        name: 'hurried',
        action: { kind: 'burst', calls: HURRIED_CALLS, tier: 'bulk', timeoutMs: HURRIED_PATIENCE_MS },
      },
    ],
  },
  {
    ...STEADY,
    name: 'flood',
    title: `${FLOOD_CALLS} slow calls of low priority at once`,
    seconds: 14,
    cues: [
      {
        atS: 3,
        name: 'flood',
        action: { kind: 'burst', calls: FLOOD_CALLS, tier: 'slow', timeoutMs: 60_000, priority: -20 },
      },
    ],
  },
  redisLoss('lost', 'Redis is killed, and comes back empty', ['kill', 'start']),
  redisLoss('stuck', 'Redis is stopped, and goes on', ['pause', 'resume']),
  {
    ...STEADY,
    name: 'deploy',
    tiers: WITH_ODD,
    title: 'each process in turn gets SIGTERM and a successor',
    seconds: 40,
    longShare: 0.5,
    cues: [{ atS: 3, name: 'deploy', action: { kind: 'deploy' } }],
  },
  { ...STEADY, name: 'after', title: 'all is well again', seconds: 24 },
]
