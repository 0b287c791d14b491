import { expect } from 'vitest'
import type { SendOptions } from '../../../src/core/adapter.ts'
import { AttemptError, type AttemptFailure } from '../../../src/core/attempt-failure.ts'
import { type PresetName, PRESETS } from '../../../src/providers/presets.ts'
import type { ProviderConfig, TransportConfig } from '../../../src/providers/provider-config.ts'
import { aTarget } from '../../support/targets.ts'

export const TRANSPORT: TransportConfig = {
  kind: 'undici',
  connections: 8,
  keepAliveTimeoutMs: 1_000,
  connectTimeoutMs: 2_000,
  responseMaxBytes: 1_000_000,
  proxyUrl: undefined,
  proxyEnvironment: {},
  tls: undefined,
}

export function aProvider(preset: PresetName, parts: Partial<ProviderConfig> = {}): ProviderConfig {
  return {
    instance: preset,
    preset: PRESETS[preset],
    baseUrl: PRESETS[preset].baseUrl,
    apiKey: 'sk-test',
    headers: {},
    organization: undefined,
    project: undefined,
    endpoint: undefined,
    apiVersion: undefined,
    region: undefined,
    ...parts,
  }
}

export function sendOptions(id: string, parts: Partial<SendOptions> = {}): SendOptions {
  return {
    target: aTarget(id),
    signal: new AbortController().signal,
    timeoutMs: 5_000,
    headers: undefined,
    idempotencyKey: undefined,
    ...parts,
  }
}

/** The failure of an attempt that must fail. */
export async function failureOf(attempt: Promise<unknown>): Promise<AttemptFailure> {
  const outcome = await attempt.then(
    () => 'it succeeded',
    (thrown: unknown) => thrown,
  )
  expect(outcome).toBeInstanceOf(AttemptError)
  return (outcome as AttemptError).failure
}
