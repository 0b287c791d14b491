import type { ProviderOptions } from 'express-llm'

const { FAKE_URL: baseUrl } = process.env

/**
 * With FAKE_URL set, every provider of the examples is at that address, and no key is needed: this is how the tests run
 * them. Your own app has no such file.
 */
export const providers: Record<string, ProviderOptions> = baseUrl
  ? Object.fromEntries(['openai', 'anthropic', 'groq'].map((name) => [name, { baseUrl, apiKey: 'any' }]))
  : {}
