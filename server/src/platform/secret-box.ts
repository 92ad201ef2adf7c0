/**
 * Secrets that have to be read again (a second factor's seed, a password for an upstream) are kept in the
 * database sealed: AES-256-GCM under a key that is in a file and not in the database, so that a dump alone
 * opens nothing. What was sealed for one purpose and row does not open for another.
 *
 * The key file has a key a line, 32 bytes in base64. The first seals; all of them open, so that a key is
 * changed by writing a new one above the old.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../vocabulary/errors.ts'
import { Secret } from './secret.ts'
import { errorText } from './text.ts'

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

interface Key {
  readonly id: string
  readonly bytes: Buffer
}

export class SecretBox {
  readonly #keys: readonly [Key, ...Key[]]

  constructor(keys: readonly [Buffer, ...Buffer[]]) {
    const [first, ...others] = keys
    this.#keys = [toKey(first), ...others.map(toKey)]
  }

  /** @param purpose what it is and whose, `totp of 0199…`; to open it takes the same */
  seal(secret: Secret, purpose: string): string {
    const [key] = this.#keys
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(purpose))
    const sealed = Buffer.concat([
      nonce,
      cipher.update(secret.reveal(), 'utf8'),
      cipher.final(),
      cipher.getAuthTag(),
    ])
    return `v1.${key.id}.${sealed.toString('base64url')}`
  }

  /** 32 bytes for another use of the key, the same each time as long as the key is; they tell nothing of it. */
  deriveSeed(purpose: string): Buffer {
    const [{ bytes }] = this.#keys
    return Buffer.from(hkdfSync('sha256', bytes, Buffer.alloc(0), purpose, KEY_BYTES))
  }

  /** @throws AppError corrupt-data when the key is gone, or it was sealed for something else or changed */
  open(sealed: string, purpose: string): Secret {
    const [version, id, text = ''] = sealed.split('.')
    const key = this.#keys.find((candidate) => candidate.id === id)
    if (version !== 'v1' || !key) {
      throw new AppError(
        'corrupt-data',
        'a stored secret was sealed with a key that the key file does not have',
      )
    }
    const bytes = Buffer.from(text, 'base64url')
    try {
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      })
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG_BYTES))
      const opened = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)),
        decipher.final(),
      ])
      return new Secret(opened.toString('utf8'))
    } catch (cause) {
      throw new AppError('corrupt-data', 'a stored secret was changed, or belongs to something else', {
        cause,
      })
    }
  }
}

function toKey(bytes: Buffer): Key {
  // enough to tell keys apart, and nothing of the key
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 12), bytes }
}

/** Where a configuration has the keys. */
export function secretKeyFile(place: { data: string; secret_key_file?: string | undefined }): string {
  return place.secret_key_file ?? join(place.data, 'secret.key')
}

/** Opens the box of a key file, which is made when it is not there. @throws AppError invalid-configuration */
export function openSecretBox(path: string): SecretBox {
  const text = readOrMake(path)
  const keys = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => Buffer.from(line, 'base64'))
  const [first, ...others] = keys
  if (!first || keys.some((key) => key.length !== KEY_BYTES)) {
    throw new AppError(
      'invalid-configuration',
      `the key file ${path} must hold keys of ${KEY_BYTES} bytes in base64, one a line`,
    )
  }
  return new SecretBox([first, ...others])
}

function readOrMake(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')) {
      throw new AppError('invalid-configuration', `cannot read the key file ${path}: ${errorText(cause)}`, {
        cause,
      })
    }
  }
  const text = `${randomBytes(KEY_BYTES).toString('base64')}\n`
  writeFileSync(path, text, { mode: 0o600, flag: 'wx', flush: true })
  return text
}
