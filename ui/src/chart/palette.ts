/** Colours of groups: a group keeps its colour while the page is open, whatever its rank is by then. */

/** `--series-1` … in style/tokens.css: told apart in both themes, and with colour-blind eyes. */
export const COLOURS_MAX = 7

const given = new Map<string, Map<string, number>>()

/**
 * @param family what is told apart: `model`
 * @returns 1 to COLOURS_MAX; 0 (grey) where there are no more
 */
export function colourOf(family: string, key: string): number {
  const colours = given.get(family) ?? new Map<string, number>()
  given.set(family, colours)
  const known = colours.get(key)
  if (known !== undefined) return known
  const next = colours.size < COLOURS_MAX ? colours.size + 1 : 0
  if (next > 0) colours.set(key, next)
  return next
}
