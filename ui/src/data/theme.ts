import { signal } from '@preact/signals'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const KEY = 'express-llm.theme'
const system = matchMedia('(prefers-color-scheme: dark)')

export const theme = signal<Theme>(remembered())
/** Counts changes of what is seen: charts are painted anew. */
export const paints = signal(0)

export function chooseTheme(next: Theme): void {
  theme.value = next
  apply()
  try {
    localStorage.setItem(KEY, next)
  } catch {
    // Storage is turned off: it holds until the page is left.
  }
}

export function startTheme(): void {
  apply()
  system.addEventListener('change', () => {
    paints.value += 1
  })
}

function apply(): void {
  const { dataset } = document.documentElement
  if (theme.value === 'system') delete dataset['theme']
  else dataset['theme'] = theme.value
  paints.value += 1
}

function remembered(): Theme {
  try {
    const stored = localStorage.getItem(KEY)
    return THEMES.find((each) => each === stored) ?? 'system'
  } catch {
    return 'system'
  }
}
