/**
 * JSON of a package, read so that every reader sees the same thing: no duplicate keys (Python takes the last,
 * rattler refuses), no `__proto__` (assigning it would change an object's prototype), no endless nesting, no
 * byte order mark, and sound UTF-8.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../repodata/json-value.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'

const MAX_DEPTH = 64

/** @throws InvalidPackageError invalid-json */
export function parseJsonFile(bytes: Uint8Array, path: string): JsonValue {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    // JSON.parse gives JsonValue and nothing else.
    const value = JSON.parse(text) as JsonValue
    requirePlainKeys(text)
    return value
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new InvalidPackageError('invalid-json', `${path} is not usable JSON: ${reason}`, {
      member: path,
      cause: error,
    })
  }
}

/** @throws InvalidPackageError invalid-json */
export function parseJsonObject(bytes: Uint8Array, path: string): JsonObject {
  const value = parseJsonFile(bytes, path)
  if (isJsonObject(value)) return value
  throw new InvalidPackageError('invalid-json', `${path} holds no JSON object at its top`, { member: path })
}

/** Walks text that is known to be JSON: only strings, brackets and colons matter. */
function requirePlainKeys(text: string): void {
  const open: (Set<string> | undefined)[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '{' || char === '[') {
      open.push(char === '{' ? new Set() : undefined)
      if (open.length > MAX_DEPTH) throw new Error(`nested deeper than ${MAX_DEPTH}`)
    } else if (char === '}' || char === ']') {
      open.pop()
    } else if (char === '"') {
      const end = endOfString(text, i)
      const keys = open.at(-1)
      if (keys !== undefined && isKey(text, end + 1)) addKey(keys, text.slice(i, end + 1))
      i = end
    }
  }
}

function endOfString(text: string, start: number): number {
  let i = start + 1
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1
  return i
}

function isKey(text: string, after: number): boolean {
  let i = after
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\t' || text[i] === '\r') i++
  return text[i] === ':'
}

function addKey(keys: Set<string>, literal: string): void {
  // A string literal of valid JSON.
  const key = literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1)
  if (key === '__proto__') throw new Error('it has a key "__proto__"')
  if (keys.has(key)) throw new Error(`it has the key ${quote(key)} twice`)
  keys.add(key)
}
