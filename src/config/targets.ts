/** Targets: what stands behind each `instance/model` that the options name. */
import { didYouMean } from '../core/spelling.ts'
import type { FirstTokenTimeout, Target } from '../core/target.ts'
import { knownContextWindow } from '../pricing/catalog.ts'
import type { AiSdkTarget } from '../providers/ai-sdk.ts'
import type { ProviderConfig } from '../providers/provider-config.ts'
import { serverOf } from './address.ts'
import { DEFAULT_FIRST_TOKEN_MS, DEFAULT_QUEUE, DEFAULT_REASONING_FIRST_TOKEN_MS } from './defaults.ts'
import type { MissingVariable } from './environment.ts'
import type { Instance, Instances } from './instances.ts'
import { shortened } from './option-path.ts'
import type { TargetOptions } from './options.ts'
import type { LimitOptions } from './resilience-options.ts'
import type { Problems } from './problems.ts'
import { isReasoningName } from './reasoning-models.ts'
import type { RouterConfig } from './router-config.ts'
import { looksSecret } from './show-value.ts'

export interface TargetSource {
  readonly instances: Instances
  readonly options: Readonly<Record<string, TargetOptions>>
  readonly timeouts: RouterConfig['timeouts']
}

/** Gives out one target per id, and remembers what was asked for. */
export interface TargetBook {
  /**
   * The target of this id, said at this option.
   *
   * @returns undefined when it cannot be used: its id is wrong (`problems` says why), or its instance is incomplete
   */
  find(id: string, path: string): Target | undefined
  /** Every id that was asked for, usable or not. */
  readonly asked: ReadonlySet<string>
  readonly usable: ReadonlyMap<string, Target>
  readonly providers: ReadonlyMap<string, ProviderConfig | AiSdkTarget>
  /** Instances without a key (or another variable), with the targets that are left out for it. */
  readonly incomplete: ReadonlyMap<string, Incomplete>
}

export interface Incomplete {
  readonly missing: readonly MissingVariable[]
  readonly targets: readonly string[]
}

/** A model's name travels in headers and metrics as part of the target's id. */
const MODEL = /^[\x21-\x7e]{1,256}$/
const EXAMPLE = 'a target is "instance/model", as in "openai/gpt-4o"'

export function createTargetBook(source: TargetSource, problems: Problems): TargetBook {
  const asked = new Set<string>()
  const usable = new Map<string, Target>()
  const providers = new Map<string, ProviderConfig | AiSdkTarget>()
  const incomplete = new Map<string, { missing: readonly MissingVariable[]; targets: string[] }>()

  function add(id: string, { name, model, instance }: Reference): Target | undefined {
    const isNew = !asked.has(id)
    asked.add(id)
    if (instance.kind === 'incomplete') {
      const entry = incomplete.get(name) ?? { missing: instance.missing, targets: [] }
      if (isNew) entry.targets.push(id)
      incomplete.set(name, entry)
    }
    if (instance.kind !== 'http' && instance.kind !== 'ai-sdk') return undefined
    providers.set(name, instance.kind === 'http' ? instance.config : instance.target)
    const target = usable.get(id) ?? buildTarget({ id, name, model, instance }, source)
    usable.set(id, target)
    return target
  }

  function find(id: string, path: string): Target | undefined {
    const reference = readReference({ id, path, instances: source.instances }, problems)
    return reference && add(id, reference)
  }
  return { asked, usable, providers, incomplete, find }
}

interface Reference {
  /** The instance's name. */
  readonly name: string
  readonly model: string
  readonly instance: Instance
}

/** Splits at the first slash, because models may hold further ones: `groq/openai/gpt-oss-20b`. */
function readReference(
  { id, path, instances }: { id: string; path: string; instances: Instances },
  problems: Problems,
): Reference | undefined {
  const shown = looksSecret(id) ? 'this' : shortened(id)
  const slash = id.indexOf('/')
  const name = id.slice(0, slash)
  const model = id.slice(slash + 1)
  if (slash < 1 || !MODEL.test(model)) {
    problems.add(path, `${shown} is not a target: ${EXAMPLE}.`)
    return undefined
  }
  const instance = instances.find(name)
  if (instance === undefined) {
    problems.add(path, `${shown} names no provider instance or preset.${didYouMean(name, instances.names)}`)
    return undefined
  }
  if (instance.kind === 'ai-sdk' && instance.target.modelId !== model) {
    const right = `${name}/${instance.target.modelId}`
    problems.add(path, `${shown} is not the model that the instance "${name}" holds. Say "${right}".`)
    return undefined
  }
  return { name, model, instance }
}

type UsableInstance = Extract<Instance, { kind: 'http' | 'ai-sdk' }>

function buildTarget(
  { id, name, model, instance }: { id: string; name: string; model: string; instance: UsableInstance },
  { options, timeouts }: TargetSource,
): Target {
  const own = Object.hasOwn(options, id) ? options[id] : undefined
  const priceModel = own?.priceAs ?? model
  const { provider, priceProvider } = vendorOf(instance)
  const isReasoning = own?.isReasoning ?? isReasoningName(priceModel)
  return {
    id,
    instance: name,
    provider,
    model,
    priceProvider,
    priceModel,
    price: own?.price,
    contextWindowTokens: own?.contextWindowTokens ?? knownContextWindow(priceProvider, priceModel),
    capabilities: own?.capabilities ?? {},
    attemptTimeoutMs:
      own?.attemptTimeoutMs ?? (isReasoning ? timeouts.reasoningAttemptMs : timeouts.attemptMs),
    firstToken: firstTokenOf(own, isReasoning, timeouts),
    betweenTokensTimeoutMs:
      own?.betweenTokensTimeoutMs ??
      (isReasoning ? timeouts.reasoningBetweenTokensMs : timeouts.betweenTokensMs),
    limits: limitsOf({ [name]: instance.kind === 'http' ? instance.limits : undefined, [id]: own?.limits }),
    server: instance.kind === 'http' ? serverOfConfig(instance.config) : undefined,
  }
}

/** By scope, in the order given. */
function limitsOf(scopes: Readonly<Record<string, LimitOptions | undefined>>): Target['limits'] {
  return Object.entries(scopes).flatMap(([scope, limits]) =>
    limits === undefined ? [] : [{ scope, policy: { ...DEFAULT_QUEUE, ...limits } }],
  )
}

function firstTokenOf(
  own: TargetOptions | undefined,
  isReasoning: boolean,
  timeouts: RouterConfig['timeouts'],
): FirstTokenTimeout {
  const asked =
    own?.firstTokenTimeoutMs ?? (isReasoning ? timeouts.reasoningFirstTokenMs : timeouts.firstTokenMs)
  if (asked !== undefined) return { timeoutMs: asked, isDefault: false }
  return {
    timeoutMs: isReasoning ? DEFAULT_REASONING_FIRST_TOKEN_MS : DEFAULT_FIRST_TOKEN_MS,
    isDefault: true,
  }
}

function vendorOf(instance: UsableInstance): { provider: string; priceProvider: string | undefined } {
  if (instance.kind !== 'http') return instance.target
  const { preset, instance: name } = instance.config
  return { provider: preset.provider ?? name, priceProvider: preset.priceProvider }
}

function serverOfConfig({ baseUrl, endpoint }: ProviderConfig): Target['server'] {
  const address = baseUrl ?? endpoint
  return address === undefined ? undefined : serverOf(address)
}
