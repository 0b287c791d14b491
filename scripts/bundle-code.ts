/**
 * `src` → `dist/*.js`: one file for each entry, and chunks with what several of them use. Names of functions and classes stay, for
 * stack traces; libraries stay outside. See docs/decisions/0006.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import { ENTRIES } from './entries.ts'
import { breakLines } from './line-breaks.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** Files that are started by their address, beside the entries: not for import. */
const STARTED = { 'sqlite-worker': 'src/stores/sqlite-worker.ts' }

/** Lua needs no indentation. */
const lua: Plugin = {
  name: 'lua',
  transform: (code, id) => (id.endsWith('-script.ts') ? code.replaceAll(/\n +/g, '\n') : undefined),
}

const built = await build({
  plugins: [lua],
  root: ROOT,
  configFile: false,
  publicDir: false,
  logLevel: 'warn',
  build: {
    ssr: true,
    target: 'es2024',
    write: false,
    rolldownOptions: {
      input: { ...Object.fromEntries(ENTRIES.map((name) => [name, `src/${name}.ts`])), ...STARTED },
      external: (id) => !id.startsWith('.') && !id.startsWith(ROOT) && !id.startsWith('src/'),
      // No property of ours does anything when it is read.
      treeshake: { propertyReadSideEffects: false },
      output: {
        format: 'es',
        entryFileNames: '[name].js',
        chunkFileNames: 'chunks/[name].js',
        // What several entries use and is small goes together: each file costs a header in the tarball, and an import.
        codeSplitting: {
          groups: [
            {
              name: 'core',
              test: /src\/core\/(?:budget-store|calendar|ledger-store|llm-error|json-shape|shared-state|spelling)\.ts$/,
            },
            {
              name: 'sql',
              test: /src\/stores\/(?:sql-(?:schema|row|roll-up-values|version|name)|sqlite-(?:failure|statements))\.ts$/,
            },
            // What loads Kysely, which takes a tenth of a second.
            {
              name: 'kysely',
              test: /src\/stores\/(?:sql-(?:migrations|queries|roll-ups|time-zone)|sqlite-kysely)\.ts$/,
            },
            { name: 'shared', test: /src\/(?:telemetry\/(?:globals|scope)|config\/environment)\.ts$/ },
          ],
        },
        comments: false,
        minifyInternalExports: true,
        minify: {
          compress: true,
          mangle: { toplevel: true, keepNames: true },
          codegen: { removeWhitespace: true },
        },
      },
    },
  },
})

mkdirSync(new URL('../dist/chunks', import.meta.url), { recursive: true })
for (const output of [built].flat().flatMap((result) => ('output' in result ? result.output : []))) {
  if (output.type !== 'chunk') throw new Error(`${output.fileName} is not code`)
  writeFileSync(new URL(`../dist/${output.fileName}`, import.meta.url), breakLines(output.code))
}
