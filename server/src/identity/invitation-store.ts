/** The SQL of invitations. */
import type { DatabaseSchema } from '../db/schema.gen.ts'
import { newId } from '../platform/ids.ts'
import type { Db } from '../platform/database/db.ts'

export interface Invitation {
  readonly id: string
  readonly name: string
  readonly email: string | undefined
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly invitedBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

function toInvitation(row: DatabaseSchema['invitations']): Invitation {
  return {
    id: row.id,
    name: row.name,
    email: row.email ?? undefined,
    roles: JSON.parse(row.roles) as string[],
    groups: JSON.parse(row.groups) as string[],
    invitedBy: row.invited_by,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
  }
}

export async function insertInvitation(
  db: Db,
  invitation: {
    name: string
    email: string | undefined
    digest: string
    roles: readonly string[]
    groups: readonly string[]
    invitedBy: string
    at: Date
    expiresAt: Date
  },
): Promise<string> {
  const id = newId()
  await db
    .insertInto('invitations')
    .values({
      id,
      name: invitation.name,
      email: invitation.email ?? null,
      secret_sha256: invitation.digest,
      roles: JSON.stringify(invitation.roles),
      groups: JSON.stringify(invitation.groups),
      invited_by: invitation.invitedBy,
      created_at: invitation.at.getTime(),
      expires_at: invitation.expiresAt.getTime(),
    })
    .execute()
  return id
}

export async function listInvitations(db: Db, now: Date): Promise<Invitation[]> {
  const rows = await db
    .selectFrom('invitations')
    .selectAll()
    .where('expires_at', '>', now.getTime())
    .orderBy('id', 'desc')
    .execute()
  return rows.map(toInvitation)
}

export async function findInvitation(db: Db, digest: string): Promise<Invitation | undefined> {
  const row = await db
    .selectFrom('invitations')
    .selectAll()
    .where('secret_sha256', '=', digest)
    .executeTakeFirst()
  return row && toInvitation(row)
}

/** Removes an invitation; of two who do so at once, one gets it. */
export async function takeInvitation(db: Db, { id }: { id: string }): Promise<Invitation | undefined> {
  const row = await db.deleteFrom('invitations').where('id', '=', id).returningAll().executeTakeFirst()
  return row && toInvitation(row)
}
