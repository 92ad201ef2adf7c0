/**
 * The SQL of changes that no revision holds yet, one for each path: the record travels here from intake to its
 * shard.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'

export interface PendingChange {
  readonly id: string
  readonly subdir: string
  readonly name: string
  readonly filename: string
  /** JSON, or null to take the file out. */
  readonly record: string | null
}

export async function putChanges(
  db: Db,
  channelId: string,
  changes: readonly Omit<PendingChange, 'id'>[],
): Promise<void> {
  for (const chunk of inChunks(changes)) {
    await db
      .insertInto('channel_changes')
      .values(chunk.map((change) => ({ ...change, id: newId(), channel_id: channelId })))
      .onConflict((conflict) =>
        conflict.columns(['channel_id', 'subdir', 'filename']).doUpdateSet((eb) => ({
          id: eb.ref('excluded.id'),
          record: eb.ref('excluded.record'),
        })),
      )
      .execute()
  }
}

export async function listChanges(
  db: Db,
  channelId: string,
  names: readonly string[],
): Promise<PendingChange[]> {
  const found: PendingChange[] = []
  for (const chunk of inChunks(names)) {
    found.push(
      ...(await db
        .selectFrom('channel_changes')
        .select(['id', 'subdir', 'name', 'filename', 'record'])
        .where('channel_id', '=', channelId)
        .where('name', 'in', chunk)
        .execute()),
    )
  }
  return found
}

/** Names with a change that no revision holds yet. */
export async function listChangedNames(db: Db, channelId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('channel_changes')
    .select('name')
    .distinct()
    .where('channel_id', '=', channelId)
    .execute()
  return rows.map(({ name }) => name)
}

export async function deleteChanges(db: Db, ids: readonly string[]): Promise<void> {
  for (const chunk of inChunks(ids)) {
    await db.deleteFrom('channel_changes').where('id', 'in', chunk).execute()
  }
}
