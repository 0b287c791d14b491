/** Tokens that a call's input probably has, from its length, and what of them its parts are. Whole numbers. */
export interface InputEstimate {
  readonly tokens: number
  /** The messages of the roles `system` and `developer`. */
  readonly systemTokens: number
  /** The definitions of tools and functions. */
  readonly toolTokens: number
}
