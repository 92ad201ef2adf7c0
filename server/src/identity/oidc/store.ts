/** The SQL of accounts as providers know them, of their sessions, and of tokens that were used up. */
import { inChunks, type Db } from '../../platform/database/db.ts'
import type { UserRow } from '../store.ts'
import { findUserById } from '../store.ts'

export async function findUserByIdentity(
  db: Db,
  issuer: string,
  subject: string,
): Promise<UserRow | undefined> {
  const row = await db
    .selectFrom('user_identities')
    .select('user_id')
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .executeTakeFirst()
  return row && findUserById(db, row.user_id)
}

export async function insertIdentity(
  db: Db,
  identity: { issuer: string; subject: string; userId: string; at: Date },
): Promise<void> {
  const at = identity.at.getTime()
  await db
    .insertInto('user_identities')
    .values({
      issuer: identity.issuer,
      subject: identity.subject,
      user_id: identity.userId,
      created_at: at,
      last_login_at: at,
      confirmed_at: at,
    })
    .execute()
}

/** False when the identity is somebody's already, or the account has one of this issuer. */
export async function linkIdentity(
  db: Db,
  identity: { issuer: string; subject: string; userId: string; at: Date },
): Promise<boolean> {
  const result = await db
    .insertInto('user_identities')
    .values({
      issuer: identity.issuer,
      subject: identity.subject,
      user_id: identity.userId,
      created_at: identity.at.getTime(),
      last_login_at: null,
      confirmed_at: null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

export interface IdentityRow {
  readonly issuer: string
  readonly subject: string
  readonly createdAt: Date
  readonly lastLoginAt: Date | undefined
}

export async function listIdentities(db: Db, userId: string): Promise<IdentityRow[]> {
  const rows = await db
    .selectFrom('user_identities')
    .selectAll()
    .where('user_id', '=', userId)
    .orderBy('issuer')
    .execute()
  return rows.map((row) => ({
    issuer: row.issuer,
    subject: row.subject,
    createdAt: new Date(row.created_at),
    lastLoginAt: row.last_login_at === null ? undefined : new Date(row.last_login_at),
  }))
}

export async function deleteIdentity(db: Db, userId: string, issuer: string): Promise<boolean> {
  const result = await db
    .deleteFrom('user_identities')
    .where('user_id', '=', userId)
    .where('issuer', '=', issuer)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Sessions of an account that an issuer vouches for. */
export async function listSessionsVouchedFor(db: Db, userId: string, issuer: string): Promise<string[]> {
  const rows = await db
    .selectFrom('provider_sessions')
    .innerJoin('sessions', 'sessions.id', 'provider_sessions.session_id')
    .select('session_id')
    .where('user_id', '=', userId)
    .where('issuer', '=', issuer)
    .execute()
  return rows.map((row) => row.session_id)
}

export async function confirmIdentity(
  db: Db,
  issuer: string,
  subject: string,
  change: { at: Date; isLogin: boolean },
): Promise<void> {
  const at = change.at.getTime()
  await db
    .updateTable('user_identities')
    .set({ confirmed_at: at, ...(change.isLogin && { last_login_at: at }) })
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .execute()
}

export interface Standing {
  readonly groups: readonly { readonly id: string; readonly name: string }[]
  readonly roles: readonly { readonly id: string; readonly name: string }[]
}

/** What an issuer gave to an account. */
export async function loadGiven(db: Db, userId: string, issuer: string): Promise<Standing> {
  const groups = await db
    .selectFrom('group_members')
    .innerJoin('groups', 'groups.id', 'group_members.group_id')
    .select(['groups.id', 'groups.name'])
    .where('user_id', '=', userId)
    .where('source', '=', issuer)
    .orderBy('groups.name')
    .execute()
  const roles = await db
    .selectFrom('role_grants')
    .innerJoin('roles', 'roles.id', 'role_grants.role_id')
    .select(['roles.id', 'roles.name'])
    .where('subject_kind', '=', 'user')
    .where('subject_id', '=', userId)
    .where('source', '=', issuer)
    .orderBy('roles.name')
    .execute()
  return { groups, roles }
}

/** Accounts of which an issuer last spoke before an instant. */
export async function listUnconfirmed(
  db: Db,
  before: Date,
  limit: number,
): Promise<{ userId: string; issuer: string; subject: string }[]> {
  const rows = await db
    .selectFrom('user_identities')
    .select(['user_id', 'issuer', 'subject'])
    .where('confirmed_at', '<', before.getTime())
    .limit(limit)
    .execute()
  return rows.map((row) => ({ userId: row.user_id, issuer: row.issuer, subject: row.subject }))
}

export async function forgetConfirmation(db: Db, issuer: string, subject: string): Promise<void> {
  await db
    .updateTable('user_identities')
    .set({ confirmed_at: null })
    .where('issuer', '=', issuer)
    .where('subject', '=', subject)
    .execute()
}

export interface ProviderSession {
  readonly sessionId: string
  readonly userId: string
  readonly issuer: string
  readonly subject: string
  /** Sealed; as the next one. */
  readonly refreshToken: string | undefined
  readonly idToken: string | undefined
  readonly failures: number
}

export async function insertProviderSession(
  db: Db,
  session: Omit<ProviderSession, 'userId' | 'failures'> & { checkAt: Date },
): Promise<void> {
  await db
    .insertInto('provider_sessions')
    .values({
      session_id: session.sessionId,
      issuer: session.issuer,
      subject: session.subject,
      refresh_token: session.refreshToken ?? null,
      id_token: session.idToken ?? null,
      check_at: session.checkAt.getTime(),
      failures: 0,
    })
    .execute()
}

export async function findProviderSession(db: Db, sessionId: string): Promise<ProviderSession | undefined> {
  return (await selectProviderSessions(db).where('session_id', '=', sessionId).execute()).map(
    toProviderSession,
  )[0]
}

/** Sessions that are due to be checked, the longest due first. */
export async function listSessionsToCheck(db: Db, now: Date, limit: number): Promise<ProviderSession[]> {
  const rows = await selectProviderSessions(db)
    .where('check_at', '<=', now.getTime())
    .where('expires_at', '>', now.getTime())
    .where('refresh_token', 'is not', null)
    .orderBy('check_at')
    .limit(limit)
    .execute()
  return rows.map(toProviderSession)
}

/** Sessions that an issuer vouches for: of one of its sessions, or all of a subject. */
export async function listSessionsOfIssuer(
  db: Db,
  issuer: string,
  whose: { sessionId?: string | undefined; subject?: string | undefined },
): Promise<ProviderSession[]> {
  const { sessionId, subject } = whose
  const rows = await selectProviderSessions(db)
    .where('issuer', '=', issuer)
    .$if(sessionId !== undefined, (query) => query.where('provider_session', '=', sessionId ?? ''))
    .$if(subject !== undefined, (query) => query.where('subject', '=', subject ?? ''))
    .execute()
  return rows.map(toProviderSession)
}

export async function updateProviderSession(
  db: Db,
  sessionId: string,
  change: {
    checkAt: Date
    failures: number
    refreshToken?: string | undefined
    idToken?: string | undefined
  },
): Promise<void> {
  await db
    .updateTable('provider_sessions')
    .set({
      check_at: change.checkAt.getTime(),
      failures: change.failures,
      ...(change.refreshToken !== undefined && { refresh_token: change.refreshToken }),
      ...(change.idToken !== undefined && { id_token: change.idToken }),
    })
    .where('session_id', '=', sessionId)
    .execute()
}

/** Has the sessions of some subjects checked as soon as somebody looks. */
export async function makeChecksDue(
  db: Db,
  issuer: string,
  subjects: readonly string[],
  at: Date,
): Promise<void> {
  for (const chunk of inChunks(subjects)) {
    await db
      .updateTable('provider_sessions')
      .set({ check_at: at.getTime() })
      .where('issuer', '=', issuer)
      .where('subject', 'in', chunk)
      .where('check_at', '>', at.getTime())
      .execute()
  }
}

export async function deleteSessions(db: Db, ids: readonly string[]): Promise<void> {
  for (const chunk of inChunks(ids)) await db.deleteFrom('sessions').where('id', 'in', chunk).execute()
}

/** False when it was used before. Those that have run out anyway are forgotten on the way. */
export async function useAssertion(db: Db, digest: string, expiresAt: Date, now: Date): Promise<boolean> {
  await db.deleteFrom('used_assertions').where('expires_at', '<', now.getTime()).execute()
  const result = await db
    .insertInto('used_assertions')
    .values({ digest, expires_at: expiresAt.getTime() })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

function selectProviderSessions(db: Db) {
  return db
    .selectFrom('provider_sessions')
    .innerJoin('sessions', 'sessions.id', 'provider_sessions.session_id')
    .select(['session_id', 'user_id', 'issuer', 'subject', 'refresh_token', 'id_token', 'failures'])
}

function toProviderSession(row: {
  session_id: string
  user_id: string
  issuer: string
  subject: string
  refresh_token: string | null
  id_token: string | null
  failures: number
}): ProviderSession {
  return {
    sessionId: row.session_id,
    userId: row.user_id,
    issuer: row.issuer,
    subject: row.subject,
    refreshToken: row.refresh_token ?? undefined,
    idToken: row.id_token ?? undefined,
    failures: row.failures,
  }
}
