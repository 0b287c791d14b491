/** The promise of shared limits, with real processes: eight keep one limit, and use it. */
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { aFake } from '../../support/app.ts'
import { aRedisServer, NO_REDIS } from '../../support/redis-server.ts'
import { runExample } from '../../support/run-example.ts'

const MEMBER = fileURLToPath(new URL('apps/member.ts', import.meta.url))
const PROCESSES = 8
/**
 * A minute in 12 s: everything that a limit counts is as much shorter, but for what this machine takes. That a request
 * arrives a tenth of a second late is half a second of a minute here.
 */
const MINUTE_MS = 12_000
const PER_MINUTE = 600

test.skipIf(NO_REDIS)(
  'eight processes that share 600 a minute stay within 2 % of it over three minutes',
  { timeout: 90_000 },
  async () => {
    const redis = await aRedisServer()
    const fake = await aFake()
    const arrivalsMs: number[] = []
    fake.always(() => {
      arrivalsMs.push(performance.now())
      return {}
    })
    const members = Array.from({ length: PROCESSES }, (_, index) => {
      const member = runExample([MEMBER], {
        FAKE_URL: fake.baseUrl,
        REDIS_URL: redis.url,
        MINUTE_MS: String(MINUTE_MS),
        CALLERS: '8',
        CLIENT: index % 2 === 0 ? 'node-redis' : 'ioredis',
        LIMITS: JSON.stringify({ requestsPerMinute: PER_MINUTE, queueMaxWaitMs: 60_000 }),
        NODE_NO_WARNINGS: '1',
      })
      onTestFinished(() => member.kill('SIGKILL'))
      return member
    })
    await Promise.all(members.map((member) => member.until(/ready/)))
    for (const member of members) member.kill('SIGUSR2')
    await waitFor(() => arrivalsMs.length > 0)
    const fromMs = arrivalsMs[0] ?? 0
    await waitFor(() => performance.now() > fromMs + 3 * MINUTE_MS)
    const counted = arrivalsMs.filter((ms) => ms < fromMs + 3 * MINUTE_MS)
    const most = Math.max(
      ...counted.map((from) => counted.filter((ms) => ms >= from && ms < from + MINUTE_MS).length),
    )
    for (const member of members) member.kill('SIGTERM')
    for (const member of members) {
      const [, ended = ''] = await member.until(/ended (.*)/)
      expect(JSON.parse(ended)).toMatchObject({ refused: 0, failed: 0 })
      // Nothing of ours keeps a process alive.
      expect(await member.ended()).toEqual({ code: 0, signal: null })
    }
    const admin = new Redis(redis.url)
    onTestFinished(() => admin.disconnect())
    const [, commands = ''] = /cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats')) ?? []
    // One for each call or less, and one a second for each process.
    const syncs = PROCESSES * ((performance.now() - fromMs) / 1_000)
    expect(Number(commands)).toBeLessThanOrEqual(arrivalsMs.length * 1.05 + syncs)
    expect(most).toBeLessThanOrEqual(PER_MINUTE * 1.02)
    expect(counted.length).toBeGreaterThanOrEqual(3 * PER_MINUTE * 0.98)
    expect(counted.length).toBeLessThanOrEqual(3 * PER_MINUTE * 1.02)
  },
)

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function waitFor(isSo: () => boolean): Promise<void> {
  while (!isSo()) await pause(5)
}
