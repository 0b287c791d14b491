import type { ComponentChildren } from 'preact'
import type { Tone } from '../data/words.ts'

interface PillProps {
  readonly tone: Tone
  readonly title?: string
  readonly children: ComponentChildren
}

/** A state in a word: never by colour alone. */
export function Pill({ tone, title, children }: PillProps) {
  return (
    <span class={`pill ${tone}`} {...(title === undefined ? {} : { title })}>
      <span class="dot" aria-hidden="true" />
      {children}
    </span>
  )
}
