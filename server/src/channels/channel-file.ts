/** What a channel knows of a file, as code sees it and as the row has it. */
import type { Effect } from '../policies/policy.ts'

/** With these a file is out of the index, and out of reach of solvers. */
export const blockingEffects = ['hide', 'hold', 'deny'] as const satisfies readonly Effect[]

/** `announced`: nothing yet, for the bytes are still with the upstream. */
export type VerifiedBy = 'sha256' | 'md5' | 'upload' | 'announced'

export interface Origin {
  readonly kind: 'mirror' | 'upload'
  /** Id of the mirror, or of the person. */
  readonly id: string
  /** As the mirror or the person was called when the file came. */
  readonly name: string
}

export interface ChannelFile {
  readonly id: string
  readonly channelId: string
  readonly subdir: string
  readonly filename: string
  readonly sha256: string
  readonly state: 'present' | 'removed'
  readonly name: string
  readonly version: string
  readonly build: string
  readonly buildNumber: number
  readonly size: number
  readonly licence: string | null
  readonly licenceFamily: string | null
  /** The builder's claim, milliseconds since 1970. */
  readonly builtAtMs: number | null
  /** `python` or `generic`; null for a package made for one platform. */
  readonly noarch: string | null
  readonly recordSha256: string
  readonly verifiedBy: VerifiedBy
  readonly origin: Origin
  /** Of the last publish; null before the first. */
  readonly effect: Effect | null
  /** JSON of the last decision when it was not a plain allow. */
  readonly decision: string | null
  /** When time alone changes that decision, milliseconds since 1970; null for never. */
  readonly nextChangeMs: number | null
  readonly addedAt: Date
  readonly updatedAt: Date
}

export interface FileChange {
  readonly subdir: string
  readonly filename: string
  readonly sha256: string
  readonly name: string
  readonly version: string
  readonly build: string
  readonly buildNumber: number
  readonly size: number
  readonly licence: string | null
  readonly licenceFamily: string | null
  readonly builtAtMs: number | null
  /** `python` or `generic`; null for a package made for one platform. */
  readonly noarch: string | null
  readonly recordSha256: string
  readonly verifiedBy: VerifiedBy
  readonly origin: Origin
  /** The record as the channel will serve it, JSON. */
  readonly record: string
}

export interface FileRow {
  id: string
  channel_id: string
  subdir: string
  filename: string
  sha256: string
  state: string
  name: string
  version: string
  build: string
  build_number: number
  size: number
  licence: string | null
  licence_family: string | null
  built_at: number | null
  noarch: string | null
  record_sha256: string
  verified_by: string
  origin_kind: string
  origin_id: string
  origin_name: string
  effect: string | null
  decision: string | null
  next_change_at: number | null
  added_at: number
  updated_at: number
}

/** The cast: only contents-store.ts writes these columns. */
export function toOrigin(row: Pick<FileRow, 'origin_kind' | 'origin_id' | 'origin_name'>): Origin {
  return { kind: row.origin_kind as Origin['kind'], id: row.origin_id, name: row.origin_name }
}

/** The casts: as above. */
export function toFile(row: FileRow): ChannelFile {
  return {
    id: row.id,
    channelId: row.channel_id,
    subdir: row.subdir,
    filename: row.filename,
    sha256: row.sha256,
    state: row.state as ChannelFile['state'],
    name: row.name,
    version: row.version,
    build: row.build,
    buildNumber: row.build_number,
    size: row.size,
    licence: row.licence,
    licenceFamily: row.licence_family,
    builtAtMs: row.built_at,
    noarch: row.noarch,
    recordSha256: row.record_sha256,
    verifiedBy: row.verified_by as VerifiedBy,
    origin: toOrigin(row),
    effect: row.effect as Effect | null,
    decision: row.decision,
    nextChangeMs: row.next_change_at,
    addedAt: new Date(row.added_at),
    updatedAt: new Date(row.updated_at),
  }
}
