/** The SQL of the ledger: revisions, the maps they hold for each subdir, and the files made from them. */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Cause } from '../channels/stale-names.ts'

/** What one revision holds of one subdir: two indexes, each a map from name to shard, by digest. */
export interface SubdirState {
  readonly subdir: string
  /** Index of the shards of everything the channel has. */
  readonly contentsSha256: string
  /** Index of the shards of what the decisions let through: `repodata_shards.msgpack.zst` as served. */
  readonly servedSha256: string
  readonly contentsCount: number
  readonly servedCount: number
}

export interface Revision {
  readonly number: number
  readonly createdAt: Date
  readonly causes: readonly Cause[]
}

export async function listSubdirStates(db: Db, channelId: string, number: number): Promise<SubdirState[]> {
  const rows = await db
    .selectFrom('revision_subdirs')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where('number', '=', number)
    .orderBy('subdir')
    .execute()
  return rows.map((row) => ({
    subdir: row.subdir,
    contentsSha256: row.contents_sha256,
    servedSha256: row.served_sha256,
    contentsCount: row.contents_count,
    servedCount: row.served_count,
  }))
}

export async function findRevision(db: Db, channelId: string, number: number): Promise<Revision | undefined> {
  const row = await db
    .selectFrom('revisions')
    .selectAll()
    .where('channel_id', '=', channelId)
    .where('number', '=', number)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    number: row.number,
    createdAt: new Date(row.created_at),
    causes: JSON.parse(row.causes) as Cause[],
  }
}

export async function insertRevision(
  db: Db,
  revision: {
    channelId: string
    number: number
    at: Date
    causes: readonly Cause[]
    subdirs: readonly SubdirState[]
    shards: readonly { subdir: string; sha256: string }[]
  },
): Promise<void> {
  const { channelId, number, at } = revision
  await db
    .insertInto('revisions')
    .values({
      channel_id: channelId,
      number,
      created_at: at.getTime(),
      causes: JSON.stringify(revision.causes),
    })
    .execute()
  for (const chunk of inChunks(revision.subdirs)) {
    await db
      .insertInto('revision_subdirs')
      .values(
        chunk.map((state) => ({
          channel_id: channelId,
          number,
          subdir: state.subdir,
          contents_sha256: state.contentsSha256,
          served_sha256: state.servedSha256,
          contents_count: state.contentsCount,
          served_count: state.servedCount,
        })),
      )
      .execute()
  }
  for (const chunk of inChunks(revision.shards)) {
    await db
      .insertInto('served_shards')
      .values(chunk.map((shard) => ({ channel_id: channelId, ...shard, served_since: at.getTime() })))
      .onConflict((conflict) => conflict.columns(['channel_id', 'subdir', 'sha256']).doNothing())
      .execute()
  }
}

export async function hasServedShard(
  db: Db,
  channelId: string,
  subdir: string,
  sha256: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('served_shards')
    .select('sha256')
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .where('sha256', '=', sha256)
    .executeTakeFirst()
  return row !== undefined
}

export interface RenderedFile {
  readonly filename: string
  readonly sha256: string
  readonly size: number
}

export async function insertRenderedFiles(
  db: Db,
  channelId: string,
  number: number,
  subdir: string,
  files: readonly RenderedFile[],
): Promise<void> {
  await db
    .insertInto('revision_files')
    .values(files.map((file) => ({ channel_id: channelId, number, subdir, ...file })))
    .onConflict((conflict) => conflict.columns(['channel_id', 'number', 'subdir', 'filename']).doNothing())
    .execute()
}

export async function listRenderedSubdirs(db: Db, channelId: string, number: number): Promise<Set<string>> {
  const rows = await db
    .selectFrom('revision_files')
    .select('subdir')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('number', '=', number)
    .execute()
  return new Set(rows.map((row) => row.subdir))
}

/** Files made for an earlier revision from the very same served shards, or undefined. */
export async function findRenderingOf(
  db: Db,
  channelId: string,
  state: SubdirState,
): Promise<RenderedFile[] | undefined> {
  const rows = await db
    .selectFrom('revision_files')
    .innerJoin('revision_subdirs', (join) =>
      join
        .onRef('revision_subdirs.channel_id', '=', 'revision_files.channel_id')
        .onRef('revision_subdirs.number', '=', 'revision_files.number')
        .onRef('revision_subdirs.subdir', '=', 'revision_files.subdir'),
    )
    .select(['revision_files.filename', 'revision_files.sha256', 'revision_files.size'])
    .where('revision_files.channel_id', '=', channelId)
    .where('revision_files.subdir', '=', state.subdir)
    .where('revision_subdirs.served_sha256', '=', state.servedSha256)
    .orderBy('revision_files.number', 'desc')
    .limit(3)
    .execute()
  return rows.length === 0 ? undefined : rows
}

/** The newest rendering of a file, with the revision it is of. */
export async function findRenderedFile(
  db: Db,
  channelId: string,
  subdir: string,
  filename: string,
): Promise<(RenderedFile & { readonly number: number; readonly createdAt: Date }) | undefined> {
  const row = await db
    .selectFrom('revision_files')
    .innerJoin('revisions', (join) =>
      join
        .onRef('revisions.channel_id', '=', 'revision_files.channel_id')
        .onRef('revisions.number', '=', 'revision_files.number'),
    )
    .select(['revision_files.sha256', 'revision_files.size', 'revision_files.number', 'revisions.created_at'])
    .where('revision_files.channel_id', '=', channelId)
    .where('revision_files.subdir', '=', subdir)
    .where('revision_files.filename', '=', filename)
    .orderBy('revision_files.number', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    filename,
    sha256: row.sha256,
    size: row.size,
    number: row.number,
    createdAt: new Date(row.created_at),
  }
}
