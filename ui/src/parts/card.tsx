import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

interface CardProps {
  readonly title: string
  /** In a line with the title. */
  readonly aside?: ComponentChildren
  readonly note?: ComponentChildren
  readonly isStale?: boolean
  readonly class?: string
  readonly children: ComponentChildren
}

/** One subject, with a heading. */
export function Card({ title, aside, note, isStale = false, class: name = '', children }: CardProps) {
  const id = useId()
  return (
    <section class={`card ${name}`} aria-labelledby={id} aria-busy={isStale}>
      <header class="card-head">
        <div>
          <h2 id={id}>{title}</h2>
          {note !== undefined && <p class="note">{note}</p>}
        </div>
        {aside}
      </header>
      <div class={isStale ? 'card-body stale' : 'card-body'}>{children}</div>
    </section>
  )
}
