/** Provider instances that are right but hardly meant. */
import type { Logger } from '../core/logger.ts'
import { PRESETS } from '../providers/presets.ts'
import { optionPath, valueAt } from './option-path.ts'

interface NamedProviders {
  readonly providers: Readonly<Record<string, unknown>>
  /** Every target that the options name. */
  readonly asked: ReadonlySet<string>
}

/** Warns of instances that no target uses, and of those whose name says another preset than they have. */
export function warnOfOddProviders({ providers, asked }: NamedProviders, logger: Logger): void {
  const used = new Set([...asked].map((id) => id.slice(0, id.indexOf('/'))))
  for (const [instance, value] of Object.entries(providers)) {
    const path = optionPath('providers', instance)
    const preset = valueAt(value, ['preset'])
    if (!used.has(instance)) {
      const why = `no tier, task or alias leads to a target "${instance}/…"`
      logger.warn(`express-llm: ${path} is not used: ${why}.`, { instance })
    }
    // `compatible` is any server, so an instance of it may be called as it likes.
    if (typeof preset !== 'string' || preset === 'compatible') continue
    if (preset === instance || !Object.hasOwn(PRESETS, instance)) continue
    const what = `is called like the preset "${instance}", but its preset is "${preset}"`
    const where = `targets "${instance}/…" go there. Another name would mislead nobody`
    logger.warn(`express-llm: ${path} ${what}: ${where}.`, { instance, preset })
  }
}
