/**
 * What people do with policies: write, assign, take back, drop. Each change marks what it can change as
 * stale in its own transaction, so that it acts within seconds and can't be forgotten.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import { enqueuePublish, markAllStale } from '../channels/stale-names.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { parsePolicy } from './policy-document.ts'
import * as store from './store.ts'

export interface PolicyContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
}

/**
 * Writes the next version of a policy; its name stands in the document.
 * @throws AppError invalid-policy with every fault by line and column, permission-denied
 */
export async function writePolicy(
  ctx: PolicyContext,
  document: string,
  filename: string,
): Promise<store.StoredPolicy> {
  requirePermission(ctx.actor, 'policy:edit')
  const { name } = parsePolicy(document, { filename })
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    const before = await store.findPolicyByName(tx, name)
    if (before?.document === document) return before
    const stored = await store.putPolicy(tx, { name, document, actorId: actorId(ctx.actor), at })
    for (const channel of await store.listPolicyChannels(tx, stored.id)) {
      await markAllStale(tx, channel.id, { kind: 'policy', policy: name, change: 'edited' })
      await enqueuePublish(tx, channel.id, at)
    }
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: before ? 'policy.updated' : 'policy.created',
      target: name,
      details: { version: stored.version },
    })
    return stored
  })
}

/** @throws AppError not-found, permission-denied */
export async function getPolicy(ctx: PolicyContext, name: string): Promise<store.StoredPolicy> {
  requirePermission(ctx.actor, 'policy:read')
  const policy = await store.findPolicyByName(ctx.db, name)
  if (!policy) throw new AppError('not-found', `there is no policy ${name}`)
  return policy
}

export async function assignPolicy(ctx: PolicyContext, channel: Channel, name: string): Promise<void> {
  requirePermission(ctx.actor, 'policy:edit', channel)
  await change(ctx, channel, name, 'assigned', store.assign)
}

export async function unassignPolicy(ctx: PolicyContext, channel: Channel, name: string): Promise<void> {
  requirePermission(ctx.actor, 'policy:edit', channel)
  await change(ctx, channel, name, 'unassigned', store.unassign)
}

async function change(
  ctx: PolicyContext,
  channel: Channel,
  name: string,
  what: 'assigned' | 'unassigned',
  act: (tx: Db, channelId: string, policyId: string) => Promise<boolean>,
): Promise<void> {
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    const policy = await store.findPolicyByName(tx, name)
    if (!policy) throw new AppError('not-found', `there is no policy ${name}`)
    if (!(await act(tx, channel.id, policy.id))) return
    await markAllStale(tx, channel.id, { kind: 'policy', policy: name, change: what })
    await enqueuePublish(tx, channel.id, at)
    await appendEvent(tx, {
      at,
      actorId: actorId(ctx.actor),
      action: `policy.${what}`,
      target: channel.name,
      details: { policy: name },
    })
  })
}

/** @throws AppError conflict while a channel uses it */
export async function deletePolicy(ctx: PolicyContext, name: string): Promise<void> {
  requirePermission(ctx.actor, 'policy:edit')
  const policy = await getPolicy(ctx, name)
  await ctx.db.transaction().execute(async (tx) => {
    const users = await store.listPolicyChannels(tx, policy.id)
    if (users.length > 0) {
      const names = users.map((channel) => channel.name).join(', ')
      throw new AppError('conflict', `the policy ${name} is in use by ${names}; unassign it first`)
    }
    await store.deletePolicyRow(tx, policy.id)
    await appendEvent(tx, {
      at: ctx.now(),
      actorId: actorId(ctx.actor),
      action: 'policy.deleted',
      target: name,
    })
  })
}
