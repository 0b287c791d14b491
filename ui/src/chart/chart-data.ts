/** What a chart shows, and the sums that stacking needs. Pure. */

export interface ChartSeries {
  readonly key: string
  readonly label: string
  /** 1 to 7, or a tone's name: the custom property `--series-{colour}`. */
  readonly colour: string
  /** One for each bucket; undefined where there is nothing to tell. */
  readonly values: readonly (number | undefined)[]
}

/** ms since the epoch. */
export interface Bucket {
  readonly startMs: number
  readonly endMs: number
}

/**
 * Each series on top of those after it: the first is the lowest. Painted from the last (the highest) to the first, so that the
 * lower ones cover what is theirs.
 */
export function stacked(series: readonly ChartSeries[]): readonly (readonly number[])[] {
  const sums: number[][] = []
  for (const { values } of series) {
    const below = sums.at(-1)
    sums.push(values.map((value, index) => (value ?? 0) + (below?.[index] ?? 0)))
  }
  return sums
}

export function totalsOf(series: readonly ChartSeries[]): readonly number[] {
  return stacked(series).at(-1) ?? []
}

/** Top of an axis that begins at 0: a round number not below `max`. */
export function niceTop(max: number): number {
  if (!(max > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(max))
  const step = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find((each) => each * power >= max * 1.02)
  return (step ?? 10) * power
}

/** Where a value has none beside it: a line through it is no line, and nothing would be seen of it. */
export function loneIndexes(values: ArrayLike<number | null | undefined>): readonly number[] {
  const isThere = (index: number): boolean => (values[index] ?? undefined) !== undefined
  return Array.from({ length: values.length }, (_, index) => index).filter(
    (index) => isThere(index) && !isThere(index - 1) && !isThere(index + 1),
  )
}
