/** Asking for an exception, and taking the request back. */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import { requireUser } from '../identity/accounts.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { ExceptionRecord, Lift } from './exception.ts'
import { findException, insertException, moveException } from './exception-store.ts'
import type { PolicyContext } from './policy-context.ts'

export const DAY_MS = 86_400_000
export const DEFAULT_DAYS = 30
/** Whoever needs it longer asks again, and somebody looks again. */
export const MAX_DAYS = 366

export interface ExceptionRequest {
  readonly files: readonly string[] | null
  readonly package: string | null
  /** What it would lift; found by whoever knows what blocks the files now. */
  readonly lifts: readonly Lift[]
  readonly reason: string
  readonly control: string | null
  readonly untilFixed: boolean
  readonly expiresAt: Date | null
}

/** @throws AppError unauthenticated, not-found, bad-request */
export async function requestException(
  ctx: PolicyContext,
  channel: Channel,
  request: ExceptionRequest,
): Promise<ExceptionRecord> {
  requirePermission(ctx.actor, 'exception:request', channel)
  const user = requireUser(ctx.actor)
  if (request.lifts.length === 0) {
    throw new AppError('bad-request', 'no rule of a policy keeps this back: there is nothing to lift')
  }
  const at = ctx.now()
  const expiresAt = checkExpiry(request.expiresAt, at)
  return ctx.db.transaction().execute(async (tx) => {
    const id = await insertException(tx, {
      ...request,
      channelId: channel.id,
      kind: 'exception',
      state: 'requested',
      expiresAt,
      requestedBy: user.id,
      requestedAt: at,
    })
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'exception.requested',
      target: channel.name,
      details: {
        exception: id,
        files: request.files,
        package: request.package,
        lifts: request.lifts,
        reason: request.reason,
        expires: expiresAt.toISOString(),
      },
    })
    const record = await findException(tx, id)
    if (!record) throw new Error('the exception that was just written is not there')
    return record
  })
}

/** @throws AppError bad-request for an end in the past or too far away */
export function checkExpiry(wanted: Date | null, at: Date): Date {
  const expiresAt = wanted ?? new Date(at.getTime() + DEFAULT_DAYS * DAY_MS)
  if (expiresAt <= at) throw new AppError('bad-request', 'expires lies in the past')
  if (expiresAt.getTime() > at.getTime() + MAX_DAYS * DAY_MS) {
    throw new AppError('bad-request', `expires lies more than ${MAX_DAYS} days ahead`)
  }
  return expiresAt
}

/** @throws AppError not-found for another's request, conflict when it is decided already */
export async function withdrawException(ctx: PolicyContext, record: ExceptionRecord): Promise<void> {
  const user = requireUser(ctx.actor)
  if (record.requestedBy !== user.id) {
    throw new AppError('permission-denied', 'only who asked for an exception can take the request back')
  }
  const at = ctx.now()
  await ctx.db.transaction().execute(async (tx) => {
    const change = { state: 'withdrawn', cause: 'taken back by who asked', at } as const
    if (!(await moveException(tx, record.id, 'requested', change))) {
      throw new AppError('conflict', `the request is no longer open, it is ${record.state}`)
    }
    await appendEvent(tx, {
      at,
      actorId: user.id,
      action: 'exception.withdrawn',
      target: record.channelName,
      details: { exception: record.id },
    })
  })
}
