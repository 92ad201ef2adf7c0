/**
 * An attestation of CEP 27: a Sigstore bundle with a DSSE envelope around an in-toto statement that says "this file,
 * with these bytes, is published to this channel". Read and compared here, as the CEP asks of a server; whoever
 * signed it is found among the keys that are trusted. Pure.
 *
 * Certificates of Fulcio and entries of a transparency log are not followed: the signature has to be by a key that an
 * administrator named.
 *
 * @see CEP 27; in-toto Statement v1; DSSE protocol, "Pre-Authentication Encoding"
 */
import { createPublicKey, verify } from 'node:crypto'
import {
  isJsonArray,
  isJsonObject,
  parseJson,
  type JsonObject,
} from '@terrarium/conda/repodata/json-value.ts'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { PublicKey } from './trusted-key.ts'

/** The file that an attestation has to be about. */
export interface AttestedFile {
  readonly filename: string
  readonly sha256: string
  /** The addresses of the channel that the statement may name; empty when they are not known. */
  readonly channelUrls: readonly string[]
}

export interface Attestation {
  /** Compact JSON. */
  readonly bundle: string
  readonly message: Uint8Array
  readonly signatures: readonly Uint8Array[]
}

export const MAX_BUNDLE_BYTES = 64 * 1024
const MAX_SIGNATURES = 8
const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
const STATEMENT = 'https://in-toto.io/Statement/v1'
const PREDICATE = 'https://schemas.conda.org/attestations-publish-1.schema.json'

/**
 * Reads a bundle and holds its statement against the file.
 * @throws AppError invalid-attestation with what disagrees
 */
export function readAttestation(text: string, file: AttestedFile): Attestation {
  if (Buffer.byteLength(text) > MAX_BUNDLE_BYTES)
    throw bad(`it is larger than ${MAX_BUNDLE_BYTES / 1024} KiB`)
  const bundle = readObject(text, 'it')
  const envelope = bundle['dsseEnvelope']
  if (!isJsonObject(envelope)) throw bad('it is no Sigstore bundle with a dsseEnvelope')
  const { payload, payloadType, signatures } = envelope
  if (payloadType !== PAYLOAD_TYPE) throw bad(`its payloadType is ${show(payloadType)}, not ${PAYLOAD_TYPE}`)
  const statementBytes = readBase64(payload, 'payload')
  requireStatement(readObject(statementBytes.toString('utf8'), 'its payload'), file)
  if (!isJsonArray(signatures) || signatures.length === 0 || signatures.length > MAX_SIGNATURES)
    throw bad(`it has to have 1 to ${MAX_SIGNATURES} signatures`)
  return {
    bundle: JSON.stringify(bundle),
    message: Buffer.concat([
      Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${statementBytes.byteLength} `),
      statementBytes,
    ]),
    signatures: signatures.map((one) => readBase64(isJsonObject(one) ? one['sig'] : undefined, 'signature')),
  }
}

function requireStatement(statement: JsonObject, { filename, sha256, channelUrls }: AttestedFile): void {
  if (statement['_type'] !== STATEMENT)
    throw bad(`its _type is ${show(statement['_type'])}, not ${STATEMENT}`)
  if (statement['predicateType'] !== PREDICATE)
    throw bad(`its predicateType is ${show(statement['predicateType'])}, not ${PREDICATE}`)
  const { subject, predicate } = statement
  if (!isJsonArray(subject) || subject.length !== 1) throw bad('it has to be about exactly one subject')
  const [one] = subject
  const digest = isJsonObject(one) && isJsonObject(one['digest']) ? one['digest'] : {}
  const name = isJsonObject(one) ? one['name'] : undefined
  if (name !== filename) throw bad(`it is about the file ${show(name)}, not ${filename}`)
  if (digest['sha256'] !== sha256)
    throw bad(`it is about bytes with sha256 ${show(digest['sha256'])}, these have ${sha256}`)
  if (predicate === null || predicate === undefined) return
  const target = isJsonObject(predicate) ? predicate['targetChannel'] : undefined
  if (target === undefined && isJsonObject(predicate)) return
  if (channelUrls.length === 0)
    throw bad('it names a channel, and this server does not know its own address: set public_url')
  if (typeof target !== 'string' || !channelUrls.includes(target))
    throw bad(`it is for the channel ${show(target)}, not ${channelUrls.join(' or ')}`)
}

/** Ids of those of the keys that signed it. */
export function signersOf(attestation: Attestation, keys: Iterable<PublicKey>): string[] {
  return [...keys]
    .filter(({ kind, pem }) => {
      const key = createPublicKey(pem)
      const digest = kind === 'ed25519' ? null : 'sha256'
      return attestation.signatures.some((signature) => verify(digest, attestation.message, key, signature))
    })
    .map(({ keyId }) => keyId)
}

/** The addresses by which a statement can mean a channel: as clients have it, and as uploaders put it together. */
export function channelUrlsOf(publicUrl: string | undefined, channel: string): string[] {
  if (publicUrl === undefined) return []
  const base = publicUrl.replace(/\/+$/, '')
  return [`${base}/api/repo/${channel}`, `${base}/${channel}`]
}

function readObject(text: string, what: string): JsonObject {
  let value: unknown
  try {
    value = parseJson(text)
  } catch (cause) {
    throw bad(`${what} is no JSON: ${errorText(cause)}`, cause)
  }
  if (!isJsonObject(value)) throw bad(`${what} is no JSON object`)
  return value
}

function readBase64(value: unknown, what: string): Buffer {
  if (typeof value !== 'string' || value === '' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(value))
    throw bad(`its ${what} is not in base64`)
  return Buffer.from(value, 'base64')
}

function show(value: unknown): string {
  return typeof value === 'string' ? `"${value.slice(0, 200)}"` : 'missing'
}

export function bad(message: string, cause?: unknown): AppError {
  return new AppError('invalid-attestation', `the attestation is not accepted: ${message}`, { cause })
}
