/** What is known of who vouches for a file, in the words of people. Pure. */
import type { RecordSignature } from './record-signatures.ts'
import type { TrustedKey } from './trusted-key.ts'

/** A yes or no for policies, and why. */
export interface Vouching {
  readonly holds: boolean
  /** One clause, `its record is signed with the key "Acme"`. */
  readonly why: string
}

export const unsigned: Vouching = { holds: false, why: 'it has no signature' }

export const unattested: Vouching = { holds: false, why: 'it has no attestation' }

/** Whether a trusted key signed an attestation. */
export function judgeSigners(signers: readonly string[], keys: ReadonlyMap<string, TrustedKey>): Vouching {
  const [first] = signers
  if (first === undefined) return unattested
  const key = signers.map((signer) => keys.get(signer)).find((one) => one !== undefined)
  if (key)
    return {
      holds: true,
      why: `its attestation is signed with the key "${key.label}" (${shortId(key.keyId)})`,
    }
  return {
    holds: false,
    why: `its attestation is signed with a key that is trusted here no more (${shortId(first)})`,
  }
}

/** Whether one of these signatures is right and by a trusted key; one that is wrong takes nothing from that. */
export function judgeSignatures(
  signatures: readonly RecordSignature[],
  keys: ReadonlyMap<string, TrustedKey>,
): Vouching {
  const [first] = signatures
  if (!first) return unsigned
  for (const { keyId, problem } of signatures) {
    const key = keys.get(keyId)
    if (key && problem === undefined) {
      return { holds: true, why: `its record is signed with the key "${key.label}" (${shortId(keyId)})` }
    }
  }
  for (const { keyId, problem } of signatures) {
    const key = keys.get(keyId)
    if (key) {
      const why = `its signature with the key "${key.label}" (${shortId(keyId)}) is wrong: ${problem ?? ''}`
      return { holds: false, why }
    }
  }
  const others = signatures.length > 1 ? ` and ${signatures.length - 1} more` : ''
  return {
    holds: false,
    why: `it is signed with a key that is not trusted here (${shortId(first.keyId)}${others})`,
  }
}

function shortId(keyId: string): string {
  return `${keyId.slice(0, 12)}…`
}
