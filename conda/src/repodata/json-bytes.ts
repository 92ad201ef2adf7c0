/**
 * JSON read where it lies, in bytes: finds where a value ends and checks its grammar on the way, without
 * making strings or objects. An index of 380 MB is scanned in less time than decoding it alone would take.
 *
 * Every method takes the offset where something begins and returns the offset behind it. Accepted is
 * RFC 8259 in valid UTF-8, no more, and no key twice in one object.
 * `bytes[i]!` stands for "or undefined behind the end", which fails every comparison below, as it should.
 */
import { JsonSyntaxError } from './json-syntax-error.ts'
import { OffsetList } from './offset-list.ts'
import { utf8Length } from './utf8-bytes.ts'

/** Objects and arrays within each other. Real records use three levels; a stack overflow needs thousands. */
export const MAX_JSON_DEPTH = 64

/** Called for each member of an object instead of skipping it; returns the offset behind its value. */
export type VisitMember = (keyStart: number, keyEnd: number, valueStart: number) => number

const QUOTE = 0x22
const PLUS = 0x2b
const COMMA = 0x2c
const MINUS = 0x2d
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const OPEN_BRACKET = 0x5b
const BACKSLASH = 0x5c
const CLOSE_BRACKET = 0x5d
export const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** 1 for the bytes that stand for themselves in a string: ASCII but quote, backslash and control. */
const PLAIN = new Uint8Array(256)
for (let byte = 0x20; byte < 0x80; byte++) PLAIN[byte] = byte === QUOTE || byte === BACKSLASH ? 0 : 1

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

export class JsonBytes {
  readonly bytes: Uint8Array
  /** Start and end of the keys of all objects that are open, the innermost last. */
  readonly #keys = new OffsetList()

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  /** The text from `start` to `end`. */
  text(start: number, end: number): string {
    return decoder.decode(this.bytes.subarray(start, end))
  }

  /** What the JSON string from `start` to `end`, quotes included, stands for. */
  string(start: number, end: number): string {
    const text = this.text(start, end)
    return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1)
  }

  /** The offset of the next byte that is no white space, possibly the end. */
  skipSpace(start: number): number {
    const bytes = this.bytes
    let at = start
    while (bytes[at]! <= 0x20) {
      const byte = bytes[at]!
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) break
      at++
    }
    return at
  }

  /** @param depth of the value: 1 for the outermost */
  skipValue(start: number, depth: number): number {
    const byte = this.bytes[start]!
    if (byte === QUOTE) return this.skipString(start)
    if (byte === OPEN_BRACE) return this.skipObject(start, depth)
    if (byte === OPEN_BRACKET) return this.#skipArray(start, depth)
    if (byte === MINUS || (byte >= ZERO && byte <= NINE)) return this.#skipNumber(start)
    if (byte === 0x74) return this.#skipWord(start, 'true')
    if (byte === 0x66) return this.#skipWord(start, 'false')
    if (byte === 0x6e) return this.#skipWord(start, 'null')
    throw this.unexpected(start, 'a value')
  }

  /** @param visit called for every member, which it has to skip; by default members are only checked */
  skipObject(start: number, depth: number, visit?: VisitMember): number {
    const bytes = this.bytes
    if (bytes[start] !== OPEN_BRACE) throw this.unexpected(start, 'an object')
    this.#checkDepth(start, depth)
    let at = this.skipSpace(start + 1)
    if (bytes[at] === CLOSE_BRACE) return at + 1
    const keys = this.#keys
    const base = keys.length
    let seen: Set<string> | undefined
    for (;;) {
      const keyStart = at
      let keyEnd = seen === undefined ? this.#skipAscendingKey(keyStart, base) : 0
      if (keyEnd === 0) {
        keyEnd = this.skipString(keyStart)
        seen ??= this.#keysSince(base)
        this.#addKey(seen, keyStart, keyEnd)
      }
      at = this.skipSpace(keyEnd)
      if (bytes[at] !== COLON) throw this.unexpected(at, 'a colon')
      at = this.skipSpace(at + 1)
      at = visit === undefined ? this.skipValue(at, depth + 1) : visit(keyStart, keyEnd, at)
      at = this.skipSpace(at)
      const byte = bytes[at]!
      if (byte === CLOSE_BRACE) break
      if (byte !== COMMA) throw this.unexpected(at, 'a comma or the end of the object')
      at = this.skipSpace(at + 1)
    }
    keys.length = base
    return at + 1
  }

  /** Behind the closing quote of the string that opens at `start`. */
  skipString(start: number): number {
    const bytes = this.bytes
    const end = bytes.length
    if (bytes[start] !== QUOTE) throw this.unexpected(start, 'a string')
    let at = start + 1
    for (;;) {
      while (at < end && PLAIN[bytes[at]!] === 1) at++
      const byte = bytes[at]!
      if (byte === QUOTE) return at + 1
      if (byte === BACKSLASH) at = this.#skipEscape(at)
      else if (byte >= 0x80) at = this.#skipUtf8(at)
      else if (byte < 0x20) throw new JsonSyntaxError('not-json', `control character ${byte} in a string`, at)
      else throw new JsonSyntaxError('truncated', 'the text ends within a string', end)
    }
  }

  /** The error for whatever stands at `at`, where `wanted` was to be. */
  unexpected(at: number, wanted: string): JsonSyntaxError {
    const { length } = this.bytes
    if (at >= length)
      return new JsonSyntaxError('truncated', `the text ends where ${wanted} was expected`, length)
    const excerpt = this.text(at, Math.min(at + 24, length)).replace(/[^\x20-\x7e]+/g, ' ')
    return new JsonSyntaxError('not-json', `${JSON.stringify(excerpt)} where ${wanted} was expected`, at)
  }

  #skipArray(start: number, depth: number): number {
    const bytes = this.bytes
    this.#checkDepth(start, depth)
    let at = this.skipSpace(start + 1)
    if (bytes[at] === CLOSE_BRACKET) return at + 1
    for (;;) {
      at = this.skipSpace(this.skipValue(at, depth + 1))
      const byte = bytes[at]!
      if (byte === CLOSE_BRACKET) return at + 1
      if (byte !== COMMA) throw this.unexpected(at, 'a comma or the end of the array')
      at = this.skipSpace(at + 1)
    }
  }

  #checkDepth(at: number, depth: number): void {
    if (depth > MAX_JSON_DEPTH)
      throw new JsonSyntaxError('too-deep', `nested deeper than ${MAX_JSON_DEPTH} levels`, at)
  }

  #skipEscape(start: number): number {
    const letter = String.fromCharCode(this.bytes[start + 1] ?? 0)
    if ('"\\/bfnrt'.includes(letter)) return start + 2
    const digits = String.fromCharCode(...this.bytes.subarray(start + 2, start + 6))
    if (letter === 'u' && /^[0-9A-Fa-f]{4}$/.test(digits)) return start + 6
    throw new JsonSyntaxError('not-json', 'an escape that JSON does not have', start)
  }

  #skipUtf8(start: number): number {
    const length = utf8Length(this.bytes, start)
    if (length === 0) throw new JsonSyntaxError('not-json', 'bytes that are no UTF-8', start)
    return start + length
  }

  #skipNumber(start: number): number {
    const bytes = this.bytes
    let at = bytes[start] === MINUS ? start + 1 : start
    at = bytes[at] === ZERO ? at + 1 : this.#skipDigits(at)
    if (bytes[at] === 0x2e) at = this.#skipDigits(at + 1)
    if (bytes[at] !== 0x65 && bytes[at] !== 0x45) return at
    const signed = bytes[at + 1] === PLUS || bytes[at + 1] === MINUS
    return this.#skipDigits(signed ? at + 2 : at + 1)
  }

  #skipDigits(start: number): number {
    const bytes = this.bytes
    let at = start
    while (bytes[at]! >= ZERO && bytes[at]! <= NINE) at++
    if (at === start) throw this.unexpected(at, 'a digit')
    return at
  }

  #skipWord(start: number, word: string): number {
    for (let i = 0; i < word.length; i++) {
      if (this.bytes[start + i] !== word.charCodeAt(i)) throw this.unexpected(start, 'a value')
    }
    return start + word.length
  }

  // Two readers that disagree on which of two equal keys wins see two different records: a repeated key is
  // refused. Writers of indexes sort their keys, and what ascends cannot repeat, so only an object out of
  // order (or with an escape in a key, which can spell any letter) pays for a set of strings.

  /**
   * Behind a key that is greater, byte by byte, than the one before it in its object, of which `#keys`
   * holds those since `base`; 0 when it is not, or is not plain ASCII without escapes.
   */
  #skipAscendingKey(start: number, base: number): number {
    const bytes = this.bytes
    if (bytes[start] !== QUOTE) return 0
    const keys = this.#keys
    const offsets = keys.reserve(2)
    const top = keys.length
    let at = start + 1
    if (top > base) {
      const shift = offsets[top - 2]! - start // from this key to the last one
      const lastEnd = offsets[top - 1]! - shift
      while (at < lastEnd && bytes[at] === bytes[at + shift]) at++
      if (at === lastEnd || !(bytes[at]! > bytes[at + shift]!)) return 0
    }
    const end = bytes.length
    while (at < end && PLAIN[bytes[at]!] === 1) at++
    if (bytes[at] !== QUOTE) return 0
    offsets[top] = start
    offsets[top + 1] = at + 1
    keys.length = top + 2
    return at + 1
  }

  #keysSince(base: number): Set<string> {
    const seen = new Set<string>()
    const { values, length } = this.#keys
    for (let i = base; i < length; i += 2) seen.add(this.string(values[i]!, values[i + 1]!))
    return seen
  }

  #addKey(seen: Set<string>, start: number, end: number): void {
    const size = seen.size
    seen.add(this.string(start, end))
    if (seen.size > size) return
    const key = this.text(start, Math.min(end, start + 200))
    throw new JsonSyntaxError('duplicate-key', `the key ${key} a second time`, start)
  }
}
