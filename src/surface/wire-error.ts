import type { LlmError } from '../core/llm-error.ts'

/** `error` of an answer in OpenAI's words. */
export interface WireErrorBody {
  readonly error: {
    readonly message: string
    readonly type: string
    readonly param: string | null
    readonly code: string | null
  }
}

/** What an outsider may know of a failed call, in OpenAI's words. */
export function wireErrorBody(error: LlmError): WireErrorBody {
  return {
    error: { message: error.message, type: 'api_error', param: error.param ?? null, code: error.code },
  }
}
