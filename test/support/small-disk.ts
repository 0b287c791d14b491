/** A disk of a test's own, small enough to be filled: needs Linux and the right to mount. */
import { execFileSync, spawnSync } from 'node:child_process'
import { onTestFinished } from 'vitest'
import { aTemporaryFolder } from './temporary-folder.ts'

export interface SmallDisk {
  readonly folder: string
  /** `size=8m`, `ro`, `rw` */
  remount(option: string): void
}

/** Where nothing can be mounted, tests that need it are skipped, and say so; with SMALL_DISK_REQUIRED=1 they fail. */
export const NO_SMALL_DISK = !canMount() && process.env['SMALL_DISK_REQUIRED'] !== '1'
if (NO_SMALL_DISK) console.warn('Nothing can be mounted here: tests of full and read-only disks are skipped.')

export function aSmallDisk(size: string): SmallDisk {
  const folder = aTemporaryFolder()
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder])
  // Finished in reverse order: before the folder is removed.
  onTestFinished(() => void execFileSync('umount', ['-l', folder]))
  return { folder, remount: (option) => void execFileSync('mount', ['-o', `remount,${option}`, folder]) }
}

function canMount(): boolean {
  if (process.getuid?.() !== 0) return false
  const folder = '/tmp'
  // Within mounts of its own, so that nothing is left.
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', folder]).status === 0
}
