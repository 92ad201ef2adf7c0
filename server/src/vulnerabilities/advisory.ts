/**
 * What every advisory becomes, whoever wrote it: one shape for OSV, NVD, CVE 5 and the projects' own lists.
 *
 * The `parse-*.ts` files make these, `match.ts` reads them, `store.ts` keeps them. Nothing here knows conda:
 * an advisory speaks of upstream identities (`pypi:urllib3`, `cpe:haxx:curl`), and `identity.ts` says which
 * conda names those are.
 */

/** Who wrote the record. It decides the order of trust of ranges (`authority.ts`) and of scores (`score.ts`). */
export const advisorySources = [
  'openssl',
  'curl',
  'node',
  'pypa',
  'psf',
  'ghsa',
  'cran',
  'osv',
  'nvd-override',
  'nvd',
  'cve',
] as const
export type AdvisorySource = (typeof advisorySources)[number]

/** A withdrawn or rejected record is kept as a tombstone: it never matches, but it explains a change. */
export type AdvisoryState = 'active' | 'withdrawn' | 'rejected'

export interface Advisory {
  /** `source:id`, unique among all advisories. */
  readonly key: string
  readonly source: AdvisorySource
  /** The record's own id, `PYSEC-2023-192`. */
  readonly id: string
  /** Other names of the same vulnerability, in the record's order. */
  readonly aliases: readonly string[]
  /** Vulnerabilities this record derives from; not the same relation as an alias (OSV `upstream`). */
  readonly upstream: readonly string[]
  readonly state: AdvisoryState
  readonly isDisputed: boolean
  /** Milliseconds since 1970; null where the record does not say. */
  readonly publishedMs: number | null
  readonly modifiedMs: number | null
  readonly summary: string
  /** Words of the vocabulary of `curated-parts.ts` that its text contains: which part of a project, which backend. */
  readonly mentions: readonly string[]
  readonly scores: readonly Score[]
  readonly affected: readonly AffectedEntry[]
  readonly references: readonly string[]
}

/** What a parser makes of a record: `detect-format.ts` turns its text into mentions. */
export interface ParsedAdvisory extends Omit<Advisory, 'mentions'> {
  /** All that the record says in words. */
  readonly text: string
}

/** One identity the record speaks about, and which of its versions. */
export interface AffectedEntry {
  readonly identity: Identity
  /** OR-ed with each other and with `versions`. */
  readonly ranges: readonly VersionRange[]
  /** Versions named one by one. */
  readonly versions: readonly string[]
  /** Versions the record itself takes out again, whatever `ranges` says. */
  readonly except: readonly VersionRange[]
  /** Operating systems the flaw needs; null for any. An empty list: only systems no conda package runs on. */
  readonly platforms: readonly OsClass[] | null
  /** What else must be present and we cannot check, `php:php`: makes a match less sure. */
  readonly conditions: readonly string[]
  /** The part of a split project that holds the flaw; null where the record does not say. */
  readonly component: Component | null
  /** The CPE field: the ecosystem the product is for, `wordpress`; null for none stated. */
  readonly targetSoftware: string | null
  /** True for a container's restatement of somebody else's data (CISA-ADP): heard only where nobody else speaks. */
  readonly isSecondary: boolean
  /** Evidence to keep: `matchCriteriaId` of NVD, `PyPI` of OSV. */
  readonly note: string | null
}

/** A name in somebody's namespace. `kind` is the namespace: `pypi`, `cran`, `npm`, `cpe`. */
export interface Identity {
  readonly kind: string
  readonly name: string
}

export const osClasses = ['linux', 'osx', 'win'] as const
export type OsClass = (typeof osClasses)[number]

export type Component = 'library' | 'tool' | 'both'

/** Which grammar the record says its versions follow; `match.ts` chooses the order from it and the identity. */
export type RangeScheme = 'ecosystem' | 'semver' | 'git' | 'python' | 'generic'

export type VersionRange = EventRange | BoundRange

/** OSV's form: switches that are sorted before they are read, for files do not keep them in order. */
export interface EventRange {
  readonly form: 'events'
  readonly scheme: RangeScheme
  readonly events: readonly RangeEvent[]
}

export type RangeEventKind = 'introduced' | 'fixed' | 'lastAffected' | 'limit'

export interface RangeEvent {
  readonly kind: RangeEventKind
  /** `0` in `introduced` is before every version; `*` in `limit` is after every version. */
  readonly version: string
}

/** NVD's form: one interval; a missing bound is open. */
export interface BoundRange {
  readonly form: 'bounds'
  readonly scheme: RangeScheme
  readonly from: Bound | null
  readonly to: Bound | null
  /** True where the record names no version at all (CPE version `-`, `n/a`): never more than a hint. */
  readonly isUnspecified: boolean
}

export interface Bound {
  readonly version: string
  readonly isInclusive: boolean
}

/** Who gave a score; the order of trust stands in `choose-score.ts`. */
export type ScoreSource = 'local' | 'curated' | 'cna' | 'nvd' | 'cisa-adp' | 'ghsa' | 'osv'

export type CvssVersion = '2.0' | '3.0' | '3.1' | '4.0'

export interface Score {
  readonly source: ScoreSource
  readonly version: CvssVersion
  /** Null where the record gives a number without the vector it came from. */
  readonly vector: string | null
  /** 0 to 10. */
  readonly base: number
}

/** `pypi:urllib3`: how identities are compared, stored and indexed. */
export function identityKey(identity: Identity): string {
  return `${identity.kind}:${identity.name}`
}

/** A range without bounds, for "every version". */
export const everyVersion: BoundRange = {
  form: 'bounds',
  scheme: 'generic',
  from: null,
  to: null,
  isUnspecified: false,
}
