import type { SoundAnswer } from './answer.ts'
import { errorResponse } from './error.ts'
import type { FakeResponse } from './response.ts'
import { wholeFault } from './response.ts'
import type {
  BrokenBodyFault,
  CloseIdleFault,
  ContentFilterFault,
  ContextLengthFault,
  FaultStep,
  OversizedFault,
} from './step.ts'
import type { StreamEvent } from './stream-events.ts'
import { plainEvent } from './stream-events.ts'
import { spoiltAnswer } from './stream-fault.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }

export function faultResponse(step: FaultStep, answer: SoundAnswer): FakeResponse {
  const { delayMs } = answer
  switch (step.fault) {
    case 'context-length':
      return contextLength({ ...step, delayMs }, answer.promptTokens)
    case 'content-filter':
      return step.form === 'azure' ? azureFilter({ ...step, delayMs }) : openaiFilter({ ...step, delayMs })
    case 'redirect': {
      const headers = { location: step.to, ...step.headers }
      return wholeFault('', { status: step.status ?? 307, headers, delayMs })
    }
    case 'close-idle':
      return closeIdle(step, answer)
    case 'oversized':
      return oversized(step, answer)
    case 'silence':
      return { kind: 'silence' }
    case 'reset':
      return { kind: 'reset', delayMs }
    case 'reset-mid-body':
      return spoiltAnswer({ ...step, fault: 'cut', how: 'reset' }, answer)
    case 'cut':
    case 'stall':
    case 'malformed':
    case 'stream-error':
      return spoiltAnswer(step, answer)
    case 'wrong-json':
    case 'html':
    case 'empty':
    case 'not-a-completion':
    case 'error-in-200':
  }
  return brokenBody({ ...step, delayMs }, answer)
}

function contextLength(step: ContextLengthFault, promptTokens: number): FakeResponse {
  const limit = step.limitTokens ?? 8192
  const asked = Math.max(promptTokens, limit + 1)
  return errorResponse({
    ...step,
    status: 400,
    code: 'context_length_exceeded',
    param: 'messages',
    message:
      `This model's maximum context length is ${limit} tokens. However, your messages resulted in ` +
      `${asked} tokens. Please reduce the length of the messages.`,
  })
}

function openaiFilter(step: ContentFilterFault): FakeResponse {
  return errorResponse({
    ...step,
    status: 400,
    code: 'invalid_prompt',
    message:
      'Invalid prompt: your prompt was flagged as potentially violating our usage policy. ' +
      'Please try again with a different prompt.',
  })
}

function azureFilter(step: ContentFilterFault): FakeResponse {
  const safe = { filtered: false, severity: 'safe' }
  const error = {
    message:
      "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. " +
      'Please modify your prompt and retry.',
    type: null,
    param: 'prompt',
    code: 'content_filter',
    status: 400,
    innererror: {
      code: 'ResponsibleAIPolicyViolation',
      content_filter_result: {
        hate: safe,
        self_harm: safe,
        sexual: safe,
        violence: { filtered: true, severity: 'medium' },
      },
    },
  }
  return wholeFault({ error }, { ...step, status: 400 })
}

function closeIdle(
  step: CloseIdleFault,
  { body, usage, delayMs, stream, isStreamed }: SoundAnswer,
): FakeResponse {
  const after = step.when === 'at-next-request' ? 'close-at-next-request' : 'close'
  if (isStreamed) return { ...stream, after }
  const headers = { ...JSON_HEADERS, ...step.headers }
  return { ...wholeFault(body, { headers, delayMs }), usage, isAnswer: true, after }
}

const BROKEN_BODIES: Readonly<Record<BrokenBodyFault['fault'], (soundText: string) => string>> = {
  'wrong-json': (soundText) => soundText.slice(0, soundText.length / 2),
  html: () => '<!doctype html><html><head><title>Bad Gateway</title></head><body>Bad Gateway</body></html>',
  empty: () => '',
  'not-a-completion': () => JSON.stringify({ object: 'list', data: [] }),
  'error-in-200': () =>
    JSON.stringify({ error: { message: 'The server had an error.', type: 'server_error', code: null } }),
}

function brokenBody(step: BrokenBodyFault & { readonly delayMs: number }, answer: SoundAnswer): FakeResponse {
  const contentType = step.fault === 'html' ? 'text/html; charset=utf-8' : 'application/json'
  const headers = { 'content-type': contentType, ...step.headers }
  return wholeFault(BROKEN_BODIES[step.fault](JSON.stringify(answer.body)), { ...step, headers })
}

function oversized(step: OversizedFault, { body, stream, isStreamed }: SoundAnswer): FakeResponse {
  const sound = isStreamed ? stream.events : [plainEvent(JSON.stringify(body))]
  const events = { [Symbol.iterator]: () => padded(sound, step.bytes) }
  return isStreamed
    ? { ...stream, events }
    : { ...stream, events, headers: { ...JSON_HEADERS, ...step.headers } }
}

const PADDING = ' '.repeat(65_536)

/** White space before the first brace is still JSON, and a reader must take it all before anything comes. */
function* padded(events: Iterable<StreamEvent>, bytes: number): Generator<StreamEvent> {
  let left = bytes
  for (const { text } of events) left -= Buffer.byteLength(text)
  let isFirst = true
  for (const event of events) {
    if (isFirst) {
      isFirst = false
      const at = event.text.indexOf('{')
      yield plainEvent(event.text.slice(0, at))
      for (; left > 0; left -= PADDING.length) yield plainEvent(PADDING.slice(0, left))
      yield { ...event, text: event.text.slice(at) }
    } else {
      yield event
    }
  }
}
