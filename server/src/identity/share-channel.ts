/** Sharing a channel with a group or with one account, and taking it back. */
import { appendEvent } from '../audit/append-event.ts'
import { AppError } from '../vocabulary/errors.ts'
import { actorId } from './actor.ts'
import type { IdentityContext } from './context.ts'
import { findGroup } from './group-store.ts'
import { isNamePattern } from './name-pattern.ts'
import { requirePermission, type GuardedChannel } from './require-permission.ts'
import * as store from './share-store.ts'
import { findUserById, type Subject } from './store.ts'

const MAX_PATTERNS = 100

export interface ShareRequest {
  readonly permission: store.SharePermission
  /** Package names that may be written; undefined for all. */
  readonly namePatterns?: readonly string[] | undefined
}

/** @throws AppError permission-denied */
export async function listShares(
  ctx: IdentityContext,
  channel: GuardedChannel,
  kind: Subject['kind'],
): Promise<store.ChannelShare[]> {
  requirePermission(ctx.actor, 'channel-share:read', channel)
  return store.listShares(ctx.db, channel.id, kind)
}

/** Shares, or changes how it is shared. @throws AppError bad-request, not-found, permission-denied */
export async function shareChannel(
  ctx: IdentityContext,
  channel: GuardedChannel,
  subject: Subject,
  request: ShareRequest,
): Promise<void> {
  requirePermission(ctx.actor, 'channel-share:edit', channel)
  checkPatterns(request)
  const name = await nameOf(ctx, subject)
  const at = ctx.now()
  await ctx.access.change(async (tx) => {
    const before = (await store.listShares(tx, channel.id, subject.kind)).find(
      (share) => share.subject.id === subject.id,
    )
    await store.putShare(tx, {
      channelId: channel.id,
      subject,
      permission: request.permission,
      namePatterns: request.namePatterns,
      at,
    })
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: before ? 'channel.share_updated' : 'channel.shared',
      target: channel.name,
      details: { [subject.kind]: name },
      ...(before && { before: describe(before) }),
      after: describe(request),
    })
  })
}

/** @throws AppError not-found when it is not shared with them; permission-denied */
export async function unshareChannel(
  ctx: IdentityContext,
  channel: GuardedChannel,
  subject: Subject,
): Promise<void> {
  requirePermission(ctx.actor, 'channel-share:edit', channel)
  await ctx.access.change(async (tx) => {
    const before = (await store.listShares(tx, channel.id, subject.kind)).find(
      (share) => share.subject.id === subject.id,
    )
    if (!before || !(await store.deleteShare(tx, channel.id, subject))) throw notShared(channel, subject)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'channel.unshared',
      target: channel.name,
      details: { [subject.kind]: before.name },
      before: describe(before),
    })
  })
}

/** @throws AppError not-found */
export async function requireShared(
  ctx: IdentityContext,
  channel: GuardedChannel,
  subject: Subject,
): Promise<store.ChannelShare> {
  const share = (await listShares(ctx, channel, subject.kind)).find(
    ({ subject: { id } }) => id === subject.id,
  )
  if (!share) throw notShared(channel, subject)
  return share
}

function notShared(channel: GuardedChannel, { kind, id }: Subject): AppError {
  return new AppError('not-found', `the channel ${channel.name} is not shared with a ${kind} ${id}`)
}

async function nameOf(ctx: IdentityContext, { kind, id }: Subject): Promise<string> {
  const found = kind === 'user' ? await findUserById(ctx.db, id) : await findGroup(ctx.db, id)
  if (!found) throw new AppError('not-found', `there is no ${kind === 'user' ? 'account' : 'group'} ${id}`)
  return found.name
}

function checkPatterns({ permission, namePatterns }: ShareRequest): void {
  if (!namePatterns) return
  if (permission === 'read') throw new AppError('bad-request', 'names are for a share to write or to manage')
  if (namePatterns.length > MAX_PATTERNS) {
    throw new AppError('bad-request', `a share has up to ${MAX_PATTERNS} patterns of names`)
  }
  const wrong = namePatterns.find((pattern) => !isNamePattern(pattern))
  if (wrong === undefined) return
  throw new AppError(
    'bad-request',
    `"${wrong.slice(0, 140)}" is no pattern of package names: a-z, 0-9, ".", "_", "-", and "*" for any text`,
  )
}

function describe(share: ShareRequest): Record<string, unknown> {
  return {
    permission: share.permission,
    ...(share.namePatterns && { name_patterns: share.namePatterns }),
  }
}
