import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { transportConfig } from './support/transport-config.ts'
import { httpUpstream } from './support/transport-servers.ts'

/** Runs a module in a process of its own and gives what it printed; fails when it does not end by itself. */
async function run(code: string): Promise<string> {
  const path = new URL('../../src/providers/transport.ts', import.meta.url).href
  const script = `
    import { createRequire } from 'node:module'
    const { createTransport } = await import(${JSON.stringify(path)})
    const config = ${JSON.stringify(transportConfig())}
    const isLoaded = () => Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes('undici'))
    ${code}`
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 10_000 })
  return stdout.trim()
}

test('undici is loaded when a transport is made, not with the package', async () => {
  const code = `
    console.log(isLoaded())
    createTransport({ ...config, kind: 'fetch' })
    console.log(isLoaded())
    await createTransport(config).close()
    console.log(isLoaded())`
  expect(await run(code)).toBe('false\nfalse\ntrue')
})

test('a transport that nobody closed does not keep the process alive', async () => {
  const upstream = await httpUpstream((_req, res) => res.end('done'))
  const code = `
    const response = await createTransport(config).fetch('${upstream.url}')
    console.log(await response.text())`
  expect(await run(code)).toBe('done')
})

test('without undici a request fails as one that was not sent, with a code that says why', async () => {
  const code = `
    const { registerHooks } = await import('node:module')
    registerHooks({
      resolve(name, context, next) {
        if (name === 'undici') throw new Error('secret path')
        return next(name, context)
      },
    })
    const transport = createTransport(config)
    for (const _ of [1, 2]) {
      const error = await transport.fetch('http://127.0.0.1:1/').catch((thrown) => thrown)
      console.log(error.name, error.code, error.wasSent, error.message.includes('secret'))
    }
    await transport.close()`
  const line = 'TransportError undici-unavailable false false'
  expect(await run(code)).toBe(`${line}\n${line}`)
})
