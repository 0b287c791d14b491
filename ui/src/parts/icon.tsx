/** Lines on a grid of 16. */
const PATHS = {
  overview: 'M2.5 13.5h11M4.5 11V7.5M8 11V3.5M11.5 11V6',
  breakdown: 'M2.5 4h11M2.5 8h7.5M2.5 12h4.5',
  budgets: 'M2.5 11a5.5 5.5 0 0 1 11 0M8 11l2.6-3.4M2.5 13.5h11',
  providers: 'M3 3h10v4H3zM3 9h10v4H3zM5.5 5h.01M5.5 11h.01',
  calls: 'M2.5 4h2M6.5 4h7M2.5 8h2M6.5 8h7M2.5 12h2M6.5 12h7',
  refresh: 'M13.2 7A5.3 5.3 0 0 0 3.6 5.2M2.8 9a5.3 5.3 0 0 0 9.6 1.8M3.4 2.6v2.8h2.8M12.6 13.4v-2.8H9.8',
  light:
    'M8 5.3a2.7 2.7 0 1 1 0 5.4a2.7 2.7 0 0 1 0-5.4M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  dark: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8',
  system: 'M2.5 3.5h11v7h-11zM6 13.5h4M8 10.5v3',
  close: 'M4 4l8 8M12 4l-8 8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2l7.2 4.8L5 12.8z',
  outside: 'M9.5 2.5h4v4M13.5 2.5L8 8M11.5 9.5v4h-9v-9h4',
  alert: 'M8 2.2l6.3 11.3H1.7zM8 6.5v3M8 11.6h.01',
  chart: 'M2.5 12l3.5-4 3 2.5 4.5-6',
  table: 'M2.5 3h11v10h-11zM2.5 6.5h11M6.5 6.5V13',
  keys: 'M1.5 4.5h13v7h-13zM4 7h.01M6.7 7h.01M9.3 7h.01M12 7h.01M5 9.3h6',
  key: 'M10.2 5.8a2 2 0 1 0 0-.01M8.8 7.2L2.5 13.5M4.5 11.5L6 13',
  back: 'M9.5 3.5L5 8l4.5 4.5',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
