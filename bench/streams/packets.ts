/** A streamed answer as bytes, made once: the upstream writes nothing but what stands here. */
import { PACES, type Pace, type PaceName } from './paces.ts'

/** The first content of every answer, as its JSON has it. */
export const FIRST_CONTENT = '"content":"Once"'

/** One answer's network packets in order: HTTP head and first content, the rest, the end. */
export type Packets = readonly Buffer[]

export interface PacketTable {
  packetsFor(pace: PaceName, isUsageAsked: boolean): Packets
}

export function createPacketTable(): PacketTable {
  const made = new Map<string, Packets>()
  return {
    packetsFor(pace, isUsageAsked) {
      const key = `${pace} ${isUsageAsked}`
      const packets = made.get(key) ?? packetsOf(PACES[pace], isUsageAsked)
      made.set(key, packets)
      return packets
    },
  }
}

const HEAD = [
  'HTTP/1.1 200 OK',
  'content-type: text/event-stream; charset=utf-8',
  'transfer-encoding: chunked',
  'connection: keep-alive',
  'x-request-id: req_0f6c1e7b2d9a4c38',
  'openai-processing-ms: 1',
  '',
  '',
].join('\r\n')

const END = '0\r\n\r\n'

/** Each packet is one chunk of HTTP's own. */
export function packetsOf(pace: Pace, isUsageAsked: boolean): Packets {
  const [role = '', first = '', ...events] = eventsOf(pace, isUsageAsked)
  const packets = [HEAD + framed(role + first)]
  for (let start = 0; start < events.length; start += pace.chunksPerPacket) {
    packets.push(framed(events.slice(start, start + pace.chunksPerPacket).join('')))
  }
  packets.push(framed('data: [DONE]\n\n') + END)
  return packets.map((text) => Buffer.from(text))
}

function framed(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}

const WORDS = ' upon a time there was a model that wrote one small token after another'.split(/(?= )/)

function eventsOf({ contentChunks }: Pace, isUsageAsked: boolean): string[] {
  const contents = Array.from({ length: contentChunks }, (_, index) =>
    index === 0 ? 'Once' : WORDS[index % WORDS.length],
  )
  const choices = [
    choice({ role: 'assistant', content: '', refusal: null }),
    ...contents.map((content) => choice({ content })),
    choice({}, 'stop'),
  ]
  // As OpenAI does: who asks for usage is told in every chunk that it comes later.
  const events = choices.map((each) => eventOf([each], isUsageAsked ? { usage: null } : {}))
  return isUsageAsked ? [...events, eventOf([], { usage: usageOf(contentChunks) })] : events
}

function choice(delta: object, finishReason: string | null = null): object {
  return { index: 0, delta, logprobs: null, finish_reason: finishReason }
}

function eventOf(choices: readonly object[], usage: object): string {
  const chunk = {
    id: 'chatcmpl-BwXk2sQ9fT3LrYv8HnPz5aJd',
    object: 'chat.completion.chunk',
    created: 1_763_700_000,
    model: 'gpt-4o-mini-2024-07-18',
    service_tier: 'default',
    system_fingerprint: 'fp_560af6e559',
    choices,
    ...usage,
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

function usageOf(completionTokens: number): object {
  return {
    prompt_tokens: 43,
    completion_tokens: completionTokens,
    total_tokens: 43 + completionTokens,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  }
}
