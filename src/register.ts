/**
 * `node --import express-llm/register app.js`: starts OpenTelemetry before the app is loaded, by the standard `OTEL_*`
 * variables, with spans for HTTP and Express where their instrumentations are installed.
 *
 * It needs the package `@opentelemetry/sdk-node`. It never keeps the app from starting; what is missing is said in one
 * line on stderr. An app that ends itself (`process.exit` in a handler of its own) awaits {@link shutdown} before.
 */
import { createRequire, register } from 'node:module'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isMainThread } from 'node:worker_threads'
import type { NodeSDK } from '@opentelemetry/sdk-node'
import { environment } from './config/environment.ts'
import { flushProviders } from './telemetry/globals.ts'
import { isTracingRegistered } from './telemetry/scope.ts'

/** A dead collector must not keep a process alive, ms. */
const FLUSH_MAX_MS = 3_000

const env = environment()
const sdk = start()
if (sdk !== undefined && isMainThread) flushAtTheEnd()

/** Sends what is recorded and stops recording; waits 3 s at most, and never rejects. */
export async function shutdown(): Promise<void> {
  if (sdk !== undefined) await inTime(sdk.shutdown())
}

function start(): NodeSDK | undefined {
  if (env.get('OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined
  if (isTracingRegistered()) {
    say('an OpenTelemetry SDK is registered already, so this one stays out.')
    return undefined
  }
  if (!isExported('TRACES') && !isExported('METRICS')) {
    say(
      'nothing is recorded, because nobody would get it: set OTEL_EXPORTER_OTLP_ENDPOINT to your collector ' +
        '(http://localhost:4318), or OTEL_TRACES_EXPORTER=console.',
    )
    return undefined
  }
  const sdkPath = find('@opentelemetry/sdk-node')
  if (sdkPath === undefined) {
    say('nothing is recorded, because a package is missing: npm install @opentelemetry/sdk-node')
    return undefined
  }
  return startSdk(sdkPath)
}

function startSdk(sdkPath: string): NodeSDK {
  const http = find('@opentelemetry/instrumentation-http')
  const express = find('@opentelemetry/instrumentation-express')
  installLoaderHook([http, express, sdkPath])
  const load = createRequire(import.meta.url)
  const { NodeSDK }: typeof import('@opentelemetry/sdk-node') = load(sdkPath)
  const instrumentations = []
  if (http !== undefined) {
    const { HttpInstrumentation }: typeof import('@opentelemetry/instrumentation-http') = load(http)
    instrumentations.push(new HttpInstrumentation())
  } else say('no spans for HTTP requests: npm install @opentelemetry/instrumentation-http')
  if (express !== undefined) {
    const { ExpressInstrumentation }: typeof import('@opentelemetry/instrumentation-express') = load(express)
    instrumentations.push(new ExpressInstrumentation())
  } else say('no spans for Express: npm install @opentelemetry/instrumentation-express')
  const started = new NodeSDK({ instrumentations, ...silencedSignals() })
  started.start()
  return started
}

type Signal = 'TRACES' | 'METRICS' | 'LOGS'

/** By default the SDK sends everything to localhost:4318, and fails over and over where nobody listens there. */
function isExported(signal: Signal): boolean {
  return (
    env.get('OTEL_EXPORTER_OTLP_ENDPOINT') !== undefined ||
    env.get(`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`) !== undefined ||
    env.get(`OTEL_${signal}_EXPORTER`) !== undefined
  )
}

function silencedSignals(): ConstructorParameters<typeof NodeSDK>[0] {
  return {
    ...(isExported('TRACES') ? {} : { spanProcessors: [] }),
    ...(isExported('METRICS') ? {} : { metricReaders: [] }),
    ...(isExported('LOGS') ? {} : { logRecordProcessors: [] }),
  }
}

/**
 * Without this hook an app of ES modules gets no Express spans. It must be the copy that the instrumentations use.
 */
function installLoaderHook(users: readonly (string | undefined)[]): void {
  const hook = find('@opentelemetry/instrumentation/hook.mjs', users)
  if (hook === undefined)
    say('no spans for Express in ES modules: npm install @opentelemetry/instrumentation')
  else register(pathToFileURL(hook).href)
}

/**
 * Resolves a package as the app would: from its main file, then the folder it runs in, then from here. (A linked copy of
 * this package must not bring an SDK of its own.)
 */
function find(specifier: string, users: readonly (string | undefined)[] = []): string | undefined {
  const main = process.argv[1]
  const places = [...users, main, `${process.cwd()}/`, import.meta.url]
  for (const place of places) {
    if (place === undefined || !(isAbsolute(place) || place.startsWith('file:'))) continue
    try {
      return createRequire(place).resolve(specifier)
    } catch {
      // Not installed there: the next place may have it.
    }
  }
  return undefined
}

/** Sends what is recorded when the process ends, without changing whether, when and how it ends. */
function flushAtTheEnd(): void {
  process.once('beforeExit', endInTime)
  process.once('SIGTERM', onSignal)
  process.once('SIGINT', onSignal)
}

/**
 * An exporter goes on trying long after we have given up on it, and its sockets keep the process alive. Nothing else was
 * left to do before the flush, so the process can be ended, unless the app listens too and may have found more to do.
 */
function endInTime(): void {
  void shutdown()
  if (process.listenerCount('beforeExit') > 0) return
  // Without an argument it ends with the code that the app has set.
  setTimeout(() => process.exit(), FLUSH_MAX_MS).unref()
}

/** A listener takes away a signal's default, which is to end the process: so that is done here, after the flush. */
function onSignal(signal: NodeJS.Signals): void {
  // `once` has already taken us off the list. Who is left there are the app's own handlers: they end the process, and
  // may still be serving requests, so recording goes on.
  if (process.listenerCount(signal) > 0) void inTime(flushProviders())
  else void shutdown().then(() => process.kill(process.pid, signal))
}

async function inTime(work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      say('the collector did not take the last spans and metrics in time.')
      resolve()
    }, FLUSH_MAX_MS)
  })
  try {
    await Promise.race([work, late])
  } catch (thrown) {
    say(
      `the last spans or metrics could not be sent (${thrown instanceof Error ? thrown.message : 'unknown'}).`,
    )
  } finally {
    clearTimeout(timer)
  }
}

function say(sentence: string): void {
  console.error(`express-llm/register: ${sentence}`)
}
