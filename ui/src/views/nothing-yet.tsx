import type { CallsReport } from '../../../src/core/costs.ts'
import { chooseRange, range } from '../data/navigation.ts'
import { rangeLabel } from '../data/range.ts'
import { useReport } from '../data/use-report.ts'
import { Skeleton } from '../parts/skeleton.tsx'
import { StatePanel } from '../parts/state-panel.tsx'

const FIRST_CALL = `app.use(llm(router))

app.post('/ask', async (req, res) => {
  res.json(await req.llm.ask(req.body.question))
})`

/** No calls: none ever, or none in this time. */
export function NothingYet() {
  const { data } = useReport<CallsReport>('calls?limit=1')
  if (data === undefined) return <Skeleton class="card-high" />
  return data.calls.length === 0 ? <NoCalls /> : <NoneInRange />
}

function NoCalls() {
  return (
    <StatePanel icon="calls" title="No calls yet">
      <p>What your app asks a model through the router appears here within a few seconds. A first call:</p>
      <pre tabIndex={0} aria-label="Example">
        <code>{FIRST_CALL}</code>
      </pre>
      <p class="note">This page looks for new calls by itself.</p>
    </StatePanel>
  )
}

function NoneInRange() {
  const chosen = range.value
  const isMonth = chosen.kind === 'named' && chosen.name === '30d'
  return (
    <StatePanel icon="calls" title="No calls in this time">
      <p>The ledger has calls, but none in “{rangeLabel(chosen)}”.</p>
      {!isMonth && (
        <p>
          <button type="button" class="button" onClick={() => chooseRange({ kind: 'named', name: '30d' })}>
            Show 30 days
          </button>
        </p>
      )}
    </StatePanel>
  )
}
