/**
 * Version strings as conda understands them: CEP 33, and `VersionOrder` in conda/models/version.py
 * wherever the two differ. Ordering is in `compare.ts`, ranges such as `>=1.2,<2` in `version-spec.ts`.
 *
 * Digit runs stay text without leading zeros. Real versions carry 14 and more digits
 * (20230101123456), which neither 32-bit integers nor doubles hold, and text needs no big integers:
 * two runs are equal when their texts are, and the longer one is the larger.
 */
import { sortKey } from './sort-key.ts'

/**
 * One piece of a component: a digit run without leading zeros (`'0'`, `'26'`), a lower-case letter run,
 * a run of `*`, or one of the two words with a place of their own, `DEV` and `POST`.
 */
export type VersionItem = string

/** A dot-separated piece of a version. It begins with a number: `rc1` reads as `0rc1`. */
export type VersionComponent = readonly VersionItem[]

/** Lowest of all words, but above `*`; upper case keeps it below every other (lower-case) run. */
export const DEV = 'DEV'
/** Stands for infinity: above every number. */
export const POST = 'POST'

export interface Version {
  /** Canonical text: trimmed, lower case, `-` written `_`. Parsing it again gives the same version. */
  readonly text: string
  /** The epoch as a component of its own, then the components up to `+`. */
  readonly segments: readonly VersionComponent[]
  /** The components after `+`; empty when there are none. */
  readonly local: readonly VersionComponent[]
  /** Orders versions by plain string comparison; see `sort-key.ts`. */
  readonly key: string
}

export class InvalidVersionError extends Error {
  override readonly name = 'InvalidVersionError'
  readonly text: string
  readonly reason: string
  /** Where in `text` without its surrounding white space the fault lies, from 0. */
  readonly offset: number

  constructor(text: string, reason: string, offset: number) {
    const shown = text.length > 80 ? `${text.slice(0, 80)}…` : text
    super(`Invalid version ${JSON.stringify(shown)}: ${reason} at position ${offset}`)
    this.text = text
    this.reason = reason
    this.offset = offset
  }
}

/** conda has no limit and CEP 33 says 64; this only keeps hostile input from costing anything. */
export const MAX_VERSION_LENGTH = 1024

const ALLOWED = /^[0-9a-z*._+!]+$/
const FIRST_NOT_ALLOWED = /[^0-9a-z*._+!]/
const PLAIN = /^[0-9]+(?:\.[0-9]+)*$/
const RUNS = /[0-9]+|\*+|[^0-9*]+/g
const EPOCH_ZERO: VersionComponent = ['0']
const NO_LOCAL: readonly VersionComponent[] = []

/**
 * @throws InvalidVersionError when empty, longer than 1024 characters, with a character or an
 *   arrangement of separators that conda refuses
 */
export function parseVersion(text: string): Version {
  const canonical = canonicalText(text)
  if (PLAIN.test(canonical)) {
    const segments = [EPOCH_ZERO]
    for (const digits of canonical.split('.')) segments.push([withoutLeadingZeros(digits)])
    return { text: canonical, segments, local: NO_LOCAL, key: sortKey(segments, NO_LOCAL) }
  }

  const epochEnd = findEpochEnd(text, canonical)
  const localMark = findLocalMark(text, canonical, epochEnd)
  const mainStart = epochEnd + 1
  const mainEnd = localMark === -1 ? canonical.length : localMark
  if (mainEnd === mainStart) throw new InvalidVersionError(text, 'no version here', mainStart)

  const epoch = epochEnd === -1 ? EPOCH_ZERO : [withoutLeadingZeros(canonical.slice(0, epochEnd))]
  const segments = [epoch]
  // A trailing underscore belongs to the last component, so that 1.0.1_ can sort just below 1.0.1a.
  const splitEnd = canonical.charCodeAt(mainEnd - 1) === UNDERSCORE ? mainEnd - 1 : mainEnd
  pushComponents(text, canonical, mainStart, splitEnd, mainEnd, segments)

  let local = NO_LOCAL
  if (localMark !== -1) {
    const components: VersionComponent[] = []
    pushComponents(text, canonical, localMark + 1, canonical.length, canonical.length, components)
    local = components
  }
  return { text: canonical, segments, local, key: sortKey(segments, local) }
}

const UNDERSCORE = 0x5f
const DOT = 0x2e
const NINE = 0x39
const ZERO = 0x30

function canonicalText(text: string): string {
  if (text.length > MAX_VERSION_LENGTH) {
    throw new InvalidVersionError(text, `longer than ${MAX_VERSION_LENGTH} characters`, MAX_VERSION_LENGTH)
  }
  let canonical = text.trim().toLowerCase()
  if (canonical === '') throw new InvalidVersionError(text, 'empty', 0)
  if (ALLOWED.test(canonical)) return canonical
  // conda writes a dash as an underscore, yet refuses to guess when the version uses both.
  if (canonical.includes('-') && !canonical.includes('_')) canonical = canonical.replaceAll('-', '_')
  const offset = canonical.search(FIRST_NOT_ALLOWED)
  if (offset === -1) return canonical
  if (canonical[offset] === '-') throw new InvalidVersionError(text, "both '-' and '_' used", offset)
  throw new InvalidVersionError(text, `character ${JSON.stringify(canonical[offset])}`, offset)
}

/** Index of `!`, or -1. */
function findEpochEnd(text: string, canonical: string): number {
  const end = canonical.indexOf('!')
  if (end === -1) return -1
  const second = canonical.indexOf('!', end + 1)
  if (second !== -1) throw new InvalidVersionError(text, "second '!'", second)
  if (!/^[0-9]+$/.test(canonical.slice(0, end))) {
    throw new InvalidVersionError(text, 'the epoch is not a number', 0)
  }
  return end
}

/** Index of `+`, or -1. */
function findLocalMark(text: string, canonical: string, epochEnd: number): number {
  const mark = canonical.indexOf('+', epochEnd + 1)
  if (mark === -1) return -1
  const second = canonical.indexOf('+', mark + 1)
  if (second !== -1) throw new InvalidVersionError(text, "second '+'", second)
  return mark
}

/** Splits [start, splitEnd) at `.` and `_`; what lies up to `end` is attached to the last component. */
function pushComponents(
  text: string,
  canonical: string,
  start: number,
  splitEnd: number,
  end: number,
  into: VersionComponent[],
): void {
  let from = start
  for (let at = start; at <= splitEnd; at++) {
    if (at < splitEnd) {
      const code = canonical.charCodeAt(at)
      if (code !== DOT && code !== UNDERSCORE) continue
    }
    const to = at === splitEnd ? end : at
    if (to === from) throw new InvalidVersionError(text, 'empty component', from)
    into.push(component(canonical.slice(from, to)))
    from = at + 1
  }
}

function component(text: string): VersionComponent {
  const items: VersionItem[] = []
  const first = text.charCodeAt(0)
  if (first < ZERO || first > NINE) items.push('0')
  // The pattern matches at least one run, since the text is not empty.
  for (const run of text.match(RUNS)!) {
    const code = run.charCodeAt(0)
    if (code >= ZERO && code <= NINE) items.push(withoutLeadingZeros(run))
    else if (run === 'post') items.push(POST)
    else if (run === 'dev') items.push(DEV)
    else items.push(run)
  }
  return items
}

function withoutLeadingZeros(digits: string): string {
  if (digits.charCodeAt(0) !== ZERO) return digits
  let start = 0
  while (start < digits.length - 1 && digits.charCodeAt(start) === ZERO) start++
  return digits.slice(start)
}
