/**
 * Short texts signed with ed25519, as C2SP signed-note.md (v1.0.0) has them: the text, an empty line, and a line with the
 * name of the key, the first four bytes of its hash and the signature. Tools that are not ours check them too.
 */
import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto'

/** What stands before a seed in PKCS #8 (RFC 8410, section 7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const RAW_KEY_BYTES = 32
/** The kind of the key and its signature. */
const ED25519 = Buffer.from([1])

export interface NoteSigner {
  /** For whoever checks: `name+id+key`. */
  readonly verifierKey: string
  /** @param text lines, each ended */
  sign(text: string): string
}

/**
 * @param name of the key: a host and a path, without a blank and a plus
 * @param seed 32 bytes
 */
export function openNoteSigner(name: string, seed: Buffer): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  const encoded = Buffer.concat([ED25519, rawPublicKey(key)])
  const id = createHash('sha256').update(`${name}\n`).update(encoded).digest().subarray(0, 4)
  return {
    verifierKey: `${name}+${id.toString('hex')}+${encoded.toString('base64')}`,
    sign: (text) => {
      const signature = Buffer.concat([id, sign(null, Buffer.from(text), key)])
      return `${text}\n\u2014 ${name} ${signature.toString('base64')}\n`
    },
  }
}

function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-RAW_KEY_BYTES)
}
