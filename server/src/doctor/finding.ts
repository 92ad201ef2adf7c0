/**
 * What a check of the storage can find, as a closed list, and the exit code that sums it up. A `note` is
 * what a crash or a superseded revision leaves behind in normal operation: named, never a fault.
 */
export type FindingKind = 'corrupt' | 'missing' | 'inconsistent' | 'stray' | 'note'

/** Every code with its kind; README.md says which invariant each one guards. */
export const findingKinds = {
  'database-corrupt': 'corrupt',
  'foreign-key-broken': 'inconsistent',
  'row-missing': 'missing',
  'channel-missing': 'missing',
  'channel-differs': 'inconsistent',
  'policy-differs': 'inconsistent',
  'audit-broken': 'inconsistent',
  'no-administrator': 'note',
  'package-corrupt': 'corrupt',
  'package-missing': 'missing',
  'artifact-differs': 'inconsistent',
  'blob-corrupt': 'corrupt',
  'index-corrupt': 'corrupt',
  'index-missing': 'missing',
  'shard-corrupt': 'corrupt',
  'shard-missing': 'missing',
  'file-not-in-contents': 'inconsistent',
  'record-without-row': 'inconsistent',
  'record-differs': 'inconsistent',
  'change-differs': 'inconsistent',
  'change-not-stale': 'inconsistent',
  'file-undecided': 'inconsistent',
  'served-differs': 'inconsistent',
  'decision-differs': 'inconsistent',
  'not-decidable': 'inconsistent',
  'count-differs': 'inconsistent',
  'shard-not-granted': 'inconsistent',
  'granted-shard-missing': 'missing',
  'revision-missing': 'missing',
  'revision-order': 'inconsistent',
  'revision-gap': 'note',
  'serving-differs': 'inconsistent',
  'rendered-file-missing': 'missing',
  'rendered-file-corrupt': 'corrupt',
  'rendered-file-differs': 'inconsistent',
  'not-rendered': 'inconsistent',
  'not-scheduled': 'inconsistent',
  'job-malformed': 'inconsistent',
  'stray-file': 'stray',
  'stray-object': 'stray',
  'leftover-file': 'note',
  'unreferenced-blob': 'note',
} as const satisfies Record<string, FindingKind>

export type FindingCode = keyof typeof findingKinds

export interface Finding {
  readonly code: FindingCode
  /** What it is about, as people name it: `main/linux-64/numpy`, a path, a digest. */
  readonly where: string
  readonly message: string
  /** The same for a program: what a repair has to know. */
  readonly place?: FindingPlace
}

export interface FindingPlace {
  /** Of a row that has no name of its own. */
  readonly id?: string
  /** By name. */
  readonly channel?: string
  readonly subdir?: string
  readonly name?: string
  readonly filename?: string
  readonly revision?: number
  /** Of the blob. */
  readonly sha256?: string
  /** Of a file, from the data folder on. */
  readonly path?: string
}

export function kindOf(finding: Finding): FindingKind {
  return findingKinds[finding.code]
}

const EXIT_BITS: Readonly<Record<FindingKind, number>> = {
  corrupt: 1,
  missing: 2,
  inconsistent: 4,
  stray: 8,
  note: 0,
}
/** There was no check: the folder is in use, there is no database, or it is of another release. */
export const EXIT_NOT_CHECKED = 32

/** 0 only when there is nothing but notes. */
export function exitCodeOf(kinds: Iterable<FindingKind>): number {
  let code = 0
  for (const kind of kinds) code |= EXIT_BITS[kind]
  return code
}
