/** How a target stands at this moment; the strategy `fastest` goes by it. */
export interface TargetLoad {
  /** What a call may expect to wait there, ms, times all who would be waiting; undefined where no speed is known. */
  readonly loadMs: number | undefined
  /** Attempts that wait for it now, for its answer or for room. */
  readonly waitingCount: number
  /** Does somebody wait for the same kind of answer, so that its speed is being found out already? */
  readonly isBeingTried: boolean
  /** How long nobody has asked it, ms; undefined when nobody ever has. */
  readonly idleMs: number | undefined
}
