/** A request in OpenAI's wire format, answered: the door and the in-process fetch differ only in how they carry it. */
import { randomUUID } from 'node:crypto'
import type { EmbeddingResponse } from '../core/openai-types.ts'
import { LlmError } from '../core/llm-error.ts'
import type { CallReport } from '../core/report.ts'
import { runCall } from '../router/call.ts'
import { causeText, placeOf } from '../router/call-error.ts'
import type { CallStream } from '../router/call-stream.ts'
import type { RouterState } from '../router/router-state.ts'
import { runStream } from '../router/run-stream.ts'
import { headerText, usdText } from './header-text.ts'
import { modelList } from './model-list.ts'
import type { LlmScope } from './scope.ts'
import { completeAnswer } from './wire-completion.ts'
import { wireError } from './wire-error.ts'
import { WireRefusal } from './wire-refusal.ts'
import { wireParams, type WireLimits, type WirePlace } from './wire-request.ts'

/** Where calls in wire format are made, and for whom. */
export type WireScope = Omit<LlmScope, 'totals'>

export interface WireRequest {
  readonly place: WirePlace
  /** Parsed; looked at only where something is posted. */
  readonly body: unknown
  readonly limits: WireLimits
  /** Tell target, tier, attempts and cost in headers? The call's id is always told. */
  readonly isReported: boolean
}

interface AnswerHead {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** An answer to be sent as JSON. */
export interface WholeAnswer extends AnswerHead {
  readonly body: object
  readonly stream?: undefined
}

/** An answer to be sent as server-sent events. */
export interface StreamedAnswer extends AnswerHead {
  readonly stream: CallStream
}

export type WireAnswer = WholeAnswer | StreamedAnswer

/** Answers, whatever happens: a failure is an answer too. */
export async function answerWire(scope: WireScope, request: WireRequest): Promise<WireAnswer> {
  try {
    return await answer(scope, request)
  } catch (thrown) {
    return failedAnswer(scope.state, thrown)
  }
}

/**
 * The answer to what went wrong; what no call has told the log of, and is our side's fault, is told here. Where there was
 * no call, `x-request-id` is an id of the failure.
 */
export function failedAnswer({ config }: Pick<RouterState, 'config'>, thrown: unknown): WholeAnswer {
  const error = wireError(thrown)
  const headers = { ...JSON_HEADERS, 'x-request-id': randomUUID(), ...error.headers }
  if (error.status >= 500) tellLog(config.logger, thrown, headers['x-request-id'])
  return { ...error, headers }
}

function tellLog(logger: RouterState['config']['logger'], thrown: unknown, requestId: string): void {
  if (thrown instanceof LlmError) {
    // The call's own line has said it.
    if (thrown.report !== undefined) return
    const cause = causeText(thrown)
    logger.error(`express-llm: ${thrown.message}`, { requestId, ...(cause === undefined ? {} : { cause }) })
    return
  }
  if (thrown instanceof WireRefusal) logger.error(`express-llm: ${thrown.message}`, { requestId })
  else
    logger.error('express-llm: a request failed inside this package', {
      requestId,
      cause: thrown instanceof Error ? placeOf(thrown) : typeof thrown,
    })
}

function answer(scope: WireScope, request: WireRequest): Promise<WireAnswer> {
  const { place, body, limits } = request
  switch (place.operation) {
    case 'models':
    case 'model':
      return answerModels(scope, place)
    case 'embeddings':
      return answerEmbeddings(scope, request, wireParams('embeddings', body, limits))
    case 'chat': {
      const params = wireParams('chat', body, limits)
      return params['stream'] === true
        ? answerStream(scope, request, params)
        : answerChat(scope, request, params)
    }
  }
}

type Params = Readonly<Record<string, unknown>>

async function answerChat(scope: WireScope, request: WireRequest, params: Params): Promise<WireAnswer> {
  const input = { operation: 'chat', params, options: scope.bound, binding: scope.binding } as const
  const result = await runCall(scope.state, input)
  const report = result.report()
  const body = completeAnswer(result.answer.data, {
    id: `chatcmpl-${report.callId}`,
    model: report.requestedModel ?? 'auto',
    createdMs: scope.state.config.clock.now(),
  })
  return answered(body, request, report)
}

async function answerStream(scope: WireScope, request: WireRequest, params: Params): Promise<WireAnswer> {
  const input = { operation: 'chat', params, options: scope.bound, binding: scope.binding } as const
  const stream = await runStream(scope.state, input)
  const { callId, target, tier, attemptCount } = stream.committed
  const headers = reportHeaders({ callId, target, tier, attemptCount }, request.isReported)
  return { status: 200, headers: { 'x-content-type-options': 'nosniff', ...headers }, stream }
}

async function answerEmbeddings(scope: WireScope, request: WireRequest, params: Params): Promise<WireAnswer> {
  // Not every service knows base64, and clients ask for it unasked: vectors are fetched in the form that the service
  // has, and put into the one that was asked for here.
  const { encoding_format: format, ...rest } = params
  const input = {
    operation: 'embeddings',
    params: rest,
    options: scope.bound,
    binding: scope.binding,
  } as const
  const result = await runCall(scope.state, input)
  const { data } = result.answer
  return answered(format === 'base64' ? inBase64(data) : data, request, result.report())
}

/** Little-endian 32-bit floats, as OpenAI sends them. */
function inBase64(response: EmbeddingResponse): object {
  const data = response.data.map((item) => ({
    ...item,
    embedding: Buffer.from(Float32Array.from(item.embedding).buffer).toString('base64'),
  }))
  return { ...response, data }
}

async function answerModels({ state, binding }: WireScope, place: WirePlace): Promise<WireAnswer> {
  const models = modelList(state.config, await binding.caller())
  if (place.operation !== 'model')
    return { status: 200, headers: JSON_HEADERS, body: { object: 'list', data: models } }
  const model = models.find(({ id }) => id === place.id)
  if (model === undefined) {
    const message = 'There is no such model, or it is not open to you. GET /models lists what is.'
    throw new WireRefusal({ status: 404, code: 'model_not_found', message, param: 'model' })
  }
  return { status: 200, headers: JSON_HEADERS, body: model }
}

/** Nobody may keep an answer, or take it for a page. */
const JSON_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
} as const

function answered(body: object, { isReported }: WireRequest, report: CallReport): WireAnswer {
  const { attempts, ...facts } = report
  const headers = reportHeaders({ ...facts, attemptCount: attempts.length }, isReported)
  return { status: 200, headers: { ...JSON_HEADERS, ...headers }, body }
}

type Reported = Pick<CallReport, 'callId' | 'costUsd'> & {
  readonly target?: string | undefined
  readonly tier?: string | undefined
  readonly costStatus?: string
  readonly attemptCount: number
}

function reportHeaders(facts: Reported, isReported: boolean): Record<string, string> {
  const { callId, target, tier, attemptCount, costUsd, costStatus } = facts
  const ids = { 'x-request-id': callId, 'x-llm-call-id': callId }
  if (!isReported) return ids
  return {
    ...ids,
    ...header('x-llm-target', target),
    ...header('x-llm-tier', tier),
    'x-llm-attempts': String(attemptCount),
    ...header('x-llm-cost-usd', costUsd === undefined ? undefined : usdText(costUsd)),
    ...header('x-llm-cost-status', costStatus),
  }
}

function header(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: headerText(value) }
}
