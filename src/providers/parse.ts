/** The client's own structured outputs, for `.parse()`. */
import { parseChatCompletion, validateInputTools } from 'openai/lib/parser'
import type {
  ChatCompletion,
  ChatParamsNonStreaming,
  ExtractParsedContentFromParams,
  ParsedChatCompletion,
} from '../core/openai-types.ts'

type ParseParams = Omit<ChatParamsNonStreaming, 'model'> & { readonly model?: string }

/**
 * Checks that every function among the tools can be parsed.
 *
 * @throws the client's `OpenAIError`, naming a tool that is not strict
 */
export function validateParseTools(params: Pick<ParseParams, 'tools'>): void {
  validateInputTools(params.tools)
}

/**
 * Parses the answer as the params' `response_format` and tools say.
 *
 * @throws what the schema throws, a SyntaxError on text that is no JSON, the client's errors on a cut answer
 */
export function parseChatAnswer<Params extends ParseParams>(
  completion: ChatCompletion,
  params: Params,
): ParsedChatCompletion<ExtractParsedContentFromParams<Params & ChatParamsNonStreaming>> {
  // The parser reads `response_format` and `tools` only; the model is whichever target answered.
  return parseChatCompletion(completion, { ...params, model: completion.model })
}
