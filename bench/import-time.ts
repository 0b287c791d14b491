import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { ImportResult } from './measurement.ts'
import { median } from './median.ts'
import { numberOf } from './parent.ts'

const RUNS = 9

/** Resolved from the project's folder, so `express-llm` is the package itself, as built. */
const PROBE = `
const rss = process.memoryUsage.rss()
const start = performance.now()
await import('express-llm')
const ms = performance.now() - start
console.log(JSON.stringify({ ms, rssMb: (process.memoryUsage.rss() - rss) / 2 ** 20 }))
`

/** Time and memory of the first `import('express-llm')`, each in a process of its own; without any compile cache. */
export async function measureImport(): Promise<ImportResult> {
  const run = promisify(execFile)
  const { NODE_COMPILE_CACHE: _cache, ...env } = process.env
  const ms: number[] = []
  const rssMb: number[] = []
  for (let index = 0; index < RUNS; index += 1) {
    const options = { cwd: fileURLToPath(new URL('..', import.meta.url)), env }
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', PROBE], options)
    const result: unknown = JSON.parse(stdout)
    ms.push(numberOf(result, 'ms'))
    rssMb.push(numberOf(result, 'rssMb'))
  }
  return { medianMs: median(ms), medianRssMb: median(rssMb), runs: RUNS }
}
