import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { isObject } from '../core/json-shape.ts'

const LIBRARY = '@pydantic/genai-prices'

let found: { readonly version: string | undefined } | undefined

/**
 * The edition of the catalog that is installed: `genai-prices@0.1.8`. Read from the library's own manifest, so that it cannot
 * be another one than what prices come from.
 *
 * @returns undefined where there is no manifest: in an app that was bundled into one file
 */
export function catalogVersion(): string | undefined {
  found ??= { version: readVersion() }
  return found.version
}

function readVersion(): string | undefined {
  try {
    // Its manifest is not among its exports, so it is looked for from its entry upwards.
    let folder = dirname(createRequire(import.meta.url).resolve(LIBRARY))
    for (let parent = dirname(folder); folder !== parent; parent = dirname(folder)) {
      const version = versionIn(join(folder, 'package.json'))
      if (version !== undefined) return `genai-prices@${version}`
      folder = parent
    }
  } catch {
    // Bundled: prices are named by what they are instead.
  }
  return undefined
}

function versionIn(path: string): string | undefined {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (!isObject(manifest) || manifest['name'] !== LIBRARY) return undefined
    return typeof manifest['version'] === 'string' ? manifest['version'] : undefined
  } catch {
    // No manifest in this folder.
    return undefined
  }
}
