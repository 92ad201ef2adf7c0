/**
 * Versions as people write them into CVE records: `>= 2.43.0, < 2.43.4`, `1.2.3 and earlier`, `n/a`.
 *
 * Only spellings with one meaning are read. Everything else is kept as an exact version, which then equals no
 * real version: `match.ts` answers "indeterminate" for an entry of which it can read nothing.
 */
import { everyVersion, type Bound, type BoundRange, type RangeScheme } from './advisory.ts'

export interface VersionStatement {
  readonly ranges: readonly BoundRange[]
  readonly versions: readonly string[]
}

const COMPARISON = /^(>=|<=|==|=|>|<)?\s*v?([0-9][^\s,;]*)$/i
const BEFORE = /^(?:before|prior to|<|up to, excluding)\s+v?([0-9][^\s,;]*)$/i
const UP_TO =
  /^(?:through|up to|<=)\s+v?([0-9][^\s,;]*)$|^v?([0-9][^\s,;]*)\s+(?:and|or)\s+(?:prior|earlier|below)(?: versions?)?$/i
const BETWEEN = /^v?([0-9][^\s,;]*)\s+(?:through|to|-|–)\s+v?([0-9][^\s,;]*)$/i
const NOTHING = /^(?:n\/?a|-|unspecified|unknown|various|multiple versions|not applicable)$/i
const EVERYTHING = /^(?:\*|all|any|all versions?)$/i

export function readVersionText(text: string, scheme: RangeScheme): VersionStatement {
  const trimmed = text.trim()
  if (trimmed === '' || NOTHING.test(trimmed)) return oneRange({ ...everyVersion, isUnspecified: true })
  if (EVERYTHING.test(trimmed)) return oneRange(everyVersion)
  return (
    readComparisons(trimmed, scheme) ?? readPhrase(trimmed, scheme) ?? { ranges: [], versions: [trimmed] }
  )
}

/** A single version of a CVE record without decoration: `v1.2`, `= 1.2`, `>= 1.2`. */
export function bareVersion(text: string): string {
  return COMPARISON.exec(text.trim())?.[2] ?? text.trim()
}

/** True where a lower bound means "from the beginning". */
export function isOpenStart(text: string): boolean {
  const trimmed = text.trim()
  return trimmed === '0' || NOTHING.test(trimmed) || EVERYTHING.test(trimmed) || trimmed.startsWith('<')
}

function readComparisons(text: string, scheme: RangeScheme): VersionStatement | undefined {
  let from: Bound | null = null
  let to: Bound | null = null
  for (const part of text.split(',')) {
    const [, operator, version] = COMPARISON.exec(part.trim()) ?? []
    if (version === undefined) return undefined
    const isOnly = part.length === text.length
    if (operator === undefined || operator === '=' || operator === '==') {
      return isOnly ? { ranges: [], versions: [version] } : undefined
    }
    const bound = { version, isInclusive: operator.endsWith('=') }
    if (operator.startsWith('>')) from = bound
    else to = bound
  }
  return oneRange({ form: 'bounds', scheme, from, to, isUnspecified: false })
}

function readPhrase(text: string, scheme: RangeScheme): VersionStatement | undefined {
  const [, low, high] = BETWEEN.exec(text) ?? []
  if (low !== undefined && high !== undefined) {
    return bounded(scheme, { version: low, isInclusive: true }, { version: high, isInclusive: true })
  }
  const before = BEFORE.exec(text)?.[1]
  if (before !== undefined) return bounded(scheme, null, { version: before, isInclusive: false })
  const [, last, lastOf] = UP_TO.exec(text) ?? []
  const version = last ?? lastOf
  return version === undefined ? undefined : bounded(scheme, null, { version, isInclusive: true })
}

function bounded(scheme: RangeScheme, from: Bound | null, to: Bound | null): VersionStatement {
  return oneRange({ form: 'bounds', scheme, from, to, isUnspecified: false })
}

function oneRange(range: BoundRange): VersionStatement {
  return { ranges: [range], versions: [] }
}
