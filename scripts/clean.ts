/** Removes what a build leaves, so that a renamed file does not live on in the package. */
import { rmSync } from 'node:fs'

for (const folder of ['dist', '.cache/types']) {
  rmSync(new URL(`../${folder}`, import.meta.url), { recursive: true, force: true })
}
