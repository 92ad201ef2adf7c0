/** What the REST interface answers, in its own shapes: snake_case, as conda and the contract spell it. */

export interface Page<Item> {
  readonly total_count: number
  readonly items: readonly Item[]
}

export interface Account {
  readonly user_id: string
  readonly username: string
  readonly default_channel_name: string
  readonly roles: readonly string[]
  readonly groups: readonly { readonly id: string; readonly name: string }[]
}

/** An identity provider to sign in with. */
export interface IdentityProvider {
  readonly name: string
  readonly title: string
  readonly authorize_path: string
}

export const privacies = ['public', 'authenticated', 'private'] as const
export type Privacy = (typeof privacies)[number]

export interface ChannelSource {
  readonly name: string
  readonly parent_name?: string
}

/** Which member of a virtual channel a package comes from. */
export interface Owner {
  readonly name: string
  /** Null for a channel one may not see. */
  readonly member: string | null
  readonly pinned: boolean
  readonly left_out: readonly string[]
}

/** What made a change: an upload with its file, a mirror run, an edited policy. */
export type Cause = Readonly<Record<string, unknown>> & { readonly kind: string }

export interface Revision {
  readonly number: number
  readonly created: string
  readonly state: 'served' | 'past' | 'prepared'
  readonly causes: readonly Cause[]
  readonly changed_names: number
  readonly contents_count: number
  readonly served_count: number
}

export interface NameDifference {
  readonly name: string
  readonly causes: readonly { readonly revision: number; readonly cause: Cause }[]
  readonly files: readonly {
    readonly subdir: string
    readonly filename: string
    readonly change: 'added' | 'removed' | 'changed' | 'shown' | 'hidden'
    readonly fields: readonly string[]
  }[]
}

export interface Channel {
  readonly id: string
  readonly name: string
  /** What it is called in addresses: the name, or of a subchannel `channel/name`. */
  readonly path: string
  readonly description: string
  readonly privacy: Privacy
  /** Number of the revision that is served. */
  readonly revision: number
  readonly newest_revision: number
  readonly rendered_revision: number
  /** Since when repodata.json lacks something that is served. */
  readonly rendered_behind_since: string | null
  readonly indexing_behavior: 'default' | 'frozen'
  readonly channel_type: 'default' | 'virtual'
  /** Of a virtual channel: its members that one may see, in order. */
  readonly sources?: readonly ChannelSource[]
  /** Package names whose decision is due anew. */
  readonly stale_names?: number
  readonly created: string
  readonly updated: string
}

export interface Package {
  readonly name: string
  readonly channel: string
  readonly file_count: number
  readonly blocked_count: number
  readonly metadata: {
    /** The newest. */
    readonly version: string
    readonly subdirs: readonly string[]
    readonly install_cmd: string
  }
}

export const effects = ['allow', 'warn', 'hide', 'hold', 'deny', 'pending'] as const
/** What the policies say of a file; `pending` before the first publish. */
export type Effect = (typeof effects)[number]

export interface Reason {
  readonly policy: string
  readonly rule: string
  readonly effect: string
  readonly text: string
}

export interface PackageFile {
  readonly channel: string
  /** Path of the file in the channel. */
  readonly ckey: string
  readonly name: string
  readonly size: number
  readonly url: string
  readonly metadata: {
    readonly version: string
    readonly build: string
    readonly build_number: number
    readonly subdir: string
    readonly filename: string
    readonly license: string | null
    readonly sha256: string
    readonly verified_by: 'sha256' | 'md5' | 'upload' | 'announced'
  }
  readonly effect: Effect
  readonly reasons: readonly Reason[]
  readonly created_at: string
  readonly updated_at: string
}

export interface Explanation {
  readonly effect: Effect
  readonly message: string
}

/** A CVE that concerns a version of a package. Advisories leave much open, so most of it can be absent. */
export interface CveMatch {
  readonly package: string
  readonly version: string
  readonly cve: string
  readonly summary?: string | null
  /** Null when nobody has scored it, which is not 0. */
  readonly score?: number | null
  readonly severity?: string | null
  /** Of the files of the version, each once. */
  readonly statuses?: readonly string[] | null
  /** `indeterminate` where it may concern the version, and nobody can tell. */
  readonly verdict?: string | null
  readonly why?: string | null
  /** How sure the match is, 0 to 1. */
  readonly confidence: number
  readonly fixed_in?: string | readonly string[] | null
  /** Whether a policy keeps the version from clients; absent where the server does not say. */
  readonly blocked?: boolean | null
  readonly published_at?: string | null
}

export interface MirrorFilters {
  readonly subdirs?: readonly string[]
  readonly only_specs?: readonly string[]
  readonly exclude_specs?: readonly string[]
  readonly include_specs?: readonly string[]
  readonly dedupe_conda_legacy?: boolean
}

export interface MirrorProgress {
  readonly step: string
  readonly files_done: number
  readonly files_total: number
  readonly bytes_done: number
  readonly bytes_total: number
  readonly bytes_per_second: number
  readonly seconds_remaining: number | null
  readonly rejected: number
  readonly current_file: string | null
}

export interface MirrorResult {
  readonly added: number
  readonly renewed: number
  readonly removed: number
  readonly unchanged: number
  readonly rejected: number
  readonly filtered: number
  readonly bytes: number
}

export type MirrorState = 'pending' | 'running' | 'completed' | 'failed' | 'stopped'

/** `passive` brings each file when somebody first asks for it. */
export type MirrorMode = 'active' | 'passive'

export interface Mirror {
  readonly mirror_id: string
  readonly mirror_name: string
  readonly source_root: string
  readonly mirror_mode: MirrorMode
  readonly filters: MirrorFilters
  readonly state: MirrorState
  readonly cause: string | null
  readonly job_id: string | null
  readonly progress: MirrorProgress | null
  readonly result: MirrorResult | null
  readonly last_run_at: string | null
  /** Five fields of cron, in UTC. */
  readonly cron: string | null
  readonly next_run_at: string | null
  readonly created_at: string
  readonly updated_at: string
}

export interface Rejection {
  readonly subdir: string
  readonly filename: string
  readonly code: string
  readonly message: string
}

export interface Policy {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly document: string
  /** Of a subchannel: assigned to the channel it belongs to. */
  readonly inherited?: boolean
  readonly created_at: string
  readonly updated_at: string
}

/** One thing wrong with a policy document; lines and columns count from 1. */
export interface PolicyFault {
  readonly line: number
  readonly column: number
  readonly path: string
  readonly value?: string
  readonly message: string
  readonly suggestion?: string
}

interface ChangeCount {
  readonly newly_blocked: number
  readonly newly_unblocked: number
}

export interface UserDownloads {
  readonly user: string
  readonly downloads: number
}

export interface NameChange extends ChangeCount {
  readonly name: string
  readonly remaining_versions: readonly string[]
  readonly remaining_count: number
  /** It has an allowed version now and would have none. */
  readonly none_left: boolean
  readonly downloads_30_days: number
  readonly users: readonly UserDownloads[]
}

/** What a policy would change in a channel. */
export interface PolicyPreview extends ChangeCount {
  readonly file_count: number
  readonly after: Readonly<Record<string, number>>
  readonly downloads_30_days: number
  readonly users: readonly UserDownloads[]
  readonly by_rule: readonly (ChangeCount & {
    readonly policy: string
    readonly rule: string
    readonly effect: string
  })[]
  readonly by_subdir: readonly (ChangeCount & { readonly subdir: string })[]
  /** Package names with a change. */
  readonly names_count: number
  readonly none_left_count: number
  readonly names: readonly NameChange[]
}

export interface PolicyAssignment {
  readonly scope: 'organisation' | 'channel' | 'mirror'
  readonly channel?: string
}

export const exceptionStates = [
  'requested',
  'approved',
  'refused',
  'withdrawn',
  'revoked',
  'expired',
  'fixed',
] as const
export type ExceptionState = (typeof exceptionStates)[number]

/** What somebody asked to have lifted, and what became of it. */
export interface PolicyException {
  readonly id: string
  readonly channel: string
  readonly kind: 'exception' | 'release'
  readonly state: ExceptionState
  readonly files: readonly string[] | null
  readonly package: string | null
  readonly lifts: readonly {
    readonly policy: string
    readonly rule: string | null
    readonly cves: readonly string[] | null
  }[]
  readonly cves: readonly string[]
  readonly reason: string
  readonly compensating_control: string | null
  readonly until_fixed: boolean
  readonly expires_at: string | null
  readonly requested_by: string
  readonly requested_by_name: string
  readonly requested_at: string
  readonly decided_by_name: string | null
  readonly decided_at: string | null
  readonly decision_note: string | null
  readonly ended_at: string | null
  readonly end_cause: string | null
}

/** One in force, with the risk it carries. */
export interface ExceptionRisk extends PolicyException {
  readonly risk: {
    readonly highest_score: number | null
    readonly highest_epss: number | null
    readonly kev: boolean
    readonly files: number
    readonly downloads_since_granted: number
  }
}

export const cveStatuses = ['reported', 'active', 'mitigated', 'cleared', 'disputed'] as const
export type CveStatus = (typeof cveStatuses)[number]
export const severityBands = ['critical', 'high', 'medium', 'low', 'none', 'unscored'] as const
export type SeverityBand = (typeof severityBands)[number]

export interface Cve {
  readonly id: string
  readonly description: string
  readonly score: number | null
  readonly severity: SeverityBand
  readonly aliases: readonly string[]
  readonly scores: readonly {
    readonly source: string
    readonly score: number | null
    readonly vector: string | null
  }[]
  readonly packages_count: number
  readonly published_at: string | null
  readonly kev: { readonly added_at: string; readonly due_at: string | null } | null
  readonly epss: { readonly probability: number; readonly percentile: number } | null
  readonly statuses: Readonly<Partial<Record<CveStatus, number>>>
}

export interface CveFile {
  readonly channel_name: string
  readonly parent_channel_name: string | null
  readonly cve_status: CveStatus
  /** subdir/filename */
  readonly ckey: string
  readonly common_name: string
  readonly version: string
  readonly confidence: number
  readonly why: string
}

/** What somebody says a CVE is in some files. */
export interface Curation {
  readonly id: string
  readonly cve: string
  readonly package: string
  readonly scope: string
  readonly status: CveStatus
  readonly author: string
  readonly reason: string
  readonly state: string
  readonly proposed_by: string | null
  readonly expires_at: string | null
}

export interface CveChange {
  readonly at: string
  readonly kind: string
  readonly old_score: number | null
  readonly new_score: number | null
  readonly by: string | null
  readonly note: string | null
  readonly curation: Curation | null
}

export const queueKinds = ['undecided', 'indeterminate', 'proposed', 'expiring'] as const
export type QueueKind = (typeof queueKinds)[number]

export interface QueuedMatch {
  readonly cve: string
  readonly package: string
  readonly score: number | null
  readonly severity: string
  readonly kev: boolean
  readonly epss: number | null
  readonly confidence: number
  readonly files_count: number
  readonly downloads: number
  readonly why: string
}

export interface CveQueue extends Page<{
  readonly match: QueuedMatch | null
  readonly curation: Curation | null
}> {
  readonly counts: Readonly<Record<QueueKind, number>>
}
