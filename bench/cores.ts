/** Which core runs what: the server under test alone on one, everything that feeds it on the others. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Cores {
  /** `taskset` list; undefined: wherever the system puts it. */
  readonly server: string | undefined
  readonly others: string | undefined
}

const ANYWHERE: Cores = { server: undefined, others: undefined }

/** Needs Linux, `taskset` and two cores; without them nothing is pinned, and the report says so. */
export function chooseCores(): Cores {
  if (process.platform !== 'linux') return ANYWHERE
  if (spawnSync('taskset', ['--version'], { stdio: 'ignore' }).status !== 0) return ANYWHERE
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  const [server, ...others] = listCores(allowed ?? '')
  if (server === undefined || others.length === 0) return ANYWHERE
  return { server: `${server}`, others: others.join(',') }
}

/** `0-2,5` → 0, 1, 2, 5 */
export function listCores(list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [first, last] = range.split('-').map((text) => Number.parseInt(text, 10))
    if (first === undefined || Number.isNaN(first)) return []
    return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => first + index)
  })
}
