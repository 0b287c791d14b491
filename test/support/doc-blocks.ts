/** The parts of the documents that are made from the code, by the name that stands in `<!-- made from: name -->`. */
import { readFileSync } from 'node:fs'
import { FAILURE_RULES, type FailureKind, type FailureRule } from '../../src/core/failure-kind.ts'
import { CALLS_PARAMS, COSTS_PARAMS, EXPORT_PARAMS, type QueryParams } from '../../src/ledger/query-param.ts'
import { PRESETS } from '../../src/providers/presets.ts'
import { DIALECTS } from '../integration/providers/dialects/all.ts'
import { fieldsOf } from './interface-fields.ts'

const ROOT = new URL('../../', import.meta.url)

/** The text that a block must hold. */
export function blockNamed(name: string): string {
  const [kind, argument = ''] = name.split(' ')
  switch (kind) {
    case 'kinds':
      return kindTable()
    case 'kinds-in-brief':
      return briefKindTable()
    case 'kinds-for-health':
      return healthKindTable()
    case 'presets':
      return presetTable()
    case 'fields':
      return fieldTable(argument)
    case 'params':
      return paramTable(argument)
    case 'example':
      return snippet(argument)
    default:
      throw new Error(`nothing is made from "${name}"`)
  }
}

const QUERIES: Readonly<Record<string, QueryParams>> = {
  costs: COSTS_PARAMS,
  calls: CALLS_PARAMS,
  export: EXPORT_PARAMS,
}

function paramTable(query: string): string {
  const rows = Object.entries(QUERIES[query] ?? {}).map(([name, param]) => [
    `\`${name}\``,
    param.kind === 'choice' ? param.choices.map((choice) => `\`${choice}\``).join(', ') : WHAT[param.kind],
    param.description,
  ])
  return table(['param', 'value', 'meaning'], rows)
}

const WHAT = { moment: 'date or moment', count: 'number', text: 'text', cursor: 'text' } as const

const NEXT: Readonly<Record<FailureRule['then'], string>> = {
  'wait-or-next': 'the same target if it asks for no more than `patienceMs`, else the next',
  'retry-once': 'the same target once more after a backoff, then the next',
  next: 'the next target, at once',
  'next-larger-window': 'the next target that can read more',
  'give-up': 'nothing: the failure goes to the caller',
  nothing: 'nothing: the call has its answer',
}

function kindTable(): string {
  const rows = Object.entries(FAILURE_RULES).map(([kind, rule]) => [
    `\`${kind}\``,
    rule.meaning,
    NEXT[rule.then],
    rule.errorType === 'status'
      ? 'the HTTP status'
      : rule.errorType === undefined
        ? '–'
        : `\`${rule.errorType}\``,
    rule.spanStatus === 'error' ? 'ERROR' : 'unset',
    String(rule.httpStatus),
    rule.isLoud ? 'yes' : 'no',
  ])
  return table(
    ['kind', 'what happened', 'what is asked next', '`error.type`', 'span', 'HTTP status', 'warned of'],
    rows,
  )
}

function briefKindTable(): string {
  return table(
    ['an attempt that ends as', 'what is asked next'],
    kindsBy((_kind, rule) => NEXT[rule.then]),
  )
}

/** Kinds of which the same is to be said, in one row. */
function kindsBy(say: (kind: string, rule: FailureRule) => string): readonly (readonly string[])[] {
  const bySaying = new Map<string, string[]>()
  for (const [kind, rule] of Object.entries(FAILURE_RULES)) {
    const said = say(kind, rule)
    bySaying.set(said, [...(bySaying.get(said) ?? []), `\`${kind}\``])
  }
  return [...bySaying].map(([said, kinds]) => [kinds.join(', '), said])
}

const FOR_HEALTH: Readonly<Record<FailureRule['cooldown'], string>> = {
  breaker: 'counts as a failure',
  'retry-after': 'left alone until its Retry-After; without one it counts as a failure',
  long: 'left alone for `longCooldownMs`, at once',
  none: 'counts as an answer: the target is there',
}
const SAYS_NOTHING: ReadonlySet<string> = new Set<FailureKind>(['cancelled', 'abandoned', 'hedge-lost'])

function healthKindTable(): string {
  const rows = kindsBy((kind, { cooldown }) =>
    SAYS_NOTHING.has(kind) ? 'nothing: it says nothing of the target' : FOR_HEALTH[cooldown],
  )
  return table(['an attempt that ends as', 'for its target'], rows)
}

function presetTable(): string {
  const withFake = new Set<string>(DIALECTS.map(({ preset }) => preset))
  const rows = Object.entries(PRESETS).map(([name, preset]) => [
    `\`${name}\``,
    preset.keyVariable === undefined
      ? 'none'
      : `\`${preset.keyVariable}\`${preset.isKeyRequired ? '' : ' (optional)'}`,
    preset.operations.join(', '),
    preset.dialect.costFrom === 'response'
      ? 'its answer'
      : preset.priceProvider === undefined
        ? 'your `price`'
        : 'catalog',
    withFake.has(name) ? 'yes' : 'no',
  ])
  return table(['preset', 'key', 'operations', 'price from', 'tested in its dialect'], rows)
}

const RESILIENCE = 'src/config/resilience-options.ts'

/** Where an interface stands, if not with the router's options. */
const SOURCES: Readonly<Record<string, string>> = {
  BudgetOptions: 'src/config/budget-options.ts',
  RedisStateOptions: 'src/shared/redis-state.ts',
  TierOptions: 'src/config/choice-options.ts',
  TaskOptions: 'src/config/choice-options.ts',
  FastestOptions: 'src/config/choice-options.ts',
  ProbeOptions: 'src/config/choice-options.ts',
  CallOptions: 'src/router/call-options.ts',
  Caller: 'src/core/caller.ts',
  Capabilities: 'src/core/target.ts',
  LedgerOptions: 'src/config/ledger-options.ts',
  HealthOptions: RESILIENCE,
  HedgeOptions: RESILIENCE,
  LimitOptions: RESILIENCE,
  OpenaiEndpointOptions: 'src/endpoints/endpoint-options.ts',
  CostApiOptions: 'src/endpoints/cost-api-options.ts',
  PriceTable: 'src/core/target.ts',
  RetryOptions: RESILIENCE,
  SheddingOptions: RESILIENCE,
  TlsOptions: 'src/providers/provider-config.ts',
}

/** The source of an interface that the documents show. */
export function sourceOfFields(name: string): string {
  return SOURCES[name] ?? 'src/config/options.ts'
}

function fieldTable(name: string): string {
  const fields = fieldsOf(sourceOfFields(name), name)
  const rows = fields.map(({ name, isRequired, defaultText, text }) => {
    const byDefault = defaultText ?? (isRequired ? 'required' : '–')
    return [`\`${name}\``, code(byDefault), text]
  })
  return table(['option', 'default', 'meaning'], rows)
}

/** Values are code, words are not. */
function code(text: string): string {
  return /^(?:'.*'|\d+(?:\.\d+)?|true|false|\{\}|\[\]|process\.env|Math\.random)$/.test(text)
    ? `\`${text}\``
    : text
}

/** A `#region` of a file, without the lines that only the examples need. */
function snippet(argument: string): string {
  const [path = '', region = ''] = argument.split('#')
  const lines = readFileSync(new URL(path, ROOT), 'utf8').split('\n')
  const from = lines.findIndex((line) => line.trim() === `// #region ${region}`)
  const to = lines.findIndex((line, index) => index > from && line.trim() === '// #endregion')
  const marker = lines[from]
  if (marker === undefined || to === -1) throw new Error(`${path} has no region "${region}"`)
  const shown = lines.slice(from + 1, to).filter((line) => !line.endsWith('// not in your app'))
  const indent = marker.indexOf('//')
  return [
    `\`\`\`${path.endsWith('.ts') ? 'ts' : 'js'}`,
    ...shown.map((line) => line.slice(indent)),
    '```',
  ].join('\n')
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}
