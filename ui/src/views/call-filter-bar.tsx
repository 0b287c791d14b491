import { useState } from 'preact/hooks'
import { FILTER_NAMES, type CallFilters, type FilterName } from '../data/call-filters.ts'
import { remember } from '../data/navigation.ts'
import { capitalized, OUTCOME_NAMES, outcomeWords } from '../data/words.ts'
import { Icon } from '../parts/icon.tsx'

/** What the list is narrowed to; each filter is exact. */
export function CallFilterBar({ filters }: { readonly filters: CallFilters }) {
  const texts = FILTER_NAMES.filter((name) => name !== 'outcome' && filters[name] !== undefined)
  return (
    <div class="filters" role="group" aria-label="Filters">
      <label class="select">
        <span class="sr">Outcome</span>
        <select
          value={filters.outcome ?? ''}
          onChange={(event) => remember({ outcome: event.currentTarget.value })}
        >
          <option value="">All outcomes</option>
          {OUTCOME_NAMES.map((name) => (
            <option key={name} value={name}>
              {outcomeWords(name).label}
            </option>
          ))}
        </select>
      </label>
      <AddFilter />
      {texts.map((name) => (
        <span key={name} class="chip">
          {name} <b class="clip">{filters[name]}</b>
          <button
            type="button"
            aria-label={`Remove the filter ${name}`}
            onClick={() => remember({ [name]: undefined })}
          >
            <Icon name="close" />
          </button>
        </span>
      ))}
    </div>
  )
}

const TEXT_FILTERS = FILTER_NAMES.filter((name): name is Exclude<FilterName, 'outcome'> => name !== 'outcome')

function AddFilter() {
  const [name, setName] = useState<FilterName>('user')
  const [value, setValue] = useState('')
  const add = (event: Event): void => {
    event.preventDefault()
    if (value.trim() === '') return
    remember({ [name]: value.trim() })
    setValue('')
  }
  return (
    <form class="add-filter" onSubmit={add}>
      <label class="select">
        <span class="sr">Filter by</span>
        <select value={name} onChange={(event) => setName(event.currentTarget.value as FilterName)}>
          {TEXT_FILTERS.map((each) => (
            <option key={each} value={each}>
              {capitalized(each)}
            </option>
          ))}
        </select>
      </label>
      <input
        type="text"
        id="filter"
        aria-label={`${capitalized(name)} is`}
        placeholder="is exactly … ( / )"
        value={value}
        onInput={(event) => setValue(event.currentTarget.value)}
      />
    </form>
  )
}
