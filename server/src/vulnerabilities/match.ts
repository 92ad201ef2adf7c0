/**
 * Does an affected entry of an advisory concern a package version? Pure: one link, one entry, one version.
 *
 * `prepareEntry` does once per entry what does not depend on the version; `evaluate` is then a few comparisons.
 * Withdrawn and rejected advisories never come here. What several advisories say about one vulnerability
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

export interface PreparedEntry {
  readonly link: IdentityLink
  readonly entry: AffectedEntry
  /** True for the projects' own lists, which are as good as an enumeration. */
  readonly isProjectList: boolean
  readonly readings: readonly Reading[]
}

/** The entry under one order. */
interface Reading {
  readonly order: VersionOrderId
  readonly intervals: readonly Interval[]
  readonly except: readonly Interval[]
  readonly versions: ReadonlySet<VersionKey>
  /** Ranges and lists that have no meaning under this order. */
  readonly unreadable: number
}

/** @returns undefined for an entry that cannot be evaluated at all: only GIT ranges, or other software */
export function prepareEntry(
  link: IdentityLink,
  entry: AffectedEntry,
  isProjectList: boolean,
): PreparedEntry | undefined {
  if (isForOtherSoftware(link, entry)) return undefined
  if (entry.versions.length === 0 && entry.ranges.every((range) => range.scheme === 'git')) return undefined
  const readings = ordersFor(link, entry).map((order) => readUnder(order, entry))
  return { link, entry, isProjectList, readings }
}

export function evaluate(prepared: PreparedEntry, version: string): Evaluation {
  const { link, entry } = prepared
  if (link.relation === 'wraps')
    return notAffected(prepared, `${link.condaName} only wraps it: the flawed code is in another package`)
  if (entry.platforms?.length === 0)
    return notAffected(prepared, 'it concerns no system that conda packages run on')
  if (isOtherPart(link, entry)) {
    return notAffected(
      prepared,
      `the flaw is in the ${entry.component ?? ''}, and ${link.condaName} is the ${link.role ?? ''}`,
    )
  }
  if (entry.versions.includes(version) && !isExcepted(prepared, version)) return listed(prepared, version)
  let unread: Evaluation | undefined
  for (const reading of prepared.readings) {
    const key = readVersion(reading.order, version)
    const answer = key === undefined ? undefined : evaluateReading(prepared, reading, version, key)
    if (answer && answer.verdict !== 'indeterminate') return answer
    unread ??= answer
  }
  return unread ?? unreadableVersion(prepared, version)
}

/** The first versions after `version` that end an interval of this entry, in the order of the entry. */
export function endsAfter(prepared: PreparedEntry, version: string): string[] {
  for (const reading of prepared.readings) {
    const key = readVersion(reading.order, version)
    if (key === undefined || reading.unreadable > 0) continue
    return reading.intervals
      .flatMap(({ to }) => (to && !to.isInclusive && to.key > key ? [to] : []))
      .toSorted((left, right) => (left.key < right.key ? -1 : 1))
      .map((bound) => bound.version)
  }
  return []
}

function readUnder(order: VersionOrderId, entry: AffectedEntry): Reading {
  const { intervals, unreadable } = toIntervals(entry.ranges, order)
  const keys = entry.versions.map((version) => readVersion(order, version)).filter((key) => key !== undefined)
  const isListUnreadable = entry.versions.length > 0 && keys.length === 0 && entry.versions.every(isProse)
  return {
    order,
    intervals,
    except: toIntervals(entry.except, order).intervals,
    versions: new Set(keys),
    unreadable: unreadable + (isListUnreadable ? 1 : 0),
  }
}

/** `multiple versions` may mean any; `fips-1.1.1` is a name, of something else. */
function isProse(text: string): boolean {
  return /\s/.test(text) || !/[0-9]/.test(text)
}

function evaluateReading(
  prepared: PreparedEntry,
  reading: Reading,
  version: string,
  key: VersionKey,
): Evaluation {
  if (reading.except.some((interval) => intervalHolds(interval, key))) {
    return notAffected(prepared, `the advisory itself takes ${version} out`, reading.order)
  }
  if (reading.versions.has(key)) return listed(prepared, version)
  const hit = reading.intervals.filter((interval) => intervalHolds(interval, key)).toSorted(bySpecificity)[0]
  if (hit) return inInterval(prepared, reading, version, hit)
  if (reading.unreadable > 0) {
    return answer(prepared, 'indeterminate', 'unreadable', {
      range: rangeText(prepared.entry.ranges, prepared.entry.versions),
      order: reading.order,
      why: `${subject(prepared, version)}, but its range cannot be read under the ${reading.order} order`,
    })
  }
  const range = reading.intervals.map(intervalText).join(' or ') || 'the listed versions'
  return {
    ...notAffected(prepared, `${version} is outside of ${range}`, reading.order),
    range,
  }
}

/** A named interval says more than "every version". */
function bySpecificity(left: Interval, right: Interval): number {
  return (
    Number(left.isUnspecified || left.isOpenByOmission) -
    Number(right.isUnspecified || right.isOpenByOmission)
  )
}

function inInterval(prepared: PreparedEntry, reading: Reading, version: string, hit: Interval): Evaluation {
  const range = intervalText(hit)
  if (hit.isUnspecified) {
    return answer(prepared, 'indeterminate', 'unspecified', {
      range,
      order: reading.order,
      why: `${subject(prepared, version)}, but the advisory names no version`,
    })
  }
  const strength: RangeStrength =
    hit.isOpenByOmission && !prepared.isProjectList ? 'open-ended' : reading.order
  return answer(prepared, 'affected', prepared.isProjectList ? 'enumerated' : strength, {
    range,
    order: reading.order,
    why: `${subject(prepared, version)}, and the advisory covers ${range}`,
  })
}

function listed(prepared: PreparedEntry, version: string): Evaluation {
  return answer(prepared, 'affected', 'enumerated', {
    range: `=${version}`,
    order: null,
    why: `${subject(prepared, version)}, a version the advisory lists`,
  })
}

function unreadableVersion(prepared: PreparedEntry, version: string): Evaluation {
  return answer(prepared, 'indeterminate', 'unreadable', {
    range: rangeText(prepared.entry.ranges, prepared.entry.versions),
    order: null,
    why: `${subject(prepared, version)}, but ${version} is no version that can be compared`,
  })
}

function notAffected(
  prepared: PreparedEntry,
  reason: string,
  order: VersionOrderId | null = null,
): Evaluation {
  const confidence = confidenceOf(prepared, prepared.isProjectList ? 'enumerated' : (order ?? 'enumerated'))
  return { verdict: 'not-affected', confidence, range: '', order, why: `${nameOf(prepared)}: ${reason}` }
}

/** `contains` says that the project is in the package but not which version, so it cannot say "affected". */
function answer(
  prepared: PreparedEntry,
  verdict: Verdict,
  strength: RangeStrength,
  rest: Pick<Evaluation, 'range' | 'order' | 'why'>,
): Evaluation {
  const isUnsure = verdict === 'affected' && prepared.link.relation === 'contains'
  return {
    verdict: isUnsure ? 'indeterminate' : verdict,
    confidence: confidenceOf(prepared, strength),
    ...rest,
  }
}

function isExcepted(prepared: PreparedEntry, version: string): boolean {
  return prepared.readings.some((reading) => {
    const key = readVersion(reading.order, version)
    return key !== undefined && reading.except.some((interval) => intervalHolds(interval, key))
  })
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
