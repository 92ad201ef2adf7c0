import { createPrivateKey, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isJsonObject, parseJson } from '@terrarium/conda/repodata/json-value.ts'
import { scanRepodata } from '@terrarium/conda/repodata/scan-repodata.ts'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { IndexSignatures, type RecordSignature } from './record-signatures.ts'
import { Signer } from './testing/signer.ts'
import { ed25519FromHex, readPublicKey } from './trusted-key.ts'

const record = { name: 'demo', version: '1.0', build: '0', build_number: 0, sha256: 'ab'.repeat(32), size: 7 }
const bytes = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))

function check(claims: unknown, of: Uint8Array): readonly RecordSignature[] {
  const signatures = new IndexSignatures(parseJson(JSON.stringify({ 'demo.conda': claims })) as never) // an object
  const stamp = signatures.stampOf('demo.conda', of)
  if (stamp === undefined) throw new Error('no signatures were found')
  return signatures.check('demo.conda', of, stamp).signatures
}

test('ed25519 is that of RFC 8032, section 7.1, tests 1 and 2', () => {
  const vectors = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
  ] as const
  for (const [secret, publicHex, message, signature] of vectors) {
    const prefix = '302e020100300506032b657004220420'
    const key = createPrivateKey({ key: Buffer.from(prefix + secret, 'hex'), format: 'der', type: 'pkcs8' })
    expect(sign(null, Buffer.from(message, 'hex'), key).toString('hex')).toBe(signature)
    expect(readPublicKey(publicHex).pem).toBe(
      ed25519FromHex(publicHex).export({ type: 'spki', format: 'pem' }),
    )
    expect(readPublicKey(readPublicKey(publicHex).pem).keyId).toBe(publicHex)
  }
})

describe('a signature of a record', () => {
  const signer = new Signer()
  const right = { signature: signer.sign(record) }

  test('is right whatever the order and the spaces of the record', () => {
    const reordered = Buffer.from(
      JSON.stringify(Object.fromEntries(Object.entries(record).reverse()), null, 4),
    )
    expect(check({ [signer.hex]: right }, reordered)).toEqual([{ keyId: signer.hex }])
  })

  test.each<[string, unknown, Uint8Array, RegExp]>([
    ['of another record', { [signer.hex]: right }, bytes({ ...record, depends: ['evil'] }), /does not fit/],
    ['with a field more', { [signer.hex]: right }, bytes({ ...record, url: 'http://x' }), /does not fit/],
    ['by another key', { [new Signer().hex]: right }, bytes(record), /does not fit/],
    ['with a broken end', { [signer.hex]: { signature: 'zz' } }, bytes(record), /form/],
    ['that is no object', { [signer.hex]: 'x' }, bytes(record), /form/],
    ['under no key', { '../etc': right }, bytes(record), /no ed25519 key/],
    ['of a key with capitals', { [signer.hex.toUpperCase()]: right }, bytes(record), /no ed25519 key/],
    ['under a key that is no point', { ['ff'.repeat(32)]: right }, bytes(record), /./],
    [
      'of a record that says nothing of its bytes',
      { [signer.hex]: right },
      bytes({ ...record, sha256: '' }),
      /no sha256/,
    ],
  ])('%s is wrong', (_, claims, of, problem) => {
    const [first] = check(claims, of)
    expect(first?.problem).toMatch(problem)
  })

  test('only some of many are looked at', () => {
    const many = Object.fromEntries(Array.from({ length: 50 }, () => [new Signer().hex, right]))
    expect(check(many, bytes(record))).toHaveLength(8)
  })

  test('has another stamp when it or the record changed', () => {
    const stamp = (claims: object, of: object) =>
      new IndexSignatures({ 'demo.conda': claims } as never).stampOf('demo.conda', bytes(of))
    const stamps = [
      stamp({ [signer.hex]: right }, record),
      stamp({ [signer.hex]: {} }, record),
      stamp({ [signer.hex]: right }, { ...record, size: 8 }),
    ]
    expect(new Set(stamps).size).toBe(3)
    expect(stamp({}, record)).toBeUndefined()
    expect(new IndexSignatures(undefined).stampOf('__proto__', bytes(record))).toBeUndefined()
  })
})

test.skipIf(!hasSharedData)(
  'what conda-content-trust signed is right here, and what it calls broken is not',
  () => {
    const index = scanRepodata(
      readFileSync(sharedPath('data/repodata/signed/conda/repodata_short_signed_sample.json')),
    )
    const json = parseJson(new TextDecoder().decode(index.other.get('signatures')))
    const signatures = new IndexSignatures(isJsonObject(json) ? json : undefined)
    const problems = new Map(
      [...index.records()].map(({ filename, slice }) => [
        filename,
        signatures.check(filename, slice, '').signatures[0]?.problem,
      ]),
    )
    expect(Object.fromEntries(problems)).toEqual({
      'first.tar.bz2': undefined,
      'second.conda': undefined,
      'third.conda': undefined,
      'broken-0.0.1-broken.tar.bz2': expect.stringContaining('does not fit') as string,
      'broken-0.0.1-broken.conda': expect.stringContaining('does not fit') as string,
    })
  },
)

test.each([
  ['-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----', /private key/],
  ['nonsense', /no public key/],
  ['', /no public key/],
  ['ab', /no public key/],
])('%s is refused as a key', (text, message) => {
  expect(() => readPublicKey(text)).toThrow(message)
})
