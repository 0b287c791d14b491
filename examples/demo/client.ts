import type { CallReport, LlmProblem } from 'express-llm'
import type { DemoRequest } from './traffic.ts'

/** What the app's client got back, over HTTP: the table's only source. */
export interface Exchange {
  readonly request: DemoRequest
  readonly status: number
  /** Of an answered call. */
  readonly report: CallReport | undefined
  /** Of a refused or failed one. */
  readonly problem: LlmProblem | undefined
}

/** Sends one request to the app, as its user's browser would. */
export async function send(origin: string, request: DemoRequest, signal: AbortSignal): Promise<Exchange> {
  const response = await fetch(origin + request.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': request.user },
    body: JSON.stringify(request.body),
    signal,
  })
  const body: unknown = await response.json()
  const { status } = response
  if (!response.ok) return { request, status, report: undefined, problem: body as LlmProblem }
  const { report } = body as { report: CallReport }
  return { request, status, report, problem: undefined }
}
