import { useRef, useState } from 'preact/hooks'
import { dateAt } from '../../../src/core/calendar.ts'
import { moment, refresh } from '../data/clock.ts'
import { chooseRange, range } from '../data/navigation.ts'
import { RANGE_NAMES, rangeLabel, wrongInDates, type RangeName } from '../data/range.ts'
import { Icon } from './icon.tsx'

const SHORT: Readonly<Record<RangeName, string>> = {
  today: 'Today',
  '24h': '24 h',
  '7d': '7 d',
  '30d': '30 d',
}

/** Which time is looked at: for all views. */
export function RangePicker({ timeZone }: { readonly timeZone: string }) {
  const chosen = range.value
  return (
    <div class="range">
      <div class="segmented" role="group" aria-label="Time range">
        {RANGE_NAMES.map((name) => (
          <button
            type="button"
            key={name}
            title={rangeLabel({ kind: 'named', name })}
            aria-pressed={chosen.kind === 'named' && chosen.name === name}
            onClick={() => chooseRange({ kind: 'named', name })}
          >
            {SHORT[name]}
          </button>
        ))}
        <CustomRange timeZone={timeZone} />
      </div>
      <button
        type="button"
        class="button icon-only"
        aria-label="Refresh"
        title="Refresh (r)"
        onClick={refresh}
      >
        <Icon name="refresh" />
      </button>
    </div>
  )
}

function CustomRange({ timeZone }: { readonly timeZone: string }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const chosen = range.value
  const isChosen = chosen.kind === 'custom'
  return (
    <>
      <button
        type="button"
        aria-pressed={isChosen}
        aria-haspopup="dialog"
        onClick={() => dialog.current?.showModal()}
      >
        {isChosen ? rangeLabel(chosen) : 'Custom'}
      </button>
      <dialog ref={dialog} class="dialog small" aria-labelledby="range-title">
        <DateForm timeZone={timeZone} onDone={() => dialog.current?.close()} />
      </dialog>
    </>
  )
}

function DateForm({ timeZone, onDone }: { readonly timeZone: string; readonly onDone: () => void }) {
  const today = dateAt(moment.value, timeZone)
  const chosen = range.value
  const [from, setFrom] = useState(chosen.kind === 'custom' ? chosen.from : today)
  const [to, setTo] = useState(chosen.kind === 'custom' ? chosen.to : today)
  const [isTold, setTold] = useState(false)
  const wrong = wrongInDates(from, to)
  const show = (event: Event): void => {
    event.preventDefault()
    setTold(true)
    if (wrong !== undefined) return
    chooseRange({ kind: 'custom', from, to })
    onDone()
  }
  return (
    <form onSubmit={show} noValidate>
      <h2 id="range-title">Choose a time</h2>
      <p class="note">Whole days in {timeZone}, both included.</p>
      <div class="fields">
        <DateField label="From" value={from} max={today} onChange={setFrom} />
        <DateField label="To" value={to} max={today} onChange={setTo} />
      </div>
      <p class="form-error" role="alert">
        {isTold ? wrong : undefined}
      </p>
      <div class="actions">
        <button type="button" class="button" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="button primary">
          Show
        </button>
      </div>
    </form>
  )
}

interface DateFieldProps {
  readonly label: string
  readonly value: string
  readonly max: string
  readonly onChange: (value: string) => void
}

function DateField({ label, value, max, onChange }: DateFieldProps) {
  return (
    <label class="field">
      <span>{label}</span>
      <input type="date" value={value} max={max} onInput={(event) => onChange(event.currentTarget.value)} />
    </label>
  )
}
