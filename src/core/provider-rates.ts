/** What a provider says of its own limits, in the headers of an answer; what it does not speak of is absent. */
export interface ProviderRates {
  readonly requests?: ProviderRate
  readonly tokens?: ProviderRate
}

export interface ProviderRate {
  /** How much may still be asked before the reset. */
  readonly remaining: number
  /** From the answer until there is more, ms; undefined where nobody said. */
  readonly resetMs: number | undefined
}
