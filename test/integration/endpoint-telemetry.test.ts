/** The door's calls in a trace: under the server's span, and by the mount's pattern where an instrumentation knows it. */
import { context, createContextKey, trace } from '@opentelemetry/api'
import express from 'express'
import { expect, test } from 'vitest'
import { saying } from '../support/app.ts'
import { aDoor } from '../support/door.ts'
import { aCapture } from './telemetry/captured.ts'

const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

test.each([false, true])(
  'a call belongs to the server span, which gets its cost (stream: %s)',
  async (stream) => {
    const captured = await aCapture()
    const door = await aDoor({
      // What the instrumentations of HTTP and Express do.
      mount: (endpoint) =>
        express().use('/:tenant/v1', (req, res, next) => {
          const span = trace.getTracer('http').startSpan('POST')
          const metadata = { type: 'http', span, route: '/:tenant/v1' }
          res.once('close', () => span.end())
          const here = trace.setSpan(context.active().setValue(RPC_METADATA, metadata), span)
          context.with(here, () => endpoint(req, res, next))
        }),
    })
    const url = door.baseURL.replace('/v1', '/acme/v1/chat/completions')
    const body = JSON.stringify({ model: 'cheap', stream, ...saying('hi') })
    await (await fetch(url, { method: 'POST', body })).text()
    await expect
      .poll(() => captured.spans().find(({ name }) => name === 'POST')?.attributes)
      .toMatchObject({
        'express_llm.request.call.count': 1,
        'express_llm.request.cost.total': expect.any(Number),
      })
    const [tree] = captured.tree()
    expect(tree).toMatchObject({ name: 'POST', children: [{ name: 'route cheap' }] })
    expect(door.lines.at(-1)?.fields['route']).toBe('/:tenant/v1/chat/completions')
  },
)
