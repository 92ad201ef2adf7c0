/**
 * Accounts of programs: they have no password, hold what they are given like anybody, and belong to a channel
 * or to the whole organisation. Several a channel, many tokens each (`manage-tokens.ts`).
 */
import { appendEvent } from '../audit/append-event.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Permission } from '../vocabulary/permissions.ts'
import { actorId } from './actor.ts'
import { findGuardedChannel } from './channel-lookup.ts'
import type { IdentityContext } from './context.ts'
import { refuseTakenName } from './manage-users.ts'
import { requirePermission, type GuardedChannel } from './require-permission.ts'
import { putShare, type SharePermission } from './share-store.ts'
import * as store from './store.ts'
import { deleteTokensOf } from './token-store.ts'

const SUFFIX = /^[a-z0-9][a-z0-9_-]{0,63}$/

export interface ServiceAccountRequest {
  /** What tells it from others of the channel; may be empty for the first. */
  readonly name: string
  readonly description: string
  readonly channel?: GuardedChannel | undefined
  /** What it may do in its channel. */
  readonly permission: SharePermission
}

const neededFor: Readonly<Record<SharePermission, Permission>> = {
  read: 'artifact:read',
  write: 'artifact:create',
  manage: 'channel:edit',
}

/** @throws AppError bad-request, conflict, permission-denied */
export async function createServiceAccount(
  ctx: IdentityContext,
  request: ServiceAccountRequest,
): Promise<store.UserRow> {
  const { channel, permission, description } = request
  requirePermission(ctx.actor, 'service-account:edit', channel)
  if (channel) requirePermission(ctx.actor, neededFor[permission], channel)
  const name = nameOf(request)
  const at = ctx.now()
  return ctx.access.change(async (tx) => {
    await refuseTakenName(tx, name)
    const id = await store.insertUser(tx, {
      ...{ name, at, passwordHash: null, kind: 'service' },
      displayName: description,
      channelId: channel?.id,
    })
    if (channel) {
      const subject = { kind: 'user', id } as const
      await putShare(tx, { channelId: channel.id, subject, permission, namePatterns: undefined, at })
    }
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: 'service_account.created',
      target: name,
      after: { description, ...(channel && { channel: channel.name, permission }) },
    })
    const made = await store.findUserById(tx, id)
    return made! // inserted above
  })
}

/** The contract's name for the one of a channel, and a suffix for the others. */
function nameOf({ channel, name }: ServiceAccountRequest): string {
  if (name !== '' && !SUFFIX.test(name)) {
    throw new AppError(
      'bad-request',
      'the name has up to 64 of a-z, 0-9, "-" and "_", and starts with a letter or digit',
    )
  }
  if (!channel && name === '')
    throw new AppError('bad-request', 'a service account of the organisation needs a name')
  const base = channel ? `service-account-channel-${channel.name}` : 'service-account'
  return name === '' ? base : `${base}-${name}`
}

export async function listServiceAccounts(
  ctx: IdentityContext,
  channel: GuardedChannel | undefined,
  page: { q?: string | undefined; offset: number; limit: number },
): Promise<{ total: number; items: store.UserRow[] }> {
  requirePermission(ctx.actor, 'service-account:read', channel)
  return store.listUsers(ctx.db, { q: page.q, kind: 'service', channelId: channel?.id }, page)
}

/** The account with its channel, if the actor may see it. @throws AppError not-found, permission-denied */
export async function getServiceAccount(
  ctx: IdentityContext,
  id: string,
  what: 'service-account:read' | 'service-account:edit' = 'service-account:read',
): Promise<{ account: store.UserRow; channel: GuardedChannel | undefined }> {
  const account = await store.findUserById(ctx.db, id)
  const channel =
    account?.channelId === undefined ? undefined : await findGuardedChannel(ctx.db, account.channelId)
  try {
    requirePermission(ctx.actor, what, channel)
  } catch (error) {
    // which of the ids there are is for those who may see the accounts
    if (error instanceof AppError && error.code === 'not-found') throw noAccount(id)
    throw error
  }
  if (account?.kind !== 'service') throw noAccount(id)
  return { account, channel }
}

/** @throws AppError not-found, permission-denied */
export async function updateServiceAccount(
  ctx: IdentityContext,
  id: string,
  change: { description?: string | undefined; isDisabled?: boolean | undefined },
): Promise<store.UserRow> {
  const { account } = await getServiceAccount(ctx, id, 'service-account:edit')
  const { description, isDisabled } = change
  await ctx.access.change(async (tx) => {
    await store.updateUser(tx, id, { displayName: description, isDisabled })
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'service_account.updated',
      target: account.name,
      before: { description: account.displayName, is_disabled: account.isDisabled },
      after: {
        description: description ?? account.displayName,
        is_disabled: isDisabled ?? account.isDisabled,
      },
    })
  })
  return (await getServiceAccount(ctx, id)).account
}

/** With its tokens. @throws AppError not-found, permission-denied */
export async function deleteServiceAccount(ctx: IdentityContext, id: string): Promise<void> {
  const { account } = await getServiceAccount(ctx, id, 'service-account:edit')
  await ctx.access.change(async (tx) => {
    const tokens = await deleteTokensOf(tx, id)
    await store.deleteUser(tx, id)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'service_account.deleted',
      target: account.name,
      details: { tokens_dropped: tokens },
    })
  })
}

function noAccount(id: string): AppError {
  return new AppError('not-found', `there is no service account ${id}`)
}
