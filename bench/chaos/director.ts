/** Plays the story: lets users ask, gives the cues at their times, and writes down what everybody has seen. */
import type { Child } from '../child.ts'
import { numberOf } from '../parent.ts'
import type { RedisServer } from '../redis-server.ts'
import type { Dice } from '../random.ts'
import { PROCESSES, roleOf } from './cast.ts'
import { drawAsk, drawPauseMs } from './draw.ts'
import type {
  Answer,
  Ask,
  CallFacts,
  Mark,
  PhaseSpan,
  ProcessEnd,
  ProcessFacts,
  StoreWord,
  ProviderRequest,
  StoryFacts,
} from './facts.ts'
import type { Ended } from './fleet.ts'
import type { ProviderOrder, ProvidersFacts } from './providers.ts'
import type { Action, Cue, Phase, RedisFate } from './story.ts'
import { StallMeter } from './stall.ts'
import { ask, askBatch, type Stage } from './user.ts'

export interface Direction extends Stage {
  readonly providers: Child
  /** Undefined where there is none: then the processes share nothing. */
  readonly redis: RedisServer | undefined
  readonly dice: Dice
}

export class Director {
  readonly #direction: Direction
  readonly #phases: PhaseSpan[] = []
  readonly #marks: Mark[] = []
  readonly #answers: Answer[] = []
  readonly #calls: CallFacts[] = []
  readonly #requests: ProviderRequest[] = []
  readonly #ends: ProcessEnd[] = []
  readonly #words: StoreWord[] = []
  readonly #stalls = new StallMeter({ now: () => performance.now(), tickMs: 10 })
  #asked = 0

  constructor(direction: Direction) {
    this.#direction = direction
  }

  get facts(): StoryFacts {
    return {
      phases: this.#phases,
      marks: this.#marks,
      answers: this.#answers,
      calls: this.#calls,
      requests: this.#requests,
      ends: this.#ends,
      words: this.#words,
      isShared: this.#direction.redis !== undefined,
    }
  }

  /** Plays one phase to its end: all who have asked in it have got their answers. */
  async play(phase: Phase): Promise<void> {
    const { clock } = this.#direction
    const fromMs = clock.now()
    const cues = phase.cues.map(async (cue) => {
      await clock.until(fromMs + cue.atS * 1000)
      await this.#act(phase, cue)
    })
    const over = Promise.all([clock.until(fromMs + phase.seconds * 1000), ...cues])
    await Promise.all([over, this.#steadily(phase, over)])
    this.#phases.push({ name: phase.name, fromMs, toMs: clock.now(), stallMs: await this.#collect() })
  }

  /** SIGTERM for all, and their last words. */
  async end(): Promise<void> {
    for (const ended of await this.#direction.fleet.end()) this.#note('end', ended)
    await this.#collect()
  }

  /** One after the other, as fast as they come and not as they are answered. */
  async #steadily(phase: Phase, over: Promise<unknown>): Promise<void> {
    const { clock, dice } = this.#direction
    const answers: Promise<void>[] = []
    let isOver = false
    const end = (): void => void (isOver = true)
    over.then(end, end)
    for (let atMs = clock.now(); ;) {
      atMs += drawPauseMs(dice, phase.callsPerSecond)
      await clock.until(atMs)
      if (isOver) break
      answers.push(this.#ask(drawAsk(dice, this.#nextNumber(), phase)))
    }
    await Promise.all(answers)
  }

  #nextNumber(): number {
    this.#asked += 1
    return this.#asked
  }

  async #ask(asking: Ask): Promise<void> {
    this.#answers.push(await ask(this.#direction, asking))
  }

  async #act(phase: Phase, { name, action }: Cue): Promise<void> {
    const order = orderOf(action)
    if (order !== undefined) {
      const atMs = numberOf(await this.#direction.providers.ask(order), 'atMs')
      this.#marks.push({ phase: phase.name, name, atMs })
      return
    }
    this.#marks.push({ phase: phase.name, name, atMs: this.#direction.clock.now() })
    if (action.kind === 'burst') await this.#burst(phase, name, action)
    if (action.kind === 'redis') await this.#toRedis(action.what)
    if (action.kind === 'deploy') await this.#deploy(phase.name)
  }

  async #deploy(phase: string): Promise<void> {
    const { fleet, clock } = this.#direction
    for (let place = 0; place < PROCESSES; place += 1) {
      this.#marks.push({ phase, name: 'sigterm', atMs: clock.now() })
      this.#note(phase, await fleet.replace(place))
    }
  }

  async #toRedis(what: RedisFate): Promise<void> {
    const { redis } = this.#direction
    if (redis === undefined) throw new Error('this phase needs a Redis')
    if (what === 'kill') await redis.kill()
    else if (what === 'start') await redis.start()
    else redis.signal(what === 'pause' ? 'SIGSTOP' : 'SIGCONT')
  }

  async #burst(phase: Phase, name: string, action: Action & { readonly kind: 'burst' }): Promise<void> {
    const { calls, tier, timeoutMs, priority = 0 } = action
    const asking = { phase: phase.name, tier, timeoutMs, burst: name, user: 'dora', priority }
    const asks = Array.from({ length: calls }, () => ({
      ...asking,
      number: this.#nextNumber(),
      isStreamed: false,
      isLong: false,
    }))
    const { ready } = this.#direction.fleet
    const share = Math.ceil(calls / ready.length)
    const jobs = ready.map((process, place) =>
      askBatch(this.#direction, process, asks.slice(place * share, (place + 1) * share)),
    )
    for (const answers of await Promise.all(jobs)) this.#answers.push(...answers)
  }

  #note(phase: string, { end, facts }: Ended): void {
    this.#ends.push({ ...end, phase })
    this.#keep(facts)
  }

  #keep({ calls, words }: ProcessFacts): void {
    this.#calls.push(...calls)
    this.#words.push(...words)
  }

  /** @returns the longest time in which one of the processes could do nothing, ms */
  async #collect(): Promise<number> {
    const { providers, fleet, clock } = this.#direction
    const apps = await fleet.takeFacts()
    for (const app of apps) this.#keep(app)
    const { seen, stallMs } = (await providers.ask({ what: 'seen' })) as ProvidersFacts
    this.#requests.push(...seen)
    const own = this.#stalls.take() * clock.time.scale
    return Math.max(own, stallMs, ...apps.map((app) => app.stallMs))
  }
}

/** What the providers are told; undefined for what is not theirs. */
function orderOf(action: Action): ProviderOrder | undefined {
  switch (action.kind) {
    case 'mode':
      return { what: 'mode', provider: action.provider, mode: action.mode }
    case 'limit': {
      const { provider, requestsPerMinute = roleOf(provider).requestsPerMinute } = action
      return { what: 'limit', provider, requestsPerMinute }
    }
    case 'burst':
    case 'redis':
    case 'deploy':
      return undefined
  }
}
