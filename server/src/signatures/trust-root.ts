/**
 * The chain by which conda content trust says whose signatures of packages count: a root, which delegates to a key
 * manager, which names the keys that sign packages. Whoever hands over a root trusts it; the rest is proved by it. Pure.
 *
 * @see conda-content-trust, `authentication.verify_root` and `verify_delegation`; metadata_spec_version 0.6
 */
import { createHash, verify } from 'node:crypto'
import {
  isJsonArray,
  isJsonObject,
  parseJson,
  type JsonObject,
} from '@terrarium/conda/repodata/json-value.ts'
import { signedJson } from '@terrarium/conda/trust/signed-json.ts'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'
import { ed25519FromHex } from './trusted-key.ts'

type Role = 'root' | 'key_mgr'

interface Delegation {
  readonly keys: readonly string[]
  readonly threshold: number
}

interface Document {
  readonly role: Role
  readonly signatures: JsonObject
  readonly signed: JsonObject
  readonly message: Uint8Array
}

const MAX_KEYS = 50
const KEY = /^[0-9a-f]{64}$/
const SIGNATURE = /^[0-9a-f]{128}$/
const HEADERS = /^(?:[0-9a-f]{2}){1,200}$/

/**
 * The keys that sign packages, 64 hex digits each.
 * @param texts the content of `N.root.json` and of `key_mgr.json`
 * @throws AppError bad-request with the first thing that is wrong
 */
export function readPackageKeys(texts: { root: string; keyManager: string }, now: Date): readonly string[] {
  const root = readDocument(texts.root, 'root', now)
  requireSigned(root, delegationOf(root, 'root'), 'its own root keys')
  const keyManager = readDocument(texts.keyManager, 'key_mgr', now)
  requireSigned(keyManager, delegationOf(root, 'key_mgr'), 'the keys that the root delegates to')
  const { keys, threshold } = delegationOf(keyManager, 'pkg_mgr')
  if (threshold !== 1)
    throw bad(
      'key_mgr',
      `it asks for ${threshold} signatures of each package; one is all that is looked for here`,
    )
  return keys
}

function readDocument(text: string, role: Role, now: Date): Document {
  let value: unknown
  let message: string
  try {
    value = parseJson(text)
    message = signedJson(text, 'signed') // from the text: 1 and 1.0 sign differently
  } catch (cause) {
    throw bad(role, `it cannot be read: ${errorText(cause)}`)
  }
  if (!isJsonObject(value) || !isJsonObject(value['signed']) || !isJsonObject(value['signatures']))
    throw bad(role, 'it has to be an object with "signed" and "signatures"')
  const { signed, signatures } = value
  if (signed['type'] !== role) throw bad(role, `its type is not "${role}"`)
  const { expiration } = signed
  const expires = typeof expiration === 'string' ? Date.parse(expiration) : NaN
  if (Number.isNaN(expires)) throw bad(role, 'it has no expiration')
  if (expires <= now.getTime()) {
    throw bad(
      role,
      `it has expired (${new Date(expires).toISOString()}); if you trust its keys all the same, name them one by one`,
    )
  }
  return { role, signatures, signed, message: Buffer.from(message) }
}

function delegationOf({ role, signed }: Document, to: string): Delegation {
  const delegations = isJsonObject(signed['delegations']) ? signed['delegations'] : {}
  const delegation = Object.hasOwn(delegations, to) ? delegations[to] : undefined
  if (!isJsonObject(delegation)) throw bad(role, `it delegates nothing to ${to}`)
  const { pubkeys, threshold } = delegation
  if (!isJsonArray(pubkeys) || pubkeys.length === 0 || pubkeys.length > MAX_KEYS)
    throw bad(role, `it has to name 1 to ${MAX_KEYS} keys for ${to}`)
  const keys = pubkeys.filter((key) => typeof key === 'string' && KEY.test(key)) as string[] // as just tested
  if (keys.length !== pubkeys.length) throw bad(role, `a key for ${to} is not 64 hex digits`)
  if (typeof threshold !== 'number' || !Number.isInteger(threshold) || threshold < 1)
    throw bad(role, `the threshold for ${to} is no number above 0`)
  return { keys: [...new Set(keys)], threshold }
}

function requireSigned(document: Document, { keys, threshold }: Delegation, whose: string): void {
  const right = keys.filter((key) => isSignedBy(document, key)).length
  if (right >= threshold) return
  throw bad(document.role, `${right} of ${whose} signed it, and ${threshold} have to`)
}

function isSignedBy({ signatures, message }: Document, key: string): boolean {
  const claim = Object.hasOwn(signatures, key) ? signatures[key] : undefined
  if (!isJsonObject(claim)) return false
  const { signature, other_headers: headers } = claim
  if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return false
  if (headers !== undefined && (typeof headers !== 'string' || !HEADERS.test(headers))) return false
  const data = headers === undefined ? message : openPgpDigest(message, Buffer.from(headers, 'hex'))
  return verify(null, data, ed25519FromHex(key), Buffer.from(signature, 'hex'))
}

/** What a version 4 signature of OpenPGP covers (RFC 4880, 5.2.4): roots are signed with keys on cards. */
function openPgpDigest(message: Uint8Array, headers: Uint8Array): Uint8Array {
  const trailer = Buffer.from([0x04, 0xff, 0, 0, 0, 0])
  trailer.writeUInt32BE(headers.byteLength, 2)
  return createHash('sha256').update(message).update(headers).update(trailer).digest()
}

function bad(role: Role, message: string): AppError {
  return new AppError('bad-request', `${role}.json is not accepted: ${message}`)
}
