/**
 * The `build_number` of a spec: a number, or a relation such as `>=3`.
 *
 * @see `BuildNumberMatch` in conda/models/version.py
 */
import { InvalidVersionSpecError } from '../version/constraint-tree.ts'
import { parseVersionClause } from '../version/version-clause.ts'
import { versionOf } from '../version/compare.ts'

export interface BuildNumberPattern {
  /** A number where the spec gives one, else the relation as written. */
  readonly value: number | string
  matches(buildNumber: number): boolean
}

/** @throws InvalidVersionSpecError */
export function buildNumberPattern(text: string): BuildNumberPattern {
  const trimmed = text.trim()
  if (/^[+-]?[0-9]+$/.test(trimmed)) {
    const wanted = Number(trimmed)
    if (!Number.isSafeInteger(wanted)) throw new InvalidVersionSpecError(text, 'build number too large')
    return { value: wanted, matches: (given) => given === wanted }
  }
  // Neither a relation nor a pattern: conda compares it with the number as text, and that never matches.
  if (!/^(?:\*$|\^|[=<>!~])|\$$/.test(trimmed)) return { value: trimmed, matches: () => false }
  const { test } = parseVersionClause(trimmed)
  return { value: trimmed, matches: (given) => test(String(given), versionOf(String(given))) }
}
