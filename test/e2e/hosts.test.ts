import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { checkTypes, createWorkshop, runApp, type Workshop } from './installed-app.ts'

let workshop: Workshop

beforeAll(async () => {
  workshop = await createWorkshop()
})

afterAll(() => workshop.remove())

describe.each([
  { host: 'express 5', app: 'express', dependencies: { express: '^5.3.0' } },
  { host: 'express 4', app: 'express', dependencies: { express: '^4.22.3' } },
  { host: 'connect', app: 'connect', dependencies: { connect: '^3.7.0' } },
])('the packed package in an app on $host', ({ host, app, dependencies }) => {
  let folder: string

  beforeAll(async () => {
    folder = await workshop.install(host.replace(' ', '-'), dependencies)
  })

  test.each(['mjs', 'cjs'])('routes a call and answers an error, as a .%s file', async (extension) => {
    const { out, stderr } = await runApp(folder, `${app}.${extension}`)
    expect(out).toMatchObject({
      good: {
        status: 200,
        body: {
          answer: expect.stringMatching(/./),
          report: { outcome: 'success', target: 'fake/test-model', tier: 'cheap', attempts: [{ number: 1 }] },
        },
      },
      bad: {
        status: 404,
        type: 'application/problem+json; charset=utf-8',
        body: { code: 'model_not_found' },
      },
      seen: ['/v1/chat/completions'],
    })
    expect(stderr).toBe('')
  })
})

test('keeps its ledger in a file, in ES modules and CommonJS', async () => {
  const folder = await workshop.install('ledger', {})
  for (const extension of ['mjs', 'cjs']) {
    const { out, stderr } = await runApp(folder, `ledger.${extension}`)
    expect(out).toEqual({ calls: 1, targets: ['fake/test-model'] })
    expect(stderr).toBe('')
  }
})

test('types req.llm by being imported, in an app of strict TypeScript', async () => {
  const folder = await workshop.install('typed', {
    express: '^5.3.0',
    '@types/express': '^5.0.6',
    '@types/node': '^24.0.0',
  })
  expect(await checkTypes(folder)).toBe('')
})
