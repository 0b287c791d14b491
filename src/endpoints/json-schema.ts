/** Schemas of answers, tied to their types: a field that one has and the other has not does not compile. */

/** A schema of JSON Schema 2020-12, as OpenAPI 3.1 takes it. */
export interface JsonSchema {
  readonly [keyword: string]: unknown
}

/** A field that may be absent. */
export interface OptionalField {
  readonly optional: JsonSchema
}

type FieldsOf<T> = {
  readonly [Name in keyof Required<T>]: object extends Pick<T, Name> ? OptionalField : JsonSchema
}

/** An object with exactly these fields. */
export function object<T>(fields: FieldsOf<T>): JsonSchema {
  const entries = Object.entries<JsonSchema | OptionalField>(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(
      entries.map(([name, field]) => [name, isOptional(field) ? field.optional : field]),
    ),
    required: entries.filter(([, field]) => !isOptional(field)).map(([name]) => name),
    additionalProperties: false,
  }
}

export function optional(schema: JsonSchema): OptionalField {
  return { optional: schema }
}

function isOptional(field: JsonSchema | OptionalField): field is OptionalField {
  return 'optional' in field
}

export const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items })
export const choice = (...choices: readonly string[]): JsonSchema => ({ type: 'string', enum: choices })
export const said = (description: string, schema: JsonSchema): JsonSchema => ({ ...schema, description })
export const reference = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })

export const TEXT: JsonSchema = { type: 'string' }
export const TEXT_OR_NULL: JsonSchema = { type: ['string', 'null'] }
export const FLAG: JsonSchema = { type: 'boolean' }
export const COUNT: JsonSchema = { type: 'integer', minimum: 0 }
export const MS: JsonSchema = { type: 'number', description: 'ms' }
export const SHARE: JsonSchema = { type: 'number', minimum: 0, maximum: 1 }
export const USD: JsonSchema = { type: 'number', description: 'USD' }
export const MOMENT: JsonSchema = { type: 'string', format: 'date-time' }
