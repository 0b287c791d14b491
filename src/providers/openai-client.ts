import OpenAI, { AzureOpenAI, type ClientOptions } from 'openai'
import { bedrock } from 'openai/providers/bedrock'
import { invalidConfig } from '../core/llm-error.ts'
import { LeanOpenAI } from './lean-openai.ts'
import type { ProviderConfig } from './provider-config.ts'
import type { Transport } from './transport-contract.ts'

/**
 * The official client for one instance. Its retries are off (the chain does them), its log is off (it would print
 * prompts), and nothing that it reads from `OPENAI_*` variables by itself gets into it: those are meant for OpenAI, and
 * this may be anybody's server.
 *
 * @throws {LlmError} `config_invalid` when the client does not take the instance
 */
export function createOpenAiClient(config: ProviderConfig, transport: Transport): OpenAI {
  try {
    const client = construct(config, transport)
    forgetEnvironmentHeaders(client, config)
    return client
  } catch (thrown) {
    const what = thrown instanceof Error ? thrown.message : 'unknown reason'
    const message = `The client for the provider "${config.instance}" cannot be made: ${what}`
    throw invalidConfig(message, `providers.${config.instance}`)
  }
}

function construct(config: ProviderConfig, transport: Transport): OpenAI {
  const common = commonOptions(config, transport)
  switch (config.preset.client) {
    case 'openai':
      // The client insists on a key; where there is none, the header that would carry this one is taken away.
      return new LeanOpenAI({ ...common, apiKey: config.apiKey ?? 'none', baseURL: config.baseUrl ?? null })
    case 'azure':
      return createAzure(config, common)
    case 'bedrock':
      return createBedrock(config, common)
  }
}

type CommonOptions = ReturnType<typeof commonOptions>

function commonOptions(config: ProviderConfig, transport: Transport) {
  return {
    fetch: transport.fetch,
    maxRetries: 0,
    logLevel: 'off',
    organization: config.organization ?? null,
    project: config.project ?? null,
    adminAPIKey: null,
    webhookSecret: null,
    defaultHeaders: headersOf(config),
  } satisfies ClientOptions
}

function headersOf(config: ProviderConfig): Record<string, string | null> {
  const isKeyless = config.apiKey === undefined && config.preset.client === 'openai'
  return { ...(isKeyless ? { authorization: null } : {}), ...config.headers }
}

function createAzure(config: ProviderConfig, common: CommonOptions): OpenAI {
  const { apiKey, apiVersion, baseUrl, endpoint } = config
  // Empty is not absent: for absent ones the client would ask the environment.
  const options = { ...common, apiKey: apiKey ?? '', apiVersion: apiVersion ?? '' }
  if (baseUrl !== undefined) return new AzureOpenAI({ ...options, baseURL: baseUrl })
  if (endpoint === undefined) throw new Error('it has neither endpoint nor baseUrl')
  return new AzureOpenAI({ ...options, baseURL: null, endpoint })
}

function createBedrock(config: ProviderConfig, common: CommonOptions): OpenAI {
  const { apiKey, baseUrl, region } = config
  const { adminAPIKey: _admin, ...options } = common
  const place =
    baseUrl === undefined
      ? { endpoint: 'runtime' as const, region, baseURL: null }
      : { region: regionIn(baseUrl), baseURL: baseUrl }
  // A region or key of the environment is not taken: the config has read those already.
  if (place.baseURL === null && region === undefined) throw new Error('it has neither region nor baseUrl')
  return new OpenAI({ ...options, provider: bedrock({ ...place, apiKey: apiKey ?? null }) })
}

/** The region that an address of AWS itself names: it wins over the account's default region. */
function regionIn(baseUrl: string): string | undefined {
  return /^https:\/\/bedrock-(?:runtime|runtime-fips|mantle)\.([a-z0-9-]+)\./.exec(baseUrl)?.[1]
}

/**
 * `OPENAI_CUSTOM_HEADERS` is the one variable that no option of the client turns off; it may even replace the key.
 * The client reads its headers from its options at each request, so that is where they are put right. A test holds this.
 */
function forgetEnvironmentHeaders(client: OpenAI, config: ProviderConfig): void {
  const options: unknown = Reflect.get(client, '_options')
  if (typeof options !== 'object' || options === null)
    throw new Error('the client keeps its options elsewhere')
  Reflect.set(options, 'defaultHeaders', headersOf(config))
}
