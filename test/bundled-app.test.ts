/** The ledger's threads in an app that is one file, as bundlers make it. `npm test` builds first. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { expect, test } from 'vitest'
import { aTemporaryFolder } from './support/temporary-folder.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const APP = `
import { sqliteLedger } from ${JSON.stringify(join(ROOT, 'dist/sqlite.js'))}
const ledger = sqliteLedger(process.env.FILE)
ledger.open('UTC').then(() => ledger.close()).then(() => console.log('opened'), (error) => console.log(error.message))
`

interface Bundle {
  readonly format: 'es' | 'cjs'
  /** As esbuild leaves it in CommonJS. */
  readonly isMetaEmpty?: boolean
}

/** @returns the folder that the bundle is in, with nothing else */
async function aBundle({ format, isMetaEmpty = false }: Bundle): Promise<string> {
  const folder = aTemporaryFolder()
  const source = join(folder, 'source.mjs')
  writeFileSync(source, APP)
  await build({
    configFile: false,
    logLevel: 'silent',
    root: folder,
    ssr: { noExternal: true },
    define: isMetaEmpty ? { 'import.meta.url': 'undefined' } : {},
    build: {
      ssr: source,
      outDir: 'out',
      rolldownOptions: { output: { format, entryFileNames: format === 'es' ? 'app.mjs' : 'app.cjs' } },
    },
  })
  return join(folder, 'out')
}

function run(folder: string, { format }: Bundle): string {
  const env = { ...process.env, FILE: join(folder, 'llm.db') }
  const app = join(folder, format === 'es' ? 'app.mjs' : 'app.cjs')
  return execFileSync(process.execPath, [app], { env, encoding: 'utf8' }).trim()
}

function install(folder: string, name: string, from: string): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  symlinkSync(from, join(folder, 'node_modules', name))
}

test.each<Bundle>([{ format: 'es' }, { format: 'cjs' }, { format: 'cjs', isMetaEmpty: true }])(
  'a bundle (%o) says what it lacks, and runs with the package installed or its files beside it',
  async (bundle) => {
    const alone = await aBundle(bundle)
    expect(run(alone, bundle)).toMatch(
      /sqlite-worker\.js of express-llm cannot be found: the app has been bundled/,
    )

    install(alone, 'express-llm', ROOT)
    expect(run(alone, bundle)).toBe('opened')

    const beside = await aBundle(bundle)
    for (const part of ['sqlite-worker.js', 'chunks'])
      cpSync(join(ROOT, 'dist', part), join(beside, part), { recursive: true })
    install(beside, 'kysely', join(ROOT, 'node_modules/kysely'))
    expect(run(beside, bundle)).toBe('opened')
  },
)
