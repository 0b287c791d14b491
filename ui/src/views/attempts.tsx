import type { CallAttempt, CallDetail } from '../../../src/core/costs.ts'
import { attemptWords } from '../data/words.ts'
import { formatCount } from '../format/numbers.ts'
import { formatDuration } from '../format/times.ts'
import { formatCost } from '../format/usd.ts'

/** The attempts of a call, one under the other along the same time. */
export function Attempts({ call }: { readonly call: CallDetail }) {
  const { attemptList } = call
  if (attemptList.length === 0) return <p class="note">Nobody was asked.</p>
  const endMs = Math.max(1, ...attemptList.map(({ startMs, latencyMs }) => startMs + latencyMs))
  return (
    <ol class="attempts">
      {attemptList.map((attempt) => (
        <Attempt key={attempt.number} attempt={attempt} endMs={endMs} />
      ))}
    </ol>
  )
}

const REASONS: Readonly<Record<string, string>> = {
  initial: 'first',
  retry: 'asked again',
  fallback: 'next target',
  hedge: 'hedge',
}

function Attempt({ attempt, endMs }: { readonly attempt: CallAttempt; readonly endMs: number }) {
  const { label, tone } = attemptWords(attempt.outcome)
  const percent = (ms: number): string => `${Math.max(0, Math.min(100, (ms / endMs) * 100))}%`
  const { startMs, latencyMs, timeToFirstChunkMs, queuedMs = 0 } = attempt
  return (
    <li class="attempt">
      <p class="attempt-head">
        <b class="clip" title={attempt.target}>
          {attempt.target ?? 'nobody'}
        </b>
        <span class="note">{REASONS[attempt.reason ?? ''] ?? attempt.reason}</span>
        <span class={`verdict-word ${tone}`}>{attempt.errorKind ?? label}</span>
      </p>
      <div
        class="track"
        role="img"
        aria-label={`From ${formatDuration(startMs)} to ${formatDuration(startMs + latencyMs)} after the first attempt began`}
      >
        {queuedMs > 0 && (
          <span class="queued" style={{ left: percent(startMs - queuedMs), width: percent(queuedMs) }} />
        )}
        <span class={`run ${tone}`} style={{ left: percent(startMs), width: percent(latencyMs) }} />
        {timeToFirstChunkMs !== undefined && (
          <span class="first-chunk" style={{ left: percent(startMs + timeToFirstChunkMs) }} />
        )}
      </div>
      <p class="attempt-facts">
        {factsOf(attempt).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
    </li>
  )
}

function factsOf(attempt: CallAttempt): readonly string[] {
  const { startMs, latencyMs, timeToFirstChunkMs, queuedMs, retryDelayMs, costUsd, costStatus } = attempt
  return [
    formatDuration(latencyMs),
    ...(startMs > 0 ? [`after ${formatDuration(startMs)}`] : []),
    ...(retryDelayMs === undefined || retryDelayMs === 0 ? [] : [`waited ${formatDuration(retryDelayMs)}`]),
    ...(queuedMs === undefined || queuedMs === 0 ? [] : [`queued ${formatDuration(queuedMs)}`]),
    ...(timeToFirstChunkMs === undefined ? [] : [`first chunk ${formatDuration(timeToFirstChunkMs)}`]),
    ...tokensOf(attempt),
    costStatus === 'free' ? 'free' : `${formatCost(costUsd, costStatus as 'exact')}${sourceOf(attempt)}`,
  ]
}

function tokensOf(attempt: CallAttempt): readonly string[] {
  const { inputTokens, outputTokens } = attempt
  if (inputTokens === undefined && outputTokens === undefined) return []
  const shown = (count: number | undefined): string => (count === undefined ? 'unknown' : formatCount(count))
  const kinds: readonly (readonly [number | undefined, string])[] = [
    [attempt.cacheReadTokens, 'cached'],
    [attempt.cacheWriteTokens, 'written to the cache'],
    [attempt.reasoningTokens, 'reasoning'],
    [attempt.systemTokens, 'system prompt, about'],
    [attempt.toolTokens, 'tools, about'],
  ]
  const parts = kinds.flatMap(([count, kind]) =>
    count === undefined || count === 0 ? [] : [`${formatCount(count)} ${kind}`],
  )
  return [`${shown(inputTokens)} → ${shown(outputTokens)} tokens`, ...parts]
}

function sourceOf({ costSource, priceVersion }: CallAttempt): string {
  const words: Readonly<Record<string, string>> = {
    provider: 'told by the provider',
    config: 'by your prices',
    catalog: 'by the catalog',
  }
  const told = [words[costSource ?? ''] ?? costSource, priceVersion].filter((each) => each !== undefined)
  return told.length === 0 ? '' : ` (${told.join(', ')})`
}
