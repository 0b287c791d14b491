/**
 * The part of the Vercel AI SDK's provider interface that is used here, structurally: versions 2 to 4 of
 * `LanguageModelV*` in `@ai-sdk/provider` fit, whichever copy of that package they come from.
 */

export interface AiSdkModel {
  readonly specificationVersion: 'v2' | 'v3' | 'v4'
  /** `anthropic.messages`, `openai.chat`, … */
  readonly provider: string
  readonly modelId: string
  // A method, so that models whose options are typed more narrowly than ours still fit.
  doGenerate(options: AiSdkCallOptions): PromiseLike<object>
  /** Every model of the SDK has it; without it, this one does not stream. */
  doStream?(options: AiSdkCallOptions): PromiseLike<object>
}

/** What `doGenerate` and `doStream` are called with. */
export interface AiSdkCallOptions {
  prompt: AiSdkMessage[]
  maxOutputTokens?: number
  temperature?: number
  topP?: number
  topK?: number
  presencePenalty?: number
  frequencyPenalty?: number
  stopSequences?: string[]
  seed?: number
  responseFormat?: AiSdkResponseFormat
  tools?: AiSdkTool[]
  toolChoice?: AiSdkToolChoice
  reasoning?: AiSdkReasoning
  providerOptions?: AiSdkProviderOptions
  headers?: Record<string, string | undefined>
  abortSignal?: AbortSignal
}

export type AiSdkReasoning = 'none' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | 'max'

/** Anything, by provider name: it goes to the model as it came. */
// oxlint-disable-next-line typescript/no-explicit-any -- the SDK's own type is JSON, and ours must fit into it
export type AiSdkProviderOptions = Record<string, Record<string, any>>

export type AiSdkResponseFormat =
  | { type: 'text' }
  // oxlint-disable-next-line typescript/no-explicit-any -- a JSON schema
  | { type: 'json'; schema?: any; name?: string; description?: string }

export interface AiSdkTool {
  type: 'function'
  name: string
  description?: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a JSON schema
  inputSchema: any
  strict?: boolean
}

export type AiSdkToolChoice =
  { type: 'auto' } | { type: 'none' } | { type: 'required' } | { type: 'tool'; toolName: string }

export type AiSdkMessage =
  | { role: 'system'; content: string }
  | { role: 'user'; content: (AiSdkText | AiSdkFile)[] }
  | { role: 'assistant'; content: (AiSdkText | AiSdkToolCall)[] }
  | { role: 'tool'; content: AiSdkToolResult[] }

export interface AiSdkText {
  type: 'text'
  text: string
}

export interface AiSdkFile {
  type: 'file'
  mediaType: string
  filename?: string
  /** Version 4 wraps what 2 and 3 take bare: base64 text, or a URL. */
  // oxlint-disable-next-line typescript/no-explicit-any -- two shapes, chosen by the model's version
  data: any
}

export interface AiSdkToolCall {
  type: 'tool-call'
  toolCallId: string
  toolName: string
  input: unknown
}

export interface AiSdkToolResult {
  type: 'tool-result'
  toolCallId: string
  toolName: string
  output: { type: 'text'; value: string }
}
