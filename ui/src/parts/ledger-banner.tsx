import type { LedgerHealth } from '../../../src/core/costs.ts'
import { formatCount, plural } from '../format/numbers.ts'
import { Icon } from './icon.tsx'

/** While figures are missing, everybody who looks at figures has to know. */
export function LedgerBanner({ ledger }: { readonly ledger: LedgerHealth | undefined }) {
  if (ledger === undefined || (ledger.isUp && ledger.dropped === 0)) return undefined
  const said = ledger.lastError === undefined ? '' : ` It says: ${ledger.lastError}`
  const isLost = ledger.dropped > 0
  const lost = isLost
    ? `${plural(ledger.dropped, 'row')} of the ledger ${ledger.dropped === 1 ? 'is' : 'are'} lost, because the queue was full: sums are too small.`
    : ''
  const down = ledger.isUp
    ? ''
    : `The ledger (${ledger.store}) cannot be written. Calls go on, and ${formatCount(ledger.queued)} rows wait to be written.`
  return (
    <div class={isLost ? 'banner bad' : 'banner warn'} role="status">
      <Icon name="alert" />
      <p>{[down, lost].filter((text) => text !== '').join(' ') + said}</p>
    </div>
  )
}
