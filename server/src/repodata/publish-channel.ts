/**
 * Publishing: the one path from stale names to what clients see.
 *
 * For the names that are stale, and no others: put the pending changes into the contents, decide every
 * file of the name, write the shards that differ, write the indexes that name them, then move the pointer
 * in one transaction. Readers have the whole old revision until then and the whole new one after. A crash
 * anywhere leaves the old one and the names stale.
 */
import { parseJson } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import { PutQueue } from '../blobs/put-queue.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { findInspections } from '../artifacts/store.ts'
import { listFilesOfNames, updateDecisions, type FileDecision } from '../channels/contents-store.ts'
import { listVersionsOfNames } from '../channels/list-contents.ts'
import { deleteChanges, listChanges, type PendingChange } from '../channels/pending-changes.ts'
import { enqueueRender } from '../channels/enqueue-render.ts'
import {
  clearStale,
  enqueuePublish,
  listStale,
  markStaleEverywhere,
  type Cause,
  type StaleName,
} from '../channels/stale-names.ts'
import { findChannelById, moveRevision } from '../channels/store.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { decide } from '../policies/decide.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { endFixedExceptions } from '../policies/end-exceptions.ts'
import { recordDecisionChanges } from '../policies/decision-changes.ts'
import { isListed, type Decision } from '../policies/decision.ts'
import { loadChannelPolicies } from '../policies/load-policies.ts'
import { learnIdentities } from '../vulnerabilities/learn-identities.ts'
import { projectMatches } from '../vulnerabilities/find-vulnerabilities.ts'
import { isExplaining } from '../policies/explaining.ts'
import { explainRecord, isExplained } from './explained-record.ts'
import { gatherFacts } from './gather-facts.ts'
import { insertRevision, listSubdirStates, type SubdirState } from './revision-store.ts'
import {
  encodeMap,
  encodeName,
  loadMap,
  loadName,
  setShard,
  type NameContents,
  type Records,
  type ShardMap,
} from './shard-maps.ts'

export interface PublishParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly now: () => Date
}

export interface PublishResult {
  /** The new revision, or undefined when nothing that clients see or the channel has is different. */
  readonly revision: number | undefined
  readonly names: number
}

/** Names that one revision changes at the most; the next one follows at once. */
const NAMES_AT_ONCE = 4_000

/** Publishes until no name of the channel is stale. Safe to run twice and beside another publisher. */
export async function publishChannel(
  parts: PublishParts,
  channelId: string,
  signal: AbortSignal,
): Promise<PublishResult> {
  let last: PublishResult = { revision: undefined, names: 0 }
  for (;;) {
    signal.throwIfAborted()
    const channel = await findChannelById(parts.db, channelId)
    if (!channel) return last // deleted meanwhile
    // in runs, so that memory does not grow with what became stale at once
    const stale = (await listStale(parts.db, channelId)).slice(0, NAMES_AT_ONCE)
    if (stale.length === 0) return last
    const revision = await publishOnce(parts, channel, stale, signal)
    if (revision === 'lost-race') continue
    last = { revision: revision ?? last.revision, names: last.names + stale.length }
  }
}

async function publishOnce(
  parts: PublishParts,
  channel: Channel,
  stale: readonly StaleName[],
  signal: AbortSignal,
): Promise<number | undefined | 'lost-race'> {
  const names = stale.map(({ name }) => name)
  const changes = await listChanges(parts.db, channel.id, names)
  const files = await listFilesOfNames(parts.db, channel.id, names)
  await learnFromArrivals(parts, channel, changes, files)
  const decided = await decideFiles(parts, channel, files)
  const decisions = new Map([...decided].map(([id, { decision }]) => [id, decision]))
  await listMatches(parts, names)
  const base = await listSubdirStates(parts.db, channel.id, channel.newestRevision)
  const next = await buildSubdirs(parts, {
    ...{ base, names, changes, files, decisions, signal },
    explains: await isExplaining(parts.db, channel.id),
  })

  const at = parts.now()
  return parts.db.transaction().execute(async (tx) => {
    // also when nothing changed: "nothing" was found against a revision that must still be the newest
    const number = channel.newestRevision + (next.changed ? 1 : 0)
    if (!(await moveRevision(tx, channel.id, channel.newestRevision, number, at))) return 'lost-race'
    if (next.changed) {
      await insertRevision(tx, {
        channelId: channel.id,
        number,
        at,
        causes: distinctCauses(stale),
        subdirs: next.subdirs,
        shards: next.shards,
        names: stale.filter(({ name }) => next.names.has(name)),
      })
      await enqueueRender(tx, channel.id, at)
    }
    const changed = changedDecisions(files, decisions)
    await updateDecisions(tx, changed)
    await recordDecisionChanges(tx, {
      channelId: channel.id,
      revision: number,
      at,
      causes: distinctCauses(stale),
      changes: changed,
    })
    await deleteChanges(
      tx,
      changes.map(({ id }) => id),
    )
    await clearStale(tx, channel.id, stale)
    await endFixedExceptions(tx, channel.id, [...decided.values()], at)
    return next.changed ? number : undefined
  })
}

/** What new files say they are upstream counts from their first decision on, here and wherever the name is held. */
async function learnFromArrivals(
  parts: PublishParts,
  channel: Channel,
  changes: readonly PendingChange[],
  files: readonly ChannelFile[],
): Promise<void> {
  const arrived = new Set(
    changes.filter(({ record }) => record !== null).map(({ subdir, filename }) => `${subdir}/${filename}`),
  )
  const fresh = files.filter(({ subdir, filename }) => arrived.has(`${subdir}/${filename}`))
  const inspections = await findInspections(
    parts.db,
    fresh.map((file) => file.sha256),
  )
  const sources = fresh.map((file) => ({ ...file, inspection: inspections.get(file.sha256) }))
  await parts.db.transaction().execute(async (tx) => {
    const names = await learnIdentities(tx, sources)
    if (names.length === 0) return
    const others = await markStaleEverywhere(tx, names, { kind: 'mapping' }, channel.id)
    for (const channelId of others) await enqueuePublish(tx, channelId, parts.now())
  })
}

interface DecidedFile {
  readonly facts: ArtifactFacts
  readonly decision: Decision
}

async function decideFiles(
  parts: PublishParts,
  channel: Channel,
  files: readonly ChannelFile[],
): Promise<Map<string, DecidedFile>> {
  const policies = await loadChannelPolicies(parts.db, channel.id)
  const facts = await gatherFacts(parts.db, channel, files)
  const now = parts.now()
  return new Map([...facts].map(([id, own]) => [id, { facts: own, decision: decide(own, policies, now) }]))
}

/** Names whose matches are written in one transaction: short enough for whoever waits to write. */
const MATCHES_AT_ONCE = 100

/** Keeps the lists of vulnerabilities in step with what is published. */
async function listMatches(parts: PublishParts, names: readonly string[]): Promise<void> {
  const versions = await listVersionsOfNames(parts.db, names)
  for (const chunk of inChunks(names, MATCHES_AT_ONCE)) {
    await parts.db.transaction().execute(async (tx) => {
      for (const name of chunk) await projectMatches(tx, name, versions.get(name) ?? [], parts.now())
    })
  }
}

interface BuildInput {
  readonly base: readonly SubdirState[]
  readonly names: readonly string[]
  readonly changes: readonly PendingChange[]
  readonly files: readonly ChannelFile[]
  readonly decisions: ReadonlyMap<string, Decision>
  /** Whether what is blocked stays in the index, to say why. */
  readonly explains: boolean
  readonly signal: AbortSignal
}

interface BuildResult {
  readonly changed: boolean
  readonly subdirs: SubdirState[]
  readonly shards: { subdir: string; sha256: string }[]
  /** Those of the stale names that changed. */
  readonly names: Set<string>
}

async function buildSubdirs(parts: PublishParts, input: BuildInput): Promise<BuildResult> {
  const subdirs = new Set([...input.base, ...input.changes].map(({ subdir }) => subdir))
  const result: BuildResult = { changed: false, subdirs: [], shards: [], names: new Set() }
  let changed = false
  for (const subdir of [...subdirs].sort()) {
    const before = input.base.find((state) => state.subdir === subdir)
    const after = await buildSubdir(parts, subdir, before, input, result)
    if (before?.contentsSha256 !== after.contentsSha256 || before.servedSha256 !== after.servedSha256)
      changed = true
    result.subdirs.push(after)
  }
  return { ...result, changed }
}

async function buildSubdir(
  parts: PublishParts,
  subdir: string,
  before: SubdirState | undefined,
  input: BuildInput,
  result: BuildResult,
): Promise<SubdirState> {
  const contentsMap: ShardMap = before
    ? await loadMap(parts.blobs, before.contentsSha256)
    : new Map<string, string>()
  const servedMap: ShardMap = before
    ? await loadMap(parts.blobs, before.servedSha256)
    : new Map<string, string>()
  const changes = Map.groupBy(
    input.changes.filter((change) => change.subdir === subdir),
    (change) => change.name,
  )
  const listed = new Set<string>()
  const explained = new Map<string, Decision>()
  for (const file of input.files) {
    const decision = input.decisions.get(file.id)
    if (file.subdir !== subdir || !decision) continue
    if (isListed(decision)) listed.add(file.filename)
    else if (input.explains) explained.set(file.filename, decision)
  }
  let contentsCount = before?.contentsCount ?? 0
  let servedCount = before?.servedCount ?? 0
  let differs = before === undefined
  const puts = new PutQueue(parts.blobs)

  for (const name of input.names) {
    const own = changes.get(name) ?? []
    if (own.length === 0 && !contentsMap.has(name)) continue
    input.signal.throwIfAborted()

    const before = await loadName(parts.blobs, contentsMap.get(name))
    const after = applyChanges(before, own)
    contentsCount += after.records.size - before.records.size

    const servedBefore = await loadName(parts.blobs, servedMap.get(name))
    const served = filterServed(after, servedBefore, listed, explained)
    servedCount += countListed(served) - countListed(servedBefore)

    const contentsShard = own.length === 0 ? contentsMap.get(name) : await storeName(puts, after)
    const servedShard = isSameContents(served, after) ? contentsShard : await storeName(puts, served)
    const isNew = setShard(contentsMap, name, contentsShard)
    const isNewServed = setShard(servedMap, name, servedShard)
    if (isNewServed && servedShard !== undefined) result.shards.push({ subdir, sha256: servedShard })
    if (isNew || isNewServed) {
      differs = true
      result.names.add(name)
    }
  }

  await puts.done()
  if (!differs && before) return before
  return {
    subdir,
    contentsSha256: await parts.blobs.putBytes(encodeMap(subdir, contentsMap)),
    servedSha256: await parts.blobs.putBytes(encodeMap(subdir, servedMap)),
    contentsCount,
    servedCount,
  }
}

function applyChanges(before: NameContents, changes: readonly PendingChange[]): NameContents {
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
  listed: ReadonlySet<string>,
  explained: ReadonlyMap<string, Decision>,
): NameContents {
  const records: Records = new Map()
  for (const [filename, record] of contents.records) {
    const decision = explained.get(filename)
    if (listed.has(filename)) records.set(filename, record)
    else if (decision) records.set(filename, explainRecord(record, decision))
  }
  // or the name of a file that was hidden when it was here would be told when it goes
  const wasServed = new Set([...servedBefore.removed, ...servedBefore.records.keys()])
  return { records, removed: contents.removed.filter((filename) => wasServed.has(filename)) }
}

function isSameContents(served: NameContents, contents: NameContents): boolean {
  return countListed(served) === contents.records.size && served.removed.length === contents.removed.length
}

/** Without what is there to explain only. */
function countListed({ records }: NameContents): number {
  let count = 0
  for (const record of records.values()) if (!isExplained(record)) count += 1
  return count
}

async function storeName(puts: PutQueue, contents: NameContents): Promise<string | undefined> {
  const bytes = encodeName(contents)
  return bytes && puts.put(bytes)
}

function changedDecisions(
  files: readonly ChannelFile[],
  decisions: ReadonlyMap<string, Decision>,
): (FileDecision & { readonly file: ChannelFile })[] {
  return files.flatMap((file) => {
    const decision = decisions.get(file.id)
    if (!decision) return []
    const { effect } = decision
    const text = isPlainAllow(decision) ? null : JSON.stringify(decision)
    const nextChangeMs = decision.nextChangeAt?.getTime() ?? null
    if (file.effect === effect && file.decision === text && file.nextChangeMs === nextChangeMs) return []
    return [{ id: file.id, effect, decision: text, nextChangeMs, file }]
  })
}

/** Nothing to tell but when it may change. */
function isPlainAllow({ effect, reasons, exceptionsUsed, overruled, trial }: Decision): boolean {
  return effect === 'allow' && reasons.length + exceptionsUsed.length === 0 && !overruled && !trial
}

function distinctCauses(stale: readonly StaleName[]): Cause[] {
  const byText = new Map(stale.map(({ cause }) => [JSON.stringify(cause), cause]))
  return [...byText.values()].slice(0, 100)
}
