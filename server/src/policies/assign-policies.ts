/**
 * Putting policies in force and taking them back: for the organisation, a channel or a mirror. Each change
 * marks what it can change as stale in its own transaction, so that it acts within seconds and can't be
 * forgotten.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import type { Cause } from '../channels/stale-causes.ts'
import { enqueuePublish, markAllStale } from '../channels/stale-names.ts'
import { findChannelById, listChannelIds, listSubchannels } from '../channels/store.ts'
import { actorId } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db, Tx } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Mode, Target } from './assignment.ts'
import * as assignments from './assignment-store.ts'
import type { PolicyContext } from './policy-context.ts'
import * as store from './store.ts'

/** A target as the operations meet it, with what the permission depends on. */
export type Place =
  | { readonly scope: 'organisation' }
  | { readonly scope: 'channel'; readonly channel: Channel }
  | { readonly scope: 'mirror'; readonly channel: Channel; readonly mirrorId: string }

/** @throws AppError not-found, permission-denied */
export async function assignPolicy(
  ctx: PolicyContext,
  place: Place,
  name: string,
  options: { mode: Mode; reason?: string | undefined },
): Promise<void> {
  await change(ctx, place, name, options.mode, options.reason)
}

/** @throws AppError not-found, permission-denied */
export async function unassignPolicy(
  ctx: PolicyContext,
  place: Place,
  name: string,
  reason?: string,
): Promise<void> {
  await change(ctx, place, name, undefined, reason)
}

async function change(
  ctx: PolicyContext,
  place: Place,
  name: string,
  mode: Mode | undefined,
  reason: string | undefined,
): Promise<void> {
  requireRight(ctx, place)
  const at = ctx.now()
  const target = targetOf(place)
  await ctx.db.transaction().execute(async (tx) => {
    const policy = await store.findPolicyByName(tx, name)
    if (!policy) throw new AppError('not-found', `there is no policy ${name}`)
    if (target.scope === 'mirror' && !(await assignments.mirrorExists(tx, target.channelId, target.mirrorId)))
      throw new AppError('not-found', `the channel has no mirror ${target.mirrorId}`)
    if (target.scope === 'mirror' && target.mirrorId === policy.mirrorId)
      throw new AppError('conflict', `${name} is the filters of this mirror; change its filters instead`)
    const before = await assignments.findMode(tx, target, policy.id)
    if (before === mode) return
    await setMode(tx, ctx, place, policy, { before, after: mode, reason, at })
  })
}

/** Puts a policy in force there, or takes it back; the permission was asked for, and that it differs is known. */
export async function setMode(
  tx: Tx,
  ctx: PolicyContext,
  place: Place,
  policy: store.StoredPolicy,
  change: { before: Mode | undefined; after: Mode | undefined; reason?: string | undefined; at: Date },
): Promise<void> {
  const { before, after, reason, at } = change
  const target = targetOf(place)
  if (after === undefined) await assignments.unassign(tx, target, policy.id)
  else await assignments.assign(tx, target, policy.id, after, at)
  const what = after === undefined ? 'unassigned' : 'assigned'
  await markTarget(tx, target, { kind: 'policy', policy: policy.name, change: what, ...byOf(ctx) }, at)
  await appendEvent(tx, {
    at,
    actorId: actorId(ctx.actor),
    action: `policy.${what}`,
    target: place.scope === 'organisation' ? 'organisation' : place.channel.name,
    details: {
      policy: policy.name,
      version: policy.version,
      before: before ?? null,
      after: after ?? null,
      ...(place.scope === 'mirror' && { mirror: place.mirrorId }),
      ...(reason !== undefined && { reason }),
    },
  })
}

function requireRight(ctx: PolicyContext, place: Place): void {
  if (place.scope === 'organisation') requirePermission(ctx.actor, 'policy:baseline')
  else requirePermission(ctx.actor, 'policy:edit', place.channel)
}

function targetOf(place: Place): Target {
  switch (place.scope) {
    case 'organisation':
      return place
    case 'channel':
      return { scope: 'channel', channelId: place.channel.id }
    case 'mirror':
      return { scope: 'mirror', channelId: place.channel.id, mirrorId: place.mirrorId }
  }
}

/** Everything that a policy in force there may change. */
export async function markTarget(db: Db, target: Target, cause: Cause, at: Date): Promise<void> {
  for (const channelId of await listReached(db, target)) {
    await markAllStale(db, channelId, cause)
    await enqueuePublish(db, channelId, at)
  }
}

async function listReached(db: Db, target: Target): Promise<string[]> {
  if (target.scope === 'organisation') return listChannelIds(db)
  if (target.scope === 'mirror') return [target.channelId]
  const channel = await findChannelById(db, target.channelId)
  const subchannels = channel ? await listSubchannels(db, channel.name) : []
  return [target.channelId, ...subchannels.map(({ id }) => id)]
}

/** Who did it, for the causes that revisions keep. */
export function byOf(ctx: PolicyContext): { by?: string } {
  return ctx.actor.kind === 'user' ? { by: ctx.actor.name } : {}
}
