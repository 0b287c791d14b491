import type { CallReport } from 'express-llm'
import { attemptWord } from './words.ts'

/** `openai/gpt-4o 503, 503 → anthropic/claude-sonnet-4-6`, and `openai/gpt-4o 503, ok` where asking again helped. */
export function story({ attempts }: CallReport, styled = (word: string): string => word): string {
  const words = new Map<string, string[]>()
  for (const attempt of attempts) {
    words.set(attempt.target, [...(words.get(attempt.target) ?? []), attemptWord(attempt)])
  }
  return [...words].map(([target, its]) => [target, ...wordsOf(its, styled)].join(' ')).join(' → ')
}

/** A target that answered at once needs no word. */
function wordsOf(words: readonly string[], styled: (word: string) => string): readonly string[] {
  if (words.length === 1 && words[0] === 'ok') return []
  return [words.map(styled).join(', ')]
}
