/** The last line of `.ci/run`, which others read. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../scripts/count-tests.mjs', import.meta.url))
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'express-llm-count-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function report(name: string, numPassedTests: number, numFailedTests: number, numPendingTests = 0): void {
  const counts = { numPassedTests, numFailedTests, numPendingTests, numTodoTests: 0 }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify(counts))
}

function mark(name: string): void {
  writeFileSync(join(folder, `${name}.failed`), '')
}

function count(): readonly [code: number | null, line: string] {
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, folder], { encoding: 'utf8' })
  return [status, stdout]
}

test('sums the reports', () => {
  report('tests', 10, 0)
  report('e2e', 5, 0, 2)
  expect(count()).toEqual([0, '2 skipped\n15 passed, 0 failed\n'])
})

test('fails with a failed test, and counts it once although its step failed as well', () => {
  report('tests', 10, 2)
  mark('tests')
  expect(count()).toEqual([1, '10 passed, 2 failed\n'])
})

test('counts a step that failed without a failed test', () => {
  report('tests', 10, 0)
  mark('tests')
  mark('lint')
  expect(count()).toEqual([1, '10 passed, 2 failed\n'])
})

test('says so when the install failed and nothing ran', () => {
  mark('install')
  mark('run')
  expect(count()[0]).toBe(1)
  expect(count()[1]).toMatch(/^0 passed, [12] failed\n$/)
})

test('does not take nothing at all for a success', () => {
  expect(count()).toEqual([1, '0 passed, 1 failed\n'])
})

test('takes a broken report for a failure', () => {
  writeFileSync(join(folder, 'tests.json'), '{"numPassed')
  mark('tests')
  expect(count()).toEqual([1, '0 passed, 1 failed\n'])
})
