import express, { type Express } from 'express'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { serveParent } from '../parent.ts'

/** Base URL of the provider, without `/v1`: the first argument of every server. */
export const upstream = process.argv[2] ?? ''

/** The app that all rows share: JSON bodies, one route. */
export function createApp(): Express {
  return express().use(express.json())
}

/** Listens, and tells the bench how much processor time was used, with whatever else `facts` knows. */
export async function serve(app: Express, facts: () => object = () => ({})): Promise<void> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  serveParent({ port: (server.address() as AddressInfo).port }, async (question) => {
    const { user, system } = process.cpuUsage()
    const memory = isAboutMemory(question) ? await memoryInUse() : {}
    return { cpuMs: (user + system) / 1000, clockMs: performance.now(), spans: 0, ...memory, ...facts() }
  })
}

function isAboutMemory(question: unknown): boolean {
  return typeof question === 'object' && question !== null && 'memory' in question
}

/** Needs `--expose-gc`. Twice, with a turn of the loop in between: some things are let go of by finalizers. */
async function memoryInUse(): Promise<object> {
  for (let round = 0; round < 2; round += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rssBytes: rss, heapBytes: heapUsed + external }
}
