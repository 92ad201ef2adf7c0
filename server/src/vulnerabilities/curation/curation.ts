/**
 * What people, feeds and vendors say of a vulnerability in some files, and whose word counts. Pure.
 *
 * A curation is a chain of events that only grows; the row in the database is that chain folded, so what held on
 * any past day can be read back. Where several cover a file, the lowest `rank` decides, and the newest among equals.
 */
import type { BuilderStatus } from '../security-json.ts'
import type { VulnerabilityStatus } from '../vulnerability-status.ts'
import type { VexJustification } from '../vex.ts'

/** Which files: one by its bytes, builds of a version, or a whole package. What is null is not asked for. */
export interface CurationScope {
  readonly condaName: string
  readonly sha256: string | null
  readonly version: string | null
  /** The build string. */
  readonly build: string | null
  /** Build numbers, both included. */
  readonly buildFrom: number | null
  readonly buildTo: number | null
  readonly subdir: string | null
  /** Name of the channel. */
  readonly channel: string | null
}

export const wholePackage: Omit<CurationScope, 'condaName'> = {
  sha256: null,
  version: null,
  build: null,
  buildFrom: null,
  buildTo: null,
  subdir: null,
  channel: null,
}

/** A file as scopes ask about it. */
export interface CuratedFile {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly buildNumber: number
  readonly subdir: string
  readonly channel: string
  readonly sha256: string
}

export const curationSources = ['person', 'feed', 'builder', 'vex'] as const
export type CurationSource = (typeof curationSources)[number]

export const curationStates = [
  'proposed',
  'in_force',
  'refused',
  'withdrawn',
  'ended',
  'replaced',
  'expired',
] as const
export type CurationState = (typeof curationStates)[number]

/** What is said; it never changes once it is written. */
export interface CurationContent {
  readonly vulnerabilityId: string
  readonly scope: CurationScope
  readonly status: VulnerabilityStatus
  readonly source: CurationSource
  /** Who says so: a person's name, or the author of a document. */
  readonly author: string
  readonly reason: string
  readonly justification: VexJustification | null
  readonly links: readonly string[]
  /** The document it came with. */
  readonly origin: string | null
  readonly expiresMs: number | null
  /** Somebody else than who proposed it has to agree. */
  readonly needsSecond: boolean
}

export type CurationEvent = {
  readonly atMs: number
  /** Null for time and for the server itself. */
  readonly actorId: string | null
} & (
  | { readonly kind: 'proposed'; readonly content: CurationContent }
  | { readonly kind: 'took_effect'; readonly note: string | null; readonly byPerson: boolean }
  | { readonly kind: 'refused' | 'withdrawn' | 'ended'; readonly note: string }
  | { readonly kind: 'replaced'; readonly by: string }
  | { readonly kind: 'expired' }
)
export type CurationEventKind = CurationEvent['kind']

export interface Curation extends CurationContent {
  readonly id: string
  readonly rank: number
  readonly state: CurationState
  readonly proposedBy: string | null
  readonly proposedMs: number
  readonly decidedBy: string | null
  readonly decidedMs: number | null
  readonly decisionNote: string | null
  readonly effectiveMs: number | null
  readonly endedMs: number | null
}

/** @throws Error for a chain that does not begin with a proposal: a bug */
export function foldCuration(id: string, events: readonly CurationEvent[]): Curation {
  const [first, ...rest] = events
  if (first?.kind !== 'proposed') throw new Error(`curation ${id} does not begin with a proposal`)
  const start: Curation = {
    ...first.content,
    id,
    rank: rankOf(first.content, false),
    state: 'proposed',
    proposedBy: first.actorId,
    proposedMs: first.atMs,
    decidedBy: null,
    decidedMs: null,
    decisionNote: null,
    effectiveMs: null,
    endedMs: null,
  }
  return rest.reduce(applyEvent, start)
}

function applyEvent(curation: Curation, event: CurationEvent): Curation {
  const decided = { decidedBy: event.actorId, decidedMs: event.atMs }
  switch (event.kind) {
    case 'proposed':
      throw new Error(`curation ${curation.id} is proposed twice`)
    case 'took_effect':
      return {
        ...curation,
        ...decided,
        decisionNote: event.note,
        rank: rankOf(curation, event.byPerson),
        state: 'in_force',
        effectiveMs: event.atMs,
      }
    case 'refused':
    case 'withdrawn':
    case 'ended':
      return {
        ...curation,
        ...decided,
        decisionNote: event.note,
        state: event.kind,
        endedMs: event.atMs,
      }
    case 'replaced':
    case 'expired':
      return { ...curation, state: event.kind, endedMs: event.atMs }
  }
}

/** One file before builds before the package: a person's word; then feeds, builders and vendors. */
function rankOf({ source, scope }: Pick<CurationContent, 'source' | 'scope'>, byPerson: boolean): number {
  if (source === 'person' || byPerson) return scope.sha256 !== null ? 10 : scope.version !== null ? 20 : 30
  return { feed: 40, builder: 50, vex: 60 }[source]
}

/** True while it decided, at an instant. */
export function heldAt(curation: Curation, atMs: number): boolean {
  const { effectiveMs, endedMs, expiresMs } = curation
  return (
    effectiveMs !== null &&
    effectiveMs <= atMs &&
    (endedMs === null || endedMs > atMs) &&
    (expiresMs === null || expiresMs > atMs)
  )
}

export function covers(scope: CurationScope, file: CuratedFile): boolean {
  return (
    scope.condaName === file.name &&
    (scope.sha256 ?? file.sha256) === file.sha256 &&
    (scope.version ?? file.version) === file.version &&
    (scope.build ?? file.build) === file.build &&
    (scope.buildFrom ?? file.buildNumber) <= file.buildNumber &&
    (scope.buildTo ?? file.buildNumber) >= file.buildNumber &&
    (scope.subdir ?? file.subdir) === file.subdir &&
    (scope.channel ?? file.channel) === file.channel
  )
}

export function isSameScope(a: CurationScope, b: CurationScope): boolean {
  return scopeText(a) === scopeText(b)
}

/** `openssl 1.1.1k, builds 1 and up, linux-64`: a scope in words. */
export function scopeText(scope: CurationScope): string {
  const { condaName, version, build, buildFrom, buildTo, subdir, channel, sha256 } = scope
  const numbers =
    buildFrom === null && buildTo === null
      ? []
      : buildTo === null
        ? [`builds ${buildFrom} and up`]
        : buildFrom === null
          ? [`builds up to ${buildTo}`]
          : buildFrom === buildTo
            ? [`build ${buildFrom}`]
            : [`builds ${buildFrom} to ${buildTo}`]
  return [
    version === null ? condaName : `${condaName} ${version}`,
    ...(build === null ? [] : [build]),
    ...numbers,
    ...(subdir === null ? [] : [subdir]),
    ...(channel === null ? [] : [`in ${channel}`]),
    ...(sha256 === null ? [] : [`sha256 ${sha256}`]),
  ].join(', ')
}

/** The curations that cover a file and a vulnerability, whose word counts first. */
export function rankCurations(
  curations: readonly Curation[],
  vulnerabilityId: string,
  file: CuratedFile,
): Curation[] {
  return curations
    .filter((one) => one.vulnerabilityId === vulnerabilityId && covers(one.scope, file))
    .toSorted(
      (a, b) => a.rank - b.rank || (b.effectiveMs ?? 0) - (a.effectiveMs ?? 0) || (a.id < b.id ? 1 : -1),
    )
}

/** Where a status comes from; `builder` also when it was read from the package itself. */
export type StatusBasis = CurationSource | 'advisory' | 'automatic'

export interface StatusDecision {
  readonly status: VulnerabilityStatus
  readonly basis: StatusBasis
  /** The curation that decides; null where none does. */
  readonly curation: Curation | null
}

/** Where the builder's own word stands among the ranks. */
const BUILDER_RANK = 50

/**
 * @param ranked as `rankCurations` has them
 * @param stated what `info/security.json` of this very build says
 */
export function decideStatus(
  ranked: readonly Curation[],
  stated: BuilderStatus | undefined,
  isDisputed: boolean,
): StatusDecision {
  const [first] = ranked
  if (first && (stated === undefined || first.rank <= BUILDER_RANK)) {
    return { status: first.status, basis: first.rank < 40 ? 'person' : first.source, curation: first }
  }
  if (stated !== undefined) return { status: stated, basis: 'builder', curation: null }
  return isDisputed
    ? { status: 'disputed', basis: 'advisory', curation: null }
    : { status: 'reported', basis: 'automatic', curation: null }
}

/** Statuses that can take a finding out of what policies block. */
export const lesseningStatuses: readonly VulnerabilityStatus[] = ['mitigated', 'cleared', 'disputed']

/**
 * @param score the highest of all sources; null: unscored, which takes no second approver
 * @param threshold of the configuration
 */
export function needsSecondApprover(
  status: VulnerabilityStatus,
  { score, kev }: { readonly score: number | null; readonly kev: boolean },
  threshold: number,
): boolean {
  return lesseningStatuses.includes(status) && (kev || (score !== null && score >= threshold))
}

const DAY_MS = 86_400_000
/** What "not affected" rests on changes; a fix in a build does not. */
export const DEFAULT_DAYS = 180

/** When a curation without an end of its own ends. */
export function defaultExpiryMs(status: VulnerabilityStatus, nowMs: number): number | null {
  return status === 'cleared' || status === 'disputed' ? nowMs + DEFAULT_DAYS * DAY_MS : null
}
