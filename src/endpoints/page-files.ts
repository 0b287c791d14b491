import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { invalidConfig } from '../core/llm-error.ts'

/** A file of the page, held in memory. */
export interface PageFile {
  readonly contentType: string
  readonly bytes: Buffer
  readonly gzipped: Buffer
  /** Of what is in it. */
  readonly tag: string
  /** Its name holds a hash of what is in it: it never changes. */
  readonly isImmutable: boolean
}

/** By the path below the mount: `/`, `/assets/index-….js`. */
export type PageFiles = ReadonlyMap<string, PageFile>

/** From `dist/index.js`, from `dist/chunks`, and from `src/endpoints` in a checkout. */
const FOLDERS = ['./ui/', '../ui/', '../../dist/ui/'] as const

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

/**
 * The page as `npm run build` leaves it in `dist/ui`.
 *
 * @param title goes into the page's title
 * @throws LlmError `config_invalid` where the files are missing
 */
export function readPageFiles(title: string): PageFiles {
  const folder = FOLDERS.map((each) => new URL(each, import.meta.url)).find((url) =>
    existsSync(new URL('index.html', url)),
  )
  if (folder === undefined) throw missing()
  const html = readFileSync(new URL('index.html', folder), 'utf8')
  const titled = html.replace(/<title>[^<]*<\/title>/, () => `<title>${escaped(title)}</title>`)
  const assets = new URL('assets/', folder)
  return new Map([
    ['/', pageFile('index.html', Buffer.from(titled))],
    ...readdirSync(assets).map(
      (name) => [`/assets/${name}`, pageFile(name, readFileSync(new URL(name, assets)))] as const,
    ),
  ])
}

function pageFile(name: string, bytes: Buffer): PageFile {
  const ending = name.slice(name.lastIndexOf('.') + 1)
  return {
    contentType: TYPES[ending] ?? 'application/octet-stream',
    bytes,
    gzipped: gzipSync(bytes, { level: 9 }),
    tag: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
    isImmutable: ending !== 'html',
  }
}

function escaped(text: string): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }
  return text.replaceAll(/[&<>]/g, (character) => entities[character] ?? character)
}

function missing(): Error {
  const looked = fileURLToPath(new URL(FOLDERS[0], import.meta.url))
  return invalidConfig(
    `dashboard() cannot be mounted: the files of its page are missing (no ui/index.html at ${looked}). They come with the package, in dist/ui, and belong beside its code: a bundler has to leave express-llm outside, and a checkout needs "npm run build".`,
  )
}
