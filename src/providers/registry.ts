import type { Adapter } from '../core/adapter.ts'
import type { AiSdkTarget } from './ai-sdk.ts'
import { createAiSdkAdapter } from './ai-sdk-adapter.ts'
import { createOpenAiAdapter } from './openai-adapter.ts'
import type { ProviderConfig } from './provider-config.ts'
import type { Transport } from './transport-contract.ts'

/**
 * The adapter for one provider instance.
 *
 * @param transport shared by all adapters of a router; an AI SDK model brings its own
 * @throws {LlmError} `config_invalid` when the client does not take the instance
 */
export function createAdapter(provider: ProviderConfig | AiSdkTarget, transport: Transport): Adapter {
  if ('kind' in provider) return createAiSdkAdapter(provider)
  return createOpenAiAdapter(provider, transport)
}
