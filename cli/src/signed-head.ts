/**
 * Checks a signed head of the audit log without a server: a note (C2SP signed-note.md) whose text is the name of the log,
 * the number of events, the hash in base64, and the time.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { NotedHead } from './verify-export.ts'

/** What stands before a raw key in SPKI (RFC 8410, section 4). */
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')
const ENCODED_KEY_BYTES = 33
const SIGNATURE = /^\u2014 (\S+) ([A-Za-z0-9+/]+={0,2})$/

/**
 * @param note what `audit head` printed, or a file `.head` beside an export
 * @param verifierKey `name+id+key`, as `audit head` told it
 * @throws Error when it is no signed head, or not signed by that key
 */
export function readSignedHead(note: string, verifierKey: string): NotedHead {
  const key = parseKey(verifierKey)
  const end = note.lastIndexOf('\n\n')
  if (end < 0) throw new Error('is no signed head')
  const text = note.slice(0, end + 1)
  const signed = note
    .slice(end + 2)
    .trimEnd()
    .split('\n')
    .map((line) => SIGNATURE.exec(line))
    .filter((match) => match?.[1] === key.name)
    .map((match) => Buffer.from(match?.[2] ?? '', 'base64'))
    .filter((bytes) => bytes.subarray(0, 4).equals(key.id))
  if (signed.length === 0) throw new Error(`is not signed by ${key.name}`)
  if (!signed.some((bytes) => verify(null, Buffer.from(text), key.object, bytes.subarray(4))))
    throw new Error('was changed: its signature does not fit')
  const [origin, seq = '', hash = ''] = text.split('\n')
  if (origin !== key.name || !/^(?:0|[1-9]\d{0,14})$/.test(seq) || !/^[A-Za-z0-9+/]{43}=$/.test(hash))
    throw new Error('is no head of an audit log')
  return { seq: Number(seq), hash: Buffer.from(hash, 'base64').toString('hex') }
}

function parseKey(text: string) {
  const [, name = '', id = '', encoded = ''] =
    /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const bytes = Buffer.from(encoded, 'base64')
  const hash = createHash('sha256').update(`${name}\n`).update(bytes).digest().subarray(0, 4)
  if (bytes.length !== ENCODED_KEY_BYTES || bytes[0] !== 1 || hash.toString('hex') !== id) {
    throw new Error(`--key ${text} is no key: "audit head" tells it, name+id+key`)
  }
  const der = Buffer.concat([SPKI, bytes.subarray(1)])
  return { name, id: hash, object: createPublicKey({ key: der, format: 'der', type: 'spki' }) }
}
