/** Provider instances: a preset with everything that the options and the environment say about it. */
import { didYouMean } from '../core/spelling.ts'
import type { AiSdkTarget } from '../providers/ai-sdk.ts'
import type { Preset } from '../providers/preset.ts'
import { PRESETS } from '../providers/presets.ts'
import type { ProviderConfig } from '../providers/provider-config.ts'
import { checkHeaders, findKey, type InstanceSource } from './credentials.ts'
import type { Environment, MissingVariable } from './environment.ts'
import { isBareAiSdkModel, mistakenFor } from './mistaken.ts'
import { checkInstanceName } from './names.ts'
import { optionPath } from './option-path.ts'
import { findPlace } from './place.ts'
import type { LimitOptions } from './resilience-options.ts'
import type { Problems } from './problems.ts'
import { checkShape } from './sections.ts'
import { type ParsedProvider, providerSchema } from './schema.ts'

export type Instance =
  | { readonly kind: 'http'; readonly config: ProviderConfig; readonly limits: LimitOptions | undefined }
  | { readonly kind: 'ai-sdk'; readonly target: AiSdkTarget }
  /** Right, but for variables that are not set: a key, Azure's endpoint, AWS's region. */
  | { readonly kind: 'incomplete'; readonly preset: Preset; readonly missing: readonly MissingVariable[] }
  /** Wrong; `problems` says why. */
  | { readonly kind: 'wrong' }

export interface Instances {
  /** The instance of this name; undefined when the options name none and no preset is called so. */
  find(name: string): Instance | undefined
  /**
   * Under which name the price list knows who stands behind this instance, with or without a key; undefined where there is no
   * such instance.
   */
  priceProviderOf(name: string): { readonly priceProvider: string | undefined } | undefined
  /** Names that `find` knows, for hints. */
  readonly names: readonly string[]
}

const WRONG: Instance = { kind: 'wrong' }

/** Checks every instance that the options name. Presets that they do not name are looked at when a target asks. */
export function readInstances(
  { providers, env }: { providers: Readonly<Record<string, unknown>> | undefined; env: Environment },
  problems: Problems,
): Instances {
  const known = new Map<string, Instance>()
  for (const [name, value] of Object.entries(providers ?? {})) {
    const isNamed = checkInstanceName(name, problems)
    known.set(name, isNamed ? readInstance({ name, value, env }, problems) : WRONG)
  }
  const find = (name: string): Instance | undefined => {
    if (!known.has(name) && presetNamed(name))
      known.set(name, readInstance({ name, value: {}, env }, problems))
    return known.get(name)
  }
  return {
    names: [...new Set([...known.keys(), ...Object.keys(PRESETS)])],
    find,
    priceProviderOf(name) {
      const instance = find(name)
      switch (instance?.kind) {
        case 'http':
          return instance.config.preset
        case 'ai-sdk':
          return instance.target
        case 'incomplete':
          return instance.preset
        case 'wrong':
        case undefined:
          return undefined
      }
    },
  }
}

function readInstance(
  { name, value, env }: { name: string; value: unknown; env: Environment },
  problems: Problems,
): Instance {
  if (isAiSdkTarget(value)) return { kind: 'ai-sdk', target: value }
  const mistake = mistakeIn(value)
  if (mistake !== undefined) {
    problems.add(optionPath('providers', name), mistake)
    return WRONG
  }
  const before = problems.list.length
  checkHeaders(name, value, problems)
  const options = checkShape({ schema: providerSchema, value, path: ['providers', name] }, problems)
  if (options === undefined) return WRONG
  const preset = presetOf(name, options, problems)
  if (preset === undefined) return WRONG
  const instance = complete({ name, preset, options, env }, problems)
  return problems.list.length > before ? WRONG : instance
}

function isAiSdkTarget(value: unknown): value is AiSdkTarget {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    value.kind === 'ai-sdk' &&
    'model' in value
  )
}

function mistakeIn(value: unknown): string | undefined {
  if (isBareAiSdkModel(value))
    return 'this is a bare model of the AI SDK; wrap it in fromAiSdk(model), from "express-llm/ai-sdk".'
  if (typeof value === 'function')
    return 'this is a function; a model of the AI SDK goes in fromAiSdk(model), from "express-llm/ai-sdk".'
  const mistaken = mistakenFor(value)
  if (mistaken === 'a promise') return 'this is a promise; await it first.'
  return mistaken && `this is ${mistaken}; give its options instead, as in { baseUrl, apiKey }.`
}

function presetOf(name: string, options: ParsedProvider, problems: Problems): Preset | undefined {
  const { preset: given } = options
  const preset = presetNamed(given ?? (presetNamed(name) ? name : 'compatible'))
  if (given !== undefined && preset === undefined) {
    const hint = didYouMean(given, Object.keys(PRESETS))
    problems.add(optionPath('providers', name, 'preset'), `there is no preset "${given}".${hint}`)
  }
  return preset
}

function presetNamed(name: string): Preset | undefined {
  return Object.entries(PRESETS).find(([preset]) => preset === name)?.[1]
}

function complete(source: InstanceSource, problems: Problems): Instance {
  const { name, preset, options } = source
  checkFit(source, problems)
  const key = findKey(source, problems)
  const place = findPlace(source, problems)
  const missing = [key.missing, place.missing].filter((variable) => variable !== undefined)
  if (missing.length > 0) return { kind: 'incomplete', preset, missing }
  return {
    kind: 'http',
    limits: options.limits,
    config: {
      instance: name,
      preset,
      baseUrl: place.baseUrl,
      apiKey: key.apiKey,
      headers: options.headers ?? {},
      organization: options.organization,
      project: options.project,
      endpoint: place.endpoint,
      apiVersion: place.apiVersion,
      region: place.region,
    },
  }
}

/** Options that only one kind of client reads: anywhere else they would be ignored, and somebody misled. */
const READ_BY = {
  endpoint: 'azure',
  apiVersion: 'azure',
  region: 'bedrock',
  organization: 'openai',
  project: 'openai',
} as const satisfies Partial<Record<keyof ParsedProvider, Preset['client']>>

function checkFit({ name, preset, options }: InstanceSource, problems: Problems): void {
  for (const [option, client] of Object.entries(READ_BY)) {
    if (!Object.hasOwn(options, option) || preset.client === client) continue
    problems.add(
      optionPath('providers', name, option),
      `only the ${client} client reads it; this one is ${preset.client}.`,
    )
  }
}
