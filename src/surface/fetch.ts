import type { WireScope } from './wire-answer.ts'

/**
 * A WHATWG `fetch` that speaks OpenAI's wire format and never touches the network: what is sent to
 * `…/chat/completions`, `…/embeddings` or `…/models` under any address becomes a call of this scope.
 */
export function createWireFetch(_scope: WireScope): typeof globalThis.fetch {
  return () => Promise.reject(new Error('not built yet'))
}
