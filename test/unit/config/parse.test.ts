import { describe, expect, test } from 'vitest'
import { LlmError } from '../../../src/core/llm-error.ts'
import { errorOf, KEYS, messageOf, parse, recordingLogger, RIGHT } from './some-options.ts'

describe('right options', () => {
  test('become complete: targets by id, in order, with defaults', () => {
    const config = parse(RIGHT)
    expect([...config.tiers.keys()]).toEqual(['premium', 'cheap'])
    expect(config.tiers.get('cheap')?.map(({ id }) => id)).toEqual([
      'groq/openai/gpt-oss-20b',
      'openai/gpt-4o-mini',
    ])
    expect(config.defaultTier).toBe('cheap')
    expect([...config.providers.keys()].toSorted()).toEqual(['groq', 'openai'])
    expect(config.timeouts).toEqual({
      attemptMs: 120_000,
      reasoningAttemptMs: 600_000,
      callMs: 600_000,
      identifyMs: 10_000,
      firstTokenMs: undefined,
      reasoningFirstTokenMs: undefined,
      betweenTokensMs: 30_000,
      reasoningBetweenTokensMs: 120_000,
      abandonedMs: 120_000,
    })
    expect(config.streams).toEqual({ afterCut: 'error', bufferMaxBytes: 4 * 1024 * 1024 })
    expect(config.health).toEqual({
      enabled: true,
      consecutiveFailures: 5,
      failureRate: 0.5,
      minAttempts: 10,
      windowMs: 30_000,
      openMs: 5_000,
      longCooldownMs: 600_000,
      cooldownMaxMs: 3_600_000,
    })
    expect(config.onHealthChange).toBeUndefined()
    expect(config.hedge).toEqual({
      enabled: false,
      tiers: undefined,
      tasks: undefined,
      routes: undefined,
      afterMs: undefined,
      minAfterMs: 50,
      maxShare: 0.05,
    })
    expect(config.retry).toMatchObject({ retriesPerTarget: 1, patienceMs: 3_000, maxAttempts: undefined })
    expect(config.transport).toMatchObject({ kind: 'undici', connections: 4_096, proxyUrl: undefined })
    expect(config.responseHeaders).toEqual({ serverTiming: false, report: false })
    expect(config.telemetry.semconv).toBe('latest')
  })

  test('split a target at its first slash only', () => {
    const target = parse(RIGHT).targets.get('groq/openai/gpt-oss-20b')
    expect(target).toMatchObject({ instance: 'groq', model: 'openai/gpt-oss-20b', provider: 'groq' })
    expect(target?.server).toEqual({ address: 'api.groq.com', port: 443 })
  })

  test('give one and the same target to all tiers that name it', () => {
    const config = parse({
      ...RIGHT,
      tiers: { a: ['openai/gpt-4o'], b: ['openai/gpt-4o'] },
      defaultTier: 'a',
    })
    expect(config.tiers.get('a')?.[0]).toBe(config.tiers.get('b')?.[0])
  })

  test('need no default tier where there is one tier only', () => {
    expect(parse({ tiers: { only: ['openai/gpt-4o'] }, env: KEYS }).defaultTier).toBe('only')
  })

  test('take an option that is undefined for one that is not given', () => {
    const config = parse({
      ...RIGHT,
      tasks: undefined,
      retry: { patienceMs: undefined },
      timeouts: undefined,
    })
    expect(config.retry.patienceMs).toBe(3_000)
  })

  test.each([
    ['one value', { openMs: 250 }],
    ['the ends of a share', { failureRate: 1, minAttempts: 1, consecutiveFailures: 1 }],
    ['nothing at all', {}],
    ['that it is not wanted', { enabled: false }],
  ])('of health may say %s, and leave the rest as it is', (_name, health) => {
    const expected = { ...parse(RIGHT).health, ...health }
    expect(parse({ ...RIGHT, health }).health).toEqual(expected)
  })

  test('keep the functions and objects that the app passes as they are', () => {
    const logger = recordingLogger()
    const clock = { now: () => 1, monotonic: () => 2 }
    const random = (): number => 0.5
    const identify = (): object => ({})
    const onHealthChange = (): void => {}
    const config = parse({ ...RIGHT, logger, clock, random, identify, onHealthChange })
    expect(config.logger).toBe(logger)
    expect(config.clock).toBe(clock)
    expect(config.random).toBe(random)
    expect(config.identify).toBe(identify)
    expect(config.onHealthChange).toBe(onHealthChange)
  })

  test('take tiers and tasks with options of their own beside plain ones, each with its strategy', () => {
    const config = parse({
      ...RIGHT,
      tiers: {
        premium: { targets: ['openai/gpt-4o'] },
        cheap: { targets: ['groq/openai/gpt-oss-20b'], strategy: 'fastest' },
      },
      tasks: {
        chat: { tier: 'premium', strategy: 'fastest' },
        code: { targets: ['openai/gpt-4.1'], strategy: 'in-order' },
        plain: 'cheap',
      },
      fastest: { exploreShare: 0 },
    })
    expect(config.tiers.get('cheap')?.map(({ id }) => id)).toEqual(['groq/openai/gpt-oss-20b'])
    expect(config.tasks.get('chat')).toMatchObject({ tier: 'premium', targets: [{ id: 'openai/gpt-4o' }] })
    expect(config.tasks.get('code')).toMatchObject({ tier: undefined, targets: [{ id: 'openai/gpt-4.1' }] })
    expect(Object.fromEntries(config.strategies)).toEqual({
      cheap: 'fastest',
      chat: 'fastest',
      code: 'in-order',
    })
    expect(config).toMatchObject({ strategy: 'in-order', fastest: { exploreShare: 0 } })
    expect(parse(RIGHT)).toMatchObject({ fastest: { exploreShare: 0.02 }, probes: undefined })
    expect(parse({ ...RIGHT, strategy: 'fastest', probes: {} }).probes).toEqual({ intervalMs: 30_000 })
  })

  test('lead a task to a tier or to targets of its own, and an alias to the end of its chain', () => {
    const config = parse({
      ...RIGHT,
      tasks: { chat: 'premium', code: ['openai/gpt-4.1'] },
      aliases: { best: 'finest', finest: 'premium', fast: 'groq/openai/gpt-oss-20b', writer: 'chat' },
    })
    expect(config.tasks.get('chat')).toMatchObject({ tier: 'premium', targets: [{ id: 'openai/gpt-4o' }] })
    expect(config.tasks.get('code')).toMatchObject({ tier: undefined, targets: [{ id: 'openai/gpt-4.1' }] })
    expect(Object.fromEntries(config.aliases)).toEqual({
      best: 'premium',
      finest: 'premium',
      fast: 'groq/openai/gpt-oss-20b',
      writer: 'chat',
    })
  })

  test('describe targets: own price, window, timeout; a reasoning model may take longer', () => {
    const config = parse({
      ...RIGHT,
      tiers: { cheap: ['openai/gpt-4o', 'openai/o3', 'openai/my-thinker'] },
      targets: {
        'openai/gpt-4o': {
          price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 },
          contextWindowTokens: 1_000,
          attemptTimeoutMs: 5,
          capabilities: { vision: true },
        },
        'openai/my-thinker': { isReasoning: true, priceAs: 'gpt-4o' },
      },
    })
    expect(config.targets.get('openai/gpt-4o')).toMatchObject({
      price: { inputUsdPerMTok: 1, outputUsdPerMTok: 2 },
      contextWindowTokens: 1_000,
      attemptTimeoutMs: 5,
      capabilities: { vision: true },
    })
    expect(config.targets.get('openai/o3')?.attemptTimeoutMs).toBe(600_000)
    expect(config.targets.get('openai/my-thinker')).toMatchObject({
      attemptTimeoutMs: 600_000,
      priceModel: 'gpt-4o',
      model: 'my-thinker',
    })
  })

  test('limit the first token and the silence after it: by target, else by config, else by default', () => {
    const targets = ['openai/gpt-4o', 'openai/o3', 'openai/own']
    const given = {
      ...RIGHT,
      tiers: { cheap: targets },
      targets: { 'openai/own': { firstTokenTimeoutMs: 7 } },
    }
    const limitsOf = (options: Parameters<typeof parse>[0]) =>
      targets.map((id) => {
        const target = parse(options).targets.get(id)
        return [target?.firstToken.timeoutMs, target?.firstToken.isDefault, target?.betweenTokensTimeoutMs]
      })
    expect(limitsOf(given)).toEqual([
      [12_000, true, 30_000],
      [90_000, true, 120_000],
      [7, false, 30_000],
    ])
    const timeouts = {
      firstTokenMs: 5,
      reasoningFirstTokenMs: 6,
      betweenTokensMs: 8,
      reasoningBetweenTokensMs: 9,
    }
    expect(limitsOf({ ...given, timeouts })).toEqual([
      [5, false, 8],
      [6, false, 9],
      [7, false, 8],
    ])
  })

  test('know the context window of a model that the catalog knows, and leave others unknown', () => {
    const logger = recordingLogger()
    const config = parse({ ...RIGHT, tiers: { cheap: ['openai/gpt-4o', 'openai/never-heard-of'] }, logger })
    expect(config.targets.get('openai/gpt-4o')?.contextWindowTokens).toBe(128_000)
    expect(config.targets.get('openai/never-heard-of')?.contextWindowTokens).toBeUndefined()
  })

  test('may call a tier by the name of a property that every object has', () => {
    const config = parse({ ...RIGHT, tiers: { constructor: ['openai/gpt-4o'] }, defaultTier: 'constructor' })
    expect([...config.tiers.keys()]).toEqual(['constructor'])
  })
})

describe('wrong options', () => {
  test('throw a config_invalid of status 500 that names the first wrong option', () => {
    const error = errorOf({ ...RIGHT, timeouts: { callMs: -5 } })
    expect(error).toBeInstanceOf(LlmError)
    expect(error).toMatchObject({ code: 'config_invalid', status: 500, param: 'timeouts.callMs' })
  })

  test.each<[name: string, wrong: object, expected: string]>([
    [
      'an unknown option',
      { defualtTier: 'cheap' },
      'Unknown option "defualtTier". Did you mean "defaultTier"?',
    ],
    [
      'an unknown option inside',
      { timeouts: { calMs: 1 } },
      'Unknown option "timeouts.calMs". Did you mean "callMs"?',
    ],
    [
      'an unknown option of a target',
      { targets: { 'openai/gpt-4o': { prize: {} } } },
      'Unknown option "targets["openai/gpt-4o"].prize". Did you mean "price"?',
    ],
    [
      'an unknown option of a provider',
      { providers: { groq: { apikey: 'gsk_planted' } } },
      'Unknown option "providers.groq.apikey". Did you mean "apiKey"?',
    ],
    ['a wrong type', { strictKeys: 'yes' }, 'strictKeys: must be true or false, got "yes".'],
    [
      'a negative number',
      { retry: { patienceMs: -1 } },
      'retry.patienceMs: must be a whole number of milliseconds from 0 to 2147483647, got -1.',
    ],
    [
      'NaN',
      { retry: { retriesPerTarget: Number.NaN } },
      'retry.retriesPerTarget: must be a whole number from 0 to 100, got NaN.',
    ],
    ['infinity', { timeouts: { callMs: Number.POSITIVE_INFINITY } }, 'from 1 to 2147483647, got Infinity.'],
    [
      'more than a timer holds',
      { timeouts: { callMs: 2 ** 31 } },
      'timeouts.callMs: must be a whole number of milliseconds from 1 to 2147483647, got 2147483648.',
    ],
    [
      'a fraction',
      { transport: { connections: 1.5 } },
      'transport.connections: must be a whole number from 1 to 65535, got 1.5.',
    ],
    [
      'an unknown transport',
      { transport: 'http' },
      'transport.kind: must be "undici" or "fetch", got "http".',
    ],
    [
      'a share of nothing',
      { health: { failureRate: 0 } },
      'health.failureRate: must be a number more than 0 and at most 1, got 0.',
    ],
    [
      'percent instead of a share',
      { health: { failureRate: 50 } },
      'health.failureRate: must be a number more than 0 and at most 1, got 50.',
    ],
    [
      'a share that is no number',
      { health: { failureRate: Number.NaN } },
      'health.failureRate: must be a number more than 0 and at most 1, got NaN.',
    ],
    [
      'a breaker that opens by itself',
      { health: { consecutiveFailures: 0 } },
      'health.consecutiveFailures: must be a whole number from 1 to 1000000, got 0.',
    ],
    [
      'a window without length',
      { health: { windowMs: 0 } },
      'health.windowMs: must be a whole number of milliseconds from 1 to 2147483647, got 0.',
    ],
    [
      'an unknown option of health',
      { health: { openMS: 1 } },
      'Unknown option "health.openMS". Did you mean "openMs"?',
    ],
    ['health that is off', { health: false }, 'health: must be an object, got false.'],
    [
      'a listener that is no function',
      { onHealthChange: 'log' },
      'onHealthChange: must be a function (change) => void, got "log".',
    ],
    [
      'an unknown strategy',
      { strategy: 'random' },
      'strategy: must be "in-order" or "fastest", got "random".',
    ],
    [
      'an unknown strategy of a tier',
      { tiers: { cheap: { targets: ['openai/gpt-4o'], strategy: 'quickest' } } },
      'tiers.cheap.strategy: must be "in-order" or "fastest", got "quickest".',
    ],
    [
      'a misspelt option of a tier',
      { tiers: { cheap: { targets: ['openai/gpt-4o'], stratgy: 'fastest' } } },
      'Unknown option "tiers.cheap.stratgy". Did you mean "strategy"?',
    ],
    [
      'a tier whose options list no targets',
      { tiers: { cheap: { strategy: 'fastest' } } },
      'tiers.cheap.targets: is missing, and must be a list of targets, each "instance/model".',
    ],
    [
      'a wrong target among the options of a tier',
      { tiers: { cheap: { targets: ['openai/gpt-4o', 'gpt-4o'] } } },
      'tiers.cheap.targets[1]: "gpt-4o" is not a target: a target is "instance/model", as in "openai/gpt-4o".',
    ],
    [
      'an empty list among the options of a tier',
      { tiers: { cheap: { targets: [] } } },
      'tiers.cheap.targets: must list at least one target.',
    ],
    [
      'a misspelt option of a task',
      { tasks: { code: { teir: 'cheap' } } },
      'Unknown option "tasks.code.teir". Did you mean "tier"?',
    ],
    [
      'a task that leads to two',
      { tasks: { code: { tier: 'cheap', targets: ['openai/gpt-4o'] } } },
      'tasks.code: must have either "targets" or "tier", not both.',
    ],
    [
      'a task that leads nowhere',
      { tasks: { code: { strategy: 'fastest' } } },
      'tasks.code: must have either "targets" or "tier".',
    ],
    [
      'a task whose tier is none',
      { tasks: { code: { tier: 'chaep' } } },
      'tasks.code.tier: "chaep" is not a tier. Did you mean "cheap"?',
    ],
    [
      'a share in percent',
      { fastest: { exploreShare: 2 } },
      'fastest.exploreShare: must be a number from 0 to 1, got 2.',
    ],
    [
      'probes more often than anybody should',
      { strategy: 'fastest', probes: { intervalMs: 50 } },
      'probes.intervalMs: must be a whole number of milliseconds from 100 to 2147483647, got 50.',
    ],
    [
      'probes for nobody',
      { probes: {} },
      'probes: nothing is "fastest" here: set strategy of the router, a tier or a task to it.',
    ],
    [
      'a share below nothing',
      { fastest: { exploreShare: -0.1 } },
      'fastest.exploreShare: must be a number from 0 to 1, got -0.1.',
    ],
    [
      'backoff the wrong way round',
      { retry: { backoffBaseMs: 9_000 } },
      'retry.backoffMaxMs: must not be less than retry.backoffBaseMs; 8000 is less than 9000.',
    ],
    ['half a logger', { logger: { info() {} } }, 'logger: must have the methods debug, info, warn and error'],
    [
      'identify that is no function',
      { identify: { user: 'x' } },
      'identify: must be a function (req, res) => caller, got an object.',
    ],
    [
      'a fetch for undici',
      { transport: { fetch: () => {} } },
      'transport.fetch: needs transport.kind "fetch".',
    ],
    [
      'an option of undici for fetch',
      { transport: { kind: 'fetch', connections: 5 } },
      'transport.connections: only the "undici" transport can do this',
    ],
    [
      'tiers of the wrong kind',
      { tiers: ['openai/gpt-4o'] },
      'tiers: must be an object: names of tiers, each with a list of targets, got a list.',
    ],
    ['no tier', { tiers: {}, defaultTier: undefined }, 'tiers: must name at least one tier.'],
    ['an empty tier', { tiers: { cheap: [] } }, 'tiers.cheap: must list at least one target.'],
    [
      'a tier that is no list',
      { tiers: { cheap: 'openai/gpt-4o' } },
      'tiers.cheap: must be a list of targets, each "instance/model", got "openai/gpt-4o".',
    ],
    [
      'an unknown instance',
      { tiers: { cheap: ['openai/gpt-4o', 'grok/llama'] } },
      'tiers.cheap[1]: "grok/llama" names no provider instance or preset. Did you mean "groq"?',
    ],
    [
      'a target without an instance',
      { tiers: { cheap: ['gpt-4o'] } },
      'tiers.cheap[0]: "gpt-4o" is not a target: a target is "instance/model", as in "openai/gpt-4o".',
    ],
    [
      'a target without a model',
      { tiers: { cheap: ['openai/'] } },
      'tiers.cheap[0]: "openai/" is not a target',
    ],
    [
      'a model with a line break',
      { tiers: { cheap: ['openai/a\nb'] } },
      'tiers.cheap[0]: "openai/a\\nb" is not a target',
    ],
    [
      'a target twice',
      { tiers: { cheap: ['openai/a', 'openai/a'] } },
      'tiers.cheap[1]: "openai/a" is listed already, at [0].',
    ],
    [
      'no default among several',
      { defaultTier: undefined },
      'defaultTier: is missing; with several tiers, say which: "premium", "cheap".',
    ],
    [
      'an unknown default',
      { defaultTier: 'chaep' },
      'defaultTier: "chaep" is not a tier. Did you mean "cheap"?',
    ],
    [
      'a task to an unknown tier',
      { tasks: { chat: 'premum' } },
      'tasks.chat: "premum" is not a tier. Did you mean "premium"?',
    ],
    [
      'a task to a bare target',
      { tasks: { chat: 'openai/gpt-4o' } },
      'tasks.chat: "openai/gpt-4o" is not a tier. A target goes in a list: ["openai/gpt-4o"].',
    ],
    [
      'an alias to nowhere',
      { aliases: { best: 'premuim' } },
      'aliases.best: "premuim" is not a tier, a task, an alias or a target. Did you mean "premium"?',
    ],
    [
      'aliases in a circle',
      { aliases: { a: 'b', b: 'a' } },
      'aliases.a: leads back to itself: "a" → "b" → "a".',
    ],
    ['an alias to itself', { aliases: { a: 'a' } }, 'aliases.a: leads back to itself: "a" → "a".'],
    [
      'a task named as a tier',
      { tasks: { cheap: 'premium' } },
      'tasks.cheap: "cheap" is the name of a tier as well; a name may mean one thing only.',
    ],
    [
      'an alias named as a task',
      { tasks: { chat: 'cheap' }, aliases: { chat: 'cheap' } },
      'aliases.chat: "chat" is the name of a task as well',
    ],
    ['a reserved name', { aliases: { auto: 'cheap' } }, 'aliases.auto: "auto" is reserved'],
    ['a name with a slash', { aliases: { 'a/b': 'cheap' } }, 'aliases["a/b"]: "a/b" is not a name'],
    [
      'a tier named by a number',
      { tiers: { x: ['openai/a'], 7: ['openai/b'] }, defaultTier: 'x' },
      'tiers.7: "7" is a number, which objects put first',
    ],
    [
      'a described target that nobody uses',
      { targets: { 'openai/gpt4o': {} } },
      'targets["openai/gpt4o"]: no tier, task or alias leads to this target. Did you mean "openai/gpt-4o"?',
    ],
    [
      'a negative price',
      { targets: { 'openai/gpt-4o': { price: { inputUsdPerMTok: -1, outputUsdPerMTok: 0 } } } },
      'targets["openai/gpt-4o"].price.inputUsdPerMTok: must be a number of USD per million tokens from 0 to 1000000, got -1.',
    ],
    [
      'half a price',
      { targets: { 'openai/gpt-4o': { price: { inputUsdPerMTok: 1 } } } },
      'targets["openai/gpt-4o"].price.outputUsdPerMTok: is missing, and must be a number',
    ],
    [
      'a capability that is no boolean',
      { targets: { 'openai/gpt-4o': { capabilities: { vision: 1 } } } },
      'targets["openai/gpt-4o"].capabilities.vision: must be true or false, got 1.',
    ],
  ])('name %s', (_name, wrong, expected) => {
    expect(messageOf({ ...RIGHT, ...wrong })).toContain(expected)
  })

  test.each([[undefined], [null], ['config.yaml'], [[]], [5]])(
    'that are no object are refused: %o',
    (options) => {
      expect(messageOf(options)).toBe(
        'Wrong option for express-llm. options: must be an object with at least "tiers".',
      )
    },
  )

  test('need tiers', () => {
    expect(messageOf({ env: KEYS })).toContain('tiers: is missing')
  })

  test('are told together, each once', () => {
    const message = messageOf({
      ...RIGHT,
      tiers: { ...RIGHT.tiers, odd: ['grok/llama'] },
      aliases: { a: 'b' },
      timeouts: { callMs: -1 },
      strictKey: true,
    })
    expect(message.split('\n')).toEqual([
      '4 wrong options for express-llm:',
      '- Unknown option "strictKey". Did you mean "strictKeys"?',
      '- timeouts.callMs: must be a whole number of milliseconds from 1 to 2147483647, got -1.',
      '- tiers.odd[0]: "grok/llama" names no provider instance or preset. Did you mean "groq"?',
      '- aliases.a: "b" is not a tier, a task, an alias or a target.',
    ])
  })

  test('do not draw follow-up mistakes after them', () => {
    const { defaultTier, ...rest } = RIGHT
    expect(messageOf({ ...rest, defualtTier: defaultTier })).toBe(
      'Wrong option for express-llm. Unknown option "defualtTier". Did you mean "defaultTier"?',
    )
    expect(messageOf({ ...RIGHT, tiers: 5, tasks: { chat: 'premium' } })).toMatch(
      /^Wrong option for express-llm\. tiers: /,
    )
  })

  test('fill one screen at most, however many they are', () => {
    const aliases = Object.fromEntries(
      Array.from({ length: 100 }, (_, index) => [`a${index}`, 'nowhere-at-all']),
    )
    const lines = messageOf({ ...RIGHT, aliases }).split('\n')
    expect(lines).toHaveLength(27)
    expect(lines.at(-1)).toBe('- and 75 more')
  })
})
