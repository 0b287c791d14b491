import express from 'express'
import { costApi } from '../../src/endpoints/cost-api.ts'
import type { CostApiOptions } from '../../src/endpoints/cost-api-options.ts'
import type { Router } from '../../src/surface/router.ts'
import { served } from './app.ts'

export interface CostApiClient {
  /** `http://127.0.0.1:{port}/llm` */
  readonly url: string
  get(path: string, init?: RequestInit): Promise<Response>
  /** @throws where the answer is none with the status 200 */
  json(path: string): Promise<never>
  /** The problem that it answers with. */
  problem(path: string, init?: RequestInit): Promise<Readonly<Record<string, unknown>>>
}

/** A cost API at /llm of an Express app; anybody may read unless the options say otherwise. */
export async function aCostApi(
  router: Router,
  options: Partial<CostApiOptions> = {},
): Promise<CostApiClient> {
  const app = express()
  app.use('/llm', costApi(router, { authorize: () => true, ...options }))
  return clientOf(`${await served(app)}/llm`)
}

export function clientOf(url: string): CostApiClient {
  const get = (path: string, init?: RequestInit): Promise<Response> => fetch(`${url}${path}`, init)
  return {
    url,
    get,
    async json(path) {
      const response = await get(path)
      const text = await response.text()
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`)
      return JSON.parse(text) as never
    },
    async problem(path, init) {
      const response = await get(path, init)
      const type = response.headers.get('content-type')
      if (type !== 'application/problem+json; charset=utf-8') throw new Error(`${response.status} ${type}`)
      return { ...(JSON.parse(await response.text()) as object), status: response.status }
    },
  }
}
