/**
 * What a decision may look at: everything we know about one artifact in one channel, and nothing else.
 *
 * Whoever decides (the index builder, the download gate, a preview) gathers these and asks `decide`. Two
 * askers with equal facts get equal answers, so a new thing for policies to look at starts as a field here.
 */

/** One artifact of one channel, as the decision sees it. */
export interface ArtifactFacts {
  readonly channel: string
  readonly subdir: string
  readonly filename: string
  readonly name: string
  readonly version: string
  /** The build string, `py311h0_2`. */
  readonly build: string
  readonly buildNumber: number
  /** Bytes of the package file. */
  readonly size: number
  /** The licence as the record states it, unread; null when it states none. */
  readonly licence: string | null
  /** `license_family` of the record; null when it states none. */
  readonly licenceFamily: string | null
  /** When the package was built, milliseconds since 1970. The builder's claim: anybody can write any number. */
  readonly timestampMs: number | null
  /** When this server first saw these bytes, by our own clock; what package age counts from. */
  readonly firstSeenMs: number
  /** `noarch` of the record, `python` or `generic`; absent for a package made for one platform. */
  readonly noarch?: string | undefined
  readonly origin: Origin
  /** Nobody has said what this name is called upstream: that nothing is known against it means nothing. */
  readonly unmapped: boolean
  /** A signature over the file that this server has verified. */
  readonly signed: boolean
  /** One clause: with which key, or why not. */
  readonly signedWhy?: string | undefined
  /** A statement of who built it from what (CEP 27) that this server has verified. */
  readonly attested: boolean
  readonly attestedWhy?: string | undefined
  /** It brings scripts that installers run with the rights of the user. */
  readonly linkScripts: boolean
  /** It says that it runs anywhere and carries machine code. */
  readonly executablesInNoarch: boolean
  /** A `.tar.bz2` beside a `.conda` of the same build. */
  readonly legacyDuplicate: boolean
  readonly vulnerabilities: readonly VulnerabilityFact[]
}

export const originKinds = ['mirror', 'upload', 'bundle'] as const

/** The facts that are a plain yes or no, as policies spell them. */
export const flagFacts = {
  unmapped: 'unmapped',
  signed: 'signed',
  attested: 'attested',
  link_scripts: 'linkScripts',
  executables_in_noarch: 'executablesInNoarch',
  legacy_duplicate: 'legacyDuplicate',
} as const satisfies Readonly<Record<string, keyof ArtifactFacts>>
export type FlagFact = keyof typeof flagFacts

/** How the artifact came: the name is that of the mirror, the uploader or the bundle. */
export interface Origin {
  readonly kind: (typeof originKinds)[number]
  /** Of the mirror, the person or the bundle; names change, this does not. */
  readonly id?: string
  readonly name: string
}

export const severities = ['none', 'low', 'medium', 'high', 'critical', 'unscored'] as const
export type Severity = (typeof severities)[number]

export const vulnerabilityStatuses = ['reported', 'active', 'mitigated', 'cleared', 'disputed'] as const
export type VulnerabilityStatus = (typeof vulnerabilityStatuses)[number]

/** Who rates a vulnerability. `local` is this organisation. */
export const scoreSources = ['local', 'curated', 'cna', 'nvd', 'cisa-adp', 'ghsa', 'osv'] as const
export type ScoreSource = (typeof scoreSources)[number]

export interface SourceScore {
  readonly source: ScoreSource
  /** 0 to 10. */
  readonly score: number
  readonly severity: Severity
}

/** An advisory that concerns this artifact, with how sure we are and why. */
export interface VulnerabilityFact {
  /** The CVE id where there is one, otherwise the advisory's own. */
  readonly id: string
  readonly aliases: readonly string[]
  /** `indeterminate`: the version can be neither placed inside the affected range nor outside it. */
  readonly verdict: 'affected' | 'indeterminate'
  /** 0 to 10; null when nobody has scored it, which is not the same as 0. */
  readonly score: number | null
  readonly severity: Severity
  readonly status: VulnerabilityStatus
  /** 0 to 1: how sure the match between package and advisory is. */
  readonly confidence: number
  /** One clause for people: which identity and which range matched. */
  readonly why: string
  readonly fixedIn: readonly string[]
  /** Who gave the score, `NVD`. */
  readonly scoreSource: string | null
  readonly vector: string | null
  /** What each source says; the preferred one of them is `score`. */
  readonly scores: readonly SourceScore[]
  /** In CISA's list of vulnerabilities that are being exploited. */
  readonly kev: boolean
  /** Probability of exploitation within 30 days, 0 to 1; null when EPSS has none. */
  readonly epss: number | null
  /** When it was published, milliseconds since 1970; null when no advisory says so. */
  readonly publishedMs: number | null
  /** Newer versions that this channel has for the platform and that it does not concern, nearest first. */
  readonly fixedInChannel: readonly string[]
}
