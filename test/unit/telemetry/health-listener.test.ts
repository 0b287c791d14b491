import { expect, test } from 'vitest'
import type { HealthChange } from '../../../src/core/target-health.ts'
import { createHealthListener } from '../../../src/telemetry/health-listener.ts'
import { keptLogger, type LogLine } from '../../support/app.ts'
import { FIRST } from './some-calls.ts'

const OPENED: HealthChange = { target: FIRST.id, from: 'closed', to: 'open', cause: 'server' }

/** Tells one change after the other; what was logged and counted. */
function told(changes: readonly HealthChange[], onHealthChange?: (change: HealthChange) => unknown) {
  const lines: LogLine[] = []
  const counted: [string, HealthChange][] = []
  const listener = createHealthListener(
    { healthChanged: (target, change) => counted.push([target.id, change]) },
    { targets: new Map([[FIRST.id, FIRST]]), logger: keptLogger(lines), onHealthChange },
  )
  for (const change of changes) listener(change)
  return { lines, counted }
}

const AN_OUTAGE: readonly HealthChange[] = [
  OPENED,
  { target: FIRST.id, from: 'open', to: 'half-open', cause: 'probe' },
  { target: FIRST.id, from: 'half-open', to: 'open', cause: 'timeout' },
  { target: FIRST.id, from: 'open', to: 'half-open', cause: 'probe' },
  { target: FIRST.id, from: 'half-open', to: 'recovering', cause: 'answered' },
  { target: FIRST.id, from: 'recovering', to: 'closed', cause: 'answered' },
]

test('an outage is one warning, and one line when it is over, however many probes fail in between', () => {
  const { lines, counted } = told(AN_OUTAGE)
  expect(lines.filter(({ level }) => level !== 'debug')).toEqual([
    {
      level: 'warn',
      message: 'express-llm: azure-eu/gpt-4o is left alone for now: the provider failed (5xx)',
      fields: OPENED,
    },
    {
      level: 'info',
      message: 'express-llm: azure-eu/gpt-4o is asked as usual again',
      fields: AN_OUTAGE[5],
    },
  ])
  expect(lines).toHaveLength(6)
  expect(counted).toEqual(AN_OUTAGE.map((change) => [FIRST.id, change]))
})

test.each(['auth', 'quota', 'not-found'])('"%s" is warned of elsewhere, so not once more here', (cause) => {
  expect(told([{ ...OPENED, cause }]).lines.map(({ level }) => level)).toEqual(['debug'])
})

test('a cause that is no kind of failure is told in its own words', () => {
  const [line] = told([{ ...OPENED, cause: 'constructor' }]).lines
  expect(line).toMatchObject({ level: 'warn', message: expect.stringMatching(/: constructor$/) })
})

test('a target that the config does not have is not counted, since its labels would not be bounded', () => {
  const { lines, counted } = told([{ ...OPENED, target: 'who/knows' }])
  expect([counted, lines.length]).toEqual([[], 1])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('the pager is off')
    },
  ],
  ['rejects', () => Promise.reject(new Error('the pager is off'))],
])('the app is told at once; when its listener %s, that is logged', async (_how, fail) => {
  const seen: HealthChange[] = []
  const { lines } = told([OPENED], (change) => {
    seen.push(change)
    return fail()
  })
  expect(seen).toEqual([OPENED])
  await expect.poll(() => lines.at(-1)?.level).toBe('error')
  expect(lines.at(-1)).toEqual({
    level: 'error',
    message: 'express-llm: onHealthChange failed',
    fields: { ...OPENED, error: 'Error: the pager is off' },
  })
})
