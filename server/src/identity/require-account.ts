/** The account that asks, for operations on what is its own. */
import { AppError } from '../vocabulary/errors.ts'
import type { Account, Actor } from './actor.ts'
import { unauthenticated } from './unauthenticated.ts'

/** @throws AppError unauthenticated for nobody */
export function requireUser(actor: Actor): Account {
  if (actor.kind === 'user') return actor
  throw unauthenticated(actor)
}

/**
 * A person with all that is theirs: what changes how an account is signed in to is not for a token that
 * was given to a program, nor for a service account.
 * @throws AppError unauthenticated, permission-denied
 */
export function requirePerson(actor: Actor): Account {
  const user = requireUser(actor)
  if (user.isService) throw new AppError('permission-denied', 'a service account has no password')
  if (user.limit) throw new AppError('permission-denied', 'a limited token may not change the account itself')
  return user
}
