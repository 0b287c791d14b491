/**
 * Model names that stand for a reasoning model, whose single answer may take minutes. Only the attempt's timeout
 * depends on this guess; `targets[…].isReasoning` overrules it. From the vendors' model lists, 2026-11.
 */
const REASONING_NAMES: readonly RegExp[] = [
  // OpenAI: o1, o3-mini, o4-mini-2025-04-16; gpt-5 and later but for the chat variants.
  /^o[1-9](?:$|-)/,
  /^gpt-[5-9](?:\.\d+)?(?!.*-chat)(?:$|-)/,
  // DeepSeek.
  /^deepseek-(?:reasoner|r\d)/,
  // xAI: grok-4-fast-reasoning, but not grok-4-fast-non-reasoning.
  /(?<!non)-reasoning(?:$|-)/,
  /^sonar-deep-research/,
  // Mistral, Qwen.
  /^magistral-/,
  /^qwq(?:$|-)/,
  // Qwen, Kimi, Gemini, …: kimi-k2-thinking.
  /-thinking(?:$|-)/,
]

/** Is this, by its name, a reasoning model? Paths (`openai/o3`) and region prefixes (`us.deepseek.`) do not matter. */
export function isReasoningName(model: string): boolean {
  const name = model.toLowerCase().split('/').at(-1) ?? ''
  const withoutVendor = name.replace(/^(?:[a-z]+\.)+/, '')
  return REASONING_NAMES.some((pattern) => pattern.test(withoutVendor))
}
