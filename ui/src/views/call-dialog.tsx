import { useEffect, useRef } from 'preact/hooks'
import type { CallDetail } from '../../../src/core/costs.ts'
import { go, place } from '../data/navigation.ts'
import { useReport } from '../data/use-report.ts'
import { outcomeWords } from '../data/words.ts'
import { formatCount } from '../format/numbers.ts'
import { formatDuration, formatMoment, formatSeconds } from '../format/times.ts'
import { costNote, formatCost, formatUsd } from '../format/usd.ts'
import { Icon } from '../parts/icon.tsx'
import { Pill } from '../parts/pill.tsx'
import { LoadingRows } from '../parts/skeleton.tsx'
import { ProblemPanel } from '../parts/state-panel.tsx'
import { Attempts } from './attempts.tsx'
import { Fact } from './worth-cards.tsx'

interface CallDialogProps {
  readonly callId: string
  readonly timeZone: string
}

function focused(element: HTMLElement | null): void {
  queueMicrotask(() => element?.focus())
}

/** One call, over the list: what became of each attempt, what it cost, and why it went that way. */
export function CallDialog({ callId, timeZone }: CallDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const { data, problem } = useReport<CallDetail>(`calls/${encodeURIComponent(callId)}`)
  useEffect(() => {
    const element = dialog.current
    element?.showModal()
    return () => element?.close()
  }, [])
  const close = (): void => {
    if (place.value.callId === callId) go({})
  }
  const closeOutside = (event: MouseEvent): void => {
    if (event.target === dialog.current) close()
  }
  return (
    <dialog
      ref={dialog}
      class="dialog side"
      aria-labelledby="call-title"
      onClose={close}
      onClick={closeOutside}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <div>
            {/* The first to have the focus: who cannot see it hears what has opened. */}
            <h2 id="call-title" tabIndex={-1} ref={focused}>
              Call
            </h2>
            <p class="note id clip" title={callId}>
              {callId}
            </p>
          </div>
          <button
            type="button"
            class="button icon-only quiet"
            aria-label="Close"
            title="Close (Esc)"
            onClick={close}
          >
            <Icon name="close" />
          </button>
        </header>
        {data === undefined &&
          (problem === undefined ? <LoadingRows count={5} /> : <ProblemPanel problem={problem} />)}
        {data !== undefined && <Detail call={data} timeZone={timeZone} />}
      </div>
    </dialog>
  )
}

function Detail({ call, timeZone }: { readonly call: CallDetail; readonly timeZone: string }) {
  const { label, tone, meaning } = outcomeWords(call.outcome)
  return (
    <>
      <div class="verdict">
        <Pill tone={tone}>{label}</Pill>
        <span>{call.errorCode ?? meaning}</span>
        {call.traceUrl !== undefined && isHttp(call.traceUrl) && (
          <a class="button" href={call.traceUrl} target="_blank" rel="noopener noreferrer">
            Trace <Icon name="outside" />
            <span class="sr">(opens in a new tab)</span>
          </a>
        )}
      </div>
      <div class="call-sums">
        <Sum
          label="Cost"
          value={formatCost(call.costUsd, call.costStatus)}
          note={costNote(call.costStatus)}
        />
        <Sum label="Latency" value={formatDuration(call.latencyMs)} />
        {call.isStreamed && <Sum label="First content" value={formatDuration(call.timeToFirstTokenMs)} />}
        <Sum label="Tokens in → out" value={tokensOf(call)} />
        {(call.wastedUsd ?? 0) > 0 && <Sum label="Wasted" value={formatUsd(call.wastedUsd)} />}
      </div>
      <h3>Attempts</h3>
      <Attempts call={call} />
      <h3>Who and why</h3>
      <WhoAndWhy call={call} timeZone={timeZone} />
    </>
  )
}

function WhoAndWhy({ call, timeZone }: { readonly call: CallDetail; readonly timeZone: string }) {
  const atMs = Date.parse(call.at)
  return (
    <dl class="facts">
      <Fact label="When">{`${formatMoment(atMs, timeZone)}${formatSeconds(atMs, timeZone).slice(5)} ${timeZone}`}</Fact>
      <Known label="Made by" value={call.isOverhead ? 'the router itself' : undefined} />
      <Known label="Route" value={call.route} />
      <Known label="User" value={call.user} />
      <Known label="Tenant" value={call.tenant} />
      <Known label="Feature" value={call.feature} />
      <Known label="Operation" value={call.isStreamed ? `${call.operation}, streamed` : call.operation} />
      <Known label="Asked for" value={call.requestedModel} />
      <Known label="Decided by" value={call.decision} />
      <Known label="Tier" value={call.tier} />
      <Known label="Task" value={call.task} />
      <Known label="Complexity" value={call.complexity} />
      <Known
        label="Confidence"
        value={call.confidence === undefined ? undefined : call.confidence.toFixed(2)}
      />
      <Known
        label="Propensity"
        value={call.propensity === undefined ? undefined : call.propensity.toFixed(3)}
      />
      <Known label="Error" value={call.errorType} />
      <Known label="Trace" value={call.traceId} />
    </dl>
  )
}

function Sum({
  label,
  value,
  note,
}: {
  readonly label: string
  readonly value: string
  readonly note?: string | undefined
}) {
  return (
    <div title={note}>
      <p class="figure-label">{label}</p>
      <p class="sum-value">{value}</p>
    </div>
  )
}

/** Left out where it is not known: a list of "unknown" says nothing. */
function Known({ label, value }: { readonly label: string; readonly value: string | undefined }) {
  return value === undefined ? undefined : (
    <Fact label={label}>
      <span class="wrap">{value}</span>
    </Fact>
  )
}

function tokensOf({ inputTokens, outputTokens, attempts }: CallDetail): string {
  if (attempts === 0) return 'none'
  if (inputTokens === undefined && outputTokens === undefined) return 'unknown'
  return [inputTokens, outputTokens]
    .map((count) => (count === undefined ? 'unknown' : formatCount(count)))
    .join(' → ')
}

/** The address comes from a template of the app and ids of the ledger; no other scheme has a place here. */
function isHttp(url: string): boolean {
  return URL.canParse(url, location.href) && /^https?:$/.test(new URL(url, location.href).protocol)
}
