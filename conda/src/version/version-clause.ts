/**
 * One clause of a version constraint: `>=1.2`, `1.2.*`, `~=1.4`, `1.*.3`, `^1\.2$`.
 *
 * Follows `VersionSpec.get_matcher` in conda/models/version.py; the notes name what surprises.
 */
import { globMatches } from '../match-spec/glob.ts'
import { InvalidRegexError, regexTest } from '../match-spec/regex.ts'
import { InvalidVersionSpecError } from './constraint-tree.ts'
import { InvalidVersionError, parseVersion } from './parse.ts'
import type { Version } from './parse.ts'
import { startsWith } from './starts-with.ts'

/** A version as it stands in the record, and parsed: undefined if it is not one. */
export type VersionTest = (text: string, version: Version | undefined) => boolean

export interface VersionClause {
  /** As conda prints it: `1.2*` becomes `1.2.*`. */
  readonly text: string
  readonly test: VersionTest
}

type Relation = '==' | '!=' | '<=' | '>=' | '<' | '>' | '=' | '~='

const RELATION = /^(==|!=|<=|>=|~=|=|<|>)(?![=<>!~])(\S+)$/

/** @throws InvalidVersionSpecError */
export function parseVersionClause(text: string): VersionClause {
  if (text === '') throw new InvalidVersionSpecError(text, 'empty')
  if (text === '*') return { text, test: () => true }
  if (text.startsWith('^') || text.endsWith('$')) return { text, test: regexClause(text) }
  if (/^[=<>!~]/.test(text)) return { text, test: relationClause(text) }
  const withoutStars = text.replace(/\*+$/, '')
  if (withoutStars.includes('*')) return { text, test: (version) => globMatches(text, version) }
  if (withoutStars !== text) {
    const family = text.endsWith('.*') ? text : `${text.slice(0, -1)}.*`
    const prefix = versionIn(text, family.replace(/\*+$/, '').replace(/\.+$/, ''))
    // conda prints `1**` as `1*.*`, which it would read as a glob: another family.
    return {
      text: text.endsWith('**') ? text : family,
      test: onVersion((version) => startsWith(version, prefix)),
    }
  }
  // What cannot be a version at all is compared as text.
  if (text.includes('@')) return { text, test: (version) => version === text }
  return { text, test: relationTest('==', versionIn(text, text), text) }
}

function regexClause(text: string): VersionTest {
  if (!text.startsWith('^') || !text.endsWith('$')) {
    throw new InvalidVersionSpecError(text, "a regular expression has to start with '^' and end with '$'")
  }
  try {
    return regexTest(text)
  } catch (cause) {
    if (!(cause instanceof InvalidRegexError)) throw cause
    throw new InvalidVersionSpecError(text, cause.message, { cause })
  }
}

function relationClause(text: string): VersionTest {
  const match = RELATION.exec(text)
  const [, operator, operand] = match ?? []
  if (operator === undefined || operand === undefined) {
    throw new InvalidVersionSpecError(text, 'unknown operator, or no version after it')
  }
  const relation = operator as Relation // the pattern has no other alternatives
  if (!operand.endsWith('.*')) return relationTest(relation, versionIn(text, operand), text)
  if (relation === '~=') throw new InvalidVersionSpecError(text, "'~=' does not go with '.*'")
  const bound = versionIn(text, operand.slice(0, -2))
  // The star means something after `!=` only; conda ignores it after the others, `==1.2.*` is `==1.2`.
  if (relation === '!=') return onVersion((version) => !startsWith(version, bound))
  return relationTest(relation, bound, text)
}

function relationTest(relation: Relation, bound: Version, text: string): VersionTest {
  const { key } = bound
  switch (relation) {
    case '==':
      return onVersion((version) => version.key === key)
    case '!=':
      return onVersion((version) => version.key !== key)
    case '<=':
      return onVersion((version) => version.key <= key)
    case '>=':
      return onVersion((version) => version.key >= key)
    case '<':
      return onVersion((version) => version.key < key)
    case '>':
      return onVersion((version) => version.key > key)
    case '=':
      return onVersion((version) => startsWith(version, bound))
    case '~=': {
      const family = versionIn(text, bound.text.slice(0, Math.max(0, bound.text.lastIndexOf('.'))))
      return onVersion((version) => version.key >= key && startsWith(version, family))
    }
  }
}

function onVersion(test: (version: Version) => boolean): VersionTest {
  return (_text, version) => version !== undefined && test(version)
}

function versionIn(clause: string, text: string): Version {
  try {
    return parseVersion(text)
  } catch (cause) {
    if (!(cause instanceof InvalidVersionError)) throw cause
    throw new InvalidVersionSpecError(clause, cause.message, { cause })
  }
}
