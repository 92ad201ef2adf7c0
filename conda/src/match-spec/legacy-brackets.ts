/**
 * `[key=value, …]` as conda's own parser reads it, which is not as one would write it down: whatever in
 * the brackets is not `key=value` is passed over in silence, and brackets within brackets break the spec.
 *
 * @see `_parse_spec_str` in conda/models/match_spec.py, steps 3 and 4
 */
import { InvalidMatchSpecError } from './errors.ts'
import type { BracketEntry } from './fields.ts'

/** A spec without its group, and what stood in the group: undefined if there was none. */
export interface Extracted {
  readonly rest: string
  readonly inside: string | undefined
}

/**
 * Takes out the last group, `[…]` or `(…)`, up to the last closing mark. Copies of the same text go too.
 */
export function takeLastGroup(spec: string, open: '[' | '(', close: ']' | ')'): Extracted {
  const end = spec.lastIndexOf(close)
  const start = end === -1 ? -1 : spec.lastIndexOf(open, end)
  if (start === -1) return { rest: spec, inside: undefined }
  const group = spec.slice(start, end + 1)
  return { rest: spec.replaceAll(group, ''), inside: group.slice(1, -1) }
}

/** @throws InvalidMatchSpecError when a value is empty */
export function readLegacyEntries(spec: string, inside: string): BracketEntry[] {
  const entries: BracketEntry[] = []
  const keys = /[A-Za-z0-9_-]+=/g
  for (let match = keys.exec(inside); match !== null; match = keys.exec(inside)) {
    const start = match.index + match[0].length
    const value = readValue(inside, start)
    if (value === undefined) continue
    if (value.text === '') throw new InvalidMatchSpecError(spec, 'a key in the brackets has no value')
    entries.push({ key: match[0].slice(0, -1), value: value.text })
    keys.lastIndex = value.end
  }
  return entries
}

/** @returns undefined for what conda passes over: a quote in the wrong place, or something glued behind */
function readValue(inside: string, start: number): { text: string; end: number } | undefined {
  const quote = inside.charAt(start)
  if (quote === '"' || quote === "'") {
    let end = start + 1
    while (end < inside.length && inside[end] !== '"' && inside[end] !== "'") end++
    if (inside[end] !== quote) return undefined
    const next = inside.charAt(end + 1)
    if (next !== '' && next !== ',' && next !== ' ') return undefined
    return { text: inside.slice(start + 1, end), end: end + 2 }
  }
  let end = start
  while (end < inside.length && inside[end] !== ',' && inside[end] !== ' ') {
    if (inside[end] === '"' || inside[end] === "'") return undefined
    end++
  }
  return { text: inside.slice(start, end), end: end + 1 }
}
