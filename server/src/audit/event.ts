/**
 * What an audit event is, and the hash that ties it to the one before. Whoever changes, drops or inserts an
 * event has to make every later hash anew, and that shows against any head that was noted elsewhere: in an
 * export, in a log that events are streamed to.
 */
import { createHash } from 'node:crypto'
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
  /** What was, and what is now, of the fields that changed. */
  readonly before?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
}

/** As it is stored: texts and numbers, which the hash is made of. */
export interface StoredEvent {
  readonly id: string
  readonly seq: number
  readonly at: number
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly credential_id: string | null
  readonly action: string
  readonly target: string
  readonly address: string | null
  readonly request_id: string | null
  readonly details: string
  readonly before: string | null
  readonly after: string | null
}

export interface ChainedEvent extends StoredEvent {
  readonly hash: string
}

/** Of the event before the first. */
export const GENESIS_HASH = '0'.repeat(64)

/**
 * sha256 over the JSON of a list, so that no two events can be confused by moving text from one field to
 * the next. docs/ACCESS.md tells others how to check it.
 */
export function hashEvent(event: StoredEvent, previousHash: string): string {
  const fields = [
    previousHash,
    event.seq,
    event.id,
    event.at,
    event.actor_id,
    event.actor_name,
    event.credential_id,
    event.action,
    event.target,
    event.address,
    event.request_id,
    event.details,
    event.before,
    event.after,
  ]
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex')
}
