/** Whether it is known what a target costs, as far as that can be said at start. */
import type { Logger } from '../core/logger.ts'
import { didYouMean } from '../core/spelling.ts'
import type { Target } from '../core/target.ts'
import { catalogModelIds, findInCatalog } from '../pricing/catalog.ts'
import { hasPrice } from '../pricing/price-book.ts'
import { optionPath, shortened } from './option-path.ts'
import type { Problems } from './problems.ts'
import type { RouterConfig } from './router-config.ts'

type Targets = RouterConfig['targets']

/** `priceAs` names a model of the price list and nothing else, so a name that is not there is a typo. */
export function checkPriceAs(targets: Targets, problems: Problems): void {
  for (const { id, priceProvider, priceModel, model } of targets.values()) {
    if (priceModel === model || priceProvider === undefined) continue
    if (findInCatalog(priceProvider, priceModel) !== undefined) continue
    const rule = `the price list knows no ${shortened(priceModel)} of ${priceProvider}.`
    problems.add(optionPath('targets', id, 'priceAs'), rule + nearest(priceProvider, priceModel))
  }
}

/** One warning for each target whose cost will stay unknown. Not an error: a model may be newer than the price list. */
export function warnOfUnpriced(targets: Targets, providers: RouterConfig['providers'], logger: Logger): void {
  for (const target of targets.values()) {
    if (hasPrice(target) || tellsCost(providers.get(target.instance))) continue
    const { id, priceProvider, priceModel, model } = target
    if (priceProvider !== undefined) {
      const hint = nearest(priceProvider, priceModel)
      logger.warn(`express-llm: ${id} has no known price.${hint} Give \`price\` or \`priceAs\`.`, {
        target: id,
      })
    } else if (priceModel !== model) {
      const why = 'because nobody publishes prices for its server, so `priceAs` tells nothing'
      logger.warn(`express-llm: ${id} has no known price, ${why}. Give \`price\`.`, { target: id })
    }
  }
}

function tellsCost(provider: ReturnType<RouterConfig['providers']['get']>): boolean {
  return provider !== undefined && 'preset' in provider && provider.preset.dialect.costFrom === 'response'
}

function nearest(priceProvider: Target['priceProvider'] & string, priceModel: string): string {
  return didYouMean(priceModel, catalogModelIds(priceProvider))
}
