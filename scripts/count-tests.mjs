/**
 * Ends a CI run: `node scripts/count-tests.mjs <folder>` reads the folder's `*.json` reports of vitest and its
 * `*.failed` marks of failed steps, prints `N skipped` where there are any and then `N passed, N failed`, and exits with 1 when anything
 * failed. Plain JavaScript, because it must run on whatever Node is there when the install itself has failed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = '.'] = process.argv.slice(2)
const files = readdirSync(folder)
const sum = { passed: 0, failed: 0, skipped: 0 }
const failedIn = new Map()

for (const file of files.filter((name) => name.endsWith('.json'))) {
  const counts = read(join(folder, file))
  sum.passed += counts.passed
  sum.failed += counts.failed
  sum.skipped += counts.skipped
  failedIn.set(file.replace(/\.json$/, ''), counts.failed)
}
// A step may fail without a failed test: lint, an import that throws, a runner that dies. It counts as one.
for (const mark of files.filter((name) => name.endsWith('.failed'))) {
  if (!failedIn.get(mark.replace(/\.failed$/, ''))) sum.failed += 1
}
// Nothing ran at all: that is no success.
if (sum.passed + sum.failed === 0) sum.failed = 1

if (sum.skipped > 0) process.stdout.write(`${sum.skipped} skipped\n`)
process.stdout.write(`${sum.passed} passed, ${sum.failed} failed\n`)
process.exitCode = sum.failed > 0 ? 1 : 0

function read(path) {
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'))
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    }
  } catch (error) {
    process.stderr.write(`${path} is not a report: ${String(error)}\n`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}
