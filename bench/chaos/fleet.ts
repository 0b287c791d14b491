/** The app's processes, and what stands before them: a balancer that asks each every second whether it is ready. */
import { Agent, get } from 'node:http'
import { startChild, type Child } from '../child.ts'
import { numberOf } from '../parent.ts'
import { DRAIN_MS, PROCESSES } from './cast.ts'
import type { ProcessEnd, ProcessFacts } from './facts.ts'
import type { StoryClock } from './story-clock.ts'
import { storyTimeFor, timerMs } from './story-time.ts'

export interface AppProcess {
  readonly name: string
  readonly port: number
  /** Does the balancer send to it? */
  isReady: boolean
}

interface Member extends AppProcess {
  readonly child: Child
}

export interface FleetOptions {
  readonly clock: StoryClock
  /** Of each process, after its name. */
  readonly args: readonly string[]
}

/** A process that is there for so much longer than it may be will not end by itself, ms. */
const STUCK_MS = 30_000

/** How often the balancer looks, ms. */
const LOOK_MS = 1_000

export class Fleet {
  readonly #options: FleetOptions
  readonly #agent = new Agent({ keepAlive: true })
  readonly #members: Member[] = []
  #started = 0
  #turn = 0
  #isClosed = false

  constructor(options: FleetOptions) {
    this.#options = options
  }

  get agent(): Agent {
    return this.#agent
  }

  async start(): Promise<void> {
    this.#members.push(...(await Promise.all(Array.from({ length: PROCESSES }, () => this.#startOne()))))
    void this.#look()
  }

  get ready(): readonly AppProcess[] {
    return this.#members.filter(({ isReady }) => isReady)
  }

  /** The next in turn of those that are ready; undefined when none is. */
  pick(): AppProcess | undefined {
    const { ready } = this
    this.#turn += 1
    return ready[this.#turn % ready.length]
  }

  /** What the processes know of their calls and have not told yet. */
  async takeFacts(): Promise<readonly ProcessFacts[]> {
    const told = await Promise.all(this.#members.map(({ child }) => child.ask({ what: 'calls' })))
    return told.map(factsIn)
  }

  /** SIGTERM, and a new process in its place when it has gone. */
  async replace(place: number): Promise<Ended> {
    const member = this.#members[place]
    if (member === undefined) throw new Error(`there is no process in place ${place}`)
    const ended = await this.#end(member)
    this.#members[place] = await this.#startOne()
    return ended
  }

  /** SIGTERM for all. */
  async end(): Promise<readonly Ended[]> {
    this.#isClosed = true
    this.#agent.destroy()
    return Promise.all(this.#members.splice(0).map((member) => this.#end(member)))
  }

  /** When something has gone wrong: nothing may be left. */
  async stop(): Promise<void> {
    this.#isClosed = true
    this.#agent.destroy()
    await Promise.all(this.#members.splice(0).map(({ child }) => child.stop()))
  }

  async #startOne(): Promise<Member> {
    const { clock, args } = this.#options
    this.#started += 1
    const name = `app-${this.#started}`
    const child = await startChild({
      file: './chaos/app.ts',
      args: [name, ...args],
      nodeArgs: ['--import', new URL('./live-in-story-time.ts', import.meta.url).href],
      env: storyTimeFor(clock.time),
      cores: undefined,
    })
    return { name, child, port: numberOf(child.ready, 'port'), isReady: true }
  }

  async #end({ name, child }: Member): Promise<Ended> {
    const { clock } = this.#options
    const fromMs = clock.now()
    const { code, lastWords } = await child.end(timerMs(clock.time, DRAIN_MS + STUCK_MS))
    return { end: { process: name, code, tookMs: clock.now() - fromMs }, facts: factsIn(lastWords) }
  }

  async #look(): Promise<void> {
    while (!this.#isClosed) {
      await Promise.all(this.#members.map(async (member) => (member.isReady = await isReady(member.port))))
      await this.#options.clock.wait(LOOK_MS)
    }
  }
}

export interface Ended {
  readonly end: Omit<ProcessEnd, 'phase'>
  /** Its last words. */
  readonly facts: ProcessFacts
}

function factsIn(message: unknown): ProcessFacts {
  if (typeof message === 'object' && message !== null && 'calls' in message) return message as ProcessFacts
  // It has ended without a word.
  return { calls: [], words: [], stallMs: 0 }
}

function isReady(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', path: '/ready', agent: false }, (res) => {
      res.resume()
      resolve(res.statusCode === 200)
    }).on('error', () => resolve(false))
  })
}
