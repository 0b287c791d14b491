import { describe, expect, test, vi } from 'vitest'
import { environment, proxiesOf } from '../../../src/config/environment.ts'
import { parse, RIGHT } from './some-options.ts'

describe('the environment', () => {
  test('is the process’s where the options bring none', () => {
    vi.stubEnv('GROQ_API_KEY', 'from-process')
    vi.stubEnv('OPENAI_API_KEY', 'from-process')
    const { env, ...rest } = RIGHT
    expect(env).toBeDefined()
    expect(parse(rest).providers.get('groq')).toMatchObject({ apiKey: 'from-process' })
  })

  test('of the options wins as a whole: nothing leaks in from the process', () => {
    vi.stubEnv('MISTRAL_API_KEY', 'from-process')
    expect(environment({}).get('MISTRAL_API_KEY')).toBeUndefined()
  })

  test('tells the proxies, the lower-case names first, as curl does', () => {
    const env = environment({
      HTTP_PROXY: 'http://upper:1',
      http_proxy: 'http://lower:1',
      HTTPS_PROXY: 'http://secure:1',
      no_proxy: 'localhost',
    })
    expect(proxiesOf(env)).toEqual({
      httpProxy: 'http://lower:1',
      httpsProxy: 'http://secure:1',
      noProxy: 'localhost',
    })
    expect(proxiesOf(environment({ HTTPS_PROXY: '' }))).toEqual({})
  })

  test('hands its proxies to the transport', () => {
    const env = { ...RIGHT.env, HTTPS_PROXY: 'http://proxy:3128' }
    expect(parse({ ...RIGHT, env }).transport.proxyEnvironment).toEqual({ httpsProxy: 'http://proxy:3128' })
  })
})
