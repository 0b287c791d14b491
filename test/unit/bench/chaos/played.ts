/** A story as it should be seen, made without playing it. */
import { textFor } from '../../../../bench/chaos/asked.ts'
import { OPEN_MS, roleOf, targetOf, type ProviderName } from '../../../../bench/chaos/cast.ts'
import type {
  Answer,
  CallFacts,
  Mark,
  PhaseSpan,
  ProcessEnd,
  ProviderRequest,
  StoreWord,
  StoryFacts,
} from '../../../../bench/chaos/facts.ts'
import { BURST_CALLS, FLOOD_CALLS, HURRIED_CALLS, STORY, type Phase } from '../../../../bench/chaos/story.ts'

const USAGE = { inputTokens: 4, outputTokens: textFor({ number: 100, length: 'short' }).length / 4 }

type Attempt = CallFacts['report']['attempts'][number]

export function costUsd(provider: ProviderName): number {
  const { inputUsdPerMTok, outputUsdPerMTok } = roleOf(provider)
  return (USAGE.inputTokens * inputUsdPerMTok + USAGE.outputTokens * outputUsdPerMTok) / 1e6
}

interface Facts {
  answers: Answer[]
  calls: CallFacts[]
  requests: ProviderRequest[]
  marks: Mark[]
  phases: PhaseSpan[]
  ends: ProcessEnd[]
  words: StoreWord[]
  isShared: boolean
}

interface Call {
  readonly phase: string
  readonly atMs: number
  readonly tier: Answer['tier']
  readonly provider: ProviderName
  readonly burst?: string
  /** Asked before, and failed. */
  readonly failed?: { readonly provider: ProviderName; readonly status: number }
  readonly skipped?: CallFacts['report']['skipped']
  readonly process?: string
  readonly waitMs?: number
}

export function addCall(facts: Facts, call: Call): void {
  const { phase, atMs, tier, provider, burst, failed, skipped = [], waitMs = 400 } = call
  const number = facts.answers.length + 1
  const process = call.process ?? `app-${(number % 3) + 1}`
  const timing = { sentAtMs: atMs, endedAtMs: atMs + waitMs, waitMs, timeoutMs: undefined }
  const asking = { number, phase, tier, isStreamed: false, isLong: false, user: 'ben', priority: 0, burst }
  const ending = { ending: 'answered', detail: undefined, status: 200, moves: 0 } as const
  const rest = { retryAfterMs: undefined, process, target: targetOf(provider) }
  facts.answers.push({ ...asking, ...timing, ...ending, ...rest })
  const attempts: Attempt[] = []
  if (failed !== undefined) {
    attempts.push(
      attemptOf(failed.provider, { outcome: 'failed', status: failed.status, costStatus: 'free' }),
    )
    facts.requests.push(requestOf(number, failed.provider, { atMs, status: failed.status }))
  }
  attempts.push(attemptOf(provider, { costUsd: costUsd(provider) }))
  facts.requests.push({
    ...requestOf(number, provider, { atMs, status: 200 }),
    isAnswered: true,
    usage: USAGE,
  })
  const report = { callId: `${number}`, outcome: 'success', tier, target: targetOf(provider) } as const
  const cost = { costUsd: costUsd(provider), costStatus: 'exact' } as const
  facts.calls.push({ number, process, begunAtMs: atMs, report: { ...report, attempts, skipped, ...cost } })
}

function attemptOf(provider: ProviderName, change: Partial<Attempt>): Attempt {
  return {
    number: 1,
    reason: 'initial',
    target: targetOf(provider),
    outcome: 'success',
    latencyMs: 400,
    retryDelayMs: 0,
    costStatus: 'exact',
    ...change,
  }
}

function requestOf(
  number: number,
  provider: ProviderName,
  { atMs, status }: { readonly atMs: number; readonly status: number },
): ProviderRequest {
  return { number, provider, atMs, status, isAnswered: false, usage: undefined }
}

/** Every promise is kept in it. */
export function wellPlayed(): Facts & StoryFacts {
  const facts: Facts = {
    answers: [],
    calls: [],
    requests: [],
    marks: [],
    phases: [],
    ends: [],
    words: [],
    isShared: true,
  }
  let fromMs = 0
  for (const phase of STORY) {
    const toMs = fromMs + phase.seconds * 1000
    facts.phases.push({ name: phase.name, fromMs, toMs, stallMs: 0 })
    for (const { name, atS } of phase.cues)
      facts.marks.push({ phase: phase.name, name, atMs: fromMs + atS * 1000 })
    playPhase(facts, phase, fromMs)
    // The next begins with a minute of its own.
    fromMs = toMs + 60_000
  }
  facts.ends.push({ phase: 'end', process: 'app-4', tookMs: 100, code: 0 })
  return facts
}

function playPhase(facts: Facts, phase: Phase, fromMs: number): void {
  const { name } = phase
  for (let atMs = fromMs; atMs < fromMs + phase.seconds * 1000; atMs += 1000 / phase.callsPerSecond) {
    const isDown = isOut(phase, atMs - fromMs)
    addCall(facts, { phase: name, atMs, tier: 'cheap', provider: isDown ? 'beta' : 'alpha' })
  }
  const extra = EXTRAS[name]
  extra?.(facts, fromMs)
}

function isOut({ name, cues, callsPerSecond }: Phase, sinceMs: number): boolean {
  // More than alpha takes: every other call goes on.
  if (callsPerSecond > 15) return sinceMs % 2000 < 500
  const [begin, end] = cues
  if (begin?.name !== 'outage' || end === undefined || name === 'cut') return false
  return sinceMs >= begin.atS * 1000 && sinceMs < end.atS * 1000 + OPEN_MS
}

const EXTRAS: Readonly<Record<string, (facts: Facts, fromMs: number) => void>> = {
  odd(facts, fromMs) {
    const failed = { provider: 'epsilon', status: 429 } as const
    for (const atMs of [0, 1000, 10_000, 11_000, 20_000, 21_000, 30_000])
      addCall(facts, { phase: 'odd', atMs: fromMs + atMs, tier: 'odd', provider: 'beta', failed })
  },
  burst(facts, fromMs) {
    const call = { phase: 'burst', tier: 'bulk' } as const
    for (let index = 0; index < BURST_CALLS; index += 1)
      addCall(facts, { ...call, burst: 'bulk', provider: 'delta', atMs: fromMs + 2000 + index * 100 })
    const skipped = [{ target: targetOf('delta'), why: 'rate-limited', detail: '' }] as const
    for (let index = 0; index < HURRIED_CALLS; index += 1)
      addCall(facts, { ...call, burst: 'hurried', provider: 'gamma', atMs: fromMs + 20_000, skipped })
  },
  flood(facts, fromMs) {
    for (let index = 0; index < FLOOD_CALLS; index += 1) {
      const call = { phase: 'flood', tier: 'slow', provider: 'zeta', burst: 'flood' } as const
      addCall(facts, { ...call, atMs: fromMs + 3_000 })
      if (index >= 1_080) refuseLast(facts)
    }
  },
  tail(facts, fromMs) {
    const failed = { provider: 'alpha', status: 200 } as const
    for (let index = 0; index < 10; index += 1) {
      addCall(facts, { phase: 'tail', tier: 'chat', provider: 'beta', failed, atMs: fromMs + index * 1000 })
      const { attempts } = facts.calls.at(-1)?.report ?? { attempts: [] }
      const hedged = attempts.map((attempt) => ({ ...attempt, reason: 'hedge' as const }))
      facts.calls.push(
        ...facts.calls.splice(-1).map((call) => ({ ...call, report: { ...call.report, attempts: hedged } })),
      )
    }
  },
  lost: noticed,
  stuck: noticed,
  deploy(facts, fromMs) {
    for (const [place, process] of ['app-1', 'app-2', 'app-3'].entries()) {
      const atMs = fromMs + (4.9 + place * 18) * 1000
      facts.marks.push({ phase: 'deploy', name: 'sigterm', atMs: atMs + 100 })
      addCall(facts, { phase: 'deploy', tier: 'cheap', provider: 'alpha', atMs, process })
      facts.ends.push({ phase: 'deploy', process, tookMs: 8_000, code: 0 })
    }
  },
}

/** The last call was not taken on. */
function refuseLast(facts: Facts): void {
  const answer = facts.answers.pop()
  const call = facts.calls.pop()
  facts.requests.pop()
  if (answer === undefined || call === undefined) return
  facts.answers.push({
    ...answer,
    ending: 'refused',
    status: 503,
    priority: -20,
    waitMs: 1,
    retryAfterMs: 1_000,
  })
  const { costUsd: _none, ...report } = call.report
  const refused = { ...report, attempts: [], outcome: 'refused', costStatus: 'free' } as const
  facts.calls.push({ ...call, report: refused })
}

/** Every process says that Redis is gone, and that it is back. */
function noticed(facts: Facts, fromMs: number): void {
  for (const process of ['app-1', 'app-2', 'app-3']) {
    facts.words.push(
      { process, atMs: fromMs + 6_000, isUp: false },
      { process, atMs: fromMs + 22_000, isUp: true },
    )
  }
}
