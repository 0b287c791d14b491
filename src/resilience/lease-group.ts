import type { Clock } from '../core/clock.ts'
import { STAMPS, type LeaseReply, type LeaseRequest } from '../core/shared-state.ts'
import type { ClockPair } from './lease-changes.ts'
import type { LeaseAsking, LeasedScope } from './leased-scope.ts'
import { LEASE_MS, type StoreLink } from './store-link.ts'

/** What leases need of a link. */
export type LeaseLink = Pick<StoreLink, 'state' | 'process' | 'isUp' | 'ownPart' | 'run' | 'onChange'>

export interface LeaseGroupOptions {
  readonly name: string
  readonly link: LeaseLink
  readonly clock: Clock
}

/** One exchange with the shared state. */
interface Exchange {
  readonly request: LeaseRequest
  readonly scopes: readonly LeasedScope[]
  readonly askings: readonly LeaseAsking[]
}

/** Places that are held are told again after this, ms, so that they are not taken for those of a process that is gone. */
const BEAT_MS = LEASE_MS / 3

/**
 * The scopes of one instance, as far as the shared state is concerned: they are asked for, and told of, together. One
 * exchange is under way at a time, and what comes up meanwhile goes with the next; so the busier it is, the less each
 * call costs.
 */
export class LeaseGroup {
  readonly #options: LeaseGroupOptions
  readonly #scopes = new Set<LeasedScope>()
  /** Those that have something to say. */
  #talkers = new Set<LeasedScope>()
  #askings: LeaseAsking[] = []
  #pair: ClockPair | undefined
  /** Settles when the exchange that is under way has been dealt with. */
  #underWay: Promise<void> | undefined
  #isClosed = false
  #timer: NodeJS.Timeout | undefined
  #firesAtMs = Number.POSITIVE_INFINITY
  #beatsAtMs = 0

  constructor(options: LeaseGroupOptions) {
    this.#options = options
  }

  ask(asking: LeaseAsking): void {
    for (const scope of asking.scopes) scope.asks(1)
    if (this.#askings.push(asking) === 1) queueMicrotask(() => this.#begin())
  }

  /** A scope has something to say, which may take so long. */
  tell(scope: LeasedScope, withinMs: number): void {
    this.#scopes.add(scope)
    this.#talkers.add(scope)
    this.#exchangeWithin(withinMs)
  }

  turned(): void {
    for (const scope of this.#scopes) scope.turned()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#timer)
    if (this.#pair === undefined) return
    await this.#underWay
    for (const scope of this.#scopes) this.#talkers.add(scope)
    this.#begin()
    await this.#underWay
  }

  #exchangeWithin(ms: number): void {
    const atMs = performance.now() + ms
    if (this.#isClosed || !this.#options.link.isUp || atMs >= this.#firesAtMs) return
    clearTimeout(this.#timer)
    this.#firesAtMs = atMs
    this.#timer = setTimeout(() => this.#begin(), ms)
    this.#timer.unref()
  }

  #begin(): void {
    if (this.#underWay !== undefined) return
    clearTimeout(this.#timer)
    this.#firesAtMs = Number.POSITIVE_INFINITY
    const exchange = this.#next()
    if (exchange !== undefined) this.#underWay = this.#run(exchange)
  }

  /** Asks and tells, and deals with the reply. Never rejects. */
  async #run(exchange: Exchange): Promise<void> {
    const { link, clock } = this.#options
    const reply = await link.run(
      () => link.state.lease(exchange.request),
      (late) => this.#unused(exchange, late),
    )
    this.#underWay = undefined
    if (reply === undefined) this.#unheard(exchange)
    else this.#heard(exchange, reply, clock.monotonic())
    for (const { onRoom } of exchange.scopes) onRoom()
    if (this.#askings.length > 0) this.#begin()
    else if (this.#talkers.size > 0) this.#exchangeWithin(0)
    else if ([...this.#scopes].some(({ held }) => held > 0)) this.#exchangeWithin(BEAT_MS)
  }

  /** Takes out what there is to say and to ask. */
  #next(): Exchange | undefined {
    const { name, link, clock } = this.#options
    const nowMs = clock.monotonic()
    const askings = this.#open(nowMs)
    const scopes = new Set([...this.#talkers, ...askings.flatMap(({ scopes }) => scopes)])
    if (performance.now() >= this.#beatsAtMs) {
      this.#beatsAtMs = performance.now() + BEAT_MS / 2
      for (const scope of this.#scopes) if (scope.held > 0) scopes.add(scope)
    }
    this.#talkers = new Set()
    if (scopes.size === 0) return undefined
    const list = [...scopes]
    const request: LeaseRequest = {
      group: name,
      process: link.process,
      leaseMs: LEASE_MS,
      scopes: list.map((scope) => scope.tell(nowMs, this.#pair)),
      asks: askings.map(({ scopes, tokens }) => ({
        scopes: scopes.map((scope) => list.indexOf(scope)),
        tokens,
      })),
    }
    return { request, scopes: list, askings }
  }

  /** Those that need not be asked for have been denied already, to others who came before. */
  #open(nowMs: number): readonly LeaseAsking[] {
    const askings = this.#askings
    this.#askings = []
    return askings.filter((asking) => {
      const isOpen = asking.scopes.every((scope) => scope.mayAsk(nowMs))
      if (!isOpen) this.#answer(asking, false)
      return isOpen
    })
  }

  #heard({ request, scopes, askings }: Exchange, reply: LeaseReply, nowMs: number): void {
    // Before the first reply nobody could say when anything was, so that is told now.
    if (this.#pair === undefined) for (const scope of scopes) this.#talkers.add(scope)
    this.#pair = { ms: nowMs, stamp: reply.stamp }
    for (const [index, scope] of scopes.entries()) {
      const told = request.scopes[index]?.generation
      const heard = reply.scopes[index]
      if (heard === undefined) continue
      if (told !== '' && told !== heard.generation) scope.reborn(nowMs, heard)
      else scope.heard(nowMs, heard)
    }
    for (const [index, asking] of askings.entries()) {
      const isGranted = reply.granted[index] === true
      if (!this.#answer(asking, isGranted) && isGranted) giveBack(asking, nowMs)
    }
  }

  #unheard({ scopes, askings }: Exchange): void {
    for (const scope of scopes) {
      scope.unheard()
      this.#talkers.add(scope)
    }
    for (const asking of askings) this.#answer(asking, false)
  }

  /** What was granted when nobody waited for it any more. */
  #unused({ askings }: Exchange, { granted, stamp }: LeaseReply): void {
    const { link } = this.#options
    const pair = this.#pair
    if (pair === undefined) return
    const ms = pair.ms + ((stamp - pair.stamp) * link.state.minuteMs) / STAMPS
    for (const [index, asking] of askings.entries()) if (granted[index] === true) giveBack(asking, ms)
  }

  #answer({ scopes, answer }: LeaseAsking, isGranted: boolean): boolean {
    for (const scope of scopes) scope.asks(-1)
    return answer(isGranted)
  }
}

function giveBack({ scopes, tokens }: LeaseAsking, ms: number): void {
  for (const scope of scopes) scope.unused(ms, tokens)
}
