/**
 * Brings a channel back to what it had at an earlier revision. Nothing of the line is rewritten: files are put
 * back and taken out as if by hand, their names are marked stale, and the one path publishes a new revision,
 * deciding every file by the policies of today. docs/adr/0020 says why it does not serve what they deny.
 */
import { stableJson } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { findArtifacts } from '../artifacts/store.ts'
import { appendEvent } from '../audit/append-event.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import { claimBlobs } from '../blobs/condemned-store.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile, FileChange } from '../channels/channel-file.ts'
import { listFilesOfNames, putFiles, removeFiles } from '../channels/contents-store.ts'
import { fileChange } from '../channels/file-change.ts'
import { listChangedNames, listChanges } from '../channels/pending-changes.ts'
import { enqueuePublish, markStale, markVirtualsStale } from '../channels/stale-names.ts'
import { requireOwnContents } from '../channels/virtual-channel.ts'
import { findChannelById, freezeAt } from '../channels/store.ts'
import { requireUser } from '../identity/accounts.ts'
import type { Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { requireRevision } from './channel-view.ts'
import { pathOf } from './member-files.ts'
import { renderRevision, type RenderParts } from './render-channel.ts'
import { listSubdirStates } from './revision-store.ts'
import { loadMap, loadRecords, type ShardMap } from './shard-maps.ts'

export interface RollbackContext {
  readonly db: Db
  readonly blobs: BlobStore
  readonly actor: Actor
  readonly now: () => Date
}

export interface Rollback {
  /** Names that differ. */
  readonly names: number
  /** Files that are in again, or with their record of then. */
  readonly restored: number
  /** Files that came since and are out again. */
  readonly removed: number
}

/** @throws AppError not-found, revision-expired and those of permission */
export async function rollBackChannel(
  ctx: RollbackContext,
  channel: Channel,
  number: number,
): Promise<Rollback> {
  requirePermission(ctx.actor, 'revision:rollback', channel)
  const user = requireUser(ctx.actor)
  requireOwnContents(channel, 'roll back')
  await requireRevision(ctx, channel, number)
  const found = await readNames(ctx, channel.id, number)
  const { then } = found
  const names = [...then.keys()]
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    // whatever came for these names since they were read is rolled back too
    const rows = await listFilesOfNames(tx, channel.id, names, ['present', 'removed'])
    const kept = await keptFiles(tx, channel.id, rows, found)
    const { restored, removed } = await compare(tx, then, rows, kept)
    await claimBlobs(
      tx,
      ctx.blobs,
      restored.filter(({ verifiedBy }) => verifiedBy !== 'announced').map(({ sha256 }) => sha256),
    )
    await putFiles(tx, channel.id, restored, at)
    await removeFiles(tx, channel.id, removed, at)
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'channel.rolled_back',
      target: channel.name,
      details: { from: channel.newestRevision, to: number, names: names.length },
    })
    if (names.length > 0) {
      await markStale(tx, channel.id, names, { kind: 'rollback', by: user.name, to: number })
      await enqueuePublish(tx, channel.id, at)
    }
    return { names: names.length, restored: restored.length, removed: removed.length }
  })
}

/** Records by `subdir/filename`. */
type FilesThen = ReadonlyMap<string, RepodataRecord>
/** By name, for every name that is different now. */
type NamesThen = ReadonlyMap<string, FilesThen>

interface DifferentNames {
  readonly then: NamesThen
  /** The revision that is now. */
  readonly newest: number
  /** Of these names, the files that it has with the same record. */
  readonly unchanged: ReadonlySet<string>
}

async function readNames(ctx: RollbackContext, channelId: string, number: number): Promise<DifferentNames> {
  // before the newest revision: what is published in between is in both, and never in neither
  const pending = new Set(await listChangedNames(ctx.db, channelId))
  const { newestRevision = number } = (await findChannelById(ctx.db, channelId)) ?? {}
  const now = await contentsMaps(ctx, channelId, newestRevision)
  const then = await contentsMaps(ctx, channelId, number)
  const names = new Set(pending)
  for (const subdir of new Set([...now.keys(), ...then.keys()])) {
    const [after, before] = [now.get(subdir) ?? new Map(), then.get(subdir) ?? new Map()]
    for (const name of new Set<string>([...after.keys(), ...before.keys()])) {
      if (after.get(name) !== before.get(name)) names.add(name)
    }
  }
  const found = new Map<string, FilesThen>()
  const unchanged = new Set<string>()
  for (const name of names) {
    const files = await readFiles(ctx.blobs, then, name)
    const current = await readFiles(ctx.blobs, now, name)
    // shards differ too when one names a file that is gone as `removed`
    if (!pending.has(name) && isSame(files, current)) continue
    found.set(name, files)
    for (const [path, record] of files) if (isSameRecord(record, current.get(path))) unchanged.add(path)
  }
  return { then: found, newest: newestRevision, unchanged }
}

/** Files that are in the channel as they were then, and nothing waits to change that: these are left alone. */
async function keptFiles(
  tx: Db,
  channelId: string,
  rows: readonly ChannelFile[],
  { newest, unchanged }: Pick<DifferentNames, 'newest' | 'unchanged'>,
): Promise<ReadonlySet<string>> {
  const names = [...new Set(rows.map(({ name }) => name))]
  const pending = new Set((await listChanges(tx, channelId, names)).map(pathOf))
  // what was published since the records were read waits no longer, and may have changed any of them
  if ((await findChannelById(tx, channelId))?.newestRevision !== newest) return new Set()
  const paths = rows.filter(({ state }) => state === 'present').map(pathOf)
  return new Set(paths.filter((path) => unchanged.has(path) && !pending.has(path)))
}

async function readFiles(
  blobs: BlobStore,
  maps: ReadonlyMap<string, ShardMap>,
  name: string,
): Promise<FilesThen> {
  const files = new Map<string, RepodataRecord>()
  for (const [subdir, map] of maps) {
    for (const [filename, record] of await loadRecords(blobs, map.get(name)))
      files.set(`${subdir}/${filename}`, record)
  }
  return files
}

function isSame(a: FilesThen, b: FilesThen): boolean {
  return a.size === b.size && [...a].every(([path, record]) => isSameRecord(record, b.get(path)))
}

function isSameRecord(a: RepodataRecord, b: RepodataRecord | undefined): boolean {
  return b !== undefined && stableJson(a) === stableJson(b)
}

async function contentsMaps(
  ctx: RollbackContext,
  channelId: string,
  number: number,
): Promise<ReadonlyMap<string, ShardMap>> {
  const maps = new Map<string, ShardMap>()
  for (const state of await listSubdirStates(ctx.db, channelId, number))
    maps.set(state.subdir, await loadMap(ctx.blobs, state.contentsSha256))
  return maps
}

async function compare(
  tx: Db,
  then: NamesThen,
  rows: readonly ChannelFile[],
  kept: ReadonlySet<string>,
): Promise<{ restored: FileChange[]; removed: ChannelFile[] }> {
  const recordOf = (row: ChannelFile): RepodataRecord | undefined => then.get(row.name)?.get(pathOf(row))
  const others = rows.filter((row) => !kept.has(pathOf(row)))
  const restored: FileChange[] = []
  const removed: ChannelFile[] = []
  for (const chunk of inChunks(others)) {
    const artifacts = await findArtifacts(
      tx,
      chunk.filter(recordOf).map(({ sha256 }) => sha256),
    )
    for (const row of chunk) {
      const { subdir, filename, verifiedBy, origin } = row
      const record = recordOf(row)
      if (record) {
        const bytes = artifacts.get(row.sha256)! // a row refers to its artifact
        restored.push(fileChange({ subdir, filename, record, bytes, verifiedBy, origin }))
      } else if (row.state === 'present') removed.push(row)
    }
  }
  const wanted = [...then.values()].reduce((sum, files) => sum + files.size, 0)
  const known = restored.length + kept.size
  if (known !== wanted) {
    throw new AppError(
      'corrupt-data',
      `the revision has ${wanted} files of the names that differ, the database knows ${known} of them`,
    )
  }
  return { restored, removed }
}

/**
 * Serves a revision of the past as it was, and freezes the channel there; new revisions are prepared behind it.
 * @throws AppError not-found, revision-expired and those of permission
 */
export async function serveRevision(
  ctx: RollbackContext & { readonly rendering: RenderParts },
  channel: Channel,
  number: number,
): Promise<void> {
  requirePermission(ctx.actor, 'revision:rollback', channel)
  const user = requireUser(ctx.actor)
  await requireRevision(ctx, channel, number)
  // first, so that its monolithic files appear in the same step
  if (number > 0) await renderRevision(ctx.rendering, channel, number)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    await freezeAt(tx, channel.id, number, at)
    await markVirtualsStale(
      tx,
      channel.id,
      { kind: 'members', change: 'frozen', member: channel.name, by: user.name },
      at,
    )
    // after the channel's row is ours: retention, which wants it too, may have ended the revision meanwhile
    await requireRevision({ db: tx, actor: ctx.actor }, channel, number)
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'channel.frozen',
      target: channel.name,
      details: { revision: number },
    })
  })
}
