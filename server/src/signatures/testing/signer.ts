/** For tests: someone who signs, and an upstream index signed as conda content trust does it. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { signedJson } from '@terrarium/conda/trust/signed-json.ts'
import { indexOf, type FakePackage } from '../../mirrors/testing/fake-channel.ts'

export class Signer {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** Of the public key, as signatures name it. */
  readonly hex: string

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519')
    this.privateKey = privateKey
    this.publicKey = publicKey
    this.hex = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('hex')
  }

  get pem(): string {
    return this.publicKey.export({ type: 'spki', format: 'pem' })
  }

  /** @returns hex */
  sign(value: unknown): string {
    return sign(null, Buffer.from(signedJson(JSON.stringify(value))), this.privateKey).toString('hex')
  }

  signaturesOf(packages: readonly FakePackage[]): Record<string, Record<string, { signature: string }>> {
    return Object.fromEntries(
      packages.map(({ filename, record }) => [filename, { [this.hex]: { signature: this.sign(record) } }]),
    )
  }
}

/** The files of a channel with one subdir whose index has signatures. */
export function signedChannel(
  packages: readonly FakePackage[],
  signatures: object,
  subdir = 'noarch',
): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  files.set(`${subdir}/repodata.json`, Buffer.from(indexOf(packages, subdir, { signatures })))
  for (const { filename, bytes } of packages) files.set(`${subdir}/${filename}`, bytes)
  return files
}

/** A bundle as CEP 27 has it; `change` makes it a lie. */
export function attestationOf(
  file: { readonly filename: string; readonly sha256: string },
  signers: readonly { readonly privateKey: KeyObject }[],
  change: { statement?: object; envelope?: object } = {},
): string {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: file.filename, digest: { sha256: file.sha256 } }],
    predicateType: 'https://schemas.conda.org/attestations-publish-1.schema.json',
    predicate: null,
    ...change.statement,
  }
  const payload = Buffer.from(JSON.stringify(statement))
  const payloadType = 'application/vnd.in-toto+json'
  const message = Buffer.concat([
    Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.byteLength} `),
    payload,
  ])
  const signatures = signers.map(({ privateKey }) => {
    const digest = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256'
    return { sig: sign(digest, message, privateKey).toString('base64') }
  })
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: 'test' } },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures, ...change.envelope },
  })
}
