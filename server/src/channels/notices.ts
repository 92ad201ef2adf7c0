/** Notices of a channel: what conda and pixi show to whoever uses it. Rules, operations and their SQL. */
import { NOTICE_LEVELS, type ChannelNotice, type NoticeLevel } from '@terrarium/conda/repodata/notices.ts'
import { appendEvent } from '../audit/append-event.ts'
import { actorId } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel } from './channel.ts'
import type { ChannelContext } from './manage-channels.ts'

/** Beyond this clients would show a wall of text; conda shows five. */
const MAX_NOTICES = 100

/** @throws AppError unauthenticated, permission-denied, bad-request, conflict */
export async function createNotice(
  ctx: ChannelContext,
  channel: Channel,
  notice: { message: string; level: NoticeLevel; expiresAt: Date },
): Promise<ChannelNotice> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  const at = ctx.now()
  if (notice.expiresAt <= at) throw new AppError('bad-request', 'a notice has to expire in the future')
  const created: ChannelNotice = { id: newId(), createdAt: at, ...notice }
  await ctx.db.transaction().execute(async (tx) => {
    if ((await listNotices(tx, channel.id)).length >= MAX_NOTICES)
      throw new AppError('conflict', `the channel ${channel.name} has ${MAX_NOTICES} notices already`)
    await insertNotice(tx, channel.id, created)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'notice.created',
      target: channel.name,
      details: { id: created.id, level: created.level },
    })
  })
  return created
}

/** @throws AppError unauthenticated, permission-denied, not-found */
export async function deleteNotice(ctx: ChannelContext, channel: Channel, id: string): Promise<void> {
  requirePermission(ctx.actor, 'channel:edit', channel)
  await ctx.db.transaction().execute(async (tx) => {
    const result = await tx
      .deleteFrom('channel_notices')
      .where('channel_id', '=', channel.id)
      .where('id', '=', id)
      .executeTakeFirst()
    if (result.numDeletedRows === 0n)
      throw new AppError('not-found', `the channel ${channel.name} has no notice ${id}`)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'notice.deleted',
      target: channel.name,
      details: { id },
    })
  })
}

/** All of a channel, the newest first, also those that have expired. */
export async function listNotices(db: Db, channelId: string): Promise<ChannelNotice[]> {
  const rows = await db
    .selectFrom('channel_notices')
    .selectAll()
    .where('channel_id', '=', channelId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(({ id, message, level, created_at, expires_at }) => ({
    id,
    message,
    level: NOTICE_LEVELS.find((known) => known === level) ?? 'info',
    createdAt: new Date(created_at),
    expiresAt: new Date(expires_at),
  }))
}

/** What clients are shown now. */
export async function listCurrentNotices(db: Db, channelId: string, now: Date): Promise<ChannelNotice[]> {
  return (await listNotices(db, channelId)).filter(({ expiresAt }) => expiresAt > now)
}

async function insertNotice(db: Db, channelId: string, notice: ChannelNotice): Promise<void> {
  await db
    .insertInto('channel_notices')
    .values({
      id: notice.id,
      channel_id: channelId,
      message: notice.message,
      level: notice.level,
      created_at: notice.createdAt.getTime(),
      expires_at: notice.expiresAt.getTime(),
    })
    .execute()
}
