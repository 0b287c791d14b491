import type { ProviderOptions, RouterOptions } from '../config/options.ts'
import { isObject } from '../core/json-shape.ts'
import type { AiSdkTarget } from '../providers/ai-sdk.ts'
import { PRESETS } from '../providers/presets.ts'
import type { Preset } from '../providers/preset.ts'

/** The parts of the options that name targets. */
export type TargetNames = Partial<
  Pick<RouterOptions, 'tiers' | 'tasks' | 'aliases' | 'targets' | 'providers'>
>

/** Every `instance/model` that the options name. */
export function targetIdsOf({
  tiers = {},
  tasks = {},
  aliases = {},
  targets = {},
}: TargetNames): ReadonlySet<string> {
  const named = [...Object.values(tiers), ...Object.values(tasks)].flatMap(targetsIn)
  return new Set([...named, ...Object.values(aliases), ...Object.keys(targets)].filter(isTargetId))
}

/** The targets that a tier or a task lists, however it is written. */
export function targetsIn(listed: unknown): readonly unknown[] {
  const targets = isObject(listed) ? listed['targets'] : listed
  return Array.isArray(targets) ? targets : []
}

/** Whatever else stands there, the options' own check will say so. */
function isTargetId(name: unknown): name is string {
  return typeof name === 'string' && name.includes('/')
}

/**
 * Every instance as the app describes it (preset, address, headers), so that dialect and prices are the app's; with a
 * key that is none and names the instance. In-process models are replaced as well: a test asks no model.
 */
export function testProviders(names: TargetNames): Record<string, ProviderOptions> {
  const { providers = {} } = names
  const used = [...targetIdsOf(names)].map((id) => id.slice(0, id.indexOf('/')))
  const instances = new Set([...Object.keys(providers), ...used])
  return Object.fromEntries(
    [...instances].map((instance) => [instance, testProvider(instance, providers[instance])]),
  )
}

type GivenProvider = ProviderOptions | AiSdkTarget | undefined

function testProvider(instance: string, given: GivenProvider): ProviderOptions {
  const apiKey = testKeyOf(instance)
  const options = ownOptions(given)
  const presetName = options.preset ?? (Object.hasOwn(PRESETS, instance) ? instance : 'compatible')
  const preset = presetNamed(presetName)
  // The fake speaks chat completions; what speaks otherwise is tested as if it did, though without its prices.
  if (preset && preset.dialect.api !== 'chat') {
    return { preset: 'compatible', baseUrl: TEST_URL, apiKey }
  }
  return { ...options, preset: presetName, apiKey, ...(preset && addressOf(preset, options)) }
}

/** Nothing is ever looked up or connected to; the name says so wherever it is shown. */
const TEST_URL = 'https://provider.test/v1'

function addressOf(preset: Preset, { baseUrl, endpoint }: ProviderOptions): ProviderOptions {
  if (baseUrl !== undefined || endpoint !== undefined || preset.baseUrl !== undefined) return {}
  return preset.client === 'azure' ? { endpoint: 'https://provider.test' } : { baseUrl: TEST_URL }
}

function presetNamed(name: string): Preset | undefined {
  return Object.entries(PRESETS).find(([preset]) => preset === name)?.[1]
}

function ownOptions(given: GivenProvider): ProviderOptions {
  return given === undefined || isInProcess(given) ? {} : given
}

function isInProcess(given: ProviderOptions | AiSdkTarget): given is AiSdkTarget {
  return 'kind' in given
}

const KEY_PREFIX = 'test-key-of-'

function testKeyOf(instance: string): string {
  return KEY_PREFIX + instance
}

/** Which instance sent this, read off its key. */
export function instanceOf(headers: Readonly<Record<string, string>>): string | undefined {
  const key = headers['api-key'] ?? headers.authorization?.replace(/^Bearer /i, '')
  return key?.startsWith(KEY_PREFIX) ? key.slice(KEY_PREFIX.length) : undefined
}
