import type { ChatMessage, ChatParams } from '../core/openai-types.ts'
import type { AiSdkFile, AiSdkMessage, AiSdkModel, AiSdkText, AiSdkToolCall } from './ai-sdk-model.ts'
import { fieldOf, isObject, objectsOf, textOf } from './json-shape.ts'

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
export function toPrompt(messages: ChatParams['messages'], version: Version): AiSdkMessage[] {
  // Results of tools carry the tool's name there, and OpenAI's only the call's id.
  const toolNames = new Map<string, string>()
  return messages.map((message) => toMessage(message, { version, toolNames }))
}

interface PromptState {
  readonly version: Version
  readonly toolNames: Map<string, string>
}

function toMessage(message: ChatMessage, state: PromptState): AiSdkMessage {
  if ('name' in message && message.name !== undefined && message.role !== 'function') {
    throw new Untranslatable('the AI SDK has no "name" in messages')
  }
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: plainText(message.content) }
    case 'user':
      return { role: 'user', content: userParts(message.content, state.version) }
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
  const parts = objectsOf(content)
  if (parts.some((part) => part['type'] !== 'text'))
    throw new Untranslatable('the AI SDK takes text only in this role')
  return parts.map((part) => textOf(part['text']) ?? '').join('')
}

function userParts(content: unknown, version: Version): (AiSdkText | AiSdkFile)[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return objectsOf(content).map((part) => {
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

const AUDIO_TYPES: Readonly<Record<string, string>> = { wav: 'audio/wav', mp3: 'audio/mpeg' }

function audioFile(audio: unknown, version: Version): AiSdkFile {
  const base64 = textOf(fieldOf(audio, 'data'))
  const mediaType = AUDIO_TYPES[String(fieldOf(audio, 'format'))]
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

type AssistantMessage = Extract<ChatMessage, { role: 'assistant' }>

function assistantParts(
  message: AssistantMessage,
  { toolNames }: PromptState,
): (AiSdkText | AiSdkToolCall)[] {
  if (isObject(message.function_call)) throw new Untranslatable('the AI SDK has no "function_call"')
  if (isObject(message.audio)) throw new Untranslatable('the AI SDK cannot refer to earlier audio')
  const texts =
    typeof message.content === 'string' ? [message.content] : objectsOf(message.content).map(textOfPart)
  const spoken = [...texts, textOf(message.refusal) ?? ''].filter((text) => text !== '')
  const calls = (message.tool_calls ?? []).map((call): AiSdkToolCall => {
    if (call.type !== 'function') throw new Untranslatable('the AI SDK has no tools of type "custom"')
    toolNames.set(call.id, call.function.name)
    return {
      type: 'tool-call',
      toolCallId: call.id,
      toolName: call.function.name,
      input: toInput(call.function.arguments),
    }
  })
  return [...spoken.map((text): AiSdkText => ({ type: 'text', text })), ...calls]
}

function textOfPart(part: Readonly<Record<string, unknown>>): string {
  return textOf(part['text']) ?? textOf(part['refusal']) ?? ''
}

/** Arguments that a model wrote may be no JSON; then they go on as the text that they are. */
function toInput(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function toolResult(
  message: Extract<ChatMessage, { role: 'tool' }>,
  { toolNames }: PromptState,
): Extract<AiSdkMessage, { role: 'tool' }>['content'][number] {
  const toolName = toolNames.get(message.tool_call_id)
  if (toolName === undefined) throw new Untranslatable('a tool result answers no call in the conversation')
  const output = { type: 'text', value: plainText(message.content) } as const
  return { type: 'tool-result', toolCallId: message.tool_call_id, toolName, output }
}
