import { posix } from 'node:path'
import { withoutComments } from './source-text.ts'

export interface Import {
  /** As written: `../core/target.ts`, `openai`. */
  readonly specifier: string
  /** `import type`, or `export type … from`: nothing of it is left at run time. */
  readonly isTypeOnly: boolean
}

const FROM = /\b(?:import|export)\s+(type\s+(?!from\b))?[^'"`();=]*?\bfrom\s*(['"])([^'"\n]+)\2/g
const EFFECT = /\bimport\s*(['"])([^'"\n]+)\1/g
const CALL = /\b(?:import|require)\s*\(\s*(['"])([^'"\n]+)\1\s*[,)]/g

/** Every import of a file: static, re-exported, for its effect, dynamic. */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text)
  return [
    ...[...code.matchAll(FROM)].map((m) => ({ specifier: m[3] ?? '', isTypeOnly: m[1] !== undefined })),
    ...[...code.matchAll(EFFECT)].map((m) => ({ specifier: m[2] ?? '', isTypeOnly: false })),
    ...[...code.matchAll(CALL)].map((m) => ({ specifier: m[2] ?? '', isTypeOnly: false })),
  ]
}

/** Does the file import something whose name is only known at run time? */
export function hasHiddenImport(text: string): boolean {
  return /(?<![.\w])(?:import|require)\s*\(\s*(?!\s*['"])/.test(withoutComments(text))
}

/** `src/a/b.ts` + `../core/c.ts` → `src/core/c.ts`; undefined for a package. */
export function resolveImport(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined
}

/** `@scope/name/deep` → `@scope/name`. */
export function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}
