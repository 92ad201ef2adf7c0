import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidPurlError, formatPurl, parsePurl } from './purl.ts'

const openssl = {
  name: 'openssl',
  version: '1.1.1',
  build: 'h7b6447c_0',
  channel: 'main',
  subdir: 'linux-64',
  type: 'tar.bz2',
} as const

describe('formatting', () => {
  test('qualifiers come in order', () => {
    expect(formatPurl(openssl)).toBe(
      'pkg:conda/openssl@1.1.1?build=h7b6447c_0&channel=main&subdir=linux-64&type=tar.bz2',
    )
  })

  test('only the name is needed', () => {
    expect(formatPurl({ name: 'r-base' })).toBe('pkg:conda/r-base')
  })

  test('what means something in a URL is escaped, a colon is not', () => {
    expect(formatPurl({ name: 'a', version: '1!2.0+3', channel: 'conda-forge/label/rc' })).toBe(
      'pkg:conda/a@1%212.0%2B3?channel=conda-forge%2Flabel%2Frc',
    )
    expect(formatPurl({ name: 'a', qualifiers: new Map([['checksum', 'sha256:ff']]) })).toBe(
      'pkg:conda/a?checksum=sha256:ff',
    )
  })
})

describe('parsing', () => {
  test('reads what it wrote', () => {
    expect(parsePurl(formatPurl(openssl))).toEqual(openssl)
  })

  test('any purl comes back from its text', () => {
    const word = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .filter((text) => text.isWellFormed())
    const name = fc.stringMatching(/^[a-z0-9._-]{1,20}$/)
    fc.assert(
      fc.property(name, word, word, word, (name, version, build, channel) => {
        const purl = { name, version, build, channel }
        expect(parsePurl(formatPurl(purl))).toEqual(purl)
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['PKG://Conda/NumPy@1.0', { name: 'numpy', version: '1.0' }],
    ['pkg:conda/a@1?Build=x&channel=', { name: 'a', version: '1', build: 'x' }],
    ['pkg:conda/a?channel=conda-forge/label/rc#sub/path', { name: 'a', channel: 'conda-forge/label/rc' }],
    ['pkg:conda/a?checksum=sha256:ff', { name: 'a', qualifiers: new Map([['checksum', 'sha256:ff']]) }],
  ])('%s is accepted', (text, purl) => {
    expect(parsePurl(text)).toEqual(purl)
  })

  test.each([
    'openssl',
    'pkg:pypi/requests@2.0',
    'pkg:conda/',
    'pkg:conda/a/b@1',
    'pkg:conda/a?type=whl',
    'pkg:conda/a?build=1&build=2',
    'pkg:conda/a?%20=1',
    'pkg:conda/%zz',
    `pkg:conda/${'a'.repeat(3000)}`,
  ])('%s is refused', (text) => {
    expect(() => parsePurl(text)).toThrow(InvalidPurlError)
  })
})
