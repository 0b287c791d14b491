import type { TransportConfig } from '../providers/provider-config.ts'

/** Environment variables: the process's, or those that the app passes. */
export interface Environment {
  /** The variable's value; undefined when it is not set, or set to nothing. */
  get(name: string): string | undefined
  /** Is the variable set, but to nothing (or to blanks)? */
  isEmpty(name: string): boolean
}

/** A variable that would make an instance complete. */
export interface MissingVariable {
  readonly name: string
  /** It is set, but to nothing. */
  readonly isEmpty: boolean
  /** The option of the instance that would do as well. */
  readonly option: string | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

/** The only reader of `process.env`. */
export function environment(variables: Variables = process.env): Environment {
  return {
    get: (name) => variables[name]?.trim() || undefined,
    isEmpty: (name) => variables[name]?.trim() === '',
  }
}

/** The proxies that the environment names. As with curl, the lower-case name wins. */
export function proxiesOf(env: Environment): TransportConfig['proxyEnvironment'] {
  const httpProxy = env.get('http_proxy') ?? env.get('HTTP_PROXY')
  const httpsProxy = env.get('https_proxy') ?? env.get('HTTPS_PROXY')
  const noProxy = env.get('no_proxy') ?? env.get('NO_PROXY')
  return {
    ...(httpProxy === undefined ? {} : { httpProxy }),
    ...(httpsProxy === undefined ? {} : { httpsProxy }),
    ...(noProxy === undefined ? {} : { noProxy }),
  }
}

/** Variables that stand in for an option, in the order in which they are asked. */
export const AZURE_ENDPOINT_VARIABLES: readonly string[] = ['AZURE_OPENAI_ENDPOINT']
export const AZURE_API_VERSION_VARIABLES: readonly string[] = ['OPENAI_API_VERSION']
export const BEDROCK_REGION_VARIABLES: readonly string[] = ['AWS_REGION', 'AWS_DEFAULT_REGION']

/** The first of these variables that is set. */
export function firstOf(env: Environment, names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = env.get(name)
    if (value !== undefined) return value
  }
  return undefined
}
