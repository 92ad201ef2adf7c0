import { describe, expect, test } from 'vitest'
import { cvesIn, nameOfSpec, noBuildFacts, readBuildFacts } from './build-facts.ts'
import { mentionsIn } from './curated-parts.ts'
import { isOverlaidSafe, overlaysOf, type OverlaidMatch } from './overlays.ts'

function aMatch(
  condaName: string,
  version: string,
  vulnerability: Partial<OverlaidMatch['vulnerability']> = {},
  identity = 'cpe:demo:demo',
): OverlaidMatch {
  return {
    condaName,
    version,
    vulnerability: {
      id: 'CVE-2024-1111',
      aliases: ['GHSA-aaaa-bbbb-cccc'],
      summary: 'A flaw.',
      libraries: [],
      mentions: [],
      ...vulnerability,
    },
    evidence: [{ identity }],
  }
}

const kindsOf = (...args: Parameters<typeof overlaysOf>): string[] =>
  overlaysOf(...args).map(({ kind }) => kind)

describe('a recipe patch', () => {
  test.each([
    'CVE-2024-1111.patch',
    '0003-CVE-2024-1111.patch',
    'patches/0001_CVE-2024-1111.patch',
    '0001-cve-2024-1111-fix-the-parser.patch',
    'cve_2024_1111.diff',
  ])('%s proposes "mitigated"', (file) => {
    const facts = readBuildFacts({ recipePatches: [file] })
    expect(overlaysOf(aMatch('demo', '1'), facts)).toMatchObject([
      { kind: 'recipe-patch', says: 'mitigated', basis: 'proposed' },
    ])
  })

  test('of another flaw, or of none, proposes nothing', () => {
    expect(
      kindsOf(aMatch('demo', '1'), readBuildFacts({ recipePatches: ['CVE-2024-11112.patch', 'fix.patch'] })),
    ).toEqual([])
  })

  test('that names the flaw only in its header, or by another name of it', () => {
    const patches = [{ file: '349a41da.patch', vulnerabilityIds: ['GHSA-aaaa-bbbb-cccc'] }]
    expect(kindsOf(aMatch('demo', '1'), readBuildFacts({ recipe: { patches } }))).toEqual(['recipe-patch'])
  })
})

describe('a library that the advisories name too', () => {
  const libraries = ['cpe:libexpat_project:libexpat']

  test('belongs to its own package where the build depends on that', () => {
    const facts = readBuildFacts({ index: { depends: ['libexpat >=2.6.3,<3.0a0', 'openssl'] } })
    const [overlay] = overlaysOf(aMatch('python', '3.12.7', { libraries }), facts)
    expect(overlay).toMatchObject({ kind: 'unvendored', says: 'cleared', basis: 'proposed' })
    expect(overlay?.why).toContain('from the package libexpat')
  })

  test('stays with the package that bundles it', () => {
    const facts = readBuildFacts({ index: { depends: ['openssl'] } })
    expect(kindsOf(aMatch('python', '3.12.7', { libraries }), facts)).toEqual([])
  })

  test('is in the library package itself, whatever that depends on', () => {
    const facts = readBuildFacts({ index: { depends: ['libexpat 2.6.3'] } })
    expect(kindsOf(aMatch('expat', '2.6.3', { libraries }), facts)).toEqual([])
  })

  test('of a build nobody opened is judged by what recipes usually do, from the version on that they do so', () => {
    expect(kindsOf(aMatch('python', '3.12.7', { libraries }), undefined)).toEqual(['unvendored'])
    expect(kindsOf(aMatch('python', '3.9.1', { libraries }), undefined)).toEqual([])
  })
})

describe('a part of a project', () => {
  test.each([
    ['MiniZip in zlib through 1.3', 'libzlib', ['absent-part']],
    ['MiniZip in zlib through 1.3', 'minizip', []],
    ['inflate in zlib through 1.3', 'libzlib', []],
    ['xmlwf of Expat', 'libexpat', ['absent-part']],
    ['xmlwf of Expat', 'expat', []],
    ['a heap overflow in gif2webp', 'libwebp-base', ['absent-part']],
    ['a heap overflow in libpq', 'libpq', []],
    ['a superuser can be had by autovacuum', 'libpq', ['absent-part']],
    ['a superuser can be had by autovacuum', 'postgresql', []],
    ['OCSP stapling bypass with GnuTLS', 'libcurl', ['absent-part']],
    ['broken options for threaded LDAPS', 'libcurl', ['absent-part']],
    ['with GnuTLS and with OpenSSL', 'libcurl', []],
    ['a use after free, shown by xmllint', 'libxml2-16', []],
  ])('%s: %s', (text, name, kinds) => {
    expect(kindsOf(aMatch(name, '1', { mentions: mentionsIn(text) }), undefined)).toEqual(kinds)
  })

  test('is not missed where no advisory has words', () => {
    expect(kindsOf(aMatch('libpq', '15.1', { summary: '' }), undefined)).toEqual([])
  })

  test('is there where the build depends on what it needs', () => {
    const facts = readBuildFacts({ index: { depends: ['gnutls >=3.8', 'zlib'] } })
    const withGnutls = aMatch('libcurl', '8.9.1', { mentions: ['gnutls'] })
    expect(kindsOf(withGnutls, facts)).toEqual([])
    expect(kindsOf(withGnutls, readBuildFacts({ index: { depends: ['openssl'] } }))).toEqual(['absent-part'])
  })
})

test('what is only in wheels concerns no build from source', () => {
  const mentions = mentionsIn(
    'Pillow versions before v10.0.1 bundled libwebp binaries in wheels that are vulnerable',
  )
  expect(kindsOf(aMatch('pillow', '9', { mentions }, 'pypi:pillow'), noBuildFacts)).toEqual(['wheel-only'])
  expect(kindsOf(aMatch('pillow', '9', { mentions }, 'cpe:python:pillow'), noBuildFacts)).toEqual([])
  expect(mentionsIn('Wheel 0.37.1 can be stopped by input to the wheel cli')).toEqual([])
})

test("the builder's word comes before what rules infer", () => {
  const securityJson = { api_version: 1, vulns_active: [{ id: 'CVE-2024-1111', comment: 'really' }] }
  const facts = readBuildFacts({ recipePatches: ['CVE-2024-1111.patch'], securityJson })
  const overlays = overlaysOf(aMatch('demo', '1'), facts)
  expect(overlays.map(({ kind, basis }) => [kind, basis])).toEqual([
    ['security-json', 'stated'],
    ['recipe-patch', 'proposed'],
  ])
  expect(isOverlaidSafe(overlays)).toBe(false)
  expect(isOverlaidSafe([])).toBe(false)
})

test('facts are read from whatever older releases have kept', () => {
  expect(readBuildFacts(undefined)).toEqual(noBuildFacts)
  expect(readBuildFacts({ recipePatches: 7, index: [], securityJson: [] })).toEqual(noBuildFacts)
})

test('names and CVEs', () => {
  expect(['conda-forge::a >=1', 'b=1', 'c[version=1]', 'D 1.*', ' '].map(nameOfSpec)).toEqual([
    'a',
    'b',
    'c',
    'd',
    '',
  ])
  expect(cvesIn('CVE-2020-1 cve-2020-12345_CVE_2021_4444, CVE-2020-12345')).toEqual([
    'CVE-2020-12345',
    'CVE-2021-4444',
  ])
})
