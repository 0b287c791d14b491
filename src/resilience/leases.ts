import type { Clock } from '../core/clock.ts'
import { LeaseGroup, type LeaseLink } from './lease-group.ts'
import { LeasedScope } from './leased-scope.ts'
import type { LimitPolicy } from './limit-policy.ts'
import type { LimitRoom } from './limit-scope.ts'

export interface LeasesOptions {
  readonly link: LeaseLink
  readonly clock: Clock
}

/** A call that asks for room in all of these. */
export interface RoomAsked {
  readonly rooms: readonly LimitRoom[]
  readonly tokens: number
  /** @returns whether the room will be used */
  readonly answer: (isGranted: boolean) => boolean
}

/** The limits that a router shares with those of other processes. */
export class Leases {
  readonly #options: LeasesOptions
  readonly #groups = new Map<string, LeaseGroup>()

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  /** Is room asked for? Else each process keeps within its own part. */
  get isUp(): boolean {
    return this.#options.link.isUp
  }

  /** Is there no room for anybody, because nobody can say how much there is? */
  get isDenied(): boolean {
    const { link } = this.#options
    return !link.isUp && link.state.onStoreError === 'deny'
  }

  onChange(listener: () => void): void {
    this.#options.link.onChange(() => {
      for (const group of this.#groups.values()) group.turned()
      listener()
    })
  }

  /** @param group what shares scopes: the targets of an instance */
  scope(
    name: string,
    named: { readonly scope: string; readonly policy: LimitPolicy; readonly onRoom: () => void },
  ): LeasedScope {
    const { link, clock } = this.#options
    const group = this.#groups.get(name) ?? new LeaseGroup({ name, link, clock })
    this.#groups.set(name, group)
    const scope = new LeasedScope({
      ...named,
      link,
      minuteMs: link.state.minuteMs,
      ask: (asking) => group.ask(asking),
      onNews: (withinMs) => group.tell(scope, withinMs),
    })
    scope.turned()
    return scope
  }

  ask({ rooms, tokens, answer }: RoomAsked): void {
    const scopes = rooms.filter((room) => room instanceof LeasedScope)
    scopes[0]?.ask({ scopes, tokens, answer })
  }

  /** Gives back what this process holds. Never rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.#groups.values()].map((group) => group.close()))
  }
}
