import { computed, signal } from '@preact/signals'
import { askAgain, refresh } from './clock.ts'
import { hashOf, parsePlace, type Place, type View } from './place.ts'
import type { Range } from './range.ts'

export const place = signal(parsePlace(location.hash))
export const range = computed(() => place.value.range)

addEventListener('hashchange', arrive)

/** Another view asks for its own figures, and what is beside them must not be older: today's next to those of the range. */
function arrive(): void {
  const { view } = place.value
  place.value = parsePlace(location.hash)
  if (place.value.view !== view) askAgain()
}

/** The address of a view; the range stays, what the view remembers does not. */
export function linkTo(view: View, params: Readonly<Record<string, string>> = {}): string {
  return hashOf({ view, range: place.value.range, params })
}

/** The address of a call, over the list as it is. */
export function linkToCall(callId: string): string {
  const { view, params, range } = place.value
  return hashOf({ view: 'calls', callId, range, params: view === 'calls' ? params : {} })
}

/** Goes there; the back button leads back. */
export function go(next: Partial<Place>): void {
  const { callId: _closed, ...here } = place.value
  location.hash = hashOf({ ...here, ...next })
  // At once: what else happens before the event must not lead back.
  arrive()
}

/** Changes what the view remembers, without a step in the history; undefined forgets it. */
export function remember(changes: Readonly<Record<string, string | undefined>>): void {
  const entries = Object.entries({ ...place.value.params, ...changes })
  const params = Object.fromEntries(
    entries.filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== ''),
  )
  const next = { ...place.value, params }
  history.replaceState(null, '', hashOf(next))
  place.value = next
}

export function chooseRange(next: Range): void {
  refresh()
  go({ range: next })
}
