import { useState } from 'preact/hooks'
import type { CallEntry } from '../../../src/core/costs.ts'
import { filtersOf } from '../data/call-filters.ts'
import { CALLS_MAX, type CallList } from '../data/call-list.ts'
import { linkToCall, place, range } from '../data/navigation.ts'
import { spanOf } from '../data/range.ts'
import { useCallList, type CallsQuestion } from '../data/use-call-list.ts'
import { outcomeWords } from '../data/words.ts'
import { formatCount, plural } from '../format/numbers.ts'
import { DAY_MS, formatDay, formatDuration, formatSeconds } from '../format/times.ts'
import { costNote, formatCost } from '../format/usd.ts'
import { Icon } from '../parts/icon.tsx'
import { Pill } from '../parts/pill.tsx'
import { LoadingRows } from '../parts/skeleton.tsx'
import { ProblemBanner, ProblemPanel, StatePanel } from '../parts/state-panel.tsx'
import { CallDialog } from './call-dialog.tsx'
import { CallFilterBar } from './call-filter-bar.tsx'
import { NothingYet } from './nothing-yet.tsx'
import type { ViewProps } from './view-context.ts'

/** The calls themselves, the newest first, as they come. */
export function Calls({ timeZone, nowMs }: ViewProps) {
  const { params, callId } = place.value
  const [isPaused, setPaused] = useState(false)
  const span = spanOf(range.value, nowMs, timeZone)
  // A range that is over gets no new calls.
  const isOver = span.toMs < nowMs
  const filters = filtersOf(params)
  return (
    <>
      <div class="tools">
        <CallFilterBar filters={filters} />
        <LiveSwitch isOver={isOver} isPaused={isPaused} onChange={setPaused} />
      </div>
      <CallFeed
        key={JSON.stringify([filters, range.value])}
        question={{
          filters,
          from: new Date(span.fromMs).toISOString(),
          to: isOver ? new Date(span.toMs).toISOString() : undefined,
          isLive: !isPaused && !isOver,
        }}
        timeZone={timeZone}
        nowMs={nowMs}
      />
      {callId !== undefined && <CallDialog key={callId} callId={callId} timeZone={timeZone} />}
    </>
  )
}

interface LiveSwitchProps {
  readonly isOver: boolean
  readonly isPaused: boolean
  readonly onChange: (isPaused: boolean) => void
}

function LiveSwitch({ isOver, isPaused, onChange }: LiveSwitchProps) {
  if (isOver) return <span class="note">This range is over.</span>
  return (
    <button
      type="button"
      class={isPaused ? 'button' : 'button live'}
      aria-pressed={!isPaused}
      title={isPaused ? 'Show new calls as they come (p)' : 'Stop new calls from moving the list (p)'}
      data-shortcut="p"
      onClick={() => onChange(!isPaused)}
    >
      {isPaused ? <Icon name="play" /> : <span class="beat" aria-hidden="true" />}
      {isPaused ? 'Paused' : 'Live'}
    </button>
  )
}

interface CallFeedProps {
  readonly question: CallsQuestion
  readonly timeZone: string
  readonly nowMs: number
}

function CallFeed({ question, timeZone, nowMs }: CallFeedProps) {
  const { list, isLoadingOlder, loadOlder } = useCallList(question)
  const { calls, problem, fresh } = list
  if (calls === undefined)
    return problem === undefined ? <LoadingRows count={12} /> : <ProblemPanel problem={problem} />
  const isFiltered = Object.keys(question.filters).length > 0
  return (
    <>
      <p class="sr" aria-live="polite">
        {fresh.size === 0 ? '' : plural(fresh.size, 'new call')}
      </p>
      {problem !== undefined && <ProblemBanner problem={problem} />}
      {calls.length === 0 && (isFiltered ? <NoneFound /> : <NothingYet />)}
      {calls.length > 0 && (
        <section class="card flush" aria-label="Calls">
          <div class="table-wrap" tabIndex={0} role="region" aria-label="List of calls">
            <table class="table calls">
              <CallsHead />
              <tbody>
                {calls.map((call) => (
                  <CallRow
                    key={call.callId}
                    call={call}
                    isFresh={fresh.has(call.callId)}
                    timeZone={timeZone}
                    nowMs={nowMs}
                  />
                ))}
              </tbody>
            </table>
          </div>
          <Older list={list} isLoading={isLoadingOlder} onLoad={loadOlder} />
        </section>
      )}
    </>
  )
}

function CallsHead() {
  return (
    <thead>
      <tr>
        {['Time', 'Outcome', 'Route', 'User', 'Target'].map((label) => (
          <th key={label} scope="col">
            {label}
          </th>
        ))}
        {['Attempts', 'Tokens', 'Cost', 'Latency'].map((label) => (
          <th key={label} scope="col" class="number">
            {label}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function NoneFound() {
  return (
    <StatePanel icon="calls" title="No call fits">
      <p>In this time no call fits these filters. New ones that do appear here by themselves.</p>
    </StatePanel>
  )
}

interface OlderProps {
  readonly list: CallList
  readonly isLoading: boolean
  readonly onLoad: () => void
}

function Older({ list: { calls = [], next }, isLoading, onLoad }: OlderProps) {
  const isFull = calls.length >= CALLS_MAX
  if (next !== undefined && !isFull) {
    return (
      <p class="below">
        <button type="button" class="button" disabled={isLoading} onClick={onLoad}>
          {isLoading ? 'Loading …' : 'Older calls'}
        </button>
      </p>
    )
  }
  return (
    <p class="note below">
      {isFull
        ? `The list ends after ${formatCount(CALLS_MAX)} calls: filter, or choose another time.`
        : 'No older calls in this time.'}
    </p>
  )
}

interface CallRowProps {
  readonly call: CallEntry
  readonly isFresh: boolean
  readonly timeZone: string
  readonly nowMs: number
}

function CallRow({ call, isFresh, timeZone, nowMs }: CallRowProps) {
  const atMs = Date.parse(call.at)
  const { label, tone, meaning } = outcomeWords(call.outcome)
  const isOld = nowMs - atMs > DAY_MS / 2
  return (
    <tr class={isFresh ? 'fresh' : undefined} data-call={call.callId}>
      <td class="time">
        <a href={linkToCall(call.callId)} aria-label={`Call at ${formatSeconds(atMs, timeZone)}, ${label}`}>
          {isOld && <span class="day">{formatDay(atMs, timeZone)} </span>}
          {formatSeconds(atMs, timeZone)}
        </a>
      </td>
      <td>
        <Pill tone={tone} title={call.errorCode ?? call.errorType ?? meaning}>
          {label}
        </Pill>
      </td>
      <Text value={call.route} none={call.isOverhead ? 'the router itself' : 'no route'} />
      <Text value={call.user} none="no user" />
      <Text value={call.target} none="nobody asked" />
      <td class="number">{call.attempts}</td>
      <td class="number">{tokens(call)}</td>
      <td class="number" title={costNote(call.costStatus)}>
        {formatCost(call.costUsd, call.costStatus)}
      </td>
      <td class="number">{call.latencyMs === undefined ? '–' : formatDuration(call.latencyMs)}</td>
    </tr>
  )
}

function Text({ value, none }: { readonly value: string | undefined; readonly none: string }) {
  return (
    <td>
      <span class={value === undefined ? 'clip unknown' : 'clip'} title={value}>
        {value ?? none}
      </span>
    </td>
  )
}

function tokens({ inputTokens, outputTokens }: CallEntry): string {
  if (inputTokens === undefined && outputTokens === undefined) return '–'
  const shown = (count: number | undefined): string => (count === undefined ? '?' : formatCount(count))
  return `${shown(inputTokens)} → ${shown(outputTokens)}`
}
