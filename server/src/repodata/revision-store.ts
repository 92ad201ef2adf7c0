/** The SQL of the ledger: revisions, the maps they hold for each subdir, and the files made from them. */
import { setImmediate as breathe } from 'node:timers/promises'
import { inChunks, type Db } from '../platform/database/db.ts'
import { readCauses, type Cause, type StoredCauses } from '../channels/stale-causes.ts'

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
  return row && toRevision(row)
}

function toRevision(row: { number: number; created_at: number; causes: string }): Revision {
  return {
    number: row.number,
    createdAt: new Date(row.created_at),
    causes: JSON.parse(row.causes) as Cause[],
  }
}

/** Newest first. */
export async function listRevisions(
  db: Db,
  channelId: string,
  page: { offset: number; limit: number },
): Promise<{ total: number; items: Revision[] }> {
  const own = db.selectFrom('revisions').where('channel_id', '=', channelId)
  const { count } = await own
    .select((eb) => eb.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const rows = await own.selectAll().orderBy('number', 'desc').offset(page.offset).limit(page.limit).execute()
  return { total: Number(count), items: rows.map(toRevision) }
}

export interface RevisionCounts {
  readonly contents: number
  readonly served: number
  /** Names that differ from the revision before. */
  readonly names: number
}

/** How much the given revisions hold, all subdirs together. */
export async function countRevisions(
  db: Db,
  channelId: string,
  numbers: readonly number[],
): Promise<ReadonlyMap<number, RevisionCounts>> {
  if (numbers.length === 0) return new Map()
  const files = await db
    .selectFrom('revision_subdirs')
    .select((eb) => [
      'number',
      eb.fn.sum<number | string>('contents_count').as('contents'),
      eb.fn.sum<number | string>('served_count').as('served'),
    ])
    .where('channel_id', '=', channelId)
    .where('number', 'in', numbers)
    .groupBy('number')
    .execute()
  const names = await db
    .selectFrom('revision_names')
    .select((eb) => ['number', eb.fn.countAll<number | string>().as('count')])
    .where('channel_id', '=', channelId)
    .where('number', 'in', numbers)
    .groupBy('number')
    .execute()
  const namesOf = new Map(names.map(({ number, count }) => [number, Number(count)]))
  return new Map(
    files.map(({ number, contents, served }) => [
      number,
      { contents: Number(contents), served: Number(served), names: namesOf.get(number) ?? 0 },
    ]),
  )
}

/** Why names changed in the revisions after `after` up to `upTo`, oldest first. */
export async function listNameCauses(
  db: Db,
  channelId: string,
  range: { after: number; upTo: number },
  names: readonly string[],
): Promise<{ number: number; name: string; cause: Cause }[]> {
  const found: { number: number; name: string; cause: Cause }[] = []
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('revision_names')
      .select(['number', 'name', 'cause', 'earlier_causes'])
      .where('channel_id', '=', channelId)
      .where('number', '>', range.after)
      .where('number', '<=', range.upTo)
      .where('name', 'in', chunk)
      .orderBy('number')
      .execute()
    for (const { number, name, ...stored } of rows)
      found.push(...readCauses(stored).map((cause) => ({ number, name, cause })))
  }
  return found
}

/** Which of the names changed in more than one of the revisions after `after` up to `upTo`. */
export async function listOftenChanged(
  db: Db,
  channelId: string,
  range: { after: number; upTo: number },
  names: readonly string[],
): Promise<string[]> {
  const rows = await db
    .selectFrom('revision_names')
    .select('name')
    .where('channel_id', '=', channelId)
    .where('number', '>', range.after)
    .where('number', '<=', range.upTo)
    .where('name', 'in', names)
    .groupBy('name')
    .having((eb) => eb(eb.fn.countAll<number | string>(), '>', 1))
    .execute()
  return rows.map(({ name }) => name)
}

export async function insertRevision(
  db: Db,
  revision: {
    channelId: string
    number: number
    at: Date
    causes: readonly Cause[]
    subdirs: readonly SubdirState[]
    /** What the revision changed, and why. */
    names: readonly { name: string; stored: StoredCauses }[]
  },
): Promise<void> {
  const { channelId, number } = revision
  // a clock that was set back does not put a revision before the one it follows
  const before = await findRevision(db, channelId, number - 1)
  const at = new Date(Math.max(revision.at.getTime(), before?.createdAt.getTime() ?? 0))
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
  for (const chunk of inChunks(revision.names)) {
    await db
      .insertInto('revision_names')
      .values(chunk.map(({ name, stored }) => ({ channel_id: channelId, number, name, ...stored })))
      .execute()
    await breathe()
  }
}

/** Gives the channel the right to answer with these shards. */
export async function grantShards(
  db: Db,
  channelId: string,
  shards: readonly { readonly subdir: string; readonly sha256: string }[],
  at: Date,
): Promise<void> {
  if (shards.length === 0) return
  // each once: PostgreSQL updates no row twice in one statement
  const rows = new Map(
    shards.map(({ subdir, sha256 }) => [
      `${subdir}/${sha256}`,
      { channel_id: channelId, subdir, sha256, served_since: at.getTime() },
    ]),
  )
  await db
    .insertInto('served_shards')
    .values([...rows.values()])
    .onConflict((conflict) =>
      // or the right to a shard that is served again would be taken for an old one, and dropped
      conflict
        .columns(['channel_id', 'subdir', 'sha256'])
        .doUpdateSet((eb) => ({ served_since: eb.ref('excluded.served_since') })),
    )
    .execute()
}

const AT_ONCE = 500

/**
 * Takes away the oldest of the revisions below a number, some hundred at most, with what only they hold.
 * @returns how many there were; oldest first, so that a run that is cut off leaves no gap
 */
export async function deleteRevisionsBefore(db: Db, channelId: string, number: number): Promise<number> {
  const rows = await db
    .selectFrom('revisions')
    .select('number')
    .where('channel_id', '=', channelId)
    .where('number', '<', number)
    .orderBy('number')
    .limit(AT_ONCE)
    .execute()
  const last = rows.at(-1)
  if (!last) return 0
  await db
    .deleteFrom('revisions')
    .where('channel_id', '=', channelId)
    .where('number', '<=', last.number)
    .execute()
  return rows.length
}

/** The indexes of what was served, of all revisions of a channel, each once. */
export async function listServedIndexes(db: Db, channelId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('revision_subdirs')
    .select('served_sha256')
    .distinct()
    .where('channel_id', '=', channelId)
    .execute()
  return rows.map((row) => row.served_sha256)
}

/** Whether a channel has shards that it put into service before an instant and not since. */
export async function hasServedShardsBefore(db: Db, channelId: string, at: Date): Promise<boolean> {
  const row = await db
    .selectFrom('served_shards')
    .select('sha256')
    .where('channel_id', '=', channelId)
    .where('served_since', '<', at.getTime())
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/**
 * Takes away the right to shards that no kept revision serves and that were last put into service before an
 * instant.
 */
export async function dropServedShards(
  db: Db,
  channelId: string,
  isKept: (sha256: string) => boolean,
  servedBefore: Date,
): Promise<void> {
  for (let after = ''; ;) {
    const page = await db
      .selectFrom('served_shards')
      .select('sha256')
      .distinct()
      .where('channel_id', '=', channelId)
      .where('served_since', '<', servedBefore.getTime())
      .where('sha256', '>', after)
      .orderBy('sha256')
      .limit(AT_ONCE)
      .execute()
    const gone = page.map(({ sha256 }) => sha256).filter((sha256) => !isKept(sha256))
    if (gone.length > 0) {
      await db
        .deleteFrom('served_shards')
        .where('channel_id', '=', channelId)
        .where('sha256', 'in', gone)
        // asked again: a publish may just have put it into service anew
        .where('served_since', '<', servedBefore.getTime())
        .execute()
    }
    const last = page.at(-1)
    if (!last) return
    after = last.sha256
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

/** @param subdir empty for a file of the whole channel */
export async function insertRenderedFiles(
  db: Db,
  channelId: string,
  number: number,
  subdir: string,
  files: readonly RenderedFile[],
): Promise<void> {
  await db
    .insertInto('revision_files')
    .values(
      files.map(({ filename, sha256, size }) => ({
        channel_id: channelId,
        number,
        subdir,
        filename,
        sha256,
        size,
      })),
    )
    .onConflict((conflict) => conflict.columns(['channel_id', 'number', 'subdir', 'filename']).doNothing())
    .execute()
}

/** The files that were made of a revision, by subdir; empty for one that was passed over. */
export async function listRenderedFiles(
  db: Db,
  channelId: string,
  number: number,
): Promise<Map<string, RenderedFile[]>> {
  const rows = await db
    .selectFrom('revision_files')
    .select(['subdir', 'filename', 'sha256', 'size'])
    .where('channel_id', '=', channelId)
    .where('number', '=', number)
    .execute()
  return Map.groupBy(rows, ({ subdir }) => subdir)
}

/** For repairs: files that are to be made again. */
export async function deleteRenderedFiles(db: Db, channelId: string, number: number): Promise<void> {
  await db
    .deleteFrom('revision_files')
    .where('channel_id', '=', channelId)
    .where('number', '=', number)
    .execute()
}

/** For repairs: a revision that can no longer be told. Not the newest, nor one that is served. */
export async function deleteRevision(db: Db, channelId: string, number: number): Promise<void> {
  await db.deleteFrom('revisions').where('channel_id', '=', channelId).where('number', '=', number).execute()
}

/** For repairs: the counts that the shards say. */
export async function correctCounts(
  db: Db,
  channelId: string,
  number: number,
  state: Pick<SubdirState, 'subdir' | 'contentsCount' | 'servedCount'>,
): Promise<void> {
  await db
    .updateTable('revision_subdirs')
    .set({ contents_count: state.contentsCount, served_count: state.servedCount })
    .where('channel_id', '=', channelId)
    .where('number', '=', number)
    .where('subdir', '=', state.subdir)
    .execute()
}

/** For repairs: a shard that nobody can answer with any more. */
export async function dropServedShard(
  db: Db,
  channelId: string,
  subdir: string,
  sha256: string,
): Promise<void> {
  await db
    .deleteFrom('served_shards')
    .where('channel_id', '=', channelId)
    .where('subdir', '=', subdir)
    .where('sha256', '=', sha256)
    .execute()
}
