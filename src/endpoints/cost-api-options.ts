import type { ServerResponse } from 'node:http'
import type { AppRequest } from '../core/identify.ts'
import { type LlmError, invalidConfig } from '../core/llm-error.ts'
import { didYouMean } from '../core/spelling.ts'
import { traceUrlOf, type TraceUrl } from '../ledger/trace-url.ts'
import { isRouter } from '../surface/router.ts'
import type { Admit, Admitted } from './admit.ts'

export interface CostApiOptions<Req = AppRequest> {
  /**
   * Says who may read; may be async. True, or an object that says who it is, lets in; false, null and undefined do not: 403, or
   * 401 where it has set `www-authenticate`. It may answer the request itself, with a redirect say. What it throws is a 500
   * without detail, or 401 and 403 where the thrown has that `status`. Required: `basicAuth({ … })`, or a function of your own.
   */
  readonly authorize: (req: Req, res: ServerResponse) => Admitted | Promise<Admitted>
  /**
   * Where a trace can be seen: an http or https address with `{traceId}` in it, and `{spanId}` if it is needed.
   * @default no links
   */
  readonly traceUrl?: string
}

/** The options, complete. */
export interface CostApiConfig {
  readonly authorize: Admit
  readonly traceUrl: TraceUrl | undefined
}

/**
 * @param maker whose options they are, for the errors
 * @throws LlmError `config_invalid` naming option and rule
 */
export function costApiConfig(maker: string, router: unknown, options: unknown): CostApiConfig {
  if (typeof router !== 'object' || router === null || !isRouter(router))
    throw invalid(maker, 'router', 'its first argument must be a router of createRouter()')
  if (typeof options !== 'object' || options === null)
    throw invalid(
      maker,
      'options',
      'its second argument must be options such as { authorize: basicAuth({ … }) }',
    )
  const given: Readonly<Record<string, unknown>> = { ...options }
  const unknown = Object.keys(given).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined)
    throw invalid(maker, unknown, `"${unknown}" is no option of it.${didYouMean(unknown, OPTIONS)}`)
  const { authorize, traceUrl } = given
  if (!isAdmit(authorize)) throw invalid(maker, 'authorize', `"authorize" ${AUTHORIZE_RULE}`)
  return { authorize, traceUrl: traceUrl === undefined ? undefined : traceUrlOf(traceUrl, 'traceUrl') }
}

const OPTIONS: readonly string[] = ['authorize', 'traceUrl'] satisfies readonly (keyof CostApiOptions)[]
const AUTHORIZE_RULE =
  'must be a function that says who may read: without it anybody could see who spends what. See basicAuth()'

function isAdmit(value: unknown): value is Admit {
  return typeof value === 'function'
}

// oxlint-disable-next-line max-params
function invalid(maker: string, param: string, detail: string): LlmError {
  return invalidConfig(`${maker} cannot be mounted: ${detail}${/[.?]$/.test(detail) ? '' : '.'}`, param)
}
