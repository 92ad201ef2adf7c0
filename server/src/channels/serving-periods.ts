/**
 * Which revision a channel served since when. Written wherever the served revision changes, in the same
 * transaction; a clock that goes backwards does not make a later period begin before an earlier one.
 */
import type { Db } from '../platform/database/db.ts'

/** Does nothing when that revision is served already. */
export async function recordServing(db: Db, channelId: string, number: number, at: Date): Promise<void> {
  const last = await db
    .selectFrom('serving_periods')
    .select(['sequence', 'number', 'since'])
    .where('channel_id', '=', channelId)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  if ((last?.number ?? 0) === number) return
  await db
    .insertInto('serving_periods')
    .values({
      channel_id: channelId,
      sequence: (last?.sequence ?? 0) + 1,
      number,
      since: Math.max(at.getTime(), last?.since ?? 0),
    })
    .execute()
}

/** The revision that was served at an instant; 0 before the first. */
export async function findServedAt(db: Db, channelId: string, at: Date): Promise<number> {
  const row = await db
    .selectFrom('serving_periods')
    .select('number')
    .where('channel_id', '=', channelId)
    .where('since', '<=', at.getTime())
    .orderBy('since', 'desc')
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.number ?? 0
}

/** Those of the given revisions that clients have been served. */
export async function listServed(
  db: Db,
  channelId: string,
  numbers: readonly number[],
): Promise<ReadonlySet<number>> {
  if (numbers.length === 0) return new Set()
  const rows = await db
    .selectFrom('serving_periods')
    .select('number')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('number', 'in', numbers)
    .execute()
  return new Set(rows.map(({ number }) => number))
}

/** Since when a revision is served that comes after the given one; undefined when none ever was. */
export async function findServedAfter(db: Db, channelId: string, number: number): Promise<Date | undefined> {
  const { since } = await db
    .selectFrom('serving_periods')
    .select((eb) => eb.fn.min<number | string | null>('since').as('since'))
    .where('channel_id', '=', channelId)
    .where('number', '>', number)
    .executeTakeFirstOrThrow()
  return since === null ? undefined : new Date(Number(since))
}

/** The lowest number that was served at an instant or since. */
export async function findOldestServedSince(db: Db, channelId: string, since: Date): Promise<number> {
  const then = await findServedAt(db, channelId, since)
  const { lowest } = await db
    .selectFrom('serving_periods')
    .select((eb) => eb.fn.min<number | string | null>('number').as('lowest'))
    .where('channel_id', '=', channelId)
    .where('since', '>', since.getTime())
    .executeTakeFirstOrThrow()
  return lowest === null ? then : Math.min(then, Number(lowest))
}
