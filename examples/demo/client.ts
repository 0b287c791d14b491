import type { CallReport, LlmProblem } from 'express-llm'
import { REPORT_HEADER } from './app.ts'
import type { DemoRequest } from './traffic.ts'

/** What the app's client got back, over HTTP: the tables' only source. */
export interface Exchange {
  readonly request: DemoRequest
  readonly status: number
  readonly report: CallReport
  /** Set when the call was refused or failed. */
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
  if (response.ok)
    return { request, status, report: (body as { report: CallReport }).report, problem: undefined }
  const report = JSON.parse(decodeURIComponent(response.headers.get(REPORT_HEADER) ?? '')) as CallReport
  return { request, status, report, problem: body as LlmProblem }
}
