/** Gives a channel another owner. The old one keeps what shares and roles give. */
import { appendEvent } from '../audit/append-event.ts'
import { actorId } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { findUserById } from '../identity/store.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Channel } from './channel.ts'
import type { ChannelContext } from './manage-channels.ts'
import { setOwner } from './store.ts'

/** @throws AppError permission-denied, not-found; conflict for an account that cannot own anything */
export async function changeOwner(ctx: ChannelContext, channel: Channel, userId: string): Promise<void> {
  requirePermission(ctx.actor, 'channel-share:edit', channel)
  requirePermission(ctx.actor, 'channel:edit', channel)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    const user = await findUserById(tx, userId)
    if (!user) throw new AppError('not-found', `there is no account ${userId}`)
    if (user.isDisabled || user.kind === 'service') {
      throw new AppError('conflict', `${user.name} cannot own a channel: only people who can sign in do`)
    }
    const before = await findUserById(tx, channel.ownerId)
    await setOwner(tx, channel.id, user.id, at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'channel.owner_changed',
      target: channel.name,
      before: { owner: before?.name ?? null },
      after: { owner: user.name },
    })
  })
}
