/** Passwords of built-in accounts: argon2id, parameters from the library's own defaults. */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import type { Db } from '../platform/database/db.ts'
import { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import { findUserById } from './store.ts'

const MIN_LENGTH = 12
const MAX_LENGTH = 1000

export function newPassword(): Secret {
  return new Secret(randomBytes(15).toString('base64url'))
}

export async function hashPassword(password: Secret): Promise<string> {
  return hash(password.reveal())
}

// A hash of nothing anybody knows, so that an unknown name takes as long to refuse as a wrong password.
const decoy = hash(randomBytes(32))

export async function passwordMatches(storedHash: string | null, password: Secret): Promise<boolean> {
  const matches = await verify(storedHash ?? (await decoy), password.reveal())
  return storedHash !== null && matches
}

/** Length alone: rules about kinds of letters make passwords worse. @throws AppError bad-request */
export function checkNewPassword(password: Secret, name: string): void {
  const text = password.reveal()
  if (text.length < MIN_LENGTH || text.length > MAX_LENGTH) {
    throw new AppError('bad-request', `a password has ${MIN_LENGTH} to ${MAX_LENGTH} characters`)
  }
  if (text.toLowerCase().includes(name.toLowerCase()) && name.length > 3) {
    throw new AppError('bad-request', 'a password may not have the name of the account in it')
  }
}

/** For changes to the account itself: whoever found an open browser has no password. @throws AppError wrong-credentials */
export async function requirePassword(db: Db, userId: string, password: Secret): Promise<void> {
  const user = await findUserById(db, userId)
  if (user && (await passwordMatches(user.passwordHash, password))) return
  throw new AppError('wrong-credentials', 'the password is wrong')
}
