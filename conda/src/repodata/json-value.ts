/**
 * JSON as values: reading that no key can poison, writing that gives the same bytes for the same content.
 */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

/**
 * Reads JSON; a member named `__proto__` is left out at every level.
 *
 * JSON.parse makes it an own property, and any `target[key] = value` in a later copy would then replace
 * the prototype. `constructor` and `prototype` stay: conda has a package of that name, and as own
 * properties they do no harm. Ask for members by a name from outside with `Object.hasOwn` only.
 * @throws SyntaxError
 */
export function parseJson(text: string): JsonValue {
  // The reviver is slow, so only for a text that can hold the name: as it is, or with an escape in it.
  const suspect = text.includes('__proto__') || text.includes('\\u')
  const value: unknown = suspect ? JSON.parse(text, dropPrototype) : JSON.parse(text)
  return value as JsonValue // which is what JSON.parse returns
}

function dropPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** As Array.isArray, which would make `any` of the items. */
export function isJsonArray(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value)
}

/** The strings of a list; empty for anything that is no list. */
export function stringsIn(value: JsonValue | undefined): readonly string[] {
  return isJsonArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Compact JSON with the keys of all objects in order: the same bytes for the same content. */
export function stableJson(value: JsonValue): string {
  return JSON.stringify(sortKeys(value))
}

/** The same value with its keys in order (UTF-16 code units), itself when they are already. */
export function sortKeys(value: JsonValue): JsonValue {
  if (isJsonArray(value)) {
    const sorted = value.map(sortKeys)
    return sorted.every((item, i) => item === value[i]) ? value : sorted
  }
  if (!isJsonObject(value)) return value
  const entries: [string, JsonValue][] = []
  let changed = false
  let last: string | undefined
  for (const key of Object.keys(value)) {
    const item = value[key]
    if (item === undefined) continue
    const sorted = sortKeys(item)
    changed ||= sorted !== item || (last !== undefined && last > key)
    entries.push([key, sorted])
    last = key
  }
  return changed ? Object.fromEntries(entries.sort(byKey)) : value
}

/** Order of the entries of a map: by UTF-16 code units, which for ASCII is also that of the bytes. */
export function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0
}
