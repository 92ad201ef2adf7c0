/** The SQL of tokens. */
import { newId } from '../platform/ids.ts'
import type { Db } from '../platform/database/db.ts'
import type { Level } from '../vocabulary/permissions.ts'
import type { Credential, Share, TokenLimit } from './actor.ts'

/** What a secret that came with a request belongs to. */
export interface Found {
  readonly userId: string
  readonly credential: Credential
  readonly limit: TokenLimit | undefined
}

/** One of the channels a token is limited to. */
export interface TokenChannel {
  readonly channelId: string
  readonly level: Level
  readonly writeNames?: readonly string[] | undefined
}

export interface TokenRow {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

export async function insertToken(
  db: Db,
  token: {
    userId: string
    name: string
    digest: string
    at: Date
    expiresAt: Date
    scopes?: readonly string[] | undefined
    channels?: readonly TokenChannel[] | undefined
    createdBy?: string | undefined
  },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('tokens')
    .values({
      id,
      user_id: token.userId,
      name: token.name,
      secret_sha256: token.digest,
      created_at: token.at.getTime(),
      expires_at: token.expiresAt.getTime(),
      scopes: token.scopes ? JSON.stringify(token.scopes) : null,
      resources: token.channels ? JSON.stringify(token.channels) : null,
      metadata: '{}',
      created_by: token.createdBy ?? null,
    })
    .execute()
  return id
}

export async function findTokenByDigest(db: Db, digest: string): Promise<Found | undefined> {
  const row = await db
    .selectFrom('tokens')
    .select(['id', 'user_id', 'expires_at', 'scopes', 'resources'])
    .where('secret_sha256', '=', digest)
    .executeTakeFirst()
  return (
    row && {
      userId: row.user_id,
      credential: { kind: 'token', id: row.id, expiresAt: new Date(row.expires_at) },
      limit: toLimit(row),
    }
  )
}

function toLimit(row: { scopes: string | null; resources: string | null }): TokenLimit | undefined {
  if (row.scopes === null && row.resources === null) return undefined
  return {
    scopes: row.scopes === null ? undefined : new Set(JSON.parse(row.scopes) as string[]),
    channels:
      row.resources === null
        ? undefined
        : new Map(
            (JSON.parse(row.resources) as TokenChannel[]).map(({ channelId, ...share }): [string, Share] => [
              channelId,
              share,
            ]),
          ),
  }
}

export async function listTokens(db: Db, userId: string): Promise<TokenRow[]> {
  const rows = await db
    .selectFrom('tokens')
    .select(['id', 'name', 'created_at', 'expires_at'])
    .where('user_id', '=', userId)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  }))
}

export async function deleteToken(db: Db, userId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom('tokens')
    .where('id', '=', id)
    .where('user_id', '=', userId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}
