/** The SQL of sessions. */
import { newId } from '../platform/ids.ts'
import type { Db } from '../platform/database/db.ts'
import type { Found } from './token-store.ts'

export async function insertSession(
  db: Db,
  session: {
    userId: string
    digest: string
    method: string
    at: Date
    expiresAt: Date
    address?: string | undefined
    userAgent?: string | undefined
    providerSession?: string | undefined
  },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('sessions')
    .values({
      id,
      user_id: session.userId,
      secret_sha256: session.digest,
      method: session.method,
      created_at: session.at.getTime(),
      last_seen_at: session.at.getTime(),
      expires_at: session.expiresAt.getTime(),
      address: session.address ?? null,
      user_agent: session.userAgent?.slice(0, 300) ?? null,
      provider_session: session.providerSession ?? null,
    })
    .execute()
  return id
}

export async function findSessionByDigest(db: Db, digest: string): Promise<Found | undefined> {
  const row = await db
    .selectFrom('sessions')
    .select(['id', 'user_id', 'expires_at'])
    .where('secret_sha256', '=', digest)
    .executeTakeFirst()
  return (
    row && {
      userId: row.user_id,
      credential: { kind: 'session', id: row.id, expiresAt: new Date(row.expires_at) },
      limit: undefined,
    }
  )
}

export async function findSessionSeen(db: Db, id: string): Promise<Date | undefined> {
  const row = await db.selectFrom('sessions').select('last_seen_at').where('id', '=', id).executeTakeFirst()
  return row && new Date(row.last_seen_at)
}

export async function findSessionStart(db: Db, id: string): Promise<Date | undefined> {
  const row = await db.selectFrom('sessions').select('created_at').where('id', '=', id).executeTakeFirst()
  return row && new Date(row.created_at)
}

export async function setSessionSeen(db: Db, id: string, at: Date): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ last_seen_at: at.getTime() })
    .where('id', '=', id)
    .where('last_seen_at', '<', at.getTime())
    .execute()
}

export interface SessionRow {
  readonly id: string
  readonly method: string
  readonly createdAt: Date
  readonly lastSeenAt: Date
  readonly expiresAt: Date
  readonly address: string | undefined
  readonly userAgent: string | undefined
}

export async function listSessions(db: Db, userId: string, now: Date): Promise<SessionRow[]> {
  const rows = await db
    .selectFrom('sessions')
    .selectAll()
    .where('user_id', '=', userId)
    .where('expires_at', '>', now.getTime())
    .orderBy('id', 'desc')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    method: row.method,
    createdAt: new Date(row.created_at),
    lastSeenAt: new Date(row.last_seen_at),
    expiresAt: new Date(row.expires_at),
    address: row.address ?? undefined,
    userAgent: row.user_agent ?? undefined,
  }))
}

export async function deleteSession(db: Db, userId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('sessions')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** @returns how many; `exceptId` is left */
export async function deleteSessionsOf(db: Db, userId: string, exceptId?: string): Promise<number> {
  const result = await db
    .deleteFrom('sessions')
    .where('user_id', '=', userId)
    .$if(exceptId !== undefined, (query) => query.where('id', '!=', exceptId ?? ''))
    .executeTakeFirst()
  return Number(result.numDeletedRows)
}

/** Sessions that are over, which nobody will use again. */
export async function deleteExpiredSessions(db: Db, now: Date): Promise<void> {
  await db.deleteFrom('sessions').where('expires_at', '<=', now.getTime()).execute()
}
