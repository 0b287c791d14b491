import type { CostFigures, CostsGroup, CostsReport } from '../../../src/core/costs.ts'
import type { Dimension } from '../../../src/core/ledger-store.ts'
import {
  COLUMNS,
  parseSorting,
  sorted,
  sortingText,
  type Column,
  type Sorting,
} from '../data/breakdown-columns.ts'
import { costsPath } from '../data/costs-paths.ts'
import { linkTo, place, range, remember } from '../data/navigation.ts'
import { useReport } from '../data/use-report.ts'
import { capitalized, DIMENSION_NAMES, groupLabel } from '../data/words.ts'
import { formatShare } from '../format/numbers.ts'
import { costNote } from '../format/usd.ts'
import { Segmented } from '../parts/segmented.tsx'
import { LoadingRows } from '../parts/skeleton.tsx'
import { ProblemBanner, ProblemPanel } from '../parts/state-panel.tsx'
import { NothingYet } from './nothing-yet.tsx'
import type { ViewProps } from './view-context.ts'

/** Every figure, by whatever it can be grouped by. */
export function Breakdown(view: ViewProps) {
  const { params } = place.value
  const by = DIMENSION_NAMES.find((each) => each === params['by']) ?? 'model'
  const { data, problem, isStale } = useReport<CostsReport>(costsPath(range.value, view, { by }))
  return (
    <>
      <div class="tools">
        <Segmented
          label="Grouped by"
          options={DIMENSION_NAMES.map((value) => ({ value, label: capitalized(value) }))}
          value={by}
          onChoose={(value) => remember({ by: value === 'model' ? undefined : value })}
        />
      </div>
      {problem !== undefined && data !== undefined && <ProblemBanner problem={problem} />}
      {data === undefined &&
        (problem === undefined ? <LoadingRows count={8} /> : <ProblemPanel problem={problem} />)}
      {data !== undefined && <Groups report={data} isStale={isStale} />}
    </>
  )
}

function Groups({ report, isStale }: { readonly report: CostsReport; readonly isStale: boolean }) {
  const { by = 'all', groups = [], total } = report
  if (groups.length === 0) return <NothingYet />
  const sorting = parseSorting(place.value.params['sort'])
  const columns = COLUMNS.filter(
    ({ key }) =>
      (key !== 'saved' || total.savings !== undefined) && (key !== 'unpriced' || total.unpricedAttempts > 0),
  )
  const largest = Math.max(0, ...groups.map(({ costUsd = 0 }) => costUsd))
  return (
    <section class="card flush" aria-label={`By ${by}`} aria-busy={isStale}>
      <div
        class={isStale ? 'table-wrap stale' : 'table-wrap'}
        tabIndex={0}
        role="region"
        aria-label={`Figures by ${by}`}
      >
        <table class="table">
          <thead>
            <tr>
              <SortHeader column={{ key: 'name', label: capitalized(by) }} sorting={sorting} />
              {columns.map((column) => (
                <SortHeader key={column.key} column={column} sorting={sorting} />
              ))}
            </tr>
          </thead>
          <tbody>
            {sorted(groups, by, sorting).map((group) => (
              <GroupRow
                key={group.key ?? ''}
                group={group}
                by={by}
                columns={columns}
                bounds={{ largest, total: total.costUsd ?? 0 }}
              />
            ))}
          </tbody>
          <AllRow total={total} columns={columns} />
        </table>
      </div>
      {report.isCut === true && (
        <p class="note below">There are more; the cheapest are left out. The last row has them all.</p>
      )}
    </section>
  )
}

function AllRow({ total, columns }: { readonly total: CostFigures; readonly columns: readonly Column[] }) {
  return (
    <tfoot>
      <tr>
        <th scope="row">All</th>
        {columns.map(({ key, show }) => (
          <td key={key} class="number">
            {show(total)}
          </td>
        ))}
      </tr>
    </tfoot>
  )
}

interface SortHeaderProps {
  readonly column: Pick<Column, 'key' | 'label' | 'title'>
  readonly sorting: Sorting
}

function SortHeader({ column: { key, label, title }, sorting }: SortHeaderProps) {
  const isChosen = sorting.key === key
  const next = { key, isUp: isChosen && !sorting.isUp }
  const direction = sorting.isUp ? 'ascending' : 'descending'
  return (
    <th
      scope="col"
      class={key === 'name' ? undefined : 'number'}
      aria-sort={isChosen ? direction : undefined}
    >
      <button type="button" class="sort" title={title} onClick={() => remember({ sort: sortingText(next) })}>
        {label}
        <span class="arrow" aria-hidden="true">
          {isChosen ? (sorting.isUp ? '↑' : '↓') : ''}
        </span>
      </button>
    </th>
  )
}

interface GroupRowProps {
  readonly group: CostsGroup
  readonly by: Dimension
  readonly columns: readonly Column[]
  readonly bounds: { readonly largest: number; readonly total: number }
}

function GroupRow({ group, by, columns, bounds }: GroupRowProps) {
  const { key, costUsd = 0 } = group
  const label = groupLabel(key, by)
  const width = bounds.largest === 0 ? 0 : (costUsd / bounds.largest) * 100
  return (
    <tr>
      <th scope="row">
        {key === null ? (
          <span class="clip unknown">{label}</span>
        ) : (
          <a class="clip" title={label} href={linkTo('calls', { [by]: key })}>
            {label}
          </a>
        )}
        <span class="shares">
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${width}%` }} />
          </span>
          <span class="note">{formatShare(costUsd, bounds.total)}</span>
        </span>
      </th>
      {columns.map((column) => (
        <td
          key={column.key}
          class="number"
          title={column.key === 'spend' ? costNote(group.costStatus) : undefined}
        >
          {column.show(group)}
        </td>
      ))}
    </tr>
  )
}
