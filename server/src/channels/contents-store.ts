/**
 * The SQL of what channels have: one row a file, and the changes that no revision holds yet.
 *
 * A filename of a channel is bound to one sha256 for ever: clients and lock files remember it. A file that
 * is taken out keeps its row, in state `removed`, so that other bytes can't take its place.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import type { Effect } from '../policies/policy.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel } from './channel.ts'
import { findChannelById } from './store.ts'
import { toFile, type ChannelFile, type FileChange } from './channel-file.ts'
import { markFacts } from './fact-marks.ts'
import { putChanges } from './pending-changes.ts'

/**
 * Adds files, or replaces the records of files that are there already with the same bytes.
 * @throws AppError filename-taken when a name is bound to other bytes
 */
export async function putFiles(
  db: Db,
  channelId: string,
  files: readonly FileChange[],
  at: Date,
): Promise<void> {
  for (const chunk of inChunks(files, 200)) {
    await db
      .insertInto('channel_files')
      .values(
        chunk.map((file) => ({
          id: newId(),
          channel_id: channelId,
          subdir: file.subdir,
          filename: file.filename,
          sha256: file.sha256,
          state: 'present',
          name: file.name,
          version: file.version,
          build: file.build,
          build_number: file.buildNumber,
          size: file.size,
          licence: file.licence,
          licence_family: file.licenceFamily,
          built_at: file.builtAtMs,
          noarch: file.noarch,
          record_sha256: file.recordSha256,
          verified_by: file.verifiedBy,
          origin_kind: file.origin.kind,
          origin_id: file.origin.id,
          origin_name: file.origin.name,
          added_at: at.getTime(),
          updated_at: at.getTime(),
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(['channel_id', 'subdir', 'filename']).doUpdateSet((eb) => ({
          state: 'present',
          licence: eb.ref('excluded.licence'),
          licence_family: eb.ref('excluded.licence_family'),
          built_at: eb.ref('excluded.built_at'),
          noarch: eb.ref('excluded.noarch'),
          record_sha256: eb.ref('excluded.record_sha256'),
          verified_by: eb.ref('excluded.verified_by'),
          origin_kind: eb.ref('excluded.origin_kind'),
          origin_id: eb.ref('excluded.origin_id'),
          origin_name: eb.ref('excluded.origin_name'),
          updated_at: eb.ref('excluded.updated_at'),
        })),
      )
      .execute()
  }
  // after writing, not before: from there on nobody else can bind these names
  await requireSameBytes(db, channelId, files)
  await markFacts(
    db,
    channelId,
    files.map(({ name }) => name),
  )
  await putChanges(
    db,
    channelId,
    files.map(({ subdir, name, filename, record }) => ({ subdir, name, filename, record })),
  )
}

async function requireSameBytes(db: Db, channelId: string, files: readonly FileChange[]): Promise<void> {
  for (const [subdir, own] of Map.groupBy(files, (file) => file.subdir)) {
    const digests = new Map(own.map((file) => [file.filename, file.sha256]))
    for (const filenames of inChunks([...digests.keys()])) {
      const bound = await db
        .selectFrom('channel_files')
        .select(['filename', 'sha256'])
        .where('channel_id', '=', channelId)
        .where('subdir', '=', subdir) // without it every file of the channel would be read
        .where('filename', 'in', filenames)
        .execute()
      for (const { filename, sha256 } of bound) {
        const wanted = digests.get(filename)
        if (wanted === undefined || wanted === sha256) continue
        throw new AppError(
          'filename-taken',
          `${subdir}/${filename} is known with other bytes (sha256 ${sha256}, these have ${wanted}); ` +
            'a name is never used for other bytes, so raise the build number',
        )
      }
    }
  }
}

/** Says that the bytes of an announced file have come and are what its record says. */
export async function markArrived(db: Db, fileId: string): Promise<void> {
  await db
    .updateTable('channel_files')
    .set({ verified_by: 'sha256' })
    .where('id', '=', fileId)
    .where('verified_by', '=', 'announced')
    .execute()
}

/** Of files that were taken out, and whose bytes are gone now: should they come back, their bytes have to come too. */
export async function markFilesAnnounced(db: Db, digests: readonly string[]): Promise<void> {
  for (const chunk of inChunks(digests)) {
    await db
      .updateTable('channel_files')
      .set({ verified_by: 'announced' })
      .where('sha256', 'in', chunk)
      .where('state', '=', 'removed')
      .execute()
  }
}

/** Lets the bytes of a file come again from the mirror it is of. @returns whether there is such a file */
export async function awaitBytes(db: Db, sha256: string, mirrorIds: readonly string[]): Promise<boolean> {
  const rows = await db
    .updateTable('channel_files')
    .set({ verified_by: 'announced' })
    .where('sha256', '=', sha256)
    .where('state', '=', 'present')
    .where('origin_kind', '=', 'mirror')
    .where('origin_id', 'in', mirrorIds)
    .returning('id')
    .execute()
  return rows.length > 0
}

/** Files that wait for these bytes from the mirror they are of, each with its channel. */
export async function listAwaitedFiles(
  db: Db,
  sha256: string,
): Promise<{ channel: Channel; file: ChannelFile }[]> {
  const rows = await db
    .selectFrom('channel_files')
    .selectAll()
    .where('sha256', '=', sha256)
    .where('state', '=', 'present')
    .where('verified_by', '=', 'announced')
    .execute()
  const found: { channel: Channel; file: ChannelFile }[] = []
  for (const row of rows) {
    const channel = await findChannelById(db, row.channel_id)
    // a virtual channel has no mirror of its own: its member has
    if (channel?.kind === 'default') found.push({ channel, file: toFile(row) })
  }
  return found
}

/** Makes the columns of a file say again what its record says; for repairs. */
export async function correctFile(db: Db, channelId: string, file: FileChange): Promise<void> {
  const known = await findFile(db, channelId, file.subdir, file.filename)
  await markFacts(db, channelId, [file.name, ...(known ? [known.name] : [])])
  await db
    .updateTable('channel_files')
    .set({
      sha256: file.sha256,
      name: file.name,
      version: file.version,
      build: file.build,
      build_number: file.buildNumber,
      size: file.size,
      licence: file.licence,
      licence_family: file.licenceFamily,
      built_at: file.builtAtMs,
      noarch: file.noarch,
    })
    .where('channel_id', '=', channelId)
    .where('subdir', '=', file.subdir)
    .where('filename', '=', file.filename)
    .execute()
}

/** Takes files out of the channel; their names stay bound to their bytes. */
export async function removeFiles(
  db: Db,
  channelId: string,
  files: readonly { subdir: string; name: string; filename: string }[],
  at: Date,
): Promise<void> {
  const change = { effect: null, decision: null, next_change_at: null, updated_at: at.getTime() }
  for (const [subdir, own] of Map.groupBy(files, (file) => file.subdir)) {
    for (const chunk of inChunks(own.map(({ filename }) => filename))) {
      await db
        .updateTable('channel_files')
        .set({ state: 'removed', ...change })
        .where('channel_id', '=', channelId)
        .where('subdir', '=', subdir)
        .where('filename', 'in', chunk)
        .execute()
    }
  }
  await markFacts(
    db,
    channelId,
    files.map(({ name }) => name),
  )
  await putChanges(
    db,
    channelId,
    files.map(({ subdir, name, filename }) => ({ subdir, name, filename, record: null })),
  )
}

export async function findFile(
  db: Db,
  channelId: string,
  subdir: string,
  filename: string,
): Promise<ChannelFile | undefined> {
  const row = await db
    .selectFrom('channel_files')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .where('filename', '=', filename)
    .executeTakeFirst()
  return row && toFile(row)
}

/** Present files by id. */
export async function findFilesById(db: Db, ids: readonly string[]): Promise<Map<string, ChannelFile>> {
  const found = new Map<string, ChannelFile>()
  for (const chunk of inChunks(ids)) {
    const rows = await db
      .selectFrom('channel_files')
      .selectAll()
      .where('id', 'in', chunk)
      .where('state', '=', 'present')
      .execute()
    for (const row of rows) found.set(row.id, toFile(row))
  }
  return found
}

/** All files of the given names; present ones when nothing else is said. */
export async function listFilesOfNames(
  db: Db,
  channelId: string,
  names: readonly string[],
  states: readonly ChannelFile['state'][] = ['present'],
): Promise<ChannelFile[]> {
  const found: ChannelFile[] = []
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .selectAll()
      .where('channel_id', '=', channelId)
      .where('name', 'in', chunk)
      .where('state', 'in', states)
      .execute()
    found.push(...rows.map(toFile))
  }
  return found
}

/** How many files there are of each name, removed ones too; names without any are left out. */
export async function countFilesOfNames(
  db: Db,
  channelId: string,
  names: readonly string[],
): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .select((eb) => ['name', eb.fn.countAll<number | string>().as('count')])
      .where('channel_id', '=', channelId)
      .where('name', 'in', chunk)
      .groupBy('name')
      .execute()
    for (const { name, count } of rows) counts.set(name, Number(count))
  }
  return counts
}

/** Whether all channels together have more files than this; costs no more than counting so many. */
export async function hasMoreFiles(db: Db, count: number): Promise<boolean> {
  const row = await db.selectFrom('channel_files').select('id').limit(1).offset(count).executeTakeFirst()
  return row !== undefined
}

export interface FileDecision {
  readonly id: string
  readonly effect: Effect
  /** JSON; null for a plain allow. */
  readonly decision: string | null
  readonly nextChangeMs: number | null
}

/** Stores what a publish decided of files. */
export async function updateDecisions(db: Db, decisions: readonly FileDecision[]): Promise<void> {
  // nearly all files of a channel are decided the same way
  const alike = Map.groupBy(decisions, (one) => JSON.stringify([one.effect, one.nextChangeMs, one.decision]))
  for (const [first, ...others] of alike.values()) {
    if (!first) continue // no group is empty
    for (const chunk of inChunks([first, ...others])) {
      await db
        .updateTable('channel_files')
        .set({ effect: first.effect, decision: first.decision, next_change_at: first.nextChangeMs })
        .where(
          'id',
          'in',
          chunk.map(({ id }) => id),
        )
        .execute()
    }
  }
}

/** Names of files whose decision time has changed by now, by channel. */
export async function listDueNames(db: Db, now: Date, limit: number): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom('channel_files')
    .select(['channel_id', 'name'])
    .distinct()
    .where('next_change_at', '<=', now.getTime())
    .where('state', '=', 'present')
    .limit(limit)
    .execute()
  const due = new Map<string, string[]>()
  for (const { channel_id: channelId, name } of rows) {
    const known = due.get(channelId)
    if (known) known.push(name)
    else due.set(channelId, [name])
  }
  return due
}

export async function hasDueFiles(db: Db, now: Date): Promise<boolean> {
  const row = await db
    .selectFrom('channel_files')
    .select('id')
    .where('next_change_at', '<=', now.getTime())
    .where('state', '=', 'present')
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** The marking of a name is due to time; until its publish, the time is not looked at again. */
export async function forgetDue(
  db: Db,
  channelId: string,
  names: readonly string[],
  now: Date,
): Promise<void> {
  for (const chunk of inChunks(names)) {
    await db
      .updateTable('channel_files')
      .set({ next_change_at: null })
      .where('channel_id', '=', channelId)
      .where('name', 'in', chunk)
      .where('next_change_at', '<=', now.getTime())
      .execute()
  }
}
