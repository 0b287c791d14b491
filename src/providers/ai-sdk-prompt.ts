import type {
  AiSdkFile,
  AiSdkMessage,
  AiSdkModel,
  AiSdkText,
  AiSdkToolCall,
  AiSdkToolResult,
} from './ai-sdk-model.ts'
import { fieldOf, isObject, type JsonObject, textOf } from '../core/json-shape.ts'

/** What cannot be put into the AI SDK's words, as a reason. */
export class Untranslatable extends Error {
  override readonly name = 'Untranslatable'
}

type Version = AiSdkModel['specificationVersion']

/**
 * OpenAI's messages as a prompt of the AI SDK.
 *
 * @throws {Untranslatable} with the reason
 */
export function toPrompt(messages: unknown, version: Version): AiSdkMessage[] {
  if (!Array.isArray(messages)) throw new Untranslatable('"messages" is no list')
  // Results of tools carry the tool's name there, and OpenAI's only the call's id.
  const toolNames = new Map<string, string>()
  return messages.map((message) => toMessage(message, { version, toolNames }))
}

interface PromptState {
  readonly version: Version
  readonly toolNames: Map<string, string>
}

function toMessage(message: unknown, state: PromptState): AiSdkMessage {
  if (!isObject(message)) throw new Untranslatable('a message is no object')
  const { role, content, name } = message
  if (name !== undefined && role !== 'function') {
    throw new Untranslatable('the AI SDK has no "name" in messages')
  }
  switch (role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: plainText(content) }
    case 'user':
      return { role: 'user', content: userParts(content, state.version) }
    case 'assistant':
      return { role: 'assistant', content: assistantParts(message, state) }
    case 'tool':
      return { role: 'tool', content: [toolResult(message, state)] }
    case 'function':
      throw new Untranslatable('the AI SDK has no messages of role "function"')
    default:
      throw new Untranslatable('the AI SDK has no messages of such a role')
  }
}

function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  const parts = partsOf(content)
  if (parts.some((part) => part['type'] !== 'text'))
    throw new Untranslatable('the AI SDK takes text only in this role')
  return parts.map((part) => textOf(part['text']) ?? '').join('')
}

/** Nothing may get lost on the way: what is no content is told. */
function partsOf(content: unknown): readonly JsonObject[] {
  if (!Array.isArray(content) || !content.every(isObject)) {
    throw new Untranslatable('the content of a message is neither text nor a list of parts')
  }
  return content
}

function userParts(content: unknown, version: Version): (AiSdkText | AiSdkFile)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return partsOf(content).map((part) => {
    switch (part['type']) {
      case 'text':
        return { type: 'text', text: textOf(part['text']) ?? '' }
      case 'image_url':
        return imageFile(textOf(fieldOf(part['image_url'], 'url')), version)
      case 'input_audio':
        return audioFile(part['input_audio'], version)
      case 'file':
        return documentFile(part['file'], version)
      default:
        throw new Untranslatable('the AI SDK has no content parts of such a type')
    }
  })
}

function imageFile(url: string | undefined, version: Version): AiSdkFile {
  const data = url === undefined ? undefined : parseDataUrl(url)
  if (data !== undefined)
    return { type: 'file', mediaType: data.mediaType, data: inlineData(data.base64, version) }
  if (url === undefined || !URL.canParse(url)) throw new Untranslatable('an "image_url" is no URL')
  return { type: 'file', mediaType: 'image/*', data: urlData(new URL(url), version) }
}

const AUDIO_TYPES: ReadonlyMap<unknown, string> = new Map([
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mpeg'],
])

function audioFile(audio: unknown, version: Version): AiSdkFile {
  const base64 = textOf(fieldOf(audio, 'data'))
  const mediaType = AUDIO_TYPES.get(fieldOf(audio, 'format'))
  if (base64 === undefined || mediaType === undefined)
    throw new Untranslatable('"input_audio" is neither wav nor mp3')
  return { type: 'file', mediaType, data: inlineData(base64, version) }
}

function documentFile(file: unknown, version: Version): AiSdkFile {
  const data = parseDataUrl(textOf(fieldOf(file, 'file_data')) ?? '')
  if (data === undefined)
    throw new Untranslatable('the AI SDK takes files as data URLs only, not by their id')
  const filename = textOf(fieldOf(file, 'filename'))
  return {
    type: 'file',
    mediaType: data.mediaType,
    data: inlineData(data.base64, version),
    ...(filename === undefined ? {} : { filename }),
  }
}

function inlineData(base64: string, version: Version): unknown {
  return version === 'v4' ? { type: 'data', data: base64 } : base64
}

function urlData(url: URL, version: Version): unknown {
  return version === 'v4' ? { type: 'url', url } : url
}

function parseDataUrl(url: string): { mediaType: string; base64: string } | undefined {
  // By hand: a regular expression over megabytes of base64 is slow, and a long one overflows its stack.
  const comma = url.indexOf(',')
  if (!url.startsWith('data:') || comma === -1) return undefined
  const [mediaType = '', ...attributes] = url.slice('data:'.length, comma).split(';')
  if (mediaType === '' || !attributes.includes('base64')) return undefined
  return { mediaType, base64: url.slice(comma + 1) }
}

function assistantParts(message: JsonObject, state: PromptState): (AiSdkText | AiSdkToolCall)[] {
  if (isObject(message['function_call'])) throw new Untranslatable('the AI SDK has no "function_call"')
  if (isObject(message['audio'])) throw new Untranslatable('the AI SDK cannot refer to earlier audio')
  const texts = [...spokenTexts(message['content']), textOf(message['refusal']) ?? '']
  const spoken = texts.filter((text) => text !== '').map((text): AiSdkText => ({ type: 'text', text }))
  const calls: unknown = message['tool_calls'] ?? []
  if (!Array.isArray(calls)) throw new Untranslatable('"tool_calls" is no list')
  return [...spoken, ...calls.map((call) => toToolCall(call, state))]
}

function spokenTexts(content: unknown): readonly string[] {
  // An answer that is nothing but tool calls.
  if (content === undefined || content === null) return []
  return typeof content === 'string' ? [content] : partsOf(content).map(textOfPart)
}

function toToolCall(call: unknown, { toolNames }: PromptState): AiSdkToolCall {
  if (fieldOf(call, 'type') === 'custom') throw new Untranslatable('the AI SDK has no tools of type "custom"')
  const toolCallId = textOf(fieldOf(call, 'id'))
  const definition = fieldOf(call, 'function')
  const toolName = textOf(fieldOf(definition, 'name'))
  if (fieldOf(call, 'type') !== 'function' || toolCallId === undefined || toolName === undefined) {
    throw new Untranslatable('a tool call has not the id, type and name of one')
  }
  toolNames.set(toolCallId, toolName)
  return { type: 'tool-call', toolCallId, toolName, input: toInput(fieldOf(definition, 'arguments')) }
}

function textOfPart(part: JsonObject): string {
  return textOf(part['text']) ?? textOf(part['refusal']) ?? ''
}

/** Arguments that a model wrote may be no JSON; then they go on as the text that they are. */
function toInput(text: unknown): unknown {
  if (typeof text !== 'string') throw new Untranslatable('the arguments of a tool call are no text')
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function toolResult(message: JsonObject, { toolNames }: PromptState): AiSdkToolResult {
  const toolCallId = textOf(message['tool_call_id'])
  const toolName = toolCallId === undefined ? undefined : toolNames.get(toolCallId)
  if (toolCallId === undefined || toolName === undefined) {
    throw new Untranslatable('a tool result answers no call in the conversation')
  }
  const output = { type: 'text', value: plainText(message['content']) } as const
  return { type: 'tool-result', toolCallId, toolName, output }
}
