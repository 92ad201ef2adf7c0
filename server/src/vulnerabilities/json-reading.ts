/**
 * Tolerant reading of JSON that somebody else wrote. Fields we do not know are ignored; a known field of the
 * wrong type reads as absent; only what makes a record unusable throws. Hand-written because a feed holds
 * hundreds of thousands of nested objects, and most of each is never looked at.
 */
export type JsonObject = Readonly<Record<string, unknown>>

/** Why one record cannot be used; the message names the field. The importer skips the record and reports it. */
export class RecordError extends Error {
  override readonly name = 'RecordError'
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object, or an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}

/** @throws RecordError when `value` is no object */
export function requireObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new RecordError(`${what} is ${describe(value)}, not an object`)
  return value
}

/** The objects of an array; other members are left out. */
export function objectsOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** The strings of an array; other members and empty ones are left out. */
export function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((item) => textOf(item) ?? []) : []
}

/** A string with something in it; NUL and half characters, which a database refuses, are replaced. */
export function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined
  const text = value.isWellFormed() ? value : value.toWellFormed()
  return text.includes('\0') ? text.replaceAll('\0', '\ufffd') : text
}

/** @throws RecordError when the field is missing, empty or no string */
export function requireText(record: JsonObject, field: string): string {
  const value = textOf(record[field])
  if (value === undefined) throw new RecordError(`field "${field}" is ${describe(record[field])}, not a text`)
  return value
}

/** A CVSS score: 0 to 10. */
export function scoreOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 && value <= 10 ? value : undefined
}

/**
 * An instant in any of the spellings of the feeds, in milliseconds: RFC 3339, the same without a zone (NVD and
 * old CVE records mean UTC), or NVD 1.1's `2021-09-10T07:00Z`.
 */
export function instantOf(value: unknown): number | null {
  if (typeof value !== 'string') return null
  const hasZone = /(?:Z|[+-]\d{2}:?\d{2})$/.test(value)
  const ms = Date.parse(hasZone || !value.includes('T') ? value : `${value}Z`)
  return Number.isNaN(ms) ? null : ms
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (value === '') return 'empty'
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`
}
