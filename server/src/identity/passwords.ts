/** Passwords of built-in accounts: argon2id, parameters from the library's own defaults. */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { Secret } from '../platform/secret.ts'

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
