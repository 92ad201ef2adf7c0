/** For repairs: what is left of the line of revisions when rows of it were lost. */
import type { Db } from '../platform/database/db.ts'
import type { Cause } from '../channels/stale-causes.ts'

const CAUSE: Cause = { kind: 'repair', of: 'fsck' }

/**
 * Makes the rows of revisions again whose maps are still there: when they were made lies between their neighbours.
 * @returns how many
 */
export async function remakeRevisions(tx: Db): Promise<number> {
  const lost = await tx
    .selectFrom('revision_subdirs')
    .innerJoin('channels', 'channels.id', 'revision_subdirs.channel_id')
    .leftJoin('revisions', (join) =>
      join
        .onRef('revisions.channel_id', '=', 'revision_subdirs.channel_id')
        .onRef('revisions.number', '=', 'revision_subdirs.number'),
    )
    .select(['revision_subdirs.channel_id as channelId', 'revision_subdirs.number as number'])
    .distinct()
    .where('revisions.number', 'is', null)
    .orderBy('channelId')
    .orderBy('number')
    .execute()
  for (const { channelId, number } of lost) {
    const before = await tx
      .selectFrom('revisions')
      .select('created_at')
      .where('channel_id', '=', channelId)
      .where('number', '<', number)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst()
    const after = await tx
      .selectFrom('revisions')
      .select('created_at')
      .where('channel_id', '=', channelId)
      .where('number', '>', number)
      .orderBy('number')
      .limit(1)
      .executeTakeFirst()
    await tx
      .insertInto('revisions')
      .values({
        channel_id: channelId,
        number,
        created_at: before?.created_at ?? after?.created_at ?? 0,
        causes: JSON.stringify([CAUSE]),
      })
      .execute()
  }
  return lost.length
}

/** Where revisions are not in the order of their dates: when each was first served counts, and none is older than the one before. */
export async function correctDates(tx: Db, channelId: string): Promise<void> {
  const revisions = await tx
    .selectFrom('revisions')
    .leftJoin('serving_periods', (join) =>
      join
        .onRef('serving_periods.channel_id', '=', 'revisions.channel_id')
        .onRef('serving_periods.number', '=', 'revisions.number'),
    )
    .select(['revisions.number', 'revisions.created_at as createdAt'])
    .select((eb) => eb.fn.min<number | string | null>('serving_periods.since').as('since'))
    .where('revisions.channel_id', '=', channelId)
    .groupBy(['revisions.number', 'revisions.created_at'])
    .orderBy('revisions.number')
    .execute()
  let before = 0
  for (const [position, { number, createdAt, since }] of revisions.entries()) {
    const next = revisions[position + 1]
    const isOutOfOrder = createdAt < before || (next !== undefined && createdAt > next.createdAt)
    const at = Math.max(before, isOutOfOrder && since !== null ? Number(since) : createdAt)
    before = at
    if (at === createdAt) continue
    await tx
      .updateTable('revisions')
      .set({ created_at: at })
      .where('channel_id', '=', channelId)
      .where('number', '=', number)
      .execute()
  }
}

/** Subdirs whose files were made of a revision that has no maps of them, by number. */
export async function findTornRevisions(
  db: Db,
  channelId: string,
): Promise<{ readonly number: number; readonly subdir: string }[]> {
  return db
    .selectFrom('revision_files')
    .innerJoin('revisions', (join) =>
      join
        .onRef('revisions.channel_id', '=', 'revision_files.channel_id')
        .onRef('revisions.number', '=', 'revision_files.number'),
    )
    .leftJoin('revision_subdirs', (join) =>
      join
        .onRef('revision_subdirs.channel_id', '=', 'revision_files.channel_id')
        .onRef('revision_subdirs.number', '=', 'revision_files.number')
        .onRef('revision_subdirs.subdir', '=', 'revision_files.subdir'),
    )
    .select(['revision_files.number as number', 'revision_files.subdir as subdir'])
    .distinct()
    .where('revision_files.channel_id', '=', channelId)
    .where('revision_files.subdir', '!=', '') // of the channel as a whole
    .where('revision_subdirs.number', 'is', null)
    .orderBy('number')
    .orderBy('subdir')
    .execute()
}
