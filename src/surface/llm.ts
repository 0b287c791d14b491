/** The call surface: the `openai` client's own calls, with routing behind them. */
import { invalidParams } from '../core/llm-error.ts'
import type { EmbeddingParams, EmbeddingResponse } from '../core/openai-types.ts'
import type { CallReport, CallSummary } from '../core/report.ts'
import { runCall } from '../router/call.ts'
import type { CallOptions } from '../router/call-options.ts'
import { expectedCostOf, planOnly } from '../router/plan-only.ts'
import { callPlan, type CallPlan } from './call-plan.ts'
import { callPromise, type CallPromise } from './call-promise.ts'
import { BoundCompletions, createChat, type LlmChatParams, type LlmCompletions } from './completions.ts'
import { createWireFetch } from './fetch.ts'
import { merged, type LlmScope } from './scope.ts'
import { refuseUnsupported } from './unsupported.ts'

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
  /**
   * A `fetch` in OpenAI's wire format, in process: hand it to any client that takes one, and its calls are routed and
   * charged like those of `req.llm`. Paths end in `/chat/completions`, `/embeddings` or `/models`; the host does not matter.
   */
  readonly fetch: typeof globalThis.fetch
  /** Running total of this request (on a router: of all its calls). */
  summary(): CallSummary
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

  get fetch(): typeof globalThis.fetch {
    return createWireFetch(this.#scope)
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

refuseUnsupported(BoundLlm.prototype, 'client')
