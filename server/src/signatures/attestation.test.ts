import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { channelUrlsOf, readAttestation, signersOf } from './attestation.ts'
import { attestationOf, Signer } from './testing/signer.ts'
import { readPublicKey } from './trusted-key.ts'

const filename = 'demo-1.0-0.conda'
const sha256 = 'ab'.repeat(32)
const file = { filename, sha256, channelUrls: channelUrlsOf('https://conda.example/', 'prod') }

test('is signed by those of the keys that signed it, ed25519 and ECDSA alike', () => {
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const [signer, other] = [new Signer(), new Signer()]
  const attestation = readAttestation(attestationOf(file, [signer, curve]), file)
  const pem = curve.publicKey.export({ type: 'spki', format: 'pem' })
  const keys = [signer.pem, other.pem, pem].map(readPublicKey)
  expect(signersOf(attestation, keys)).toEqual([signer.hex, readPublicKey(pem).keyId])
})

test('a signature over another statement is nobody’s', () => {
  const signer = new Signer()
  const stolen = JSON.parse(attestationOf({ filename, sha256: 'cd'.repeat(32) }, [signer])) as {
    dsseEnvelope: { signatures: unknown }
  }
  const text = attestationOf(file, [signer], { envelope: { signatures: stolen.dsseEnvelope.signatures } })
  expect(signersOf(readAttestation(text, file), [readPublicKey(signer.pem)])).toEqual([])
})

test.each(['https://conda.example/prod', 'https://conda.example/api/repo/prod', undefined])(
  'for the channel %s is for this one',
  (targetChannel) => {
    const text = attestationOf(file, [new Signer()], { statement: { predicate: { targetChannel } } })
    expect(readAttestation(text, file).signatures).toHaveLength(1)
  },
)

describe('is refused', () => {
  const signer = new Signer()
  const about = (statement: object): string => attestationOf(file, [signer], { statement })
  const within = (envelope: object): string => attestationOf(file, [signer], { envelope })
  const subject = { name: filename, digest: { sha256 } }

  test.each<[string, string, RegExp]>([
    ['that is no JSON', '{', /no JSON/],
    ['that is a list', '[]', /no JSON object/],
    ['without an envelope', '{}', /dsseEnvelope/],
    ['with another payload', within({ payloadType: 'text/plain' }), /payloadType is "text\/plain"/],
    ['with a payload that is no text', within({ payload: 7 }), /payload is not in base64/],
    ['with a payload that is no JSON', within({ payload: 'AAAA' }), /payload is no JSON/],
    ['without signatures', within({ signatures: [] }), /1 to 8 signatures/],
    [
      'with a hundred signatures',
      within({ signatures: Array(100).fill({ sig: 'AA==' }) }),
      /1 to 8 signatures/,
    ],
    ['with a signature of no form', within({ signatures: [null] }), /signature is not in base64/],
    ['of another version', about({ _type: 'x' }), /_type is "x"/],
    ['of another kind', about({ predicateType: 'x' }), /predicateType is "x"/],
    ['about nothing', about({ subject: [] }), /exactly one subject/],
    ['about two', about({ subject: [subject, subject] }), /exactly one subject/],
    ['about another file', about({ subject: [{ ...subject, name: 'evil.conda' }] }), /"evil.conda"/],
    ['about other bytes', about({ subject: [{ ...subject, digest: { sha256: 'cd' } }] }), /sha256 "cd"/],
    [
      'about bytes by a weak digest',
      about({ subject: [{ ...subject, digest: { md5: 'cd' } }] }),
      /sha256 missing/,
    ],
    ['for another channel', about({ predicate: { targetChannel: 'https://x/y' } }), /"https:\/\/x\/y"/],
    ['with a predicate that is a text', about({ predicate: 'x' }), /channel missing/],
    ['that is huge', about({ predicate: { more: 'x'.repeat(70_000) } }), /larger than 64 KiB/],
  ])('one %s', (_, text, message) => {
    expect(() => readAttestation(text, file)).toThrow(message)
  })

  test('one for a channel, where the server does not know its own address', () => {
    const text = about({ predicate: { targetChannel: 'https://conda.example/prod' } })
    expect(() => readAttestation(text, { ...file, channelUrls: [] })).toThrow(/public_url/)
  })
})
