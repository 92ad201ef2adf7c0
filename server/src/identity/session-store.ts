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
