/** The SQL of tokens. */
import { newId } from '../platform/ids.ts'
import type { DatabaseSchema } from '../db/schema.gen.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Credential, Share, TokenLimit } from './actor.ts'
import { joinShares } from './standing.ts'

/** What a secret that came with a request belongs to. */
export interface Found {
  readonly userId: string
  readonly credential: Credential
  readonly limit: TokenLimit | undefined
}

/** One of the things a token is limited to, as it was asked for and as it is checked. */
export interface TokenResource extends Share {
  readonly type: 'channel' | 'subchannel' | 'artifact'
  /** As it was given. */
  readonly given: string
  readonly channelId: string
}

export interface TokenRow {
  readonly id: string
  readonly userId: string
  readonly name: string
  readonly scopes: readonly string[] | undefined
  readonly resources: readonly TokenResource[] | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly lastUsedAt: Date | undefined
  readonly lastUsedAddress: string | undefined
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
    resources?: readonly TokenResource[] | undefined
    metadata?: Readonly<Record<string, unknown>> | undefined
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
      resources: token.resources ? JSON.stringify(token.resources) : null,
      metadata: JSON.stringify(token.metadata ?? {}),
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
  const scopes = row.scopes === null ? undefined : new Set(JSON.parse(row.scopes) as string[])
  if (row.resources === null) return { scopes }
  const channels = new Map<string, Share>()
  for (const resource of JSON.parse(row.resources) as TokenResource[]) {
    const before = channels.get(resource.channelId)
    channels.set(resource.channelId, before ? joinShares(before, resource) : resource)
  }
  return { scopes, channels }
}

const tokenColumns = [
  ...(['id', 'user_id', 'name', 'scopes', 'resources', 'metadata', 'created_at', 'expires_at'] as const),
  ...(['last_used_at', 'last_used_address'] as const),
] as const

function toToken(row: Pick<DatabaseSchema['tokens'], (typeof tokenColumns)[number]>): TokenRow {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    scopes: row.scopes === null ? undefined : (JSON.parse(row.scopes) as string[]),
    resources: row.resources === null ? undefined : (JSON.parse(row.resources) as TokenResource[]),
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    lastUsedAt: row.last_used_at === null ? undefined : new Date(row.last_used_at),
    lastUsedAddress: row.last_used_address ?? undefined,
  }
}

/** Of some accounts, the oldest first. */
export async function listTokens(db: Db, userIds: readonly string[]): Promise<TokenRow[]> {
  const tokens: TokenRow[] = []
  for (const ids of inChunks(userIds)) {
    const rows = await db
      .selectFrom('tokens')
      .select(tokenColumns)
      .where('user_id', 'in', ids)
      .orderBy('id')
      .execute()
    tokens.push(...rows.map(toToken))
  }
  return tokens
}

export async function findToken(db: Db, id: string): Promise<TokenRow | undefined> {
  const row = await db.selectFrom('tokens').select(tokenColumns).where('id', '=', id).executeTakeFirst()
  return row && toToken(row)
}

export async function updateToken(
  db: Db,
  id: string,
  change: {
    name?: string | undefined
    digest?: string | undefined
    expiresAt?: Date | undefined
    resources?: readonly TokenResource[] | undefined
    scopes?: readonly string[] | undefined
    metadata?: Readonly<Record<string, unknown>> | undefined
  },
): Promise<void> {
  const values = {
    ...(change.name !== undefined && { name: change.name }),
    ...(change.digest !== undefined && { secret_sha256: change.digest }),
    ...(change.expiresAt && { expires_at: change.expiresAt.getTime() }),
    ...(change.resources && { resources: JSON.stringify(change.resources) }),
    ...(change.scopes && { scopes: JSON.stringify(change.scopes) }),
    ...(change.metadata && { metadata: JSON.stringify(change.metadata) }),
  }
  if (Object.keys(values).length > 0)
    await db.updateTable('tokens').set(values).where('id', '=', id).execute()
}

export async function setTokenUsed(db: Db, id: string, at: Date, address: string | undefined): Promise<void> {
  await db
    .updateTable('tokens')
    .set({ last_used_at: at.getTime(), last_used_address: address ?? null })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('last_used_at', 'is', null), eb('last_used_at', '<=', at.getTime())]))
    .execute()
}

export async function deleteToken(db: Db, id: string): Promise<void> {
  await db.deleteFrom('tokens').where('id', '=', id).execute()
}

/** @returns how many */
export async function deleteTokensOf(db: Db, userId: string): Promise<number> {
  const result = await db.deleteFrom('tokens').where('user_id', '=', userId).executeTakeFirst()
  return Number(result.numDeletedRows)
}
