/**
 * `[key=value, …]` in the syntax of repodata v3 (CEP 43, 44, 45): every character has to make sense,
 * values may be lists, and a quoted value may itself hold a spec with brackets and the same quotes.
 */
import { InvalidMatchSpecError } from './errors.ts'
import type { BracketEntry } from './fields.ts'

export interface V3Brackets {
  /** The spec without its brackets. */
  readonly rest: string
  /** undefined if there were none. */
  readonly entries: readonly BracketEntry[] | undefined
}

/** @throws InvalidMatchSpecError */
export function takeV3Brackets(spec: string): V3Brackets {
  const open = spec.indexOf('[')
  if (open === -1) return { rest: spec, entries: undefined }
  const reader = new BracketReader(spec, open + 1)
  const entries = reader.readEntries()
  return { rest: spec.slice(0, open) + spec.slice(reader.at), entries }
}

class BracketReader {
  readonly spec: string
  at: number

  constructor(spec: string, at: number) {
    this.spec = spec
    this.at = at
  }

  /** Reads up to and with the closing bracket. */
  readEntries(): BracketEntry[] {
    const entries = new Map<string, BracketEntry>()
    for (;;) {
      this.skipSpaces()
      if (this.peek() === ']' && entries.size > 0) break
      const entry = this.readEntry()
      if (entries.has(entry.key)) this.fail(`key ${entry.key} twice`)
      entries.set(entry.key, entry)
      const before = this.at
      this.skipSpaces()
      const next = this.peek()
      if (next === ',') this.at++
      else if (next !== ']' && this.at === before) this.fail(`nothing between ${entry.key} and what follows`)
    }
    this.at++
    return [...entries.values()]
  }

  private readEntry(): BracketEntry {
    const start = this.at
    while (/[A-Za-z0-9_-]/.test(this.peek())) this.at++
    const key = this.spec.slice(start, this.at)
    if (key === '') this.fail('a key is missing in the brackets')
    // `version<2` is short for `version='<2'`
    const relation = /[<>!~]/.test(this.peek())
    if (this.peek() === '=') this.at++
    else if (!relation) this.fail(`key ${key} has no value`)
    const value = this.readValue()
    if (value.length === 0 || (typeof value === 'string' && value.trim() === '')) {
      this.fail(`key ${key} has no value`)
    }
    return { key, value }
  }

  private readValue(): string | string[] {
    const first = this.peek()
    if (first === '"' || first === "'") return this.readQuoted(first)
    if (first === '[') return this.readList()
    return this.readBare(/[\s,]/)
  }

  private readQuoted(quote: string): string {
    const start = ++this.at
    let depth = 0
    for (; this.at < this.spec.length; this.at++) {
      const char = this.peek()
      if (char === '[') depth++
      else if (char === ']') depth--
      else if (char === quote && depth <= 0) return this.spec.slice(start, this.at++)
    }
    return this.fail('a quote is not closed')
  }

  /** A YAML flow list of texts; everything in it is text, `yes`, `0` and `null` too. */
  private readList(): string[] {
    const items: string[] = []
    this.at++
    for (;;) {
      this.skipSpaces()
      const first = this.peek()
      if (first === ']') break
      const item = first === '"' || first === "'" ? this.readQuoted(first) : this.readBare(/,/).trim()
      if (item === '') this.fail('an empty item in a list')
      items.push(item)
      this.skipSpaces()
      if (this.peek() === ',') this.at++
      else if (this.peek() !== ']') this.fail('a list is not closed')
    }
    this.at++
    return items
  }

  /** Up to a character of `ends` or the closing bracket; brackets in pairs, as in `^[0-9]$`, belong to it. */
  private readBare(ends: RegExp): string {
    const start = this.at
    let depth = 0
    for (; this.at < this.spec.length; this.at++) {
      const char = this.peek()
      if (char === '[') depth++
      else if (char === ']' && depth-- === 0) break
      else if (depth === 0 && ends.test(char)) break
    }
    return this.spec.slice(start, this.at)
  }

  private peek(): string {
    return this.spec.charAt(this.at)
  }

  private skipSpaces(): void {
    while (this.peek() === ' ' || this.peek() === '\t') this.at++
  }

  private fail(reason: string): never {
    throw new InvalidMatchSpecError(this.spec, reason)
  }
}
