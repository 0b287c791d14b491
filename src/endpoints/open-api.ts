import type { QueryParam, QueryParams } from '../ledger/query-param.ts'
import { VERSION } from '../surface/version.ts'
import { COST_ROUTES, EXPORT_ROUTE, OPEN_API_PATH } from './cost-routes.ts'
import { reference, TEXT, type JsonSchema } from './json-schema.ts'
import { SCHEMAS } from './open-api-schemas.ts'

/**
 * The description of the cost API (OpenAPI 3.1), from the table that serves it.
 *
 * @param mount where the API is, below the host: `/llm`
 */
export function openApi(mount: string): JsonSchema {
  return {
    openapi: '3.1.1',
    info: {
      title: 'express-llm: what was spent',
      version: VERSION,
      description: 'What the calls of an app to language models have cost. Amounts are USD, times ms.',
    },
    servers: [{ url: mount === '' ? '/' : mount }],
    paths: Object.fromEntries([
      ...COST_ROUTES.map((route) => [
        route.path,
        operation(route, { 'application/json': { schema: reference(route.schema) } }),
      ]),
      [EXPORT_ROUTE.path, operation(EXPORT_ROUTE, ROWS)],
      [OPEN_API_PATH, operation(DESCRIPTION, { 'application/json': { schema: { type: 'object' } } })],
    ]),
    components: { schemas: SCHEMAS },
  }
}

const ROWS = { 'text/csv': { schema: TEXT }, 'application/x-ndjson': { schema: TEXT } }
const DESCRIPTION = {
  path: OPEN_API_PATH,
  operationId: 'getDescription',
  summary: 'This description',
  params: {},
}

interface Described {
  readonly path: string
  readonly operationId: string
  readonly summary: string
  readonly params: QueryParams
}

function operation({ path, operationId, summary, params }: Described, content: object): object {
  const isOfOne = path.includes('{id}')
  const id = { name: 'id', in: 'path', required: true, schema: TEXT }
  return {
    get: {
      operationId,
      summary,
      parameters: [
        ...(isOfOne ? [id] : []),
        ...Object.entries(params).map(([name, param]) => parameter(name, param)),
      ],
      responses: {
        200: { description: summary, content },
        ...problems(isOfOne ? { ...PROBLEMS, 404: 'There is no such call.' } : PROBLEMS),
      },
    },
  }
}

const PROBLEMS = {
  400: 'The params are wrong.',
  401: 'Nobody is signed in.',
  403: 'It is not open to this visitor.',
  500: 'The server could not tell who is asking.',
  503: 'The ledger cannot be read now.',
}

function problems(said: Readonly<Record<number, string>>): object {
  const content = { 'application/problem+json': { schema: reference('Problem') } }
  return Object.fromEntries(
    Object.entries(said).map(([status, description]) => [status, { description, content }]),
  )
}

function parameter(name: string, param: QueryParam): object {
  return { name, in: 'query', required: false, description: param.description, schema: schemaOf(param) }
}

function schemaOf(param: QueryParam): JsonSchema {
  switch (param.kind) {
    case 'choice':
      return { type: 'string', enum: param.choices }
    case 'count':
      return { type: 'integer', minimum: param.min, maximum: param.max, default: param.fallback }
    case 'moment':
      return { type: 'string', anyOf: [{ format: 'date' }, { format: 'date-time' }] }
    case 'text':
    case 'cursor':
      return { type: 'string', minLength: 1 }
  }
}
