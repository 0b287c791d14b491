import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { TarballResult } from './measurement.ts'
import { numberOf } from './parent.ts'

/** Size of what would be published, of the package as it is built now. */
export async function measureTarball(): Promise<TarballResult> {
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    maxBuffer: 2 ** 26,
  })
  const packed: unknown = JSON.parse(stdout)
  // Newer versions of npm print an object by package name where older ones print a list.
  const first: unknown = typeof packed === 'object' && packed !== null ? Object.values(packed)[0] : undefined
  return {
    bytes: numberOf(first, 'size'),
    unpackedBytes: numberOf(first, 'unpackedSize'),
    files: numberOf(first, 'entryCount'),
  }
}
