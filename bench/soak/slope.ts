import { median } from '../median.ts'

/** A value at some place. */
export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * The slope that points follow: the median of the slopes between all pairs (Theil and Sen), which a few points that
 * stand apart do not move. NaN of fewer than two.
 */
export function slopeOf(points: readonly Point[]): number {
  const slopes = points.flatMap((one, index) =>
    points.slice(index + 1).map((other) => (other.y - one.y) / (other.x - one.x)),
  )
  return median(slopes)
}
