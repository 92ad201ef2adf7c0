/** The SQL of shares: access to a channel that an account or a group was given. */
import type { Db } from '../platform/database/db.ts'
import type { Subject } from './store.ts'

export const sharePermissions = ['read', 'write', 'manage'] as const
export type SharePermission = (typeof sharePermissions)[number]

export interface ChannelShare {
  readonly subject: Subject
  readonly name: string
  readonly description: string
  readonly permission: SharePermission
  /** Package names that may be written, as patterns; undefined for all. */
  readonly namePatterns: readonly string[] | undefined
  readonly createdAt: Date
  readonly updatedAt: Date
}

export async function listShares(db: Db, channelId: string, kind: Subject['kind']): Promise<ChannelShare[]> {
  const shares = db.selectFrom('channel_shares').where('channel_shares.channel_id', '=', channelId)
  const columns = [
    ...(['subject_id', 'permission', 'name_patterns'] as const),
    ...(['channel_shares.created_at', 'channel_shares.updated_at', 'name', 'description'] as const),
  ] as const
  const rows =
    kind === 'group'
      ? await shares
          .where('subject_kind', '=', 'group')
          .innerJoin('groups', 'groups.id', 'subject_id')
          .select(columns)
          .orderBy('name')
          .execute()
      : await shares
          .where('subject_kind', '=', 'user')
          .innerJoin('users', 'users.id', 'subject_id')
          .select([
            ...([
              'subject_id',
              'permission',
              'name_patterns',
              'name',
              'display_name as description',
            ] as const),
            ...(['channel_shares.created_at', 'channel_shares.updated_at'] as const),
          ])
          .orderBy('name')
          .execute()
  return rows.map((row) => ({
    subject: { kind, id: row.subject_id },
    name: row.name,
    description: row.description,
    permission: row.permission as SharePermission, // only this file writes it
    namePatterns: row.name_patterns === null ? undefined : (JSON.parse(row.name_patterns) as string[]),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }))
}

/** Gives access, or changes the access that was given. */
export async function putShare(
  db: Db,
  share: {
    channelId: string
    subject: Subject
    permission: SharePermission
    namePatterns: readonly string[] | undefined
    at: Date
  },
): Promise<void> {
  const values = {
    permission: share.permission,
    name_patterns: share.namePatterns ? JSON.stringify(share.namePatterns) : null,
    updated_at: share.at.getTime(),
  }
  await db
    .insertInto('channel_shares')
    .values({
      channel_id: share.channelId,
      subject_kind: share.subject.kind,
      subject_id: share.subject.id,
      created_at: share.at.getTime(),
      ...values,
    })
    .onConflict((conflict) =>
      conflict.columns(['channel_id', 'subject_kind', 'subject_id']).doUpdateSet(values),
    )
    .execute()
}

export async function deleteShare(db: Db, channelId: string, subject: Subject): Promise<boolean> {
  const result = await db
    .deleteFrom('channel_shares')
    .where('channel_id', '=', channelId)
    .where('subject_kind', '=', subject.kind)
    .where('subject_id', '=', subject.id)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Channels a group was given access to, by name. */
export async function listChannelsOfGroup(
  db: Db,
  groupId: string,
): Promise<{ channelId: string; permission: SharePermission }[]> {
  const rows = await db
    .selectFrom('channel_shares')
    .innerJoin('channels', 'channels.id', 'channel_id')
    .select(['channel_id', 'permission'])
    .where('subject_kind', '=', 'group')
    .where('subject_id', '=', groupId)
    .orderBy('channels.name')
    .execute()
  return rows.map((row) => ({
    channelId: row.channel_id,
    permission: row.permission as SharePermission, // only this file writes it
  }))
}
