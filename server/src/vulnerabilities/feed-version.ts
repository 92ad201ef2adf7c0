/**
 * What an import says under a key, and which of several says what counts. Versions are kept as they came, so that
 * taking an import back brings the one before: `version-store.ts` keeps them, `settle-versions.ts` makes what is
 * matched against follow them.
 */

/** What a file holds. */
export const feedKinds = ['advisories', 'kev', 'epss'] as const
export type FeedKind = (typeof feedKinds)[number]

export interface FeedVersion {
  /** `source:id` of an advisory, `kev:CVE-…`, `epss:CVE-…`. */
  readonly key: string
  /** When its author changed it; of a catalogue, when that was made. */
  readonly modifiedMs: number | null
  readonly contentSha256: string
  /** JSON. Null where a catalogue no longer has it. */
  readonly document: string | null
}

export interface StandingVersion {
  readonly key: string
  readonly importId: string
  /** Null: sent by hand. All that was sent by hand counts as one source. */
  readonly sourceId: string | null
  readonly modifiedMs: number | null
  readonly contentSha256: string
  readonly isGone: boolean
  readonly activatedMs: number
}

/**
 * The version that counts, of all that stand under one key: of each source its latest, and of those the one that was
 * modified last. Which import came first changes nothing.
 */
export function chooseVersion(versions: readonly StandingVersion[]): StandingVersion | undefined {
  const latest = new Map<string | null, StandingVersion>()
  for (const version of versions) {
    const known = latest.get(version.sourceId)
    if (!known || isLater(version, known)) latest.set(version.sourceId, version)
  }
  return [...latest.values()].toSorted(
    (left, right) => (right.modifiedMs ?? -1) - (left.modifiedMs ?? -1) || (isLater(left, right) ? -1 : 1),
  )[0]
}

export function isLater(left: StandingVersion, right: StandingVersion): boolean {
  return left.activatedMs === right.activatedMs
    ? left.importId > right.importId
    : left.activatedMs > right.activatedMs
}

/** A file can be older than what its source said before: last year's feed must not undo this year's correction. */
export function isNews(known: StandingVersion | undefined, found: FeedVersion): boolean {
  if (!known) return true
  if (known.contentSha256 === found.contentSha256 && !known.isGone) return false
  return known.modifiedMs === null || found.modifiedMs === null || found.modifiedMs >= known.modifiedMs
}
