/** A public key that an administrator trusts to say what a package is. Pure. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { AppError } from '../vocabulary/errors.ts'

export const keyKinds = ['ed25519', 'ecdsa-p256'] as const
export type KeyKind = (typeof keyKinds)[number]

export interface PublicKey {
  readonly kind: KeyKind
  /** What signatures name it by: of ed25519 the 32 bytes of the key, else the sha256 of its DER; hex. */
  readonly keyId: string
  readonly pem: string
}

export interface TrustedKey extends PublicKey {
  readonly id: string
  readonly label: string
  /** Undefined: its word counts in all channels. */
  readonly channelId: string | undefined
  readonly channelName: string | undefined
  readonly createdAt: Date
}

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._ -]{0,99}$/
const HEX_KEY = /^[0-9a-f]{64}$/i

/** @throws AppError bad-request */
export function checkLabel(label: string): void {
  if (LABEL.test(label)) return
  throw new AppError(
    'bad-request',
    `"${label.slice(0, 120)}" is no label: it starts with a letter or digit and has up to 100 of letters, digits, spaces, ".", "_" and "-"`,
  )
}

/**
 * Reads 64 hex digits, as conda writes ed25519 keys, or a public key in PEM.
 * @throws AppError bad-request; a private key is refused without a word of its content
 */
export function readPublicKey(text: string): PublicKey {
  const trimmed = text.trim()
  if (HEX_KEY.test(trimmed)) return describeKey(ed25519FromHex(trimmed))
  if (trimmed.includes('PRIVATE KEY')) {
    throw new AppError(
      'bad-request',
      'this is a private key: keep it, and give the public key that belongs to it',
    )
  }
  let key: KeyObject
  try {
    key = createPublicKey(trimmed)
  } catch (cause) {
    throw new AppError(
      'bad-request',
      'this is no public key: give 64 hex digits (ed25519) or a PEM that begins with -----BEGIN PUBLIC KEY-----',
      { cause },
    )
  }
  return describeKey(key)
}

/** @param hex 64 digits */
export function ed25519FromHex(hex: string): KeyObject {
  const x = Buffer.from(hex, 'hex').toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

function describeKey(key: KeyObject): PublicKey {
  const pem = key.export({ type: 'spki', format: 'pem' })
  if (key.asymmetricKeyType === 'ed25519') {
    const { x } = key.export({ format: 'jwk' })
    return { kind: 'ed25519', keyId: Buffer.from(x ?? '', 'base64url').toString('hex'), pem }
  }
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') {
    const der = key.export({ type: 'spki', format: 'der' })
    return { kind: 'ecdsa-p256', keyId: createHash('sha256').update(der).digest('hex'), pem }
  }
  throw new AppError(
    'bad-request',
    `a key of the kind ${key.asymmetricKeyType ?? 'unknown'} is not used for packages: give an ed25519 or ECDSA P-256 key`,
  )
}
