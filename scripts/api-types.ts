/**
 * TypeScript types from openapi.json: one entry for each operation, `Api['GET /api/channels']`, with what
 * goes in (`params`, `query`, `body`) and what comes out of a success (`answer`). For `web` and `cli`.
 *
 * Knows the JSON Schema that our own routes produce and stops at anything else, so that nothing is typed
 * as `unknown` by accident.
 */
export interface JsonSchema {
  /** Of a schema that stands among the components. */
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  /** What the keys of a map may be. */
  readonly propertyNames?: JsonSchema
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly nullable?: boolean
  readonly default?: unknown
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: JsonSchema
}

type Content = Readonly<Record<string, { readonly schema?: JsonSchema }>>

export interface Operation {
  readonly summary?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
}

export interface ApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, JsonSchema>> }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

const HEADER = '/** Made by `npm run generate` from openapi.json. Do not edit. */'
const COMPONENT = '#/components/schemas/'

export function apiTypes(api: ApiDocument): string {
  const entries = Object.entries(api.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, operation]) => entry(method, path, operation)),
  )
  const named = Object.entries(api.components?.schemas ?? {}).map(
    ([name, schema]) => `export type ${name} = ${typeOf(schema, '')}`,
  )
  return `${[HEADER, ...named, 'export interface Api {', ...entries, '}'].join('\n')}\n`
}

function entry(method: string, path: string, operation: Operation): string {
  const members = [
    ...group('params', operation, 'path'),
    ...group('query', operation, 'query'),
    ...contentMember('body', operation.requestBody?.content),
    ...contentMember('answer', success(operation), 'null'),
  ]
  const comment = operation.summary === undefined ? [] : [`  /** ${operation.summary} */`]
  return [...comment, `  '${method.toUpperCase()} ${path}': {`, ...members, '  }'].join('\n')
}

function success(operation: Operation): Content | undefined {
  const [, response] = Object.entries(operation.responses).find(([status]) => /^2/.test(status)) ?? []
  return response?.content
}

function group(name: string, operation: Operation, place: string): string[] {
  const own = (operation.parameters ?? []).filter((parameter) => parameter.in === place)
  if (own.length === 0) return []
  const properties = Object.fromEntries(own.map((parameter) => [parameter.name, parameter.schema]))
  const required = own.filter((parameter) => parameter.required).map((parameter) => parameter.name)
  const optional = required.length === 0 ? '?' : ''
  return [`    ${name}${optional}: ${typeOf({ type: 'object', properties, required }, '    ')}`]
}

function contentMember(name: string, content: Content | undefined, absent?: string): string[] {
  const schema = content?.['application/json']?.schema
  if (schema) return [`    ${name}: ${typeOf(schema, '    ')}`]
  return absent === undefined ? [] : [`    ${name}: ${absent}`]
}

/** @throws Error at a schema of a kind that no route has used so far */
function typeOf(schema: JsonSchema, indent: string): string {
  if (schema.$ref?.startsWith(COMPONENT)) return schema.$ref.slice(COMPONENT.length)
  if (schema.nullable) return `${typeOf({ ...schema, nullable: false }, indent)} | null`
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  if (schema.enum) return schema.enum.map((value) => quoted(value)).join(' | ')
  if (schema.anyOf) return schema.anyOf.map((option) => typeOf(option, indent)).join(' | ')
  if (Array.isArray(schema.type)) {
    return (schema.type as readonly string[]).map((type) => typeOf({ ...schema, type }, indent)).join(' | ')
  }
  switch (schema.type) {
    case 'string':
    case 'boolean':
    case 'null':
      return schema.type
    case 'number':
    case 'integer':
      return 'number'
    case 'array':
      return `readonly ${itemType(schema.items ?? {}, indent)}[]`
    case 'object':
      return objectType(schema, indent)
    case undefined:
      if (Object.keys(schema).every((key) => key === 'description')) return 'unknown'
  }
  throw new Error(`no type is known for the schema ${JSON.stringify(schema)}`)
}

function objectType(schema: JsonSchema, indent: string): string {
  if (!schema.properties) return mapType(schema, indent)
  const lines = Object.entries(schema.properties).flatMap(([name, property]) => {
    const optional = schema.required?.includes(name) ? '' : '?'
    const comment = property.description === undefined ? [] : [`${indent}  /** ${property.description} */`]
    return [...comment, `${indent}  readonly ${keyOf(name)}${optional}: ${typeOf(property, `${indent}  `)}`]
  })
  return lines.length === 0 ? 'Record<string, never>' : ['{', ...lines, `${indent}}`].join('\n')
}

/** A name that is none in TypeScript, such as `name[]`, stands in quotes. */
function keyOf(name: string): string {
  return /^[\w$]+$/.test(name) ? name : quoted(name)
}

function mapType(schema: JsonSchema, indent: string): string {
  const values = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : {}
  const keys = schema.propertyNames?.enum
  const map = `Record<${keys ? typeOf(schema.propertyNames, indent) : 'string'}, ${typeOf(values, indent)}>`
  // of named keys those that are not required can be missing
  const isPartial = keys?.some((key) => !schema.required?.includes(String(key)))
  return isPartial ? `Readonly<Partial<${map}>>` : `Readonly<${map}>`
}

function quoted(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

function itemType(schema: JsonSchema, indent: string): string {
  const type = typeOf(schema, indent)
  const isUnion = schema.nullable || schema.enum || schema.anyOf || Array.isArray(schema.type)
  return isUnion ? `(${type})` : type
}
