import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cpuTimeMs } from '../testing/cpu-time.ts'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { LICENCE_FAMILIES } from './licence-family.ts'
import { hasFamily, readLicence } from './read-licence.ts'

const TABLE = readFileSync(new URL('fixtures/licence-strings.tsv', import.meta.url), 'utf8')
const ROWS = TABLE.trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t'))

describe('real licence strings', () => {
  test.each(ROWS)('%s is %s: %s', (license = '', known, expression, families, unavoidable) => {
    const reading = readLicence(license)
    expect([
      reading.known ? 'known' : 'unknown',
      reading.expression ?? '',
      reading.families.join(' '),
      reading.unavoidable.join(' '),
    ]).toEqual([known, expression, families, unavoidable])
  })

  test.skipIf(!hasSharedData)('the table has every string of the shared data', () => {
    const bytes = readFileSync(sharedPath('data/licenses/license-strings-in-repodata.jsonl.gz'))
    const lines = gunzipSync(bytes).toString().trimEnd().split('\n')
    const strings = lines.map((line) => (JSON.parse(line) as { license: string | null }).license)
    const known = new Set(ROWS.map(([license]) => license))
    expect(strings.filter((license) => license !== null && !known.has(license))).toEqual([])
    expect(known.size).toBe(437)
  })
})

describe('expressions are given only where the text says exactly which licence it is', () => {
  test.each([
    'BSD',
    'GPL-3',
    'GPLv2',
    'GPL',
    'LGPL',
    'Apache',
    'PSF',
    'MIT-like',
    'Public Domain',
    'BSD-style',
  ])('%s names a family only', (text) => {
    expect(readLicence(text)).toMatchObject({ known: true })
    expect(readLicence(text)).not.toHaveProperty('expression')
  })

  test.each([
    ['GPL (>= 2)', 'GPL-2.0-or-later'],
    ['gpl-2.0+', 'GPL-2.0-or-later'],
    ['GPL-3.0', 'GPL-3.0-only'],
    ['(mit or apache-2.0) and bsd-3-clause', '(MIT OR Apache-2.0) AND BSD-3-Clause'],
    ['Apache 2.0 or BSD 2-Clause', 'Apache-2.0 OR BSD-2-Clause'],
  ])('%s is %s', (text, expression) => {
    expect(readLicence(text).expression).toBe(expression)
  })
})

describe('families', () => {
  test.each([
    'GPL',
    'GPL-2',
    'GPL3',
    'GPL-2.0-or-later',
    'GPL (>= 2)',
    'GPL-2 | GPL-3',
    'MIT and GPLv2',
    'GPL-3.0-only WITH GCC-exception-3.1',
    'GPL (>= 2) | file LICENSE',
  ])('%s cannot do without the GPL', (text) => {
    expect(hasFamily(readLicence(text), 'gpl', 'unavoidable')).toBe(true)
  })

  test.each([
    'GPL-2 | MIT',
    'MIT OR GPL-3.0-only',
    'BSD or GPLv2+',
    '(Ruby or GPLv2) and (GPL+ or Artistic)',
  ])('%s offers a way round the GPL', (text) => {
    const licence = readLicence(text)
    expect(hasFamily(licence, 'gpl', 'unavoidable')).toBe(false)
    expect(hasFamily(licence, 'gpl', 'mentioned')).toBe(true)
  })

  test.each(['LGPL-2.1-or-later', 'AGPLv3', 'MIT', 'BSD'])('%s is not of the family of the GPL', (text) => {
    expect(hasFamily(readLicence(text), 'gpl', 'mentioned')).toBe(false)
  })

  test('"version 2 or later" may be kept as either version', () => {
    expect(readLicence('GPL (>= 2)')).toMatchObject({
      families: ['gpl', 'gpl2', 'gpl3'],
      unavoidable: ['gpl'],
    })
    expect(readLicence('GPL-2.0-only')).toMatchObject({ unavoidable: ['gpl', 'gpl2'] })
  })

  test('a choice that nobody can read is no way out', () => {
    expect(readLicence('GPL-3 | file LICENSE').unavoidable).toEqual(['gpl', 'gpl3'])
  })

  test('a list without "and" or "or" means all of it', () => {
    expect(readLicence('LGPL, MIT')).toMatchObject({ unavoidable: ['lgpl', 'mit'], known: true })
    expect(readLicence('LGPL, MIT')).not.toHaveProperty('expression')
  })
})

describe('the declared family', () => {
  test('stands in for a text that says nothing', () => {
    expect(readLicence('lmfit', 'BSD')).toMatchObject({
      known: true,
      families: ['bsd'],
      unavoidable: ['bsd'],
    })
    expect(readLicence(null, 'Public-Domain')).toMatchObject({ known: true, families: ['public_domain'] })
    expect(readLicence('', 'GPL3')).toMatchObject({ families: ['gpl', 'gpl3'] })
  })

  test('is added where it contradicts the text, which still decides what is unavoidable', () => {
    const licence = readLicence('MIT', 'AGPL')
    expect(licence).toMatchObject({ expression: 'MIT', families: ['agpl', 'mit'], unavoidable: ['mit'] })
    expect(licence.why).toContain('its family is given as AGPL')
  })

  test('"Other" says nothing', () => {
    expect(readLicence('Custom', 'Other').known).toBe(false)
    expect(readLicence('MPL 2.0', 'OTHER')).toMatchObject({ families: ['mozilla'] })
  })
})

describe('nothing and nonsense', () => {
  test.each([null, undefined, '', '  ', 'None'])('%j is no licence', (text) => {
    expect(readLicence(text)).toMatchObject({ families: ['none'], known: false })
    expect(readLicence(text, 'none')).toMatchObject({ families: ['none'], known: false })
  })

  test('any text is read without an exception, in the families there are', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), fc.option(fc.string({ maxLength: 10 })), (text, family) => {
        const { families, unavoidable } = readLicence(text, family)
        expect(families.length).toBeGreaterThan(0)
        expect(families.every((name) => LICENCE_FAMILIES.includes(name))).toBe(true)
        expect(unavoidable.every((name) => families.includes(name))).toBe(true)
      }),
    )
  })

  test.each([
    ['parentheses', '('.repeat(5000) + 'MIT' + ')'.repeat(5000)],
    ['parentheses of the longest text', '('.repeat(490) + 'MIT' + ')'.repeat(490)],
    ['choices', Array.from({ length: 50 }, () => '(MIT OR ISC)').join(' AND ')],
    ['spaces', `GPL${' '.repeat(990)}x`],
    ['repeats', 'or '.repeat(5000)],
    ['pluses', 'a+'.repeat(499)],
  ])('many %s are no trouble', (_, text) => {
    const start = cpuTimeMs()
    readLicence(text)
    expect(cpuTimeMs() - start).toBeLessThan(1000)
  })

  test('names of inherited properties are no licences', () => {
    for (const text of ['constructor', '__proto__', 'toString'])
      expect(readLicence(text, text).known).toBe(false)
  })
})
