/**
 * What those with the right do with exceptions: approve, refuse and revoke them, and release held files.
 * Nobody approves what they asked for themselves.
 */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import type { Cause } from '../channels/stale-causes.ts'
import { enqueuePublish, markAllStale, markStale } from '../channels/stale-names.ts'
import { listNamesOfFiles } from '../channels/list-contents.ts'
import { findChannelById } from '../channels/store.ts'
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import { requireUser } from '../identity/accounts.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { listChannelPolicies } from './assignment-store.ts'
import type { ExceptionRecord, Lift } from './exception.ts'
import { findException, insertException, moveException } from './exception-store.ts'
import { hasNamePattern } from './package-specs.ts'
import type { PolicyContext } from './policy-context.ts'
import { checkExpiry } from './request-exception.ts'

export interface Verdict {
  readonly note: string | null
  /** Sooner or later than was asked for. */
  readonly expiresAt?: Date | undefined
  readonly control?: string | undefined
}

/** @throws AppError permission-denied, also for one's own request; conflict when it is decided already */
export async function approveException(
  ctx: PolicyContext,
  record: ExceptionRecord,
  verdict: Verdict,
): Promise<void> {
  const user = requireUser(ctx.actor)
  await requireApprover(ctx, record)
  if (record.requestedBy === user.id) {
    throw new AppError('permission-denied', 'an exception is approved by somebody else than who asked for it')
  }
  const at = ctx.now()
  const expiresAt = checkExpiry(verdict.expiresAt ?? record.expiresAt, at)
  await ctx.db.transaction().execute(async (tx) => {
    const control = verdict.control ?? record.control
    const change = { state: 'approved', by: user.id, note: verdict.note, at, expiresAt, control } as const
    await moveOrRefuse(tx, record, 'requested', change)
    await markScope(
      tx,
      record,
      { kind: 'exception', exception: record.id, change: 'granted', by: user.name },
      at,
    )
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'exception.approved',
      target: record.channelName,
      details: {
        exception: record.id,
        requested_by: record.requestedBy,
        lifts: record.lifts,
        expires: expiresAt.toISOString(),
        ...(verdict.note !== null && { note: verdict.note }),
        ...(control !== null && { control }),
      },
    })
  })
}

export async function refuseException(
  ctx: PolicyContext,
  record: ExceptionRecord,
  note: string,
): Promise<void> {
  const user = requireUser(ctx.actor)
  await requireApprover(ctx, record)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    const { expiresAt, control } = record
    await moveOrRefuse(tx, record, 'requested', {
      state: 'refused',
      by: user.id,
      note,
      at,
      expiresAt,
      control,
    })
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'exception.refused',
      target: record.channelName,
      details: { exception: record.id, requested_by: record.requestedBy, note },
    })
  })
}

/** Ends one that is in force, before its time. */
export async function revokeException(
  ctx: PolicyContext,
  record: ExceptionRecord,
  note: string,
): Promise<void> {
  const user = requireUser(ctx.actor)
  await requireApprover(ctx, record)
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    await moveOrRefuse(tx, record, 'approved', { state: 'revoked', cause: note, at })
    await markScope(
      tx,
      record,
      { kind: 'exception', exception: record.id, change: 'ended', by: user.name },
      at,
    )
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'exception.revoked',
      target: record.channelName,
      details: { exception: record.id, note },
    })
  })
}

/**
 * Ends the hold of files for good, at once: that is what a hold waits for.
 * @param lifts the rules that hold them now
 * @throws AppError bad-request when nothing holds them
 */
export async function releaseHold(
  ctx: PolicyContext,
  channel: Channel,
  release: { files: readonly string[]; lifts: readonly Lift[]; reason: string },
): Promise<ExceptionRecord> {
  requirePermission(ctx.actor, 'exception:approve', channel)
  const user = requireUser(ctx.actor)
  await requireRightOver(ctx, channel, release.lifts)
  if (release.lifts.length === 0) throw new AppError('bad-request', 'no rule holds this file')
  const at = ctx.now()
  return ctx.db.transaction().execute(async (tx) => {
    const id = await insertException(tx, {
      ...release,
      channelId: channel.id,
      kind: 'release',
      state: 'approved',
      package: null,
      control: null,
      untilFixed: false,
      expiresAt: null,
      requestedBy: user.id,
      requestedAt: at,
    })
    const record = await findException(tx, id)
    if (!record) throw new Error('the release that was just written is not there')
    await markScope(tx, record, { kind: 'exception', exception: id, change: 'released', by: user.name }, at)
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'hold.released',
      target: channel.name,
      details: { exception: id, files: release.files, lifts: release.lifts, reason: release.reason },
    })
    return record
  })
}

async function requireApprover(ctx: PolicyContext, record: ExceptionRecord): Promise<void> {
  const channel = await findChannelById(ctx.db, record.channelId)
  if (!channel) throw new AppError('not-found', `there is no exception ${record.id}`)
  requirePermission(ctx.actor, 'exception:approve', channel)
  await requireRightOver(ctx, channel, record.lifts)
}

/** A channel's people may not open what the organisation's baseline closes, nor a subchannel's what its channel closes. */
async function requireRightOver(ctx: PolicyContext, channel: Channel, lifts: readonly Lift[]): Promise<void> {
  const assigned = await listChannelPolicies(ctx.db, channel.id)
  const lifted = assigned.filter(({ name }) => lifts.some(({ policy }) => policy === name))
  if (lifted.some(({ target }) => target.scope === 'organisation'))
    requirePermission(ctx.actor, 'exception:approve')
  const above = lifted.flatMap(({ target }) => (target.scope === 'channel' ? [target.channelId] : []))
  for (const id of new Set(above)) {
    const owner = await findChannelById(ctx.db, id)
    if (owner) requirePermission(ctx.actor, 'exception:approve', owner)
  }
}

async function moveOrRefuse(
  tx: Db,
  record: ExceptionRecord,
  from: 'requested' | 'approved',
  change: Parameters<typeof moveException>[3],
): Promise<void> {
  if (await moveException(tx, record.id, from, change)) return
  throw new AppError('conflict', `the exception is ${record.state}, so it can't become ${change.state}`)
}

/** Everything an exception may change is decided anew. */
export async function markScope(tx: Db, record: ExceptionRecord, cause: Cause, at: Date): Promise<void> {
  const names = await namesOf(tx, record)
  if (names) await markStale(tx, record.channelId, names, cause)
  else await markAllStale(tx, record.channelId, cause)
  await enqueuePublish(tx, record.channelId, at)
}

/** @returns undefined for every name */
async function namesOf(tx: Db, record: ExceptionRecord): Promise<readonly string[] | undefined> {
  if (record.files) return listNamesOfFiles(tx, record.channelId, record.files)
  if (record.package === null || hasNamePattern(record.package)) return undefined
  return [MatchSpec.parse(record.package.trim()).name]
}
