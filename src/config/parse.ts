import { systemClock } from '../core/clock.ts'
import type { AppRequest } from '../core/identify.ts'
import { consoleWarnings } from '../core/logger.ts'
import { pricedModelNamed, readBaseline } from './baseline.ts'
import { toNanoUsd } from '../core/money.ts'
import { readBudgets } from './budgets.ts'
import {
  DEFAULT_FASTEST,
  DEFAULT_PROBES,
  DEFAULT_HEALTH,
  DEFAULT_LEDGER,
  DEFAULT_MANY_CALLS,
  DEFAULT_RESPONSE_HEADERS,
  DEFAULT_RETRY,
  DEFAULT_SHEDDING,
  DEFAULT_STREAMS,
  DEFAULT_TELEMETRY,
  DEFAULT_TIMEOUTS,
} from './defaults.ts'
import { environment } from './environment.ts'
import { readHedge } from './hedge.ts'
import { readInstances } from './instances.ts'
import { refuseEmptied, refuseMissingKeys, warnOfMissingKeys } from './missing-keys.ts'
import { checkNames } from './names.ts'
import { warnOfOddProviders } from './odd-providers.ts'
import type { RouterOptions } from './options.ts'
import { checkPriceAs, warnOfUnpriced } from './prices.ts'
import { configError, createProblems, type Problems } from './problems.ts'
import { checkDescribed, readAliases, readDefaultTier, readTasks, readTiers } from './references.ts'
import type { RouterConfig } from './router-config.ts'
import { checkSections, type Sections } from './sections.ts'
import { readLists, strategiesOf } from './target-lists.ts'
import { createTargetBook, type TargetBook } from './targets.ts'
import { readTransport } from './transport-config.ts'

/**
 * Checks the options and completes them: defaults, keys from the environment, targets from their names.
 *
 * Targets without a key are left out, with one warning for each provider instance.
 *
 * @throws LlmError `config_invalid`, which names everything that is wrong: path, value, rule, nearest right spelling.
 *   Never a key, header or TLS value.
 */
export function parseOptions<Req = AppRequest>(options: RouterOptions<Req>): RouterConfig {
  const problems = createProblems()
  const sections = checkSections(options, problems)
  const settings = readSettings(sections, problems)
  const routes = readRoutes(sections, settings, problems)
  if (routes === undefined || problems.list.length > 0) throw configError(problems)
  const { incomplete, asked, ...rest } = routes
  warnOfMissingKeys(incomplete, settings.logger)
  warnOfOddProviders({ providers: sections.providers ?? {}, asked }, settings.logger)
  warnOfUnpriced(rest.targets, rest.providers, settings.logger)
  return { ...settings, ...rest }
}

type Settings = Pick<
  RouterConfig,
  | 'strategy'
  | 'fastest'
  | 'probes'
  | 'identify'
  | 'retry'
  | 'timeouts'
  | 'streams'
  | 'shedding'
  | 'budgets'
  | 'maxRequestNanoUsd'
  | 'onBudget'
  | 'timeZone'
  | 'health'
  | 'hedge'
  | 'onHealthChange'
  | 'sharedState'
  | 'ledger'
  | 'manyCalls'
  | 'transport'
  | 'telemetry'
  | 'responseHeaders'
  | 'logger'
  | 'clock'
  | 'random'
>

function readSettings(sections: Sections, problems: Problems): Settings {
  const retry = { ...DEFAULT_RETRY, ...sections.retry }
  if (retry.backoffMaxMs < retry.backoffBaseMs) {
    const got = `${retry.backoffMaxMs} is less than ${retry.backoffBaseMs}`
    problems.add('retry.backoffMaxMs', `must not be less than retry.backoffBaseMs; ${got}.`)
  }
  const timeZone = sections.timeZone ?? 'UTC'
  return {
    strategy: sections.strategy ?? 'in-order',
    fastest: { ...DEFAULT_FASTEST, ...sections.fastest },
    probes: sections.probes && { ...DEFAULT_PROBES, ...sections.probes },
    identify: sections.identify,
    retry,
    timeouts: { ...DEFAULT_TIMEOUTS, ...sections.timeouts },
    streams: { ...DEFAULT_STREAMS, ...sections.streams },
    budgets: readBudgets(sections, timeZone, problems),
    maxRequestNanoUsd:
      sections.maxRequestCostUsd === undefined ? undefined : toNanoUsd(sections.maxRequestCostUsd),
    onBudget: sections.onBudget,
    timeZone,
    shedding: { ...DEFAULT_SHEDDING, ...sections.shedding },
    health: { ...DEFAULT_HEALTH, ...sections.health },
    hedge: readHedge(sections, problems),
    onHealthChange: sections.onHealthChange,
    sharedState: sections.sharedState,
    ledger: { ...DEFAULT_LEDGER, store: undefined, ...sections.ledger },
    manyCalls: sections.manyCalls ?? DEFAULT_MANY_CALLS,
    transport: readTransport(sections.transport ?? {}, environment(sections.env), problems),
    telemetry: { ...DEFAULT_TELEMETRY, ...sections.telemetry },
    responseHeaders: { ...DEFAULT_RESPONSE_HEADERS, ...sections.responseHeaders },
    logger: sections.logger ?? consoleWarnings,
    clock: sections.clock ?? systemClock,
    random: sections.random ?? Math.random,
  }
}

type Routes = Pick<
  RouterConfig,
  | 'tiers'
  | 'defaultTier'
  | 'tasks'
  | 'aliases'
  | 'strategies'
  | 'targets'
  | 'providers'
  | 'baseline'
  | 'pricedModel'
> &
  Pick<TargetBook, 'incomplete' | 'asked'>

/** @returns undefined when a shape is wrong, so that no follow-up mistakes are told beside the real one */
function readRoutes(sections: Sections, { timeouts }: Settings, problems: Problems): Routes | undefined {
  const { providers, targets } = sections
  const tierLists = readLists('tiers', sections, problems)
  const taskLists = readLists('tasks', sections, problems)
  if (tierLists === undefined || taskLists === undefined || sections.tiers === undefined) return undefined
  if (sections.wrong.some((name) => LEADING.has(name))) return undefined
  const names = { tiers: tierLists, tasks: taskLists, aliases: sections.aliases ?? {} }
  checkNames(names, problems)
  const instances = readInstances({ providers, env: environment(sections.env) }, problems)
  const book = createTargetBook({ instances, options: targets ?? {}, timeouts }, problems)
  const tiers = readTiers(tierLists, book, problems)
  const tasks = readTasks({ tasks: taskLists, tiers }, book, problems)
  const aliases = readAliases(names, book, problems)
  const defaultTier = readDefaultTier(sections, problems)
  const described = Object.keys(targets ?? {}).filter((id) => id !== sections.baseline)
  checkDescribed(described, book, problems)
  const source = { instances, targets: targets ?? {} }
  const baseline =
    sections.baseline === undefined ? undefined : readBaseline(sections.baseline, source, problems)
  checkPriceAs(book.usable, problems)
  if (sections.strictKeys === true) refuseMissingKeys(book, problems)
  else refuseEmptied(names, book, problems)
  const strategies = strategiesOf(tierLists, taskLists)
  if (sections.probes !== undefined && ![sections.strategy, ...strategies.values()].includes('fastest'))
    problems.add('probes', 'nothing is "fastest" here: set strategy of the router, a tier or a task to it.')
  if (defaultTier === undefined) return undefined
  return {
    tiers,
    tasks,
    aliases,
    strategies,
    defaultTier,
    baseline,
    pricedModel: (name) => pricedModelNamed(name, source),
    targets: book.usable,
    providers: book.providers,
    incomplete: book.incomplete,
    asked: new Set([...book.asked, ...(baseline === undefined ? [] : [baseline.name])]),
  }
}

/** Options whose names lead to one another. */
const LEADING = new Set(['tiers', 'tasks', 'aliases', 'providers', 'env'])
