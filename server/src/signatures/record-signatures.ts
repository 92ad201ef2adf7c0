/**
 * Signatures of conda content trust: in an upstream's repodata, beside the records. Whether one fits the record
 * and its key is a fact for ever and is found out once, when the record comes; whether the key is trusted is asked
 * anew each time (`signature-facts.ts`), so that a key that is dropped counts for nothing from that moment. Pure.
 *
 * A signature covers the record and not the name it stands under: `checkRecord` holds the two together. It covers
 * the bytes only through the record's sha256, which is what their transfer is checked with.
 *
 * @see conda-content-trust, `authentication.verify_delegation`
 */
import { createHash, verify, type KeyObject } from 'node:crypto'
import { isJsonObject, type JsonObject } from '@terrarium/conda/repodata/json-value.ts'
import { signedJson } from '@terrarium/conda/trust/signed-json.ts'
import { errorText } from '../platform/text.ts'
import { ed25519FromHex } from './trusted-key.ts'

/** One signature of a record. */
export interface RecordSignature {
  readonly keyId: string
  /** Why it is not right; absent when it is. */
  readonly problem?: string
}

export interface SignedRecord {
  /** The same as long as the record and its signatures are, byte for byte. */
  readonly stamp: string
  readonly signatures: readonly RecordSignature[]
}

/** Signatures of one record that are looked at; each costs a tenth of a millisecond. */
const MAX_SIGNATURES = 8
const KEY = /^[0-9a-f]{64}$/
const SIGNATURE = /^[0-9a-f]{128}$/i

/** The signatures of one index, by file. */
export class IndexSignatures {
  readonly #byFile: JsonObject
  readonly #keys = new Map<string, KeyObject>()

  /** @param json the value of `signatures` in an index; undefined when it has none */
  constructor(json: JsonObject | undefined) {
    this.#byFile = json ?? {}
  }

  /** What stays the same while a record and its signatures do; undefined for a record without. */
  stampOf(filename: string, record: Uint8Array): string | undefined {
    const claims = this.#claimsOf(filename)
    if (!claims) return undefined
    return createHash('sha256').update(record).update('\n').update(JSON.stringify(claims)).digest('hex')
  }

  /** @param record its JSON as the index has it */
  check(filename: string, record: Uint8Array, stamp: string): SignedRecord {
    const claims = Object.entries(this.#claimsOf(filename) ?? {}).slice(0, MAX_SIGNATURES)
    const message = messageOf(record)
    const signatures = claims.map(([keyId, claim]) => {
      const problem = 'problem' in message ? message.problem : this.#problemOf(keyId, claim, message.bytes)
      return { keyId: keyId.slice(0, 64), ...(problem !== undefined && { problem }) }
    })
    return { stamp, signatures }
  }

  #claimsOf(filename: string): JsonObject | undefined {
    if (!Object.hasOwn(this.#byFile, filename)) return undefined
    const claims = this.#byFile[filename]
    return isJsonObject(claims) && Object.keys(claims).length > 0 ? claims : undefined
  }

  #problemOf(keyId: string, claim: unknown, message: Uint8Array): string | undefined {
    if (!KEY.test(keyId)) return 'it is under a name that is no ed25519 key'
    const signature = isJsonObject(claim) ? claim['signature'] : undefined
    if (typeof signature !== 'string' || !SIGNATURE.test(signature))
      return 'it does not have the form of an ed25519 signature'
    const isRight = verify(null, message, this.#keyOf(keyId), Buffer.from(signature, 'hex'))
    return isRight ? undefined : 'it does not fit the record: one of the two was changed'
  }

  #keyOf(keyId: string): KeyObject {
    const known = this.#keys.get(keyId)
    if (known) return known
    const key = ed25519FromHex(keyId)
    // an index can name a key a record; the field's have one or two
    if (this.#keys.size < 100) this.#keys.set(keyId, key)
    return key
  }
}

function messageOf(record: Uint8Array): { readonly bytes: Uint8Array } | { readonly problem: string } {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(record)
    const parsed: unknown = JSON.parse(text)
    // or any bytes could be served under a record that says nothing of them
    if (!isJsonObject(parsed) || typeof parsed['sha256'] !== 'string' || parsed['sha256'] === '')
      return { problem: 'the record has no sha256, so that what was signed says nothing of the bytes' }
    return { bytes: Buffer.from(signedJson(text), 'utf8') }
  } catch (error) {
    return { problem: `the record cannot be read as it was signed: ${errorText(error)}` }
  }
}
