/**
 * That somebody can always manage this server. An administrator is an active person who can sign in and holds the role
 * `admin`. Those who hold it by the word of a provider hold it for as long as the provider says so: it can take the
 * role from all of them at once, and then it does, because keeping somebody an administrator whom the company has
 * removed is worse than having none. Therefore what people do here never ends with an administrator by a provider
 * alone; and should there be none, the server says so wherever it is asked, and whoever has the machine makes one
 * (`makeAdministrator` in accounts.ts).
 */
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import { AppError } from '../vocabulary/errors.ts'

export const ADMIN_ROLE = 'admin'

const NOBODY =
  'no active account holds the role admin: run "terrarium make-admin NAME" on the machine of the server'

export interface Administrators {
  readonly all: number
  /** Those of them that hold the role because somebody here gave it to them, themselves or through a group. */
  readonly givenHere: number
}

export async function countAdministrators(db: Db): Promise<Administrators> {
  const holders = await listHolders(db)
  const able = holders.filter((one) => one.password_hash !== null || one.subject !== null)
  return { all: countIds(able), givenHere: countIds(able.filter(({ source }) => source === 'local')) }
}

/** Who holds it, once for each way in which they do, and for each provider that knows them. */
const listHolders = (db: Db) =>
  db
    .selectFrom('role_grants')
    .leftJoin('group_members', (join) =>
      join
        .onRef('group_members.group_id', '=', 'role_grants.subject_id')
        .on('role_grants.subject_kind', '=', 'group'),
    )
    .innerJoin('users', (join) =>
      join.on((eb) =>
        eb.or([
          eb('users.id', '=', eb.ref('group_members.user_id')),
          eb.and([
            eb('role_grants.subject_kind', '=', 'user'),
            eb('users.id', '=', eb.ref('role_grants.subject_id')),
          ]),
        ]),
      ),
    )
    .leftJoin('user_identities', 'user_identities.user_id', 'users.id')
    .select((eb) => [
      'users.id',
      'users.password_hash',
      'user_identities.subject',
      eb.fn.coalesce('group_members.source', 'role_grants.source').as('source'),
    ])
    .where('role_id', '=', ADMIN_ROLE)
    .where('users.is_disabled', '=', 0)
    .where('users.kind', '=', 'person')
    .execute()

const countIds = (rows: readonly { readonly id: string }[]): number => new Set(rows.map(({ id }) => id)).size

/**
 * Does what takes rights away, in its transaction, unless nobody would be left.
 * @throws AppError conflict when it takes the last administrator, or the last whom no provider can take
 */
export async function keepAdministrator<T>(tx: Db, work: () => Promise<T>): Promise<T> {
  const before = await countAdministrators(tx)
  const result = await work()
  const after = await countAdministrators(tx)
  if (after.all === 0 && before.all > 0) {
    throw new AppError(
      'conflict',
      'nobody would be left who can manage this server; make another administrator first',
    )
  }
  if (after.givenHere === 0 && before.givenHere > 0) {
    throw new AppError(
      'conflict',
      'only administrators by the word of an identity provider would be left, which can take all of them away; give the role admin to one of them here first',
    )
  }
  return result
}

/** An error, because somebody has to act on it. */
export function logLoss(log: Log, user: string, issuer: string): void {
  log.error({ user, issuer }, `a provider took the role admin from the last who held it: ${NOBODY}`)
}

/** What is wrong with how this server is looked after, for whoever watches it; empty when nothing is. */
export async function administratorFaults(db: Db): Promise<string[]> {
  const { all } = await countAdministrators(db)
  if (all > 0) return []
  return [NOBODY]
}
