import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A span as OTLP/JSON sends it. */
export interface OtlpSpan {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly scope: string
}

/** A collector that keeps what it gets. */
export interface OtlpReceiver {
  readonly url: string
  readonly spans: readonly OtlpSpan[]
  readonly metricNames: ReadonlySet<string>
}

interface OtlpAttribute {
  readonly key: string
  readonly value: Readonly<Record<string, unknown>>
}

interface OtlpBody {
  readonly resourceSpans?: readonly {
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string }
      readonly spans: readonly (Omit<OtlpSpan, 'attributes' | 'scope'> & {
        readonly attributes: readonly OtlpAttribute[]
      })[]
    }[]
  }[]
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[]
  }[]
}

/** Listens on a free port until the test is done. */
export async function anOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: OtlpSpan[] = []
  const metricNames = new Set<string>()
  const server = createServer((req, res) => {
    void receive(req, res)
  })
  const receive = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = JSON.parse(await text(req)) as OtlpBody
    spans.push(...spansOf(body))
    for (const name of metricsOf(body)) metricNames.add(name)
    res.setHeader('content-type', 'application/json').end('{}')
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the receiver has no port')
  return { url: `http://127.0.0.1:${address.port}`, spans, metricNames }
}

function spansOf({ resourceSpans = [] }: OtlpBody): readonly OtlpSpan[] {
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ scope, spans }) =>
      spans.map((span) => ({ ...span, scope: scope.name, attributes: plain(span.attributes) })),
    )
}

function metricsOf({ resourceMetrics = [] }: OtlpBody): readonly string[] {
  return resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics)
    .flatMap(({ metrics }) => metrics.map(({ name }) => name))
}

/** `{ intValue: '3' }` → 3. */
function plain(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => {
      const [kind, told] = Object.entries(value)[0] ?? []
      return [key, kind === 'intValue' ? Number(told) : told]
    }),
  )
}
