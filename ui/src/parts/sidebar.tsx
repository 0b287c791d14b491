import type { LedgerHealth } from '../../../src/core/costs.ts'
import { linkTo, place } from '../data/navigation.ts'
import { VIEWS } from '../data/place.ts'
import { isShowingShortcuts } from '../data/shortcuts.ts'
import { chooseTheme, theme, THEMES, type Theme } from '../data/theme.ts'
import { capitalized } from '../data/words.ts'
import { Icon } from './icon.tsx'

interface SidebarProps {
  readonly title: string
  readonly ledger: LedgerHealth | undefined
  readonly timeZone: string | undefined
}

export function Sidebar({ title, ledger, timeZone }: SidebarProps) {
  const { view } = place.value
  return (
    <header class="sidebar">
      <p class="brand">
        <svg class="mark" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
          <rect width="16" height="16" rx="4" />
          <path d="M4 11.5V8m4 3.5v-7m4 7V6.5" />
        </svg>
        <span class="clip" title={title}>
          {title}
        </span>
      </p>
      <nav aria-label="Views">
        {VIEWS.map((each) => (
          <a key={each} href={linkTo(each)} aria-current={each === view ? 'page' : undefined}>
            <Icon name={each} />
            {capitalized(each)}
          </a>
        ))}
      </nav>
      <div class="sidebar-end">
        <Status ledger={ledger} timeZone={timeZone} />
        <div class="switches">
          <ThemeSwitch />
          <button
            type="button"
            class="button icon-only quiet keys-button"
            aria-label="Keys"
            title="Keys (?)"
            onClick={() => {
              isShowingShortcuts.value = true
            }}
          >
            <Icon name="keys" />
          </button>
        </div>
      </div>
    </header>
  )
}

function Status({ ledger, timeZone }: Omit<SidebarProps, 'title'>) {
  return (
    <dl class="status">
      {ledger !== undefined && (
        <div>
          <dt>Ledger</dt>
          <dd>
            <span class={ledger.isUp ? 'dot good' : 'dot bad'} aria-hidden="true" />
            {ledger.store}
            <span class="sr">{ledger.isUp ? ', is up' : ', is down'}</span>
          </dd>
        </div>
      )}
      {timeZone !== undefined && (
        <div>
          <dt>Time zone</dt>
          <dd>
            <span class="clip" title={timeZone}>
              {timeZone}
            </span>
          </dd>
        </div>
      )}
    </dl>
  )
}

const LABELS: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' }

function ThemeSwitch() {
  return (
    <div class="segmented icons" role="group" aria-label="Theme">
      {THEMES.map((each) => (
        <button
          type="button"
          key={each}
          aria-label={LABELS[each]}
          title={LABELS[each]}
          aria-pressed={theme.value === each}
          onClick={() => chooseTheme(each)}
        >
          <Icon name={each} />
        </button>
      ))}
    </div>
  )
}
