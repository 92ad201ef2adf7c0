/**
 * How a token is spelled: `trm` and a letter for what it is, 40 characters of chance, six of checksum, with
 * hyphens between them, for example `trmu-…-…`. A scanner of leaked secrets knows one by its looks and needs
 * to ask nobody; the checksum leaves out what only looks alike. Letters, digits and hyphens only, because
 * conda cuts a path token at any other character, an underscore above all.
 *
 * Only its sha256 is kept: with this much chance in it (238 bits), a slow hash would add nothing.
 */
import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { Secret } from '../platform/secret.ts'

/** What can be a token of ours, older spellings included. */
export const TOKEN_PATTERN = /^[A-Za-z0-9-]{8,128}$/

/** For scanners of leaked secrets; docs/ACCESS.md gives it to them. */
export const TOKEN_SPELLING = /^trm[a-z]-[0-9A-Za-z]{40}-[0-9A-Za-z]{6}$/

const kinds = { user: 'u', service: 's', session: 'x', workload: 'w', invitation: 'i' } as const
export type TokenKind = keyof typeof kinds

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const RANDOM_LENGTH = 40
const CHECK_LENGTH = 6

export function newTokenSecret(kind: TokenKind): Secret {
  const body = `trm${kinds[kind]}-${randomText(RANDOM_LENGTH)}`
  return new Secret(`${body}-${checksumOf(body)}`)
}

/** Whether it is spelled as this release spells tokens, and not mistyped. */
export function isTokenSpelling(secret: Secret): boolean {
  const text = secret.reveal()
  return TOKEN_SPELLING.test(text) && text.endsWith(`-${checksumOf(text.slice(0, -CHECK_LENGTH - 1))}`)
}

export function tokenDigest(secret: Secret): string {
  return createHash('sha256').update(secret.reveal()).digest('hex')
}

function randomText(length: number): string {
  let text = ''
  while (text.length < length) {
    // bytes above the last whole multiple of 62 would make some letters likelier than others
    for (const byte of randomBytes(length)) if (byte < 248) text += ALPHABET.charAt(byte % 62)
  }
  return text.slice(0, length)
}

/** CRC32 in base 62: it finds what was mistyped or cut, and keeps no secret. */
function checksumOf(body: string): string {
  let rest = crc32(body)
  let text = ''
  while (text.length < CHECK_LENGTH) {
    text = `${ALPHABET.charAt(rest % 62)}${text}`
    rest = Math.floor(rest / 62)
  }
  return text
}
