/** The record of what changed trust, written in the transaction of the change itself. */
import { newId } from '../platform/ids.ts'
import type { Db } from '../platform/database/db.ts'
import type { AuditAction } from '../vocabulary/audit-actions.ts'

export interface AuditEvent {
  readonly at: Date
  /** Undefined for what the system did by itself. */
  readonly actorId: string | undefined
  readonly action: AuditAction
  /** What it was done to, as people name it: `main`, `main/linux-64/a-1-0.conda`. */
  readonly target: string
  /** Facts by allow-list, never a whole request: it may hold a secret. */
  readonly details?: Readonly<Record<string, unknown>>
}

export async function appendEvent(db: Db, event: AuditEvent): Promise<void> {
  await db
    .insertInto('audit_events')
    .values({
      id: newId(),
      at: event.at.getTime(),
      actor_id: event.actorId ?? null,
      action: event.action,
      target: event.target,
      details: JSON.stringify(event.details ?? {}),
    })
    .execute()
}
