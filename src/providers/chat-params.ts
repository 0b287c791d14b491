import type { ChatParams } from '../core/openai-types.ts'
import { fieldOf, isObject } from '../core/json-shape.ts'
import { translateMessages, unsupportedContent } from './messages.ts'
import type { Dialect } from './preset.ts'

/** The body of a request, and what was left out of it. */
export interface ProviderBody {
  readonly body: Record<string, unknown>
  /** Hints that this service does not take; see `Dialect.dropParams`. */
  readonly droppedParams: readonly string[]
}

/** Puts OpenAI's chat params into one service's own. Pure, and total: whatever JSON they are, nothing throws. */
export interface ParamTranslation {
  /** Why these params cannot be sent without changing their meaning; undefined when they can. */
  unsupported(params: ChatParams): string | undefined
  /** @param model goes into the body whatever the params say */
  body(params: ChatParams, model: string): ProviderBody
}

/** Params that say how an answer is delivered: this room decides about them. */
const DELIVERY = new Set(['model', 'stream', 'stream_options', 'messages'])

/** The two names of the output limit. */
const LIMITS = new Set(['max_tokens', 'max_completion_tokens'])

const NOTHING_DROPPED: readonly string[] = []

/** @param name the provider instance, for reasons */
export function createChatTranslation(name: string, dialect: Dialect): ParamTranslation {
  const dropped = new Set(dialect.dropParams)
  const refused = new Set(dialect.unsupportedParams)
  const renamed = new Map(Object.entries(dialect.renamedParams ?? {}))

  function body(params: ChatParams, model: string): ProviderBody {
    const result: Record<string, unknown> = { model, messages: translateMessages(params.messages, dialect) }
    let droppedParams: string[] | undefined
    for (const param of Object.keys(params)) {
      const value = params[param]
      if (value === undefined || DELIVERY.has(param)) continue
      if (dropped.has(param)) {
        if (!isDefault(param, value)) (droppedParams ??= []).push(param)
      } else if (LIMITS.has(param)) {
        if (value !== null) result[dialect.maxTokensParam] = value
      } else if (!refused.has(param)) {
        // A refused param gets here only with the value that it has when it is left out.
        result[renamed.get(param) ?? param] = value
      }
    }
    return { body: result, droppedParams: droppedParams ?? NOTHING_DROPPED }
  }

  function unsupported(params: ChatParams): string | undefined {
    for (const param of refused) {
      const value = params[param]
      if (value !== undefined && !isDefault(param, value)) return reasonFor(name, param)
    }
    return conflictingLimits(params) ?? tooHot(params) ?? unsupportedFeature(params)
  }

  function tooHot({ temperature }: ChatParams): string | undefined {
    const { maxTemperature } = dialect
    if (maxTemperature === undefined || typeof temperature !== 'number' || temperature <= maxTemperature)
      return undefined
    return `${name} takes a "temperature" of at most ${maxTemperature}`
  }

  function unsupportedFeature(params: ChatParams): string | undefined {
    const features = dialect.unsupportedFeatures
    if (features === undefined || features.length === 0) return undefined
    return unsupportedContent(name, params, features)
  }

  return { unsupported, body }
}

function reasonFor(name: string, param: string): string {
  return param === 'n'
    ? `${name} gives one choice only, and "n" asks for more`
    : `${name} does not take "${param}"`
}

/** Both names of the output limit, and not the same limit: whichever we sent, it would not be what was asked for. */
function conflictingLimits(params: ChatParams): string | undefined {
  const { max_tokens: older, max_completion_tokens: newer } = params
  if (older === undefined || older === null || newer === undefined || newer === null || older === newer)
    return undefined
  return '"max_tokens" and "max_completion_tokens" are two names of one limit, and say different things'
}

/** Does this value say no more than leaving the param out? */
function isDefault(param: string, value: unknown): boolean {
  if (value === null) return true
  switch (param) {
    case 'n':
      return value === 1
    case 'logprobs':
    case 'store':
      return value === false
    case 'parallel_tool_calls':
      return value === true
    case 'tool_choice':
    case 'service_tier':
      return value === 'auto'
    case 'response_format':
      return fieldOf(value, 'type') === 'text'
    case 'modalities':
      return Array.isArray(value) && value.every((mode) => mode === 'text')
    case 'tools':
    case 'functions':
      return Array.isArray(value) && value.length === 0
    case 'logit_bias':
    case 'metadata':
      return isObject(value) && Object.keys(value).length === 0
    default:
      return false
  }
}
