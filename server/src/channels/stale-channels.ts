/**
 * A change of everything that a channel has, such as an edited policy: one row, whatever the size of the channel,
 * so that whoever makes the change does not wait for tens of thousands of marks, nor does anybody else. The publish
 * turns it into marks of names before anything else, some at a time (`spreadStale`), and takes the row away after
 * the last: a crash leaves it, and the next publish begins it again.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import type { Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { addCauses, withoutCauses, writeCause, type Cause, type StoredCauses } from './stale-causes.ts'

/** Marked in one statement, between which requests get their turn. */
const NAMES_AT_ONCE = 300

/**
 * Marks every name that any of the holders has, in one channel.
 * @param holderIds the channel itself, or of a virtual channel those whose names are meant
 * @param cause as in `stale-names.ts`
 */
export async function markNamesOf(
  db: Db,
  channelId: string,
  holderIds: readonly string[],
  cause: Cause,
): Promise<void> {
  const mark = newId()
  await db
    .insertInto('stale_channels')
    .values(
      holderIds.map((holderId) => ({
        channel_id: channelId,
        holder_id: holderId,
        mark,
        ...writeCause(cause),
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['channel_id', 'holder_id']).doUpdateSet((eb) => ({
        mark: eb.ref('excluded.mark'),
        cause: eb.ref('excluded.cause'),
        earlier_causes: addCauses('stale_channels'),
      })),
    )
    .execute()
}

/** Marks name by name what was marked as a whole. Safe to run twice, beside another, and after a crash in the middle. */
export async function spreadStale(db: Db, channelId: string): Promise<void> {
  const rows = await db
    .selectFrom('stale_channels')
    .select(['holder_id', 'mark', 'cause', 'earlier_causes'])
    .where('channel_id', '=', channelId)
    .orderBy('holder_id')
    .execute()
  for (const { holder_id: holderId, mark, ...causes } of rows) {
    for await (const names of namesOf(db, channelId, holderId)) await markAnew(db, channelId, names, causes)
    const { numDeletedRows } = await db
      .deleteFrom('stale_channels')
      .where('channel_id', '=', channelId)
      .where('holder_id', '=', holderId)
      .where('mark', '=', mark) // or what came meanwhile would be forgotten
      .executeTakeFirstOrThrow()
    if (numDeletedRows > 0n) continue
    const { rest, isMarkedAgain } = withoutCauses(causes)
    await db
      .updateTable('stale_channels')
      .set({ earlier_causes: rest })
      .where('channel_id', '=', channelId)
      .where('holder_id', '=', holderId)
      .where(isMarkedAgain)
      .execute()
  }
}

async function markAnew(
  db: Db,
  channelId: string,
  names: readonly string[],
  causes: StoredCauses,
): Promise<void> {
  // not the mark of the row: of two publishers that spread it, one may have cleared that mark of a name which the
  // other is marking; and a mark that is there is replaced, since who saw it decided before this change
  const mark = newId()
  await db
    .insertInto('stale_names')
    .values(names.map((name) => ({ channel_id: channelId, name, mark, ...causes })))
    .onConflict((conflict) =>
      conflict.columns(['channel_id', 'name']).doUpdateSet((eb) => ({
        mark: eb.ref('excluded.mark'),
        cause: eb.ref('excluded.cause'),
        earlier_causes: addCauses('stale_names'),
      })),
    )
    .execute()
}

/** Also names of which every file was taken out: they may still be served. And those of a member that was deleted. */
async function* namesOf(db: Db, channelId: string, holderId: string): AsyncGenerator<readonly string[]> {
  yield* pagesOf((after) =>
    db
      .selectFrom('channel_files')
      .select('name')
      .where('channel_id', '=', holderId)
      .where('name', '>', after)
      // not `distinct`: for that SQLite takes the index by path, and reads the whole channel each time
      .groupBy('name')
      .orderBy('name')
      .limit(NAMES_AT_ONCE)
      .execute(),
  )
  yield* pagesOf((after) =>
    db
      .selectFrom('lost_names')
      .select('name')
      .where('channel_id', '=', channelId)
      .where('member_id', '=', holderId)
      .where('name', '>', after)
      .orderBy('name')
      .limit(NAMES_AT_ONCE)
      .execute(),
  )
}

async function* pagesOf(
  read: (after: string) => Promise<{ name: string }[]>,
): AsyncGenerator<readonly string[]> {
  for (let after = ''; ;) {
    const rows = await read(after)
    const last = rows.at(-1)
    if (!last) return
    yield rows.map(({ name }) => name)
    after = last.name
    await breathe()
  }
}

/** Whether everything that a channel shows of some holder is stale, and not marked name by name yet. */
export async function isStaleAsAWhole(db: Db, channelId: string): Promise<boolean> {
  const row = await db
    .selectFrom('stale_channels')
    .select('channel_id')
    .where('channel_id', '=', channelId)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
