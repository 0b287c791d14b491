import type { ChatChunk, ChatChunkChoice, CompletionUsage } from '../core/openai-types.ts'
import type { StreamPart } from '../core/provider-stream.ts'

export type ChunkHead = Pick<ChatChunk, 'id' | 'created' | 'model'>

/** Beside the client's own fields, those that several services have on their messages. */
export interface MadeDelta extends Omit<ChatChunkChoice['delta'], 'role'> {
  reasoning_content?: string
  /** Addresses, all of them at once. */
  citations?: readonly string[]
}

/**
 * Makes the parts of a stream whose provider does not speak of chunks. The first has the role; all have the same head,
 * whatever is told after the first.
 */
export class MadeParts {
  readonly #tellHead: () => ChunkHead
  #head: ChunkHead | undefined

  /** @param tellHead asked once, for the first part */
  constructor(tellHead: () => ChunkHead) {
    this.#tellHead = tellHead
  }

  /** @param extra fields of the chunk that the client does not know */
  part(
    delta: MadeDelta,
    finishReason: ChatChunkChoice['finish_reason'] = null,
    extra: object = {},
  ): StreamPart {
    const isFirst = this.#head === undefined
    const choice = {
      index: 0,
      delta: isFirst ? { role: 'assistant' as const, ...delta } : delta,
      finish_reason: finishReason,
      logprobs: null,
    }
    return this.#wrap({ choices: [choice], ...extra })
  }

  /** As OpenAI tells it: after the last choice, in a chunk without any. */
  usage(usage: CompletionUsage): StreamPart {
    return this.#wrap({ choices: [], usage })
  }

  #wrap(rest: Pick<ChatChunk, 'choices' | 'usage'>): StreamPart {
    this.#head ??= this.#tellHead()
    const { id, created, model } = this.#head
    return {
      chunk: { id, object: 'chat.completion.chunk', created, model, ...rest },
      json: undefined,
    }
  }
}
