/** How the targets that are left are put into the order in which they will be tried. */
export const STRATEGY_NAMES = ['in-order', 'fastest'] as const

export type StrategyName = (typeof STRATEGY_NAMES)[number]
