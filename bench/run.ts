/**
 * `npm run bench`: what a routed call costs, side by side with the bare client and with the least that a call can cost,
 * in one run. Absolute numbers are this machine's; the ratios are what to look at.
 */
import { availableParallelism, cpus } from 'node:os'
import { chooseCores } from './cores.ts'
import { measureImport } from './import-time.ts'
import { measureGuards } from './guards.ts'
import { measureLedger } from './ledger/measure.ts'
import type { Measurement } from './measurement.ts'
import { readOptions, USAGE, type BenchOptions } from './options.ts'
import { measurePlanning } from './planning.ts'
import { tableOf } from './print.ts'
import { checkPromises } from './promises.ts'
import { measureStreams } from './streams/measure.ts'
import { measureTarball } from './tarball.ts'
import { measureThroughput } from './throughput.ts'

async function measure(options: BenchOptions): Promise<Measurement> {
  const cores = chooseCores()
  progress('tarball, import, planning, guards …')
  const tarball = await measureTarball()
  const imported = await measureImport()
  const planning = await measurePlanning()
  const guards = await measureGuards()
  const ledger = await measureLedger(options, progress)
  return {
    rows: options.rows.length === 0 ? [] : await measureThroughput(options, cores, progress),
    streams: await measureStreams(options, cores, progress),
    planning,
    guards,
    ledger,
    import: imported,
    tarball,
    environment: {
      node: process.versions.node,
      cpus: availableParallelism(),
      cpuModel: cpus()[0]?.model ?? 'unknown',
      isPinned: cores.server !== undefined,
      connections: options.connections,
      rounds: options.rounds,
      seconds: options.seconds,
    },
  }
}

function progress(text: string): void {
  process.stderr.write(`${text}\n`)
}

const options = readOptions(process.argv.slice(2))
if (options === 'help') {
  process.stdout.write(USAGE)
} else {
  const measured = await measure(options)
  const promises = checkPromises(measured)
  const json = JSON.stringify({ ...measured, promises }, undefined, 2)
  process.stdout.write(`${options.json ? json : tableOf(measured, promises)}\n`)
  if (options.check && promises.some((promise) => !promise.isKept)) process.exitCode = 1
}
