/**
 * When and how the tokens of a stream are told. `asked`: in a last chunk without choices, where the request has
 * `stream_options.include_usage` (and `usage: null` before it), as OpenAI does · `always`: in the chunk with the finish
 * reason, asked or not, as Mistral does · `pieces`: as `always`, but the input tokens alone in the first chunk and the
 * output tokens alone in the one with the finish reason · `never`.
 */
export type FakeStreamUsage = 'asked' | 'always' | 'pieces' | 'never'

/**
 * How an answer is streamed to a request with `stream: true`; others get it whole, and none of this is heeded.
 *
 * A token is a chunk with output: about four characters of text, refusal, reasoning or tool-call arguments, or the name
 * of a tool call.
 */
export interface StreamOptions {
  /** Wait between the headers (with the role chunk) and the first token, ms. @default the provider's */
  readonly firstTokenDelayMs?: number
  /** Wait before each further token, ms. Without it all chunks go out in as few writes as they fit in. @default the provider's */
  readonly tokenDelayMs?: number
  /** While it waits (or stalls), sends the comment `: keep-alive` each so many ms. @default no comments */
  readonly keepAliveMs?: number
  /** @default the provider's */
  readonly streamUsage?: FakeStreamUsage
  /**
   * The `[DONE]` at the end. False leaves it out and ends the body; `hang` leaves it out and the body open: everything
   * (finish reason and usage) was sent, then nothing more comes until the client goes. @default true
   */
  readonly done?: boolean | 'hang'
  /** Chunks with the role and empty content that come before the first token. @default 1 */
  readonly roleChunks?: number
  /** Chunks with an empty delta that come after the finish reason. @default 0 */
  readonly trailingChunks?: number
  /** Index of the first tool call; some services start at 1. @default 0 */
  readonly toolCallsFrom?: number
  /** Which delta of a tool call carries its name: the first, or the last, after all arguments. @default 'first' */
  readonly toolCallName?: 'first' | 'late'
}
