/**
 * Does an affected entry of an advisory concern a package version? Pure: one link, one entry, one version.
 *
 * `prepareEntry` does once per entry what does not depend on the version, and makes every answer the entry can give.
 * `locate` finds the answer for a version with a few comparisons and without making anything; `evaluate` puts it into
 * words. Withdrawn and rejected advisories never come here. What several advisories say about one vulnerability
 * together: `combine.ts`. How sure an answer is: `confidence.ts`.
 */
import type { VersionKey, VersionOrderId } from '@terrarium/conda/orders/order.ts'
import type { AffectedEntry, VersionRange } from './advisory.ts'
import { confidenceOf, type RangeStrength } from './confidence.ts'
import type { IdentityLink } from './identity-link.ts'
import { intervalHolds, intervalText, readVersion, toIntervals, type Interval } from './intervals.ts'
import { ordersFor } from './range-orders.ts'

export type Verdict = 'affected' | 'not-affected' | 'indeterminate'

export interface Evaluation {
  readonly verdict: Verdict
  /** 0 to 1. */
  readonly confidence: number
  /** What decided: the interval the version is in, or all that were looked at. */
  readonly range: string
  /** How versions were compared; null where the version is in a list, or nothing could be compared. */
  readonly order: VersionOrderId | null
  /** One sentence for people. */
  readonly why: string
}

/** An answer of an entry, the same object for all versions that get it. */
export interface Hit {
  /** Its place among the answers of the entry. */
  readonly index: number
  readonly verdict: Verdict
  readonly strength: RangeStrength
  readonly found: Found
}

export function hitConfidence(prepared: PreparedEntry, hit: Hit): number {
  return confidenceOf(prepared, hit.strength)
}

type Found =
  | { readonly kind: 'never'; readonly reason: string }
  | { readonly kind: 'listed' }
  | { readonly kind: 'interval'; readonly interval: Interval; readonly order: VersionOrderId }
  | { readonly kind: 'excepted'; readonly order: VersionOrderId }
  | { readonly kind: 'outside'; readonly order: VersionOrderId }
  | { readonly kind: 'unreadable-range'; readonly order: VersionOrderId }
  | { readonly kind: 'unreadable-version' }

export interface PreparedEntry {
  readonly link: IdentityLink
  readonly entry: AffectedEntry
  /** True for the projects' own lists, which are as good as an enumeration. */
  readonly isProjectList: boolean
  /** Undefined where the entry never concerns this package, whatever the version. */
  readonly never: Hit | undefined
  readonly listed: Hit
  readonly unreadableVersion: Hit
  readonly listedTexts: ReadonlySet<string>
  /** The orders to read it under; a later one is for what an earlier cannot place. */
  readonly orders: readonly VersionOrderId[]
  /** By order; made when first needed, for the second order seldom is. */
  readonly readings: Map<VersionOrderId, Reading>
}

/** The entry under one order. */
interface Reading {
  readonly order: VersionOrderId
  /** The surest first. */
  readonly intervals: readonly { readonly interval: Interval; readonly hit: Hit }[]
  readonly except: readonly Interval[]
  readonly versions: ReadonlySet<VersionKey>
  readonly excepted: Hit
  /** What else it is: outside of all, or not to be told where something could not be read. */
  readonly otherwise: Hit
  readonly isUnreadable: boolean
}

/** @returns undefined for an entry that cannot be evaluated at all: only GIT ranges, or other software */
export function prepareEntry(
  link: IdentityLink,
  entry: AffectedEntry,
  isProjectList: boolean,
): PreparedEntry | undefined {
  if (isForOtherSoftware(link, entry)) return undefined
  if (entry.versions.length === 0 && entry.ranges.every((range) => range.scheme === 'git')) return undefined
  const sureness = { link, entry, isProjectList }
  const reason = neverReason(link, entry)
  return {
    ...sureness,
    never: reason === undefined ? undefined : notAffected(sureness, NEVER, { kind: 'never', reason }, null),
    listed: possible(sureness, LISTED, { kind: 'listed' }, 'affected', 'enumerated'),
    unreadableVersion: possible(
      sureness,
      UNREADABLE_VERSION,
      { kind: 'unreadable-version' },
      'indeterminate',
      'unreadable',
    ),
    listedTexts: new Set(entry.versions),
    orders: ordersFor(link, entry),
    readings: new Map(),
  }
}

const NEVER = 0
const LISTED = 1
const UNREADABLE_VERSION = 2
/** Of the answers under one order; those of the next order come after them. */
const FIRST_OF_READING = 3

/** What the entry says of a version. The same answer is the same object. */
export function locate(prepared: PreparedEntry, version: string): Hit {
  if (prepared.never) return prepared.never
  if (prepared.listedTexts.has(version) && !isExcepted(prepared, version)) return prepared.listed
  let unread: Hit | undefined
  for (const order of prepared.orders) {
    const key = readVersion(order, version)
    if (key === undefined) continue
    const hit = locateUnder(prepared, readingUnder(prepared, order), key)
    if (hit.verdict !== 'indeterminate') return hit
    unread ??= hit
  }
  return unread ?? prepared.unreadableVersion
}

function locateUnder(prepared: PreparedEntry, reading: Reading, key: VersionKey): Hit {
  for (const interval of reading.except) if (intervalHolds(interval, key)) return reading.excepted
  if (reading.versions.has(key)) return prepared.listed
  for (const { interval, hit } of reading.intervals) if (intervalHolds(interval, key)) return hit
  return reading.otherwise
}

export function evaluate(prepared: PreparedEntry, version: string): Evaluation {
  return describeHit(prepared, version, locate(prepared, version))
}

/** An answer in words. */
export function describeHit(prepared: PreparedEntry, version: string, hit: Hit): Evaluation {
  const { found } = hit
  const base = { verdict: hit.verdict, confidence: hitConfidence(prepared, hit) }
  const denied = `${nameOf(prepared)}: `
  const ranges = (): string => rangeText(prepared.entry.ranges, prepared.entry.versions)
  switch (found.kind) {
    case 'never':
      return { ...base, range: '', order: null, why: denied + found.reason }
    case 'excepted':
      return {
        ...base,
        range: '',
        order: found.order,
        why: `${denied}the advisory itself takes ${version} out`,
      }
    case 'outside': {
      const { intervals } = readingUnder(prepared, found.order)
      const range = writtenOrder(intervals).map(intervalText).join(' or ') || 'the listed versions'
      return { ...base, range, order: found.order, why: `${denied}${version} is outside of ${range}` }
    }
    case 'listed':
      return {
        ...base,
        range: `=${version}`,
        order: null,
        why: `${subject(prepared, version)}, a version the advisory lists`,
      }
    case 'interval': {
      const range = intervalText(found.interval)
      const covers = found.interval.isUnspecified
        ? 'but the advisory names no version'
        : `and the advisory covers ${range}`
      return { ...base, range, order: found.order, why: `${subject(prepared, version)}, ${covers}` }
    }
    case 'unreadable-range':
      return {
        ...base,
        range: ranges(),
        order: found.order,
        why: `${subject(prepared, version)}, but its range cannot be read under the ${found.order} order`,
      }
    case 'unreadable-version':
      return {
        ...base,
        range: ranges(),
        order: null,
        why: `${subject(prepared, version)}, but ${version} is no version that can be compared`,
      }
  }
}

/** The first versions after `version` that end an interval of this entry, in the order of the entry. */
export function endsAfter(prepared: PreparedEntry, version: string): string[] {
  for (const order of prepared.orders) {
    const key = readVersion(order, version)
    const reading = readingUnder(prepared, order)
    if (key === undefined || reading.isUnreadable) continue
    return reading.intervals
      .flatMap(({ interval: { to } }) => (to && !to.isInclusive && to.key > key ? [to] : []))
      .toSorted((left, right) => (left.key < right.key ? -1 : 1))
      .map((bound) => bound.version)
  }
  return []
}

function readingUnder(prepared: PreparedEntry, order: VersionOrderId): Reading {
  const known = prepared.readings.get(order)
  if (known) return known
  const made = readUnder(prepared, order, prepared.readings.size)
  prepared.readings.set(order, made)
  return made
}

/** More answers than an entry has under one order. */
const ANSWERS_OF_READING = 1_000_000

function readUnder(prepared: PreparedEntry, order: VersionOrderId, position: number): Reading {
  const { entry } = prepared
  const first = FIRST_OF_READING + position * ANSWERS_OF_READING
  const { intervals, unreadable } = toIntervals(entry.ranges, order)
  const keys = entry.versions.map((version) => readVersion(order, version)).filter((key) => key !== undefined)
  const isListUnreadable = entry.versions.length > 0 && keys.length === 0 && entry.versions.every(isProse)
  const isUnreadable = unreadable > 0 || isListUnreadable
  return {
    order,
    intervals: intervals
      .map((interval, index) => ({
        interval,
        hit: intervalHit(prepared, interval, order, first + 2 + index),
      }))
      .toSorted((left, right) => vagueness(left.interval) - vagueness(right.interval)),
    except: toIntervals(entry.except, order).intervals,
    versions: new Set(keys),
    excepted: notAffected(prepared, first, { kind: 'excepted', order }, order),
    otherwise: isUnreadable
      ? possible(prepared, first + 1, { kind: 'unreadable-range', order }, 'indeterminate', 'unreadable')
      : notAffected(prepared, first + 1, { kind: 'outside', order }, order),
    isUnreadable,
  }
}

/** As the advisory has them, not by sureness. */
function writtenOrder(intervals: Reading['intervals']): Interval[] {
  return intervals.toSorted((left, right) => left.hit.index - right.hit.index).map(({ interval }) => interval)
}

/** `multiple versions` may mean any; `fips-1.1.1` is a name, of something else. */
function isProse(text: string): boolean {
  return /\s/.test(text) || !/[0-9]/.test(text)
}

/** A named interval says more than "every version". */
function vagueness(interval: Interval): number {
  return interval.isUnspecified || interval.isOpenByOmission ? 1 : 0
}

type Sureness = Pick<PreparedEntry, 'link' | 'entry' | 'isProjectList'>

function intervalHit(sureness: Sureness, interval: Interval, order: VersionOrderId, index: number): Hit {
  const found = { kind: 'interval', interval, order } as const
  if (interval.isUnspecified) return possible(sureness, index, found, 'indeterminate', 'unspecified')
  const strength = interval.isOpenByOmission ? 'open-ended' : order
  return possible(sureness, index, found, 'affected', sureness.isProjectList ? 'enumerated' : strength)
}

/** `contains` says that the project is in the package but not which version, so it cannot say "affected". */
function possible(
  sureness: Sureness,
  index: number,
  found: Found,
  verdict: Verdict,
  strength: RangeStrength,
): Hit {
  const isUnsure = verdict === 'affected' && sureness.link.relation === 'contains'
  return { index, found, verdict: isUnsure ? 'indeterminate' : verdict, strength }
}

function notAffected(sureness: Sureness, index: number, found: Found, order: VersionOrderId | null): Hit {
  const strength = sureness.isProjectList ? 'enumerated' : (order ?? 'enumerated')
  return { index, found, verdict: 'not-affected', strength }
}

function isExcepted(prepared: PreparedEntry, version: string): boolean {
  if (prepared.entry.except.length === 0) return false
  return prepared.orders.some((order) => {
    const key = readVersion(order, version)
    return (
      key !== undefined &&
      readingUnder(prepared, order).except.some((interval) => intervalHolds(interval, key))
    )
  })
}

/** Why an entry says nothing about a package, whatever its version. */
function neverReason(link: IdentityLink, entry: AffectedEntry): string | undefined {
  if (link.relation === 'wraps') {
    return `${link.condaName} only wraps it: the flawed code is in another package`
  }
  if (entry.platforms?.length === 0) return 'it concerns no system that conda packages run on'
  if (!isOtherPart(link, entry)) return undefined
  return `the flaw is in the ${entry.component ?? ''}, and ${link.condaName} is the ${link.role ?? ''}`
}

function isOtherPart(link: IdentityLink, entry: AffectedEntry): boolean {
  return (
    link.role !== null &&
    entry.component !== null &&
    entry.component !== 'both' &&
    link.role !== entry.component
  )
}

/** Fields people fill with something other than software. */
const noTarget: ReadonlySet<string> = new Set([
  'x86',
  'x64',
  'lts',
  'community',
  'enterprise',
  'opensource',
  'arm',
])

/** A CPE "for WordPress" is a plug-in, whatever its vendor and product are called. */
function isForOtherSoftware(link: IdentityLink, entry: AffectedEntry): boolean {
  const target = entry.targetSoftware
  if (target === null || noTarget.has(target) || entry.identity.name.endsWith(`:${target}`)) return false
  return !(target === 'python' && link.order === 'pep440')
}

const kindNames: ReadonlyMap<string, string> = new Map([
  ['pypi', 'PyPI'],
  ['cran', 'CRAN'],
  ['cpe', 'CPE'],
])

function nameOf({ link }: PreparedEntry): string {
  const { kind, name } = link.identity
  return `${kindNames.get(kind) ?? kind} ${name}`
}

function subject(prepared: PreparedEntry, version: string): string {
  const verb = prepared.link.relation === 'is' ? 'is' : 'contains'
  return `${prepared.link.condaName} ${version} ${verb} ${nameOf(prepared)}`
}

function rangeText(ranges: readonly VersionRange[], versions: readonly string[]): string {
  const texts = ranges.map((range) =>
    range.form === 'bounds'
      ? `${range.from?.version ?? ''} to ${range.to?.version ?? ''}`
      : range.events.map((event) => `${event.kind} ${event.version}`).join(', '),
  )
  return [...texts, ...versions].slice(0, 5).join('; ')
}
