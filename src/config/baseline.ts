/** The model that answers are priced at beside their own: a name that leads to a price. Nothing is ever sent to it. */
import { didYouMean } from '../core/spelling.ts'
import { catalogModelIds } from '../pricing/catalog.ts'
import { hasPrice, type PricedModel } from '../pricing/price-book.ts'
import type { Instances } from './instances.ts'
import type { TargetOptions } from './options.ts'
import type { Problems } from './problems.ts'
import { shown } from './show-value.ts'

export interface BaselineSource {
  readonly instances: Instances
  readonly targets: Readonly<Record<string, TargetOptions>>
}

/**
 * @param name `instance/model`; the instance needs no key, and the model need not be in a tier
 * @returns undefined, and a problem, where no price is known for it
 */
export function readBaseline(
  name: string,
  source: BaselineSource,
  problems: Problems,
): { readonly name: string; readonly model: PricedModel } | undefined {
  const found = pricedModelNamed(name, source)
  if (typeof found !== 'string') return { name, model: found }
  problems.add('baseline', found)
  return undefined
}

/** @returns what its price can be told of, or in words why it cannot be told */
export function pricedModelNamed(name: string, { instances, targets }: BaselineSource): PricedModel | string {
  const slash = name.indexOf('/')
  if (slash < 1 || slash === name.length - 1)
    return `${shown(name)} is no model of a provider: say "instance/model", as in "openai/gpt-4o".`
  const instanceName = name.slice(0, slash)
  const vendor = instances.priceProviderOf(instanceName)
  if (vendor === undefined)
    return `${shown(name)} names no provider instance or preset.${didYouMean(instanceName, instances.names)}`
  const own = Object.hasOwn(targets, name) ? targets[name] : undefined
  const { priceProvider } = vendor
  const model = { price: own?.price, priceProvider, priceModel: own?.priceAs ?? name.slice(slash + 1) }
  if (hasPrice(model)) return model
  const known = priceProvider === undefined ? [] : catalogModelIds(priceProvider)
  const hint = didYouMean(model.priceModel, known)
  return `${shown(name)} has no known price.${hint} Name a model of the price list, or give \`price\` in \`targets\`.`
}
