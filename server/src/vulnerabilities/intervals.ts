/**
 * Ranges of an advisory made into intervals of version keys under one order, so that a test is two comparisons.
 *
 * OSV's events are sorted here before they are read, because 70 PyPA ranges are not in order: read as they
 * stand they give hundreds of wrong answers (urllib3 2.0.5 and CVE-2023-43804).
 * @see OSV schema, "Evaluation"
 */
import { orderNamed, type VersionKey, type VersionOrderId } from '@terrarium/conda/orders/order.ts'
import type { Bound, EventRange, RangeEvent, RangeEventKind, VersionRange } from './advisory.ts'

export interface IntervalBound extends Bound {
  readonly key: VersionKey
}

export interface Interval {
  /** Null: open on that side. */
  readonly from: IntervalBound | null
  readonly to: IntervalBound | null
  /** True where the record names no version at all. */
  readonly isUnspecified: boolean
  /** True where the record says nothing of an end, as a CPE without bounds does; OSV says "not fixed". */
  readonly isOpenByOmission: boolean
}

export interface Intervals {
  readonly intervals: readonly Interval[]
  /** Ranges with a bound that is no version under this order. */
  readonly unreadable: number
}

/** A version's key; undefined for what has no digit (`custom`), which no order can place. */
export function readVersion(orderId: VersionOrderId, version: string): VersionKey | undefined {
  const known = keysOf(orderId)
  const key = known.get(version)
  if (key !== undefined || known.has(version)) return key
  const read = /[0-9]/.test(version) ? orderNamed(orderId).parse(version) : undefined
  if (known.size >= MAX_REMEMBERED) known.clear()
  known.set(version, read)
  return read
}

/** The same few versions are read again for each advisory; the answer never changes, so it is remembered. */
const remembered = new Map<VersionOrderId, Map<string, VersionKey | undefined>>()
const MAX_REMEMBERED = 10_000

function keysOf(orderId: VersionOrderId): Map<string, VersionKey | undefined> {
  const known = remembered.get(orderId) ?? new Map<string, VersionKey | undefined>()
  remembered.set(orderId, known)
  return known
}

/** GIT ranges are left out: commits cannot be compared without the repository. */
export function toIntervals(ranges: readonly VersionRange[], orderId: VersionOrderId): Intervals {
  const intervals: Interval[] = []
  let unreadable = 0
  for (const range of ranges) {
    if (range.scheme === 'git') continue
    const own = range.form === 'events' ? eventIntervals(range, orderId) : boundInterval(range, orderId)
    if (own) intervals.push(...own)
    else unreadable += 1
  }
  return { intervals, unreadable }
}

export function intervalHolds(interval: Interval, key: VersionKey): boolean {
  const { from, to } = interval
  if (from && (key < from.key || (key === from.key && !from.isInclusive))) return false
  return !(to && (key > to.key || (key === to.key && !to.isInclusive)))
}

/** `>=2.0.0, <2.0.6` */
export function intervalText(interval: Interval): string {
  if (interval.isUnspecified) return 'an unnamed version'
  const { from, to } = interval
  const parts = [
    from && (from.isInclusive ? `>=${from.version}` : `>${from.version}`),
    to && (to.isInclusive ? `<=${to.version}` : `<${to.version}`),
  ]
  return parts.filter((part) => part !== null).join(', ') || 'every version'
}

function boundInterval(
  range: Extract<VersionRange, { form: 'bounds' }>,
  orderId: VersionOrderId,
): Interval[] | undefined {
  const from = range.from && readBound(range.from, orderId)
  const to = range.to && readBound(range.to, orderId)
  if (from === undefined || to === undefined) return undefined
  return [{ from, to, isUnspecified: range.isUnspecified, isOpenByOmission: range.to === null }]
}

function readBound(bound: Bound, orderId: VersionOrderId): IntervalBound | undefined {
  const key = readVersion(orderId, bound.version)
  return key === undefined ? undefined : { ...bound, key }
}

interface KeyedEvent {
  readonly kind: RangeEventKind
  readonly version: string
  /** Null for `0`, before everything, and `*`, after everything. */
  readonly key: VersionKey | null
}

function eventIntervals(range: EventRange, orderId: VersionOrderId): Interval[] | undefined {
  const events = range.events.map((event) => keyed(event, orderId))
  if (events.includes(undefined)) return undefined
  const known = events.filter((event) => event !== undefined)
  const limits = known.filter((event) => event.kind === 'limit')
  const switches = known.filter((event) => event.kind !== 'limit').toSorted(byVersion)
  const intervals = switchIntervals(switches)
  const limit = limits.some((event) => event.key === null) ? undefined : limits.toSorted(byVersion).at(-1)
  return limit ? intervals.map((interval) => cutAt(interval, limit)) : intervals
}

function keyed(event: RangeEvent, orderId: VersionOrderId): KeyedEvent | undefined {
  if (event.kind === 'introduced' && event.version === '0') return { ...event, key: null }
  if (event.kind === 'limit' && event.version === '*') return { ...event, key: null }
  const key = readVersion(orderId, event.version)
  return key === undefined ? undefined : { ...event, key }
}

/** A key of null here is that of "introduced 0", so it sorts first. */
function byVersion(left: KeyedEvent, right: KeyedEvent): number {
  if (left.key === right.key) return 0
  if (left.key === null) return -1
  return right.key === null || left.key > right.key ? 1 : -1
}

function switchIntervals(sorted: readonly KeyedEvent[]): Interval[] {
  const intervals: Interval[] = []
  let from: IntervalBound | null | undefined
  for (const events of Map.groupBy(sorted, (event) => event.key).values()) {
    // At one version an open interval is closed before the next begins; a closed one is opened first.
    const isOpen = from !== undefined
    const ordered = events.toSorted((left, right) => turn(left, isOpen) - turn(right, isOpen))
    for (const event of ordered) {
      if (event.kind === 'introduced') {
        if (from === undefined) from = toBound(event, true)
      } else if (from !== undefined) {
        intervals.push(closed(from, toBound(event, event.kind === 'lastAffected')))
        from = undefined
      }
    }
  }
  if (from !== undefined) intervals.push(closed(from, null))
  return intervals
}

function turn(event: KeyedEvent, isOpen: boolean): number {
  return (event.kind === 'introduced') === isOpen ? 1 : 0
}

function closed(from: IntervalBound | null, to: IntervalBound | null): Interval {
  return { from, to, isUnspecified: false, isOpenByOmission: false }
}

function toBound(event: KeyedEvent, isInclusive: boolean): IntervalBound | null {
  return event.key === null ? null : { version: event.version, isInclusive, key: event.key }
}

function cutAt(interval: Interval, limit: KeyedEvent): Interval {
  const bound = toBound(limit, false)
  const isBelow = interval.to && bound && interval.to.key <= bound.key
  return isBelow ? interval : { ...interval, to: bound }
}
