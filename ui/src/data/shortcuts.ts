import { signal } from '@preact/signals'
import { refresh } from './clock.ts'
import { go, place } from './navigation.ts'
import { VIEWS } from './place.ts'
import { chooseTheme, theme, THEMES } from './theme.ts'

export const isShowingShortcuts = signal(false)

/** Single keys, as long as nobody writes and nothing is open. */
export function startShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    const { target, key } = event
    const isWriting = target instanceof HTMLElement && /^(?:input|select|textarea)$/i.test(target.tagName)
    if (isWriting || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]'))
      return
    if (act(key)) event.preventDefault()
  })
}

/** @returns whether the key means something */
function act(key: string): boolean {
  const view = VIEWS[Number(key) - 1]
  if (view !== undefined) {
    go({ view, params: {} })
    return true
  }
  switch (key) {
    case 'r':
      refresh()
      return true
    case 't':
      chooseTheme(THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? 'system')
      return true
    case 'p':
      document.querySelector<HTMLButtonElement>('[data-shortcut=p]')?.click()
      return true
    case '/':
      return startFilter()
    case '?':
      isShowingShortcuts.value = true
      return true
    default:
      return false
  }
}

function startFilter(): boolean {
  if (place.value.view !== 'calls') go({ view: 'calls', params: {} })
  // Once the view is there.
  requestAnimationFrame(() => requestAnimationFrame(() => document.getElementById('filter')?.focus()))
  return true
}
