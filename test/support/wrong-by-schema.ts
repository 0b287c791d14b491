/** A small check of JSON against a schema of OpenAPI 3.1: what the descriptions of this package use, and nothing else. */

type Schema = Readonly<Record<string, unknown>>

/** What is wrong with a value, each with its place; nothing where it is as the schema says. */
export function wrongBySchema(
  value: unknown,
  schema: Schema,
  schemas: Readonly<Record<string, Schema>>,
): string[] {
  return wrongAt('$', value, schema)

  function wrongAt(place: string, value: unknown, schema: Schema): string[] {
    const known = ['$ref', 'type', 'enum', 'items', 'properties', 'required', 'additionalProperties']
    const unknown = Object.keys(schema).filter((word) => ![...known, ...BOUNDS].includes(word))
    if (unknown.length > 0) return [`${place}: the schema says ${unknown.join(', ')}`]
    if (typeof schema['$ref'] === 'string') {
      const target = schemas[schema['$ref'].replace('#/components/schemas/', '')]
      return target === undefined ? [`${place}: leads nowhere`] : wrongAt(place, value, target)
    }
    return [
      ...wrongType(place, value, schema),
      ...wrongValue(place, value, schema),
      ...(Array.isArray(value)
        ? value.flatMap((each, at) => wrongAt(`${place}[${at}]`, each, of(schema, 'items')))
        : []),
      ...(isObject(value) ? wrongFields(place, value, schema) : []),
    ]
  }

  function wrongFields(place: string, value: Schema, schema: Schema): string[] {
    const properties = of(schema, 'properties')
    const required = (schema['required'] ?? []) as readonly string[]
    return [
      ...required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${place}.${name}: is missing`),
      ...Object.entries(value).flatMap(([name, each]) => {
        const property = properties[name]
        if (isObject(property)) return wrongAt(`${place}.${name}`, each, property)
        return schema['additionalProperties'] === false ? [`${place}.${name}: is too much`] : []
      }),
    ]
  }
}

const BOUNDS = ['minimum', 'maximum', 'format', 'description']

function of(schema: Schema, word: string): Schema {
  const inner = schema[word]
  return isObject(inner) ? inner : {}
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrongType(place: string, value: unknown, { type }: Schema): string[] {
  if (type === undefined) return []
  const types = Array.isArray(type) ? type : [type]
  const is = typesOf(value)
  return types.some((each) => is.includes(each))
    ? []
    : [`${place}: is ${is.join(', ')}, not ${types.join(', ')}`]
}

function typesOf(value: unknown): readonly string[] {
  if (value === null) return ['null']
  if (Array.isArray(value)) return ['array']
  if (typeof value === 'number') return Number.isInteger(value) ? ['number', 'integer'] : ['number']
  return [typeof value]
}

function wrongValue(place: string, value: unknown, schema: Schema): string[] {
  const { enum: choices, minimum, maximum, format } = schema
  if (Array.isArray(choices) && !choices.includes(value))
    return [`${place}: is none of ${choices.join(', ')}`]
  if (typeof value === 'number') {
    if (typeof minimum === 'number' && value < minimum) return [`${place}: is below ${minimum}`]
    if (typeof maximum === 'number' && value > maximum) return [`${place}: is over ${maximum}`]
  }
  if (typeof value !== 'string') return []
  const isMoment = !Number.isNaN(Date.parse(value)) && new Date(value).toISOString() === value
  if (format === 'date-time' && !isMoment) return [`${place}: is no moment`]
  return format === 'uri' && !URL.canParse(value) ? [`${place}: is no address`] : []
}
