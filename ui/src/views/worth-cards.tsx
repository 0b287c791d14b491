import type { ComponentChildren } from 'preact'
import type { CostsReport } from '../../../src/core/costs.ts'
import { formatCount, formatShare, formatShort, plural } from '../format/numbers.ts'
import { formatUsd } from '../format/usd.ts'
import { Card } from '../parts/card.tsx'

interface ReportProps {
  readonly report: CostsReport
  readonly isStale: boolean
}

/** What the money was for, and what it would have been elsewhere. */
export function WorthCard({ report, isStale }: ReportProps) {
  const { costUsd = 0, wastedUsd, overheadUsd, savedByCacheUsd, cacheHits, savings } = report.total
  const answersUsd = Math.max(0, costUsd - wastedUsd - overheadUsd)
  return (
    <Card title="What it was spent on" isStale={isStale}>
      <Parts
        parts={[
          { label: 'Answers', note: 'that were used', usd: answersUsd, colour: '1' },
          { label: 'Waste', note: 'failed attempts, hedges not needed', usd: wastedUsd, colour: 'bad' },
          { label: 'Overhead', note: "the router's own requests", usd: overheadUsd, colour: 'other' },
        ]}
      />
      <dl class="facts">
        <Fact label="Saved by the cache" note={plural(cacheHits, 'hit')}>
          {formatUsd(savedByCacheUsd)}
        </Fact>
        {savings !== undefined && (
          <>
            <Fact label={`The same at ${report.baseline ?? 'the baseline'}`} note={comparedNote(savings)}>
              {formatUsd(savings.baselineUsd)}
            </Fact>
            <Fact
              label={savings.savedUsd < 0 ? 'More than that' : 'Less than that'}
              note={formatShare(Math.abs(savings.savedUsd), savings.baselineUsd)}
            >
              {formatUsd(Math.abs(savings.savedUsd))}
            </Fact>
          </>
        )}
      </dl>
    </Card>
  )
}

function comparedNote({
  comparedCalls,
  uncomparedCalls,
}: {
  comparedCalls: number
  uncomparedCalls: number
}): string {
  const compared = plural(comparedCalls, 'call')
  return uncomparedCalls === 0
    ? compared
    : `${compared}; ${formatCount(uncomparedCalls)} could not be compared`
}

interface Part {
  readonly label: string
  readonly note: string
  readonly usd: number
  readonly colour: string
}

function Parts({ parts }: { readonly parts: readonly Part[] }) {
  const total = parts.reduce((sum, { usd }) => sum + usd, 0)
  return (
    <>
      <div class="parts" aria-hidden="true">
        {parts
          .filter(({ usd }) => usd > 0)
          .map(({ label, usd, colour }) => (
            <span key={label} class={`part series-${colour}`} style={{ flexGrow: String(usd / total) }} />
          ))}
      </div>
      <dl class="facts">
        {parts.map(({ label, note, usd, colour }) => (
          <Fact key={label} label={label} note={note} colour={colour}>
            {formatUsd(usd)} <span class="share">{formatShare(usd, total)}</span>
          </Fact>
        ))}
      </dl>
    </>
  )
}

interface FactProps {
  readonly label: string
  readonly note?: string
  readonly colour?: string
  /** A part of what is above it. */
  readonly isPart?: boolean
  readonly children: ComponentChildren
}

export function Fact({ label, note, colour, isPart = false, children }: FactProps) {
  return (
    <div class={isPart ? 'fact part-of' : 'fact'}>
      <dt>
        {colour !== undefined && <span class={`swatch series-${colour}`} aria-hidden="true" />}
        <span class="clip" title={label}>
          {label}
        </span>
        {note !== undefined && <span class="note clip">{note}</span>}
      </dt>
      <dd>{children}</dd>
    </div>
  )
}

/** Where the tokens went. */
export function TokensCard({ report, isStale }: ReportProps) {
  const { total } = report
  const { inputTokens, outputTokens } = total
  const ofInput = (tokens: number): string => formatShare(tokens, inputTokens)
  return (
    <Card title="Tokens" isStale={isStale}>
      <dl class="facts">
        <Fact label="In">{formatCount(inputTokens)}</Fact>
        <Fact isPart label="read from a provider's cache" note={ofInput(total.cacheReadTokens)}>
          {formatShort(total.cacheReadTokens)}
        </Fact>
        <Fact isPart label="written to it" note={ofInput(total.cacheWriteTokens)}>
          {formatShort(total.cacheWriteTokens)}
        </Fact>
        <Fact isPart label="system prompts, about" note={ofInput(total.systemTokens)}>
          {formatShort(total.systemTokens)}
        </Fact>
        <Fact isPart label="tool definitions, about" note={ofInput(total.toolTokens)}>
          {formatShort(total.toolTokens)}
        </Fact>
        <Fact label="Out">{formatCount(outputTokens)}</Fact>
        <Fact isPart label="reasoning" note={formatShare(total.reasoningTokens, outputTokens)}>
          {formatShort(total.reasoningTokens)}
        </Fact>
      </dl>
    </Card>
  )
}
