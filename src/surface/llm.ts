/** The call surface: the `openai` client's own calls, with routing behind them. */
import type {
  ChatCompletion,
  ChatParamsNonStreaming,
  EmbeddingParams,
  EmbeddingResponse,
  ExtractParsedContentFromParams,
  ParsedChatCompletion,
} from '../core/openai-types.ts'
import { invalidParams } from '../core/llm-error.ts'
import type { CallReport, CallSummary } from '../core/report.ts'
import { parseChatAnswer, validateParseTools } from '../providers/parse.ts'
import { runCall } from '../router/call.ts'
import type { CallOptions } from '../router/call-options.ts'
import { callPlan, type CallPlan } from './call-plan.ts'
import { callPromise, type CallPromise } from './call-promise.ts'
import type { CallBinding } from '../router/open-call.ts'
import { expectedCostOf, planOnly } from '../router/plan-only.ts'
import type { RouterState } from '../router/router-state.ts'
import type { Totals } from '../router/totals.ts'
import { refuseUnsupported } from './unsupported.ts'

/** The client's chat params; `model` is optional: absent or `auto`, a tier, a task, an alias or a target. */
export type LlmChatParams = Omit<ChatParamsNonStreaming, 'model'> & { readonly model?: string }

/** The client's embedding params; `model` as for chat. */
export type LlmEmbeddingParams = Omit<EmbeddingParams, 'model'> & { readonly model?: string }

/** `req.llm`, and the same surface on a router. */
export interface Llm {
  readonly chat: { readonly completions: LlmCompletions }
  readonly embeddings: {
    /** As the client's `embeddings.create`. Rejects with an `LlmError`. */
    create(params: LlmEmbeddingParams, options?: CallOptions): CallPromise<EmbeddingResponse>
  }
  /** The shortest way: one question, one text. Rejects with an `LlmError`. */
  ask(question: string, options?: CallOptions): Promise<{ text: string; report: CallReport }>
  /** The same surface with options bound; options of a call win over bound ones. */
  with(options: CallOptions): Llm
  /** `with({ tier })` */
  tier(name: string): Llm
  /** What a chat call with these params would do, and why. Sends nothing, costs nothing. */
  plan(params: LlmChatParams, options?: CallOptions): Promise<CallPlan>
  /** Running total of this request (on a router: of all its calls). */
  summary(): CallSummary
}

export interface LlmCompletions {
  /** As the client's `chat.completions.create`, not streamed. Rejects with an `LlmError`. */
  create(params: LlmChatParams, options?: CallOptions): CallPromise<ChatCompletion>
  /** As the client's `chat.completions.parse`. An answer that the schema refuses is a failed attempt: the next target is asked. */
  parse<Params extends LlmChatParams>(
    params: Params,
    options?: CallOptions,
  ): CallPromise<ParsedChatCompletion<ParsedContent<Params>>>
}

type ParsedContent<Params extends LlmChatParams> = ExtractParsedContentFromParams<
  Params & ChatParamsNonStreaming
>

/** Where a surface makes its calls, for whom, and where they are counted. */
export interface LlmScope {
  readonly state: RouterState
  readonly binding: CallBinding
  readonly totals: Totals
  readonly bound: CallOptions
}

export function createLlm(scope: LlmScope): Llm {
  return new BoundLlm(scope)
}

/** A class, so that a request which makes no call pays for one small object and no closures. */
class BoundLlm implements Llm {
  readonly #scope: LlmScope

  constructor(scope: LlmScope) {
    this.#scope = scope
  }

  get chat(): Llm['chat'] {
    return { completions: new BoundCompletions(this.#scope) }
  }

  get embeddings(): Llm['embeddings'] {
    const scope = this.#scope
    return {
      create: (params, options) => {
        const binding = scope.binding
        const input = { operation: 'embeddings', params, options: merged(scope, options), binding } as const
        return callPromise(runCall(scope.state, input), (answer) => answer)
      },
    }
  }

  async ask(question: string, options?: CallOptions): Promise<{ text: string; report: CallReport }> {
    if (typeof question !== 'string' || question === '') {
      throw invalidParams('ask() takes a question: a non-empty string.', 'question')
    }
    const params: LlmChatParams = { messages: [{ role: 'user', content: question }] }
    const { data, report } = await createChat(this.#scope, params, options).withReport()
    const message = data.choices[0]?.message
    return { text: message?.content ?? message?.refusal ?? '', report }
  }

  with(options: CallOptions): Llm {
    return new BoundLlm({ ...this.#scope, bound: merged(this.#scope, options) })
  }

  tier(name: string): Llm {
    if (typeof name !== 'string') throw invalidParams('tier() takes the name of a tier.', 'tier')
    return this.with({ tier: name })
  }

  async plan(params: LlmChatParams, options?: CallOptions): Promise<CallPlan> {
    const { state, binding } = this.#scope
    const { plan, call } = await planOnly(state, {
      operation: 'chat',
      params,
      options: merged(this.#scope, options),
      binding,
    })
    return callPlan(plan, (target) => expectedCostOf(call, plan, target))
  }

  summary(): CallSummary {
    return this.#scope.totals.summary()
  }
}

class BoundCompletions implements LlmCompletions {
  readonly #scope: LlmScope

  constructor(scope: LlmScope) {
    this.#scope = scope
  }

  create(params: LlmChatParams, options?: CallOptions): CallPromise<ChatCompletion> {
    return createChat(this.#scope, params, options)
  }

  parse<Params extends LlmChatParams>(
    params: Params,
    options?: CallOptions,
  ): CallPromise<ParsedChatCompletion<ParsedContent<Params>>> {
    return parseChat(this.#scope, params, options)
  }
}

refuseUnsupported(BoundLlm.prototype, 'client')
refuseUnsupported(BoundCompletions.prototype, 'chat.completions')

/** What is no object is left to the check of the options, which says so. */
function merged(scope: LlmScope, options: CallOptions | undefined): CallOptions {
  if (options === undefined) return scope.bound
  return typeof options === 'object' && !Array.isArray(options) ? { ...scope.bound, ...options } : options
}

function createChat(
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
