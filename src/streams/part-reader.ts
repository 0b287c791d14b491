import type { StreamPart } from '../core/provider-stream.ts'

/** What a streamed answer is read from, whoever reads it. One reader, one read at a time. */
export interface PartReader {
  /**
   * The next parts, at least one; undefined at the answer's complete end.
   *
   * @throws LlmError when the answer broke off or was ended; what was read before is incomplete then
   */
  read(): Promise<readonly StreamPart[] | undefined>
  /** The reader does not want the rest: the provider's socket is closed, and what came is billed. May be called again. */
  stop(): void
}
