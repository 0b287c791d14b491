import type { AnswerBody } from './completion.ts'
import { errorResponse } from './error.ts'
import type { FakeResponse } from './response.ts'
import { wholeFault } from './response.ts'
import type {
  BrokenBodyFault,
  BrokenConnectionFault,
  ContentFilterFault,
  ContextLengthFault,
  FaultStep,
} from './step.ts'

/** What a fault needs to know of the answer that it spoils. */
export interface SpoiltAnswer extends AnswerBody {
  readonly delayMs: number
  readonly promptTokens: number
}

const JSON_HEADERS = { 'content-type': 'application/json' }

export function faultResponse(step: FaultStep, answer: SpoiltAnswer): FakeResponse {
  const delayMs = step.delayMs ?? answer.delayMs
  const headers = { ...JSON_HEADERS, ...step.headers }
  const sound = { status: 200, headers, delayMs, usage: answer.usage }
  switch (step.fault) {
    case 'context-length':
      return contextLength({ ...step, delayMs }, answer.promptTokens)
    case 'content-filter':
      return step.form === 'azure' ? azureFilter({ ...step, delayMs }) : openaiFilter({ ...step, delayMs })
    case 'redirect':
      return wholeFault('', {
        status: step.status ?? 307,
        headers: { location: step.to, ...step.headers },
        delayMs,
      })
    case 'close-idle': {
      const after = step.when === 'at-next-request' ? 'close-at-next-request' : 'close'
      const body = JSON.stringify(answer.body)
      return { ...sound, kind: 'whole', body, isAnswer: true, contentEncoding: undefined, after }
    }
    case 'oversized':
      return { ...sound, kind: 'chunks', chunks: padded(answer.body, step.bytes), isAnswer: false }
    case 'reset':
    case 'reset-mid-body':
    case 'silence':
    case 'stall':
      return brokenConnection({ ...step, headers, delayMs }, answer)
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

type ReadyStep<S> = S & { readonly delayMs: number }

function brokenConnection(
  step: ReadyStep<BrokenConnectionFault> & { readonly headers: Readonly<Record<string, string>> },
  answer: SpoiltAnswer,
): FakeResponse {
  const { delayMs, headers } = step
  if (step.fault === 'silence') return { kind: 'silence' }
  if (step.fault === 'reset') return { kind: 'reset', delayMs }
  const text = JSON.stringify(answer.body)
  return {
    kind: 'partial',
    status: 200,
    headers,
    delayMs,
    usage: undefined,
    isAnswer: false,
    part: text.slice(0, text.length / 2),
    promisedBytes: Buffer.byteLength(text),
    ending: step.fault === 'stall' ? 'stall' : 'reset',
  }
}

const BROKEN_BODIES: Readonly<Record<BrokenBodyFault['fault'], (soundText: string) => string>> = {
  'wrong-json': (soundText) => soundText.slice(0, soundText.length / 2),
  html: () => '<!doctype html><html><head><title>Bad Gateway</title></head><body>Bad Gateway</body></html>',
  empty: () => '',
  'not-a-completion': () => JSON.stringify({ object: 'list', data: [] }),
  'error-in-200': () =>
    JSON.stringify({ error: { message: 'The server had an error.', type: 'server_error', code: null } }),
}

function brokenBody(step: ReadyStep<BrokenBodyFault>, answer: SpoiltAnswer): FakeResponse {
  const contentType = step.fault === 'html' ? 'text/html; charset=utf-8' : 'application/json'
  const headers = { 'content-type': contentType, ...step.headers }
  return wholeFault(BROKEN_BODIES[step.fault](JSON.stringify(answer.body)), { ...step, headers })
}

const PADDING = ' '.repeat(65_536)

/** White space after the last brace is still JSON; it comes first here so that a reader must take it all. */
function* padded(body: object, bytes: number): Generator<string> {
  const text = JSON.stringify(body)
  for (let left = bytes - Buffer.byteLength(text); left > 0; left -= PADDING.length) {
    yield left >= PADDING.length ? PADDING : PADDING.slice(0, left)
  }
  yield text
}
