/**
 * Evidence: the facts that made a rule apply, kept as data for the web page and as words for the terminal.
 *
 * Facts come from upstream records and advisories, so whatever of them reaches a person's terminal passes
 * through `plain` first.
 */
import { duration, probability, showComparisons, size } from './comparison.ts'
import type { Comparison } from './comparison.ts'
import type { FlagFact, Origin, Severity, VulnerabilityFact, VulnerabilityStatus } from './facts.ts'
import type { ListTest } from './policy.ts'

export type Evidence =
  | CveEvidence
  | { readonly kind: 'no-cve' }
  | PackageEvidence
  | PlatformEvidence
  | LicenceEvidence
  | AgeEvidence
  | BuildAgeEvidence
  | BuiltEvidence
  | { readonly kind: 'size'; readonly bytes: number; readonly limits: readonly Comparison[] }
  | { readonly kind: 'origin'; readonly origin: Origin; readonly listed: boolean }
  | FlagEvidence
  | { readonly kind: 'unreadable'; readonly problem: string }

export interface CveEvidence {
  readonly kind: 'cve'
  readonly id: string
  readonly aliases: readonly string[]
  readonly verdict: VulnerabilityFact['verdict']
  readonly score: number | null
  readonly severity: Severity
  readonly scoreSource: string | null
  readonly vector: string | null
  readonly status: VulnerabilityStatus
  readonly confidence: number
  readonly why: string
  readonly fixedIn: readonly string[]
  readonly fixedInChannel: readonly string[]
  readonly kev: boolean
  readonly epss: number | null
  readonly published: Date | null
  /** When time next changes whether it counts, if ever. */
  readonly until?: Date
}

export interface PackageEvidence {
  readonly kind: 'package'
  readonly test: ListTest
  /** The spec that matched; absent when none did. */
  readonly spec?: string
  readonly specs: readonly string[]
}

export interface PlatformEvidence {
  readonly kind: 'platform'
  readonly subdir: string
  readonly listed: boolean
  readonly subdirs: readonly string[]
}

export interface LicenceEvidence {
  readonly kind: 'licence'
  /** As the record states it. */
  readonly licence: string | null
  /** How it was read; absent when it could not be. */
  readonly expression?: string
  readonly known: boolean
  readonly families: readonly string[]
  /** The listed licences that could not be avoided (`in`), or that were all that is allowed (`not_in`). */
  readonly test: ListTest
  readonly listed: readonly string[]
  readonly applies: boolean
  /** How sure the reading is, one sentence. */
  readonly why: string
}

export interface AgeEvidence {
  readonly kind: 'age'
  readonly firstSeen: Date
  readonly ageMs: number
  readonly limits: readonly Comparison[]
  /** When the outcome of this condition changes next, if ever. */
  readonly until?: Date
}

export interface BuildAgeEvidence {
  readonly kind: 'build_age'
  /** The builder's claim; null when it makes none. */
  readonly built: Date | null
  readonly limits: readonly Comparison[]
  readonly until?: Date
}

export interface BuiltEvidence {
  readonly kind: 'built'
  /** The builder's claim; null when it makes none. */
  readonly built: Date | null
  readonly from?: Date
  readonly before?: Date
}

export interface FlagEvidence {
  readonly kind: 'flag'
  readonly fact: FlagFact
  readonly value: boolean
  /** One clause, where more is known than yes or no: whose signature it has. */
  readonly detail?: string
}

const shownListed = 4

/** One clause, without a full stop: `CVE-2099-0001 has score 9.8 (NVD), fixed in 2.31.0`. */
export function describeEvidence(evidence: Evidence): string {
  switch (evidence.kind) {
    case 'cve':
      return describeCve(evidence)
    case 'no-cve':
      return 'no known CVE meets the condition'
    case 'package':
      return evidence.spec === undefined
        ? `it is not among the listed packages (${shortList(evidence.specs)})`
        : `it matches "${plain(evidence.spec)}"`
    case 'platform':
      return evidence.listed
        ? `platform ${plain(evidence.subdir)} is listed`
        : `platform ${plain(evidence.subdir)} is not one of ${shortList(evidence.subdirs)}`
    case 'licence':
      return describeLicence(evidence)
    case 'age':
      return `it was first seen here ${duration.show(evidence.ageMs)} ago (limit: ${showComparisons(evidence.limits, duration)})`
    case 'build_age':
      return evidence.built
        ? `it was built ${day(evidence.built)} by its own account (limit for its age: ${showComparisons(evidence.limits, duration)})`
        : 'it states no build time'
    case 'flag':
      return evidence.detail === undefined
        ? flagWords[evidence.fact][evidence.value ? 1 : 0]
        : plain(evidence.detail)
    case 'built':
      return describeBuilt(evidence)
    case 'size':
      return `its size is ${size.show(evidence.bytes)} (limit: ${showComparisons(evidence.limits, size)})`
    case 'origin':
      return `it came by ${evidence.origin.kind}${evidence.origin.name ? ` "${plain(evidence.origin.name)}"` : ''}`
    case 'unreadable':
      return `its facts could not be judged (${plain(evidence.problem)})`
  }
}

/** For no and for yes. */
const flagWords: Readonly<Record<FlagFact, readonly [string, string]>> = {
  unmapped: ['it is known upstream', 'nobody has said what it is called upstream, so its CVEs are unknown'],
  signed: ['it has no signature that was verified', 'its signature was verified'],
  attested: ['it has no verified statement of its origin', 'the statement of its origin was verified'],
  link_scripts: ['it brings no install scripts', 'it brings scripts that run when it is installed'],
  executables_in_noarch: [
    'it carries no machine code',
    'it says that it runs anywhere and carries machine code',
  ],
  legacy_duplicate: [
    'it is no .tar.bz2 beside a .conda of the same build',
    'there is a .conda of the same build',
  ],
}

function describeCve(cve: CveEvidence): string {
  const source = cve.scoreSource ? ` (${plain(cve.scoreSource)})` : ''
  const score =
    cve.score !== null
      ? `has score ${cve.score}${source}`
      : cve.severity === 'unscored'
        ? 'has no score yet'
        : `is rated ${cve.severity}${source}`
  const doubt = cve.verdict === 'indeterminate' ? ' and may concern this version' : ''
  const status = cve.status === 'reported' ? '' : `, status ${cve.status}`
  const kev = cve.kev ? ', known to be exploited' : ''
  const epss = cve.epss === null ? '' : `, EPSS ${probability.show(cve.epss)}`
  const fixed = cve.fixedIn.length > 0 ? `, fixed in ${shortList(cve.fixedIn, 'or')}` : ''
  return `${plain(cve.id)} ${score}${doubt}${status}${kev}${epss}${fixed}`
}

function describeLicence(evidence: LicenceEvidence): string {
  if (evidence.licence === null && !evidence.known) return 'it states no licence'
  const stated =
    evidence.licence === null
      ? `licence family ${shortList(evidence.families)}`
      : `licence "${plain(evidence.licence)}"`
  const isNamed = evidence.test === 'in' && evidence.applies && !evidence.listed.every(isUnknown)
  if (!evidence.known && !isNamed) return `${stated} cannot be read`
  if (evidence.test === 'not_in') {
    return `${stated} is ${evidence.applies ? 'not ' : ''}among those allowed (${shortList(evidence.listed)})`
  }
  return evidence.applies ? `${stated} comes under ${shortList(evidence.listed)}` : `${stated} is not listed`
}

function isUnknown(term: string): boolean {
  return /^(unknown|none)$/i.test(term)
}

function describeBuilt(evidence: BuiltEvidence): string {
  const window = [
    evidence.from ? `from ${day(evidence.from)}` : '',
    evidence.before ? `before ${day(evidence.before)}` : '',
  ].filter(Boolean)
  const built = evidence.built
    ? `it was built ${day(evidence.built)} by its own account`
    : 'it states no build time'
  return `${built} (window: ${window.join(', ')})`
}

/** `2027-01-31`, or with the time where it is not midnight. */
export function day(date: Date): string {
  const iso = Number.isNaN(date.getTime()) ? 'at an unknown time' : date.toISOString()
  return iso.endsWith('T00:00:00.000Z')
    ? iso.slice(0, 10)
    : iso.replace(/:\d\d\.\d+Z$/, ' UTC').replace('T', ' ')
}

function shortList(items: readonly string[], last = 'and'): string {
  const shown = items.slice(0, shownListed).map(plain)
  const rest = items.length - shown.length
  return rest > 0 ? `${shown.join(', ')} ${last} ${rest} more` : shown.join(', ')
}

/** One line without control characters, so that no upstream text can steer a terminal; at most 200 characters. */
export function plain(text: string): string {
  const clean = text
    .slice(0, 1000)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean
}
