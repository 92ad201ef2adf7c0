/** The SQL of counted requests. */
import { inChunks, type Db } from '../platform/database/db.ts'

export interface RequestCount {
  readonly channelId: string
  readonly fileId: string
  /** Since 1970. */
  readonly day: number
  /** '' for nobody. */
  readonly actorId: string
  readonly outcome: 'served' | 'refused'
  readonly count: number
  readonly lastAtMs: number
}

/** Adds to what is counted already. Those of a channel that is gone meanwhile are left out. */
export async function addRequests(db: Db, counts: readonly RequestCount[]): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const channels = new Set((await tx.selectFrom('channels').select('id').execute()).map(({ id }) => id))
    const kept = counts.filter(({ channelId }) => channels.has(channelId))
    for (const chunk of inChunks(kept)) {
      await tx
        .insertInto('file_requests')
        .values(
          chunk.map((one) => ({
            channel_id: one.channelId,
            file_id: one.fileId,
            day: one.day,
            actor_id: one.actorId,
            outcome: one.outcome,
            count: one.count,
            last_at: one.lastAtMs,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['channel_id', 'file_id', 'day', 'actor_id', 'outcome']).doUpdateSet((eb) => ({
            count: eb('file_requests.count', '+', eb.ref('excluded.count')),
            last_at: eb.ref('excluded.last_at'),
          })),
        )
        .execute()
    }
  })
}

export interface FileDownloads {
  readonly subdir: string
  readonly filename: string
  readonly actorId: string
  readonly count: number
}

/** What was had of a channel's files since a day, by file and person. */
export async function listDownloads(db: Db, channelId: string, sinceDay: number): Promise<FileDownloads[]> {
  const rows = await db
    .selectFrom('file_requests as r')
    .innerJoin('channel_files as f', 'f.id', 'r.file_id')
    .select((eb) => [
      'f.subdir',
      'f.filename',
      'r.actor_id as actorId',
      eb.fn.sum<number | string>('r.count').as('count'),
    ])
    .where('r.channel_id', '=', channelId)
    .where('r.day', '>=', sinceDay)
    .where('r.outcome', '=', 'served')
    .groupBy(['f.subdir', 'f.filename', 'r.actor_id'])
    .execute()
  return rows.map((row) => ({ ...row, count: Number(row.count) }))
}

/** Files that somebody was refused since a day, the latest first. */
export async function listRefusals(
  db: Db,
  who: { channelId: string; actorId: string },
  sinceDay: number,
  limit: number,
): Promise<{ fileId: string; lastAt: Date }[]> {
  const rows = await db
    .selectFrom('file_requests')
    .select((eb) => ['file_id as fileId', eb.fn.max<number | string>('last_at').as('lastAt')])
    .where('actor_id', '=', who.actorId)
    .where('outcome', '=', 'refused')
    .where('day', '>=', sinceDay)
    .where('channel_id', '=', who.channelId)
    .groupBy('file_id')
    .orderBy('lastAt', 'desc')
    .limit(limit)
    .execute()
  return rows.map(({ fileId, lastAt }) => ({ fileId, lastAt: new Date(Number(lastAt)) }))
}

/** How often these files of a channel were had since a day. */
export async function countDownloads(
  db: Db,
  channelId: string,
  fileIds: readonly string[],
  sinceDay: number,
): Promise<number> {
  let total = 0
  for (const chunk of inChunks(fileIds)) {
    const { count } = await db
      .selectFrom('file_requests')
      .select((eb) => eb.fn.sum<number | string | null>('count').as('count'))
      .where('channel_id', '=', channelId)
      .where('file_id', 'in', chunk)
      .where('day', '>=', sinceDay)
      .where('outcome', '=', 'served')
      .executeTakeFirstOrThrow()
    total += Number(count ?? 0)
  }
  return total
}
