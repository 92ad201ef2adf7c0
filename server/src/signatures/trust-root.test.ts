import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { Signer } from './testing/signer.ts'
import { readPackageKeys } from './trust-root.ts'

const now = new Date('2026-05-10T00:00:00Z')
const [a, b, manager, packages] = [new Signer(), new Signer(), new Signer(), new Signer()]

function document(signed: object, signers: readonly Signer[]): string {
  const signatures = Object.fromEntries(signers.map((one) => [one.hex, { signature: one.sign(signed) }]))
  return JSON.stringify({ signatures, signed })
}

const rootSigned = {
  type: 'root',
  version: 1,
  expiration: '2027-01-01T00:00:00Z',
  delegations: {
    root: { pubkeys: [a.hex, b.hex], threshold: 2 },
    key_mgr: { pubkeys: [manager.hex], threshold: 1 },
  },
}
const managerSigned = {
  type: 'key_mgr',
  version: 1,
  expiration: '2027-01-01T00:00:00Z',
  delegations: { pkg_mgr: { pubkeys: [packages.hex], threshold: 1 } },
}
const root = document(rootSigned, [a, b])
const keyManager = document(managerSigned, [manager])

test('a chain that holds gives the keys that sign packages', () => {
  expect(readPackageKeys({ root, keyManager }, now)).toEqual([packages.hex])
})

describe('is refused', () => {
  const pkg = (delegation: object): string =>
    document({ ...managerSigned, delegations: { pkg_mgr: delegation } }, [manager])
  test.each<[string, { root?: string; keyManager?: string }, RegExp]>([
    [
      'a root that one of two signed',
      { root: document(rootSigned, [a]) },
      /1 of its own root keys signed it, and 2/,
    ],
    ['a root that was changed', { root: root.replace('"version":1', '"version":2') }, /0 of its own/],
    [
      'a root that is no more',
      { root: document({ ...rootSigned, expiration: '2026-01-01T00:00:00Z' }, [a, b]) },
      /expired \(2026-01-01/,
    ],
    [
      'a root without an end',
      { root: document({ ...rootSigned, expiration: 'never' }, [a, b]) },
      /no expiration/,
    ],
    [
      'a key manager that the root does not know',
      { keyManager: document(managerSigned, [packages]) },
      /0 of the keys/,
    ],
    ['the one in place of the other', { root: keyManager }, /type is not "root"/],
    [
      'one that delegates to nobody',
      { keyManager: document({ ...managerSigned, delegations: {} }, [manager]) },
      /nothing to pkg_mgr/,
    ],
    [
      'two signatures of each package',
      { keyManager: pkg({ pubkeys: [a.hex, b.hex], threshold: 2 }) },
      /2 signatures/,
    ],
    ['a threshold of nothing', { keyManager: pkg({ pubkeys: [a.hex], threshold: 0 }) }, /threshold/],
    ['a key that is none', { keyManager: pkg({ pubkeys: ['x'], threshold: 1 }) }, /64 hex/],
    ['what is no JSON', { root: 'x' }, /cannot be read/],
    ['a list', { root: '[]' }, /no "signed"/],
    ['what is signed by nothing', { root: '{"signed":{}}' }, /an object/],
  ])('%s', (_, change, message) => {
    expect(() => readPackageKeys({ root, keyManager, ...change }, now)).toThrow(message)
  })
})

test.skipIf(!hasSharedData)(
  'the roots of conda, signed with OpenPGP, hold on a day when they were good',
  () => {
    const read = (name: string): string =>
      readFileSync(sharedPath(`data/repodata/signed/conda/${name}`), 'utf8')
    const texts = { root: read('2.root.json'), keyManager: read('key_mgr.json') }
    expect(readPackageKeys(texts, new Date('2021-06-01T00:00:00Z'))).toEqual([
      'f300fe8a63fc5d29c7813be60c5942622534f57e7aa7449a6f935b5a31561cb8',
    ])
    expect(() => readPackageKeys(texts, now)).toThrow(/has expired/)
  },
)
