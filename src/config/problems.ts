import { type LlmError, invalidConfig } from '../core/llm-error.ts'

/** One thing that is wrong with the options, as a sentence that begins with the option's path. */
export interface Problem {
  /** Path of the option: `tiers.cheap[1]`; empty for the options as a whole. */
  readonly path: string
  readonly message: string
}

/** Collects what is wrong, so that one error tells it all. */
export interface Problems {
  readonly list: readonly Problem[]
  /** @param rule what is wrong or must be, in words that follow the path and a colon */
  add(path: string, rule: string): void
  /** A sentence of its own, where "path: rule" would read badly. */
  say(path: string, sentence: string): void
}

/** No error message needs to be longer than a screen. */
const PROBLEMS_SHOWN_MAX = 25

export function createProblems(): Problems {
  const list: Problem[] = []
  return {
    list,
    add: (path, rule) => void list.push({ path, message: `${path || 'options'}: ${rule}` }),
    say: (path, message) => void list.push({ path, message }),
  }
}

/** The one error about wrong options; its `param` is the first of them. */
export function configError({ list }: Problems): LlmError {
  return invalidConfig(told(list), list[0]?.path || undefined)
}

function told(list: readonly Problem[]): string {
  if (list.length === 1) return `Wrong option for express-llm. ${list[0]?.message}`
  const lines = list.slice(0, PROBLEMS_SHOWN_MAX).map(({ message }) => `- ${message}`)
  const rest = list.length - lines.length
  if (rest > 0) lines.push(`- and ${rest} more`)
  return [`${list.length} wrong options for express-llm:`, ...lines].join('\n')
}
