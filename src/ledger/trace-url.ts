import { invalidConfig } from '../core/llm-error.ts'

/** Makes the link to a trace. */
export type TraceUrl = (ids: { readonly traceId: string; readonly spanId?: string | undefined }) => string

const PLACES = ['traceId', 'spanId'] as const
const SAMPLE = '0123456789abcdef'

/**
 * A template such as `https://jaeger.example/trace/{traceId}`; `{spanId}` is the span of the call's first attempt, and empty
 * where it is not known. What is put in is escaped.
 *
 * @param option whose value it is, for the error
 * @throws LlmError `config_invalid` for what is no template of an http or https address
 */
export function traceUrlOf(template: unknown, option: string): TraceUrl {
  const rule = wrongIn(template)
  if (rule !== undefined || typeof template !== 'string')
    throw invalidConfig(
      `"${option}" ${rule}. An example: "https://jaeger.example.com/trace/{traceId}".`,
      option,
    )
  return (ids) => filled(template, ids)
}

function wrongIn(template: unknown): string | undefined {
  if (typeof template !== 'string') return 'must be a text'
  const places = [...template.matchAll(/\{([^{}]*)\}/g)].map(([, name = '']) => name)
  const unknown = places.find((name) => !PLACES.includes(name as never))
  if (unknown !== undefined) return `knows {traceId} and {spanId}, not {${unknown}}`
  if (!places.includes('traceId')) return 'must hold {traceId}'
  const url = URL.parse(filled(template, { traceId: SAMPLE, spanId: SAMPLE }))
  if (url === null || !/^https?:$/.test(url.protocol)) return 'must be an http or https address'
  // It is sent to everybody who reads the page.
  return url.password === '' && url.username === '' ? undefined : 'must not hold a user or password'
}

function filled(template: string, ids: Parameters<TraceUrl>[0]): string {
  return template.replaceAll(/\{(traceId|spanId)\}/g, (_place, name: (typeof PLACES)[number]) =>
    encodeURIComponent(ids[name] ?? ''),
  )
}
