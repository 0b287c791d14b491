/** The client's own structured outputs, for `.parse()`. */
import { parseChatCompletion, validateInputTools } from 'openai/lib/parser'
import type {
  ChatCompletion,
  ChatParamsNonStreaming,
  ExtractParsedContentFromParams,
  ParsedChatCompletion,
} from '../core/openai-types.ts'
import { isObject } from '../core/json-shape.ts'

type ParseParams = Omit<ChatParamsNonStreaming, 'model'> & { readonly model?: string }

/**
 * Checks that every function among the tools can be parsed.
 *
 * @throws the client's `OpenAIError`, naming a tool that is not strict
 */
export function validateParseTools({ tools }: Pick<ParseParams, 'tools'>): void {
  // What is no tool at all is left to the provider, which refuses it and says why.
  if (Array.isArray(tools)) validateInputTools(tools.filter(isTool))
}

function isTool(tool: unknown): boolean {
  return isObject(tool) && (tool['type'] !== 'function' || isObject(tool['function']))
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
