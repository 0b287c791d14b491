/** Every service that the official client speaks with. */
import type { Adapter } from '../core/adapter.ts'
import { createChatSpeaker } from './chat-speaker.ts'
import { createEmbedSpeaker } from './embed-speaker.ts'
import { createOpenAiClient } from './openai-client.ts'
import { adapterOf } from './operation-adapter.ts'
import type { ProviderConfig } from './provider-config.ts'
import type { Transport } from './transport-contract.ts'

/** @throws {LlmError} `config_invalid` when the client does not take the instance */
export function createOpenAiAdapter(config: ProviderConfig, transport: Transport): Adapter {
  const client = createOpenAiClient(config, transport)
  const speakers = { chat: createChatSpeaker(config, client), embeddings: createEmbedSpeaker(config, client) }
  // The transport belongs to the router, and the client holds nothing else that would have to be released.
  return adapterOf(speakers, () => Promise.resolve())
}
