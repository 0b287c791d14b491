import type { FailureKind } from '../core/failure-kind.ts'
import type { ProviderProblem } from './provider-problem.ts'

/** Codes and types that say more than the status they come with. */
const KIND_OF_CODE: Readonly<Record<string, FailureKind>> = {
  context_length_exceeded: 'context-window',
  context_window_exceeded: 'context-window',
  exceed_context_size_error: 'context-window', // llama.cpp
  model_max_prompt_tokens_exceeded: 'context-window',
  string_above_max_length: 'context-window',
  tokens_limit_reached: 'context-window', // Azure AI
  request_too_large: 'context-window', // Anthropic

  content_filter: 'content-filter',
  content_policy_violation: 'content-filter',
  content_moderation: 'content-filter',
  moderation_blocked: 'content-filter',
  responsibleaipolicyviolation: 'content-filter', // Azure, as inner code
  invalid_prompt: 'content-filter', // OpenAI: "flagged as potentially violating our usage policy"
  data_inspection_failed: 'content-filter',

  insufficient_quota: 'quota',
  billing_hard_limit_reached: 'quota',
  billing_not_active: 'quota',
  billing_error: 'quota', // Anthropic
  insufficient_balance: 'quota',
  insufficient_credits: 'quota',
  credit_balance_exhausted: 'quota',

  rate_limit_exceeded: 'rate-limited', // Groq sends it with 413, for a request above the tokens of a minute
  rate_limit_error: 'rate-limited',
  rate_limited: 'rate-limited',
  resource_exhausted: 'rate-limited', // Gemini
  too_many_requests: 'rate-limited',
  overloaded_error: 'overloaded', // Anthropic
  overloaded: 'overloaded',
  service_unavailable: 'overloaded',
  unavailable: 'overloaded', // Gemini

  invalid_api_key: 'auth',
  api_key_invalid: 'auth',
  authentication_error: 'auth',
  permission_error: 'auth',
  unauthenticated: 'auth',
  permission_denied: 'auth',

  model_not_found: 'not-found',
  model_decommissioned: 'not-found', // Groq, with 400
  invalid_model: 'not-found', // Mistral, with 400
  not_found_error: 'not-found',
  deploymentnotfound: 'not-found',

  server_error: 'server',
  api_error: 'server',
  internal_server_error: 'server',
  timeout_error: 'timeout',
}

/** Is this one of the codes that vendors document, so that it can be shown whatever the prompt says? */
export function isKnownCode(code: string): boolean {
  return Object.hasOwn(KIND_OF_CODE, code.toLowerCase())
}

const REFUSALS: ReadonlySet<FailureKind> = new Set([
  'auth',
  'content-filter',
  'context-window',
  'not-found',
  'quota',
  'rate-limited',
])

/** What a code may make of a status that can mean several things. The other statuses mean what they say. */
const OPEN_STATUSES: Readonly<Record<number, ReadonlySet<FailureKind>>> = {
  400: REFUSALS,
  403: new Set(['content-filter', 'not-found', 'quota']),
  413: REFUSALS,
  422: REFUSALS,
  429: new Set(['quota']),
}

/** What the documented sentences of 400s say, where the vendor gives no code. The only place that reads a message. */
const KIND_OF_PHRASE: readonly (readonly [RegExp, FailureKind])[] = [
  // OpenAI, vLLM, Mistral, Together, DeepSeek, OpenRouter
  [/maximum context length|max(?:imum)? (?:model )?context (?:size|window)/i, 'context-window'],
  // Anthropic
  [/prompt is too long|exceed(?:s|ed)? context (?:limit|window)/i, 'context-window'],
  // Gemini
  [/input token count.{0,40}exceeds the maximum/i, 'context-window'],
  // Groq, Cerebras
  [/reduce the length of (?:the|your) (?:messages|prompt|input)/i, 'context-window'],
  // Bedrock, Cohere
  [/input is too long for (?:the )?requested model|too many (?:input )?tokens/i, 'context-window'],
  // xAI
  [/maximum prompt length is/i, 'context-window'],
  // Together
  [/tokens.{0,40}max_new_tokens.{0,20}must be/i, 'context-window'],
  // Ollama, llama.cpp, LM Studio
  [/(?:exceeds?|greater than) the (?:available |model's )?context (?:length|size|window)/i, 'context-window'],
  // Azure
  [/content management policy|responsible ?ai policy/i, 'content-filter'],
  // OpenAI, xAI, DeepSeek, OpenRouter
  [/violat(?:es|ing) (?:our |the )?(?:usage|content) (?:polic|guideline)/i, 'content-filter'],
  [/content exists risk|safety system|requires moderation/i, 'content-filter'],
  // Anthropic
  [/credit balance is too low/i, 'quota'],
  // Gemini, xAI: a wrong key is a 400 there
  [/api key not valid|incorrect api key|invalid api key/i, 'auth'],
  // Bedrock
  [/model identifier is invalid/i, 'not-found'],
]

const PHRASE_STATUSES: ReadonlySet<number | undefined> = new Set([undefined, 400, 403, 413, 422])

/**
 * The kind of failure that an answer with this status and this problem is.
 *
 * @param status undefined for an error inside a 200 that does not say which status it stands for
 */
export function kindOfProblem(status: number | undefined, problem: ProviderProblem): FailureKind {
  return kindOfCodes(status, problem.codes) ?? kindOfPhrases(status, problem.phrases) ?? kindOfStatus(status)
}

function kindOfCodes(status: number | undefined, codes: readonly string[]): FailureKind | undefined {
  for (const code of codes) {
    const kind = isKnownCode(code) ? KIND_OF_CODE[code.toLowerCase()] : undefined
    if (kind !== undefined && (status === undefined || OPEN_STATUSES[status]?.has(kind))) return kind
  }
  return undefined
}

function kindOfPhrases(status: number | undefined, phrases: string): FailureKind | undefined {
  if (!PHRASE_STATUSES.has(status)) return undefined
  return KIND_OF_PHRASE.find(([phrase]) => phrase.test(phrases))?.[1]
}

/**
 * What a status says by itself. A 4xx that is not here is about the request (400, 406, 411, 414, 415, 422, 431, …), and
 * no other target would take it; those here are about the host or what stands before it, so another target may.
 */
const KIND_OF_STATUS: Readonly<Record<number, FailureKind>> = {
  401: 'auth',
  402: 'quota',
  403: 'auth',
  404: 'not-found',
  405: 'protocol', // nothing there takes a POST: it is not the API
  407: 'connection', // a proxy on the way wants to know who we are
  408: 'timeout',
  409: 'server', // a lock that somebody else holds: it passes, and the official client retries it too
  410: 'not-found', // a model that was retired
  413: 'context-window',
  421: 'connection', // the connection leads to a host that does not serve this name
  424: 'server', // Bedrock: the model failed while it worked
  425: 'server', // too early: it passes
  426: 'protocol', // it does not speak our HTTP
  429: 'rate-limited',
  451: 'protocol', // a law, or whoever enforces it on the way, answers instead of the API
  460: 'server', // AWS's load balancer, for a connection that it takes to be closed
  498: 'overloaded', // Groq: no capacity left in the flex tier
  499: 'server', // nginx, for the same within the provider's own house; we are still here
  503: 'overloaded',
  529: 'overloaded',
}

function kindOfStatus(status: number | undefined): FailureKind {
  if (status === undefined) return 'server'
  const known = KIND_OF_STATUS[status]
  if (known !== undefined) return known
  if (status >= 500) return 'server'
  // A redirect is not followed, because the key would travel on; what is there is not the API.
  return status < 400 ? 'protocol' : 'invalid-request'
}
