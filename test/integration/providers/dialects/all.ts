import type { DialectFake } from './fake.ts'
import { anthropic, cohere, deepseek, fireworks, openrouter, together } from './lenient.ts'
import { compatible, lmstudio, ollama, vllm } from './local.ts'
import { azure, bedrock, openai } from './openai-family.ts'
import { perplexity } from './perplexity.ts'
import { cerebras, gemini, groq, mistral, xai } from './strict.ts'

/** One fake per preset; a test holds that none is missing. */
export const DIALECTS: readonly DialectFake[] = [
  openai,
  azure,
  bedrock,
  groq,
  mistral,
  perplexity,
  deepseek,
  cohere,
  gemini,
  xai,
  anthropic,
  together,
  fireworks,
  cerebras,
  openrouter,
  ollama,
  vllm,
  lmstudio,
  compatible,
]
