/** The record of what changed trust, written in the transaction of the change itself. */
import { sql } from 'kysely'
import { newId } from '../platform/ids.ts'
import type { Db } from '../platform/database/db.ts'
import { currentOrigin } from '../platform/request-origin.ts'
import { hashEvent, type AuditEvent, type StoredEvent } from './event.ts'

/**
 * @param db a transaction, and the change's own: the event and the change stand or fall together, and the
 *   head of the chain is held until the end
 */
export async function appendEvent(db: Db, event: AuditEvent): Promise<void> {
  if (!db.isTransaction) throw new Error(`${event.action} must be recorded in the transaction of the change`)
  const head = await db
    .updateTable('audit_head')
    .set({ seq: sql`seq + 1`, updated_at: event.at.getTime() })
    .returning(['seq', 'hash'])
    .executeTakeFirstOrThrow()
  const origin = currentOrigin()
  const stored: StoredEvent = {
    id: newId(),
    seq: head.seq,
    at: event.at.getTime(),
    actor_id: event.actorId ?? null,
    actor_name: origin?.actorName ?? (await nameOf(db, event.actorId)),
    credential_id: origin?.credentialId ?? null,
    action: event.action,
    target: event.target,
    address: origin?.address ?? null,
    request_id: origin?.requestId ?? null,
    details: JSON.stringify(event.details ?? {}),
    before: event.before ? JSON.stringify(event.before) : null,
    after: event.after ? JSON.stringify(event.after) : null,
  }
  const hash = hashEvent(stored, head.hash)
  await db
    .insertInto('audit_events')
    .values({ ...stored, hash })
    .execute()
  await db.updateTable('audit_head').set({ hash }).execute()
}

/** Of whoever a job works for, or who is signing in just now: their request does not say it. */
async function nameOf(db: Db, actorId: string | undefined): Promise<string | null> {
  if (actorId === undefined) return null
  const user = await db.selectFrom('users').select('name').where('id', '=', actorId).executeTakeFirst()
  return user?.name ?? null
}
