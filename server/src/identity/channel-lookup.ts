/** What the guard needs to know of a channel, for operations on rights: they read `channels`, and never write it. */
import type { Db } from '../platform/database/db.ts'
import type { GuardedChannel } from './require-permission.ts'

/** By id or by name: an id has hyphens in places where a name of a channel may have them too, so both are tried. */
export async function findGuardedChannel(db: Db, idOrName: string): Promise<GuardedChannel | undefined> {
  const row = await db
    .selectFrom('channels')
    .select(['id', 'name', 'privacy', 'owner_id'])
    .where((eb) => eb.or([eb('id', '=', idOrName), eb('name', '=', idOrName)]))
    .executeTakeFirst()
  return row && toGuarded(row)
}

export async function listGuardedChannels(db: Db): Promise<GuardedChannel[]> {
  const rows = await db
    .selectFrom('channels')
    .select(['id', 'name', 'privacy', 'owner_id'])
    .orderBy('name')
    .execute()
  return rows.map(toGuarded)
}

export async function listChannelsOwnedBy(db: Db, userId: string): Promise<string[]> {
  const rows = await db.selectFrom('channels').select('name').where('owner_id', '=', userId).execute()
  return rows.map(({ name }) => name)
}

function toGuarded(row: { id: string; name: string; privacy: string; owner_id: string }): GuardedChannel {
  return {
    id: row.id,
    name: row.name,
    privacy: row.privacy as GuardedChannel['privacy'], // the owner of the table writes no other
    ownerId: row.owner_id,
  }
}
