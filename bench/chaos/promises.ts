/** What the package promises, as data, and whether a story has kept it. Pure. */
import type { Check } from '../check.ts'
import type { StoryFacts } from './facts.ts'
import { CROWD_PLEDGES } from './pledges-crowds.ts'
import { DEPLOYMENT_PLEDGES } from './pledges-deployment.ts'
import { HEDGE_PLEDGES } from './pledges-hedges.ts'
import { LIMIT_PLEDGES } from './pledges-limits.ts'
import { MONEY_PLEDGES } from './pledges-money.ts'
import { OUTAGE_PLEDGES } from './pledges-outages.ts'
import { REDIS_PLEDGES } from './pledges-redis.ts'
import { USER_PLEDGES } from './pledges-users.ts'
import { viewOf, type Pledge } from './view.ts'

const PLEDGES: readonly Pledge[] = [
  ...USER_PLEDGES,
  ...MONEY_PLEDGES,
  ...OUTAGE_PLEDGES,
  ...LIMIT_PLEDGES,
  ...CROWD_PLEDGES,
  ...HEDGE_PLEDGES,
  ...REDIS_PLEDGES,
  ...DEPLOYMENT_PLEDGES,
]

/** Those for which everything was played. */
export function checkStory(facts: StoryFacts): Check[] {
  const view = viewOf(facts)
  return PLEDGES.filter(({ phases }) => phases.every((name) => view.row(name) !== undefined)).map((pledge) =>
    pledge.check(view),
  )
}
