import { globMatches } from './glob.ts'
import { regexTest } from './regex.ts'

/** How a text field of a spec is compared with the field of a record. */
export interface TextPattern {
  /** As written; lower case where the field ignores case. */
  readonly text: string
  /** Whether `text` is the one value that matches. */
  readonly exact: boolean
  matches(value: string): boolean
}

/**
 * `^…$` is a regular expression, `*` makes a glob, anything else is one value.
 *
 * @throws InvalidRegexError
 * @see `GlobStrMatch` in conda/models/match_spec.py
 */
export function textPattern(text: string): TextPattern {
  if (isRegex(text)) return { text, exact: false, matches: regexTest(text) }
  if (text === '*') return { text, exact: false, matches: () => true }
  if (text.includes('*')) return { text, exact: false, matches: (value) => globMatches(text, value) }
  return { text, exact: true, matches: (value) => value === text }
}

/** The same for a field in which case means nothing. */
export function caselessPattern(text: string): TextPattern {
  const pattern = textPattern(text.toLowerCase())
  return { ...pattern, matches: (value) => pattern.matches(value.toLowerCase()) }
}

export function isRegex(text: string): boolean {
  return text.startsWith('^') && text.endsWith('$')
}
