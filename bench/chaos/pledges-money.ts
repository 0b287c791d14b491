/** What holds for money: the apps' reports say what the providers bill. */
import { none, type Check } from '../check.ts'
import { providerOf, roleOf, type ProviderName } from './cast.ts'
import type { CallFacts, ProviderRequest } from './facts.ts'
import type { Pledge, StoryView } from './view.ts'

export const MONEY_PLEDGES: readonly Pledge[] = [
  { phases: [], check: billed },
  { phases: [], check: (view) => none('calls whose cost is not that of their attempts', wrongSums(view)) },
  { phases: [], check: (view) => none('requests at providers that no report tells', untold(view)) },
  {
    phases: [],
    check: ({ calls }) =>
      none(
        'cheap calls at the expensive target, though another was there for them',
        calls.filter(isOverpaid).map(({ number, report }) => `${number} (${skips(report)})`),
      ),
  },
]

/** Whoever finds no room at alpha, or finds it ill, goes to beta, which has room for all: unless that is ill as well. */
function isOverpaid({ report }: CallFacts): boolean {
  const { tier, attempts, skipped } = report
  const asked = new Set(attempts.map(({ target }) => providerOf(target)))
  if (tier !== 'cheap' || !asked.has('gamma') || asked.has('beta')) return false
  return !skipped.some(
    ({ target, why }) => providerOf(target) === 'beta' && (why === 'breaker-open' || why === 'cooldown'),
  )
}

function skips({ skipped }: CallFacts['report']): string {
  return skipped.map(({ target, why }) => `${target} ${why}`).join(', ')
}

/** One call at one provider: what it has come to there. */
interface Account {
  reportedNanoUsd: number
  billedNanoUsd: number
  attempts: number
  /** Attempts that may have reached nobody. */
  unsent: number
  requests: number
  /** A part of the cost is an estimate, because the provider never told. */
  isEstimated: boolean
}

function accountsOf({ calls, requests }: StoryView): ReadonlyMap<string, Account> {
  const accounts = new Map<string, Account>()
  const at = (number: number, provider: string): Account => {
    const key = `${provider} ${number}`
    const account = accounts.get(key) ?? { ...EMPTY }
    accounts.set(key, account)
    return account
  }
  for (const { number, report } of calls) {
    for (const { target, costUsd, costStatus, outcome, status } of report.attempts) {
      const account = at(number, providerOf(target))
      account.reportedNanoUsd += nano(costUsd ?? 0)
      account.attempts += 1
      account.unsent += outcome !== 'success' && status === undefined ? 1 : 0
      account.isEstimated ||= costStatus !== 'exact' && costStatus !== 'free'
    }
  }
  for (const request of requests) {
    const account = at(request.number, request.provider)
    account.requests += 1
    account.billedNanoUsd += billOf(request)
  }
  return accounts
}

const EMPTY: Account = {
  reportedNanoUsd: 0,
  billedNanoUsd: 0,
  attempts: 0,
  unsent: 0,
  requests: 0,
  isEstimated: false,
}

/** What the provider's books say: whole nano-dollars, since its prices are. */
function billOf({ provider, usage }: ProviderRequest): number {
  if (usage === undefined) return 0
  const { inputUsdPerMTok, outputUsdPerMTok } = roleOf(provider satisfies ProviderName)
  return Math.round(1000 * (usage.inputTokens * inputUsdPerMTok + usage.outputTokens * outputUsdPerMTok))
}

function nano(usd: number): number {
  return Math.round(usd * 1e9)
}

function billed(view: StoryView): Check {
  const accounts = [...accountsOf(view)]
  const told = accounts.filter(([, { isEstimated }]) => !isEstimated)
  const guessed = accounts.filter(([, { isEstimated }]) => isEstimated)
  const wrong = told.filter(([, account]) => account.reportedNanoUsd !== account.billedNanoUsd)
  const total = (of: (account: Account) => number, list = told): string =>
    `$${(list.reduce((sum, [, account]) => sum + of(account), 0) / 1e9).toFixed(9)}`
  const estimated = `estimated beside it, where a provider never told: ${total((each) => each.reportedNanoUsd, guessed)}`
  return {
    name: 'reported is what was billed, to the nano-dollar',
    isKept: wrong.length === 0 && told.length > 0,
    detail:
      wrong.length === 0
        ? `${total((each) => each.billedNanoUsd)} (${estimated})`
        : `${total((each) => each.reportedNanoUsd)} reported, ${total((each) => each.billedNanoUsd)} billed; first at ${wrong[0]?.[0]}`,
  }
}

function wrongSums({ calls }: StoryView): readonly string[] {
  return calls.flatMap(({ number, report }) => {
    const summed = report.attempts.reduce((sum, { costUsd }) => sum + nano(costUsd ?? 0), 0)
    const told = nano(report.costUsd ?? 0)
    return summed === told ? [] : [`call ${number}: ${told} of ${summed} nano-dollars`]
  })
}

/** A request without an attempt, or an attempt that has reached nobody and does not say so. */
function untold(view: StoryView): readonly string[] {
  return [...accountsOf(view)].flatMap(([key, { attempts, requests, unsent }]) =>
    requests <= attempts && requests >= attempts - unsent
      ? []
      : [`${key}: ${requests} requests, ${attempts} attempts`],
  )
}
