/**
 * The work of a publish for some names of a channel: put the pending changes into the contents, decide every
 * file of the name, write the shards that differ. Nothing but blobs of a batch is written here: it runs in a
 * worker thread, and `publish-channel.ts` makes true what it answers.
 */
import { parseJson } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { listFilesOfNames, type FileDecision } from '../channels/contents-store.ts'
import { listVersionsOfNames } from '../channels/list-contents.ts'
import { listChanges, type PendingChange } from '../channels/pending-changes.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { isListed, isPlainAllow, type Decision } from '../policies/decision.ts'
import { packInputs, type PackedInputs } from '../policies/decision-inputs.ts'
import { isExplaining } from '../policies/explaining.ts'
import { findFixes, type Fix } from '../policies/end-exceptions.ts'
import type { Effect } from '../policies/policy.ts'
import { findKnowledge } from '../vulnerabilities/find-vulnerabilities.ts'
import { findOutdatedMatches } from '../vulnerabilities/store.ts'
import type { Match } from '../vulnerabilities/vulnerability-fact.ts'
import { explainRecord, isExplained } from './explained-record.ts'
import { judgeFiles } from './judge-files.ts'
import type { MapCache } from './map-cache.ts'
import type { SubdirState } from './revision-store.ts'
import { encodeName, loadName, offeredRecords, type NameContents, type Records } from './shard-maps.ts'

/** A store on the other side of a network answers many as quickly as one. */
const SHARDS_AT_ONCE = 16

export interface DecideParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly maps: MapCache
}

export interface DecideTask {
  readonly channel: Channel
  readonly names: readonly string[]
  readonly now: Date
  /** What the channel has before. */
  readonly base: readonly SubdirState[]
  /** Of blobs. */
  readonly batch: string
}

/** The shards of a name in a subdir; undefined where there is none. */
export interface NameShards {
  readonly contents: string | undefined
  readonly served: string | undefined
}

export interface ShardChange {
  readonly subdir: string
  readonly name: string
  /** What the change was made from: it holds only while the channel has these. */
  readonly before: NameShards
  readonly after: NameShards
  readonly contentsDelta: number
  readonly servedDelta: number
}

/** What was decided of a file about which something else was decided before. */
export interface ChangedDecision extends FileDecision {
  readonly file: Pick<ChannelFile, 'subdir' | 'filename' | 'effect'>
  /** It goes into the record of changes. */
  readonly recorded: boolean
}

export interface DecidedNames {
  /** Of the names that differ from the base, and no others. */
  readonly shards: readonly ShardChange[]
  readonly decisions: readonly ChangedDecision[]
  readonly decidedAt: Date
  /** What those were made from that go into the record. */
  readonly inputs: PackedInputs | undefined
  /** Of the pending changes that are in the shards. */
  readonly changeIds: readonly string[]
  /** Of the names for which other vulnerabilities are listed. */
  readonly matches: readonly (readonly [name: string, matches: readonly Match[]])[]
  /** Exceptions that are not needed any more. */
  readonly fixes: readonly Fix[]
}

export async function decideNames(parts: DecideParts, task: DecideTask): Promise<DecidedNames> {
  const { channel, names } = task
  const files = await listFilesOfNames(parts.db, channel.id, names)
  // after the files: what goes between the two reads is a change here, or `keepsShard` would not see it
  const changes = await listChanges(parts.db, channel.id, names)
  const decided = await judgeFiles(parts.db, channel, files, task.now)
  const decisions = new Map([...decided].map(([id, { decision }]) => [id, decision]))
  const changed = changedDecisions(files, decisions)
  return {
    shards: await writeShards(
      parts,
      task,
      changes,
      await visibilityOf(parts.db, channel.id, files, decisions),
    ),
    decisions: changed,
    decidedAt: task.now,
    inputs: packInputs(changed.flatMap(({ id, recorded }) => (recorded ? (decided.get(id) ?? []) : []))),
    changeIds: changes.map(({ id }) => id),
    matches: await findChangedMatches(parts.db, names),
    fixes: await findFixes(parts.db, channel.id, [...decided.values()]),
  }
}

/** Keeps the lists of vulnerabilities in step with what is published. */
async function findChangedMatches(db: Db, names: readonly string[]): Promise<[string, Match[]][]> {
  const knowledge = await findKnowledge(db, names, (concerned) => listVersionsOfNames(db, concerned))
  const found = new Map(
    [...knowledge].map(([name, own]): [string, Match[]] => [name, [...own.found.values()].flat()]),
  )
  return (await findOutdatedMatches(db, found)).map((name) => [name, found.get(name) ?? []])
}

/** What clients see of the files of a subdir, by filename. */
interface Visibility {
  readonly listed: Set<string>
  /** There to say why they are blocked, in a channel that explains. */
  readonly explained: Map<string, Decision>
  /** Names of which something is not as the channel has it. */
  readonly filtered: Set<string>
  /** Names of which something is there for clients. */
  readonly seen: Set<string>
}

function noVisibility(): Visibility {
  return { listed: new Set(), explained: new Map(), filtered: new Set(), seen: new Set() }
}

async function visibilityOf(
  db: Db,
  channelId: string,
  files: readonly ChannelFile[],
  decisions: ReadonlyMap<string, Decision>,
): Promise<Map<string, Visibility>> {
  const explains = await isExplaining(db, channelId)
  const visible = new Map<string, Visibility>()
  for (const file of files) {
    const decision = decisions.get(file.id)
    if (!decision) continue
    const own = visible.get(file.subdir) ?? noVisibility()
    visible.set(file.subdir, own)
    if (isListed(decision)) own.listed.add(file.filename)
    else own.filtered.add(file.name)
    if (!isListed(decision) && explains) own.explained.set(file.filename, decision)
    if (isListed(decision) || explains) own.seen.add(file.name)
  }
  return visible
}

async function writeShards(
  parts: DecideParts,
  task: DecideTask,
  changes: readonly PendingChange[],
  visible: ReadonlyMap<string, Visibility>,
): Promise<ShardChange[]> {
  const pending = Map.groupBy(changes, ({ subdir, name }) => `${subdir}/${name}`)
  const subdirs = new Set([...task.base, ...changes].map(({ subdir }) => subdir))
  const result: ShardChange[] = []
  for (const subdir of [...subdirs].sort()) {
    const state = task.base.find((one) => one.subdir === subdir)
    const contents = await parts.maps.load(parts.blobs, state?.contentsSha256)
    const served = await parts.maps.load(parts.blobs, state?.servedSha256)
    const visibility = visible.get(subdir) ?? noVisibility()
    const changeOne = async (name: string): Promise<void> => {
      const own = pending.get(`${subdir}/${name}`) ?? []
      const before = { contents: contents.get(name), served: served.get(name) }
      if (own.length === 0 && keepsShard(before, name, visibility)) return
      const change = await changeName(parts.blobs, task.batch, {
        before,
        changes: own,
        visible: visibility,
      })
      const differs = change.after.contents !== before.contents || change.after.served !== before.served
      if (differs) result.push({ subdir, name, before, ...change })
    }
    for (const names of inChunks(task.names, SHARDS_AT_ONCE)) await Promise.all(names.map(changeOne))
  }
  return result
}

/**
 * Whether it is certain without reading them that the shards of a name stay, when nothing is pending: all of
 * it was served and is, or nothing was and is.
 */
function keepsShard(before: NameShards, name: string, { filtered, seen }: Visibility): boolean {
  if (before.contents === undefined) return true
  if (before.served === undefined) return !seen.has(name)
  return before.served === before.contents && seen.has(name) && !filtered.has(name)
}

async function changeName(
  blobs: BlobStore,
  batch: string,
  input: {
    readonly before: NameShards
    readonly changes: readonly PendingChange[]
    readonly visible: Visibility
  },
): Promise<Pick<ShardChange, 'after' | 'contentsDelta' | 'servedDelta'>> {
  const { before, changes, visible } = input
  const contentsBefore = await loadName(blobs, before.contents)
  const servedBefore =
    before.served === before.contents ? contentsBefore : await loadName(blobs, before.served)
  const contents = applyChanges(contentsBefore, changes)
  const served = filterServed(contents, servedBefore, visible)
  const store = async (name: NameContents): Promise<string | undefined> => {
    const bytes = encodeName(name)
    return bytes && blobs.putInBatch(bytes, batch)
  }
  const contentsShard = changes.length === 0 ? before.contents : await store(contents)
  const servedShard = isSameContents(served, contents)
    ? contentsShard
    : isSameContents(served, servedBefore) && changes.length === 0
      ? before.served
      : await store(served)
  return {
    after: { contents: contentsShard, served: servedShard },
    contentsDelta: contents.records.size - contentsBefore.records.size,
    servedDelta: countListed(served) - countListed(servedBefore),
  }
}

function applyChanges(before: NameContents, changes: readonly PendingChange[]): NameContents {
  if (changes.length === 0) return before
  const records = new Map(before.records)
  const removed = new Set(before.removed)
  for (const { filename, record } of changes) {
    if (record === null) {
      if (records.delete(filename)) removed.add(filename)
    } else {
      records.set(filename, parseJson(record) as RepodataRecord) // intake has checked it
      removed.delete(filename)
    }
  }
  return { records, removed: [...removed].sort() }
}

/** What clients see of a name. Unknown is not allowed: a record without a decision is not served. */
function filterServed(
  contents: NameContents,
  servedBefore: NameContents,
  { listed, explained }: Visibility,
): NameContents {
  const records: Records = new Map()
  for (const [filename, record] of contents.records) {
    const decision = explained.get(filename)
    if (listed.has(filename)) records.set(filename, record)
    else if (decision) records.set(filename, explainRecord(record, decision))
  }
  // or the name of a file that was hidden or blocked when it was here would be told when it goes
  const wasServed = new Set([...servedBefore.removed, ...offeredRecords(servedBefore.records).keys()])
  return { records, removed: contents.removed.filter((filename) => wasServed.has(filename)) }
}

/** Of two that are made from the same contents; what is there to explain only may differ each time. */
function isSameContents(a: NameContents, b: NameContents): boolean {
  return (
    a.records.size === b.records.size &&
    a.removed.length === b.removed.length &&
    countListed(a) === a.records.size &&
    countListed(b) === b.records.size &&
    [...a.records.keys()].every((filename) => b.records.has(filename)) &&
    a.removed.every((filename, index) => filename === b.removed[index])
  )
}

/** Without what is there to explain only. */
function countListed({ records }: NameContents): number {
  let count = 0
  for (const record of records.values()) if (!isExplained(record)) count += 1
  return count
}

function changedDecisions(
  files: readonly ChannelFile[],
  decisions: ReadonlyMap<string, Decision>,
): ChangedDecision[] {
  return files.flatMap((file) => {
    const decision = decisions.get(file.id)
    if (!decision) return []
    const { effect } = decision
    const text = isPlainAllow(decision) ? null : JSON.stringify(decision)
    const nextChangeMs = decision.nextChangeAt?.getTime() ?? null
    if (file.effect === effect && file.decision === text && file.nextChangeMs === nextChangeMs) return []
    const { id, subdir, filename } = file
    const recorded = isRecorded(file, effect)
    return [
      { id, effect, decision: text, nextChangeMs, file: { subdir, filename, effect: file.effect }, recorded },
    ]
  })
}

/**
 * A file whose effect is another than before; new evidence for the same effect is not a change. Nor is a new file
 * that is allowed: a mirror brings half a million of those, and its revision tells of them. One that was here
 * before and is allowed now is a change: the record may end with what was said of it then.
 */
function isRecorded(file: ChannelFile, effect: Effect): boolean {
  if (file.effect !== null) return file.effect !== effect
  return effect !== 'allow' || file.updatedAt > file.addedAt
}
