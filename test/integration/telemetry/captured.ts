import { onTestFinished } from 'vitest'
import {
  captureTelemetry,
  type CapturedTelemetry,
  type CaptureOptions,
} from '../../../src/testing/captured-telemetry.ts'
import type { SpanTree } from '../../../src/testing/trace-tree.ts'

/** Captures until the test is done. */
export async function aCapture(options: CaptureOptions = {}): Promise<CapturedTelemetry> {
  const captured = await captureTelemetry(options)
  onTestFinished(() => captured.shutdown())
  return captured
}

/** The one trace that there is. */
export function onlyTree(captured: CapturedTelemetry): SpanTree {
  const [tree, ...others] = captured.tree()
  if (tree === undefined || others.length > 0) throw new Error(`one trace expected, not ${others.length + 1}`)
  return tree
}

/** Sum of a metric's points over all attributes; of a histogram, the sum of what was recorded. */
export async function sumOf(captured: CapturedTelemetry, name: string): Promise<number> {
  const points = (await captured.metrics()).filter((point) => point.name === name)
  return points.reduce((sum, { value }) => sum + value, 0)
}
