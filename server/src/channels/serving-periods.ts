/**
 * Which revision a channel served since when. Written wherever the served revision changes, in the same
 * transaction; a clock that goes backwards does not make a later period begin before an earlier one.
 */
import { sql } from 'kysely'
import type { Db } from '../platform/database/db.ts'
import type { Channel } from './channel.ts'

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

/** What the periods of a channel cannot be right about: which revision it serves now, or a period that is gone. */
export async function findServingFault(
  db: Db,
  channel: Pick<Channel, 'id' | 'revision'>,
): Promise<string | undefined> {
  const { count, first, last } = await db
    .selectFrom('serving_periods')
    .select((eb) => [
      eb.fn.countAll<number | string>().as('count'),
      eb.fn.min<number | null>('sequence').as('first'),
      eb.fn.max<number | null>('sequence').as('last'),
    ])
    .where('channel_id', '=', channel.id)
    .executeTakeFirstOrThrow()
  const number = await findServedAt(db, channel.id, FAR_FUTURE)
  if (number !== channel.revision)
    return `the channel serves revision ${channel.revision}, and by the days of its past it is ${number}`
  const twice = await findRepeatedPeriods(db, channel.id)
  if (twice[0] !== undefined)
    return `two times after one another, ${twice[0]} and the next, name the same revision`
  const missing = (last ?? 0) - (first ?? 1) + 1 - Number(count)
  if (missing > 0) return `of ${missing} times it is not known which revision was served`
  return undefined
}

/** `recordServing` never writes such: the first of each two was damaged. */
async function findRepeatedPeriods(db: Db, channelId: string): Promise<number[]> {
  const rows = await db
    .selectFrom('serving_periods as first')
    .innerJoin('serving_periods as second', (join) =>
      join
        .onRef('second.channel_id', '=', 'first.channel_id')
        .onRef('second.number', '=', 'first.number')
        .on(sql<boolean>`second.sequence = first.sequence + 1`),
    )
    .select('first.sequence as sequence')
    .where('first.channel_id', '=', channelId)
    .orderBy('first.sequence')
    .execute()
  return rows.map(({ sequence }) => sequence)
}

const FAR_FUTURE = new Date(8_640_000_000_000_000)

/**
 * For repairs: what was lost is filled with the revisions that lie between its neighbours, as of when they were made,
 * and the end with the revision that is served.
 * @returns whether all of it could be filled
 */
export async function fillServingPeriods(
  tx: Db,
  channel: Pick<Channel, 'id' | 'revision'>,
  at: Date,
): Promise<boolean> {
  const repeated = await findRepeatedPeriods(tx, channel.id)
  for (const sequence of repeated) {
    await tx
      .deleteFrom('serving_periods')
      .where('channel_id', '=', channel.id)
      .where('sequence', '=', sequence)
      .execute()
  }
  const rows = await tx
    .selectFrom('serving_periods')
    .select(['sequence', 'number', 'since'])
    .where('channel_id', '=', channel.id)
    .orderBy('sequence')
    .execute()
  let isWhole = true
  for (const [position, next] of rows.entries()) {
    const before = rows[position - 1]
    if (!before) continue
    const lost = next.sequence - before.sequence - 1
    if (lost === 0) continue
    const between = await revisionsBetween(tx, channel.id, before.number, next.number)
    if (between.length !== lost) {
      isWhole = false
      continue
    }
    for (const [index, { number, created_at: createdAt }] of between.entries()) {
      const since = Math.min(Math.max(createdAt, before.since), next.since)
      await tx
        .insertInto('serving_periods')
        .values({ channel_id: channel.id, sequence: before.sequence + 1 + index, number, since })
        .execute()
    }
  }
  await recordServing(tx, channel.id, channel.revision, at)
  return isWhole
}

function revisionsBetween(tx: Db, channelId: string, after: number, before: number) {
  return tx
    .selectFrom('revisions')
    .select(['number', 'created_at'])
    .where('channel_id', '=', channelId)
    .where('number', '>', after)
    .where('number', '<', before)
    .orderBy('number')
    .execute()
}
