/**
 * How a token is spelled: `tk-` and 48 hexadecimal digits (192 random bits). Hyphens and letters only,
 * because conda cuts a path token at any other character, an underscore above all. Only its sha256 is
 * kept: with this much chance in it, a slow hash would add nothing.
 */
import { createHash, randomBytes } from 'node:crypto'
import { Secret } from '../platform/secret.ts'

export const TOKEN_PATTERN = /^[A-Za-z0-9-]{8,128}$/

export function newTokenSecret(): Secret {
  return new Secret(`tk-${randomBytes(24).toString('hex')}`)
}

export function tokenDigest(secret: Secret): string {
  return createHash('sha256').update(secret.reveal()).digest('hex')
}
