/** `chat.completions` of the call surface. */
import type {
  ChatCompletion,
  ChatParamsNonStreaming,
  ChatParamsStreaming,
  ExtractParsedContentFromParams,
  ParsedChatCompletion,
} from '../core/openai-types.ts'
import { joinedSignal } from '../core/abort.ts'
import { invalidParams } from '../core/llm-error.ts'
import type { CallReport } from '../core/report.ts'
import { parseChatAnswer, validateParseTools } from '../providers/parse.ts'
import { runCall } from '../router/call.ts'
import type { CallOptions } from '../router/call-options.ts'
import { runStream } from '../router/run-stream.ts'
import { callPromise, streamPromise, type CallPromise } from './call-promise.ts'
import type { LlmStream } from './llm-stream.ts'
import { merged, type LlmScope } from './scope.ts'
import { streamHelper, type LlmChatStream } from './stream-helper.ts'
import { refuseUnsupported } from './unsupported.ts'

/** The client's chat params; `model` is optional: absent or `auto`, a tier, a task, an alias or a target. */
export type LlmChatParams = Omit<ChatParamsNonStreaming, 'model'> & { readonly model?: string }

/** The same for a streamed answer. */
export type LlmStreamParams = Omit<ChatParamsStreaming, 'model'> & { readonly model?: string }

/** What `.stream()` takes: there `stream` says nothing new. */
export type LlmStreamHelperParams = Omit<LlmStreamParams, 'stream'> & { readonly stream?: true }

export interface LlmCompletions {
  /**
   * As the client's `chat.completions.create`. With `stream: true` it resolves at the first content, until which any
   * failure can still fall back. Rejects with an `LlmError`.
   */
  create(params: LlmStreamParams, options?: CallOptions): CallPromise<LlmStream, Promise<CallReport>>
  create(params: LlmChatParams, options?: CallOptions): CallPromise<ChatCompletion>
  create(
    params: LlmChatParams | LlmStreamParams,
    options?: CallOptions,
  ): CallPromise<ChatCompletion> | CallPromise<LlmStream, Promise<CallReport>>
  /** As the client's `chat.completions.stream`: a stream with events, and the whole answer at its end. */
  stream<Params extends LlmStreamHelperParams>(
    params: Params,
    options?: CallOptions,
  ): LlmChatStream<StreamedContent<Params>>
  /** As the client's `chat.completions.parse`. An answer that the schema refuses is a failed attempt: the next target is asked. */
  parse<Params extends LlmChatParams>(
    params: Params,
    options?: CallOptions,
  ): CallPromise<ParsedChatCompletion<ParsedContent<Params>>>
}

type ParsedContent<Params extends LlmChatParams> = ExtractParsedContentFromParams<
  Params & ChatParamsNonStreaming
>

type StreamedContent<Params extends LlmStreamHelperParams> = ExtractParsedContentFromParams<
  Omit<Params, 'stream'> & ChatParamsStreaming
>

export class BoundCompletions implements LlmCompletions {
  readonly #scope: LlmScope

  constructor(scope: LlmScope) {
    this.#scope = scope
  }

  create(params: LlmStreamParams, options?: CallOptions): CallPromise<LlmStream, Promise<CallReport>>
  create(params: LlmChatParams, options?: CallOptions): CallPromise<ChatCompletion>
  create(
    params: LlmChatParams | LlmStreamParams,
    options?: CallOptions,
  ): CallPromise<ChatCompletion> | CallPromise<LlmStream, Promise<CallReport>> {
    return isStreaming(params)
      ? openStream(this.#scope, params, merged(this.#scope, options))
      : createChat(this.#scope, params, options)
  }

  stream<Params extends LlmStreamHelperParams>(
    params: Params,
    options?: CallOptions,
  ): LlmChatStream<StreamedContent<Params>> {
    const given = merged(this.#scope, options)
    return streamHelper(params, (streamParams, signal) =>
      openStream(this.#scope, streamParams, withSignal(given, signal)),
    )
  }

  parse<Params extends LlmChatParams>(
    params: Params,
    options?: CallOptions,
  ): CallPromise<ParsedChatCompletion<ParsedContent<Params>>> {
    return parseChat(this.#scope, params, options)
  }
}

refuseUnsupported(BoundCompletions.prototype, 'chat.completions')

/** Params that are no object are left to their check, which says so. */
function isStreaming(params: LlmChatParams | LlmStreamParams): params is LlmStreamParams {
  return typeof params === 'object' && params !== null && params.stream === true
}

/** The helper's own `abort()`, and the caller's signal. */
function withSignal(options: CallOptions, signal: AbortSignal): CallOptions {
  return typeof options === 'object' && options !== null && !Array.isArray(options)
    ? { ...options, signal: joinedSignal(options.signal, signal) }
    : options
}

function openStream(
  { state, binding }: LlmScope,
  params: object,
  options: CallOptions,
): CallPromise<LlmStream, Promise<CallReport>> {
  return streamPromise(runStream(state, { operation: 'chat', params, options, binding }))
}

export function createChat(
  scope: LlmScope,
  params: LlmChatParams,
  options: CallOptions | undefined,
): CallPromise<ChatCompletion> {
  const input = {
    operation: 'chat',
    params,
    options: merged(scope, options),
    binding: scope.binding,
  } as const
  return callPromise(runCall(scope.state, input), (answer) => answer)
}

function parseChat<Params extends LlmChatParams>(
  scope: LlmScope,
  params: Params,
  options: CallOptions | undefined,
): CallPromise<ParsedChatCompletion<ParsedContent<Params>>> {
  // Parsed once, where it can still be refused; the call's promise hands out that same object.
  const parsed = new WeakMap<ChatCompletion, ParsedChatCompletion<ParsedContent<Params>>>()
  const result = runCall(scope.state, {
    operation: 'chat',
    params,
    options: merged(scope, options),
    binding: scope.binding,
    validate: () => checkParseTools(params),
    check: (answer) => void parsed.set(answer, parseChatAnswer(answer, params)),
  })
  return callPromise(result, (answer) => parsed.get(answer) as ParsedChatCompletion<ParsedContent<Params>>)
}

/** The client's own words name the tool and the rule. */
function checkParseTools(params: LlmChatParams): void {
  try {
    validateParseTools(params)
  } catch (thrown) {
    throw invalidParams(
      thrown instanceof Error ? thrown.message : 'parse() cannot read these tools.',
      'tools',
    )
  }
}
