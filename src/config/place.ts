/** Where an instance's requests go. */
import { didYouMean } from '../core/spelling.ts'
import { PRESETS } from '../providers/presets.ts'
import { checkAddress, isEndpoint } from './address.ts'
import type { InstanceSource } from './credentials.ts'
import {
  AZURE_API_VERSION_VARIABLES,
  AZURE_ENDPOINT_VARIABLES,
  BEDROCK_REGION_VARIABLES,
  type Environment,
  firstOf,
  type MissingVariable,
} from './environment.ts'
import { optionPath } from './option-path.ts'
import type { Problems } from './problems.ts'

export interface Place {
  readonly baseUrl: string | undefined
  readonly endpoint?: string | undefined
  readonly apiVersion?: string | undefined
  readonly region?: string | undefined
  /** The variable that would say what is missing. */
  readonly missing?: MissingVariable
}

/** Reads and checks the address, as the preset's client takes it. */
export function findPlace(source: InstanceSource, problems: Problems): Place {
  switch (source.preset.client) {
    case 'openai':
      return findBaseUrl(source, problems)
    case 'azure':
      return findAzure(source, problems)
    case 'bedrock':
      return findBedrock(source, problems)
  }
}

function findBaseUrl({ name, preset, options }: InstanceSource, problems: Problems): Place {
  const baseUrl = options.baseUrl ?? preset.baseUrl
  if (baseUrl === undefined) {
    const isNameless = options.preset === undefined && !Object.hasOwn(PRESETS, name)
    const hint = isNameless ? didYouMean(name, Object.keys(PRESETS)) : ''
    const rule = isNameless ? 'names no preset and has no baseUrl' : `is missing baseUrl`
    problems.add(optionPath('providers', name), `${rule}; say which server it is.${hint}`)
  } else if (options.baseUrl !== undefined) {
    checkAddress(options.baseUrl, optionPath('providers', name, 'baseUrl'), problems)
  }
  return { baseUrl }
}

const AZURE_EXAMPLE = '"https://name.openai.azure.com"'

/** Newest API version that is no preview; Azure keeps its meaning. */
const AZURE_API_VERSION = '2024-10-21'

function findAzure({ name, options, env }: InstanceSource, problems: Problems): Place {
  const apiVersion = options.apiVersion ?? firstOf(env, AZURE_API_VERSION_VARIABLES) ?? AZURE_API_VERSION
  const path = (option: string): string => optionPath('providers', name, option)
  if (options.baseUrl !== undefined) {
    // A gateway in front of Azure, which has a path of its own.
    checkAddress(options.baseUrl, path('baseUrl'), problems)
    if (options.endpoint !== undefined)
      problems.add(path('baseUrl'), 'must not stand beside `endpoint`: one address.')
    return { baseUrl: options.baseUrl, apiVersion }
  }
  const endpoint = options.endpoint ?? firstOf(env, AZURE_ENDPOINT_VARIABLES)
  if (endpoint === undefined)
    return { baseUrl: undefined, missing: missingOf(env, AZURE_ENDPOINT_VARIABLES, 'endpoint') }
  if (!isEndpoint(endpoint)) {
    const place = options.endpoint === undefined ? AZURE_ENDPOINT_VARIABLES.join() : path('endpoint')
    problems.add(place, `must be the resource alone, as in ${AZURE_EXAMPLE}: no path, query or password.`)
  }
  return { baseUrl: undefined, endpoint, apiVersion }
}

function findBedrock({ name, options, env }: InstanceSource, problems: Problems): Place {
  const region = options.region ?? firstOf(env, BEDROCK_REGION_VARIABLES)
  const { baseUrl } = options
  if (baseUrl !== undefined) checkAddress(baseUrl, optionPath('providers', name, 'baseUrl'), problems)
  if (region !== undefined && !/^[a-z0-9-]{1,40}$/.test(region)) {
    problems.add(
      optionPath('providers', name, 'region'),
      'must be the name of an AWS region, as in "eu-central-1".',
    )
  }
  if (baseUrl !== undefined || region !== undefined) return { baseUrl, region }
  return { baseUrl, missing: missingOf(env, BEDROCK_REGION_VARIABLES, 'region') }
}

function missingOf(env: Environment, variables: readonly string[], option: string): MissingVariable {
  const [first = ''] = variables
  const name = variables.find((variable) => env.isEmpty(variable)) ?? first
  return { name, isEmpty: env.isEmpty(name), option }
}
