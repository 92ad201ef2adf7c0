import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { type VersionPins, currentRepodata } from './current-repodata.ts'
import type { RecordEntry, RepodataRecord } from './record.ts'

function entry(artifact: string, fields: Partial<RepodataRecord> = {}): RecordEntry {
  const match = /^(.+)-([^-]+)-(\d+)\.(?:conda|tar\.bz2)$/.exec(artifact)
  const [, name = '', version = '', build = ''] = match ?? []
  return [artifact, { name, version, build, build_number: Number(build), depends: [], ...fields }]
}

function current(entries: readonly RecordEntry[], pins?: VersionPins): string[] {
  const isConda = ([filename]: RecordEntry): boolean => filename.endsWith('.conda')
  const result = currentRepodata(
    { packages: entries.filter((item) => !isConda(item)), 'packages.conda': entries.filter(isConda) },
    pins,
  )
  return [...result.packages, ...result['packages.conda']].map(([filename]) => filename)
}

describe('the small index', () => {
  test('has all builds of the newest version of each name', () => {
    const entries = ['a-1.9-0.conda', 'a-1.10-0.conda', 'a-1.10-1.conda', 'b-1-0.tar.bz2'].map((name) =>
      entry(name),
    )
    expect(current(entries)).toEqual(['b-1-0.tar.bz2', 'a-1.10-0.conda', 'a-1.10-1.conda'])
  })

  test('has the newest version that each pin asks for', () => {
    const entries = [
      'python-2.7.17-0.conda',
      'python-2.7.18-0.conda',
      'python-3.6.1-0.conda',
      'python-3.13.0-0.conda',
    ]
    const pins = new Map([['python', ['2.7', '3.6']]])
    expect(
      current(
        entries.map((name) => entry(name)),
        pins,
      ),
    ).toEqual(['python-2.7.18-0.conda', 'python-3.13.0-0.conda', 'python-3.6.1-0.conda'])
  })

  test('has what a kept record needs and the newest version does not give, all builds of it', () => {
    const entries = [
      entry('a-1-0.conda', { depends: ['b <2', 'missing', 'b ===='] }),
      entry('b-1.4-0.conda'),
      entry('b-1.5-0.conda'),
      entry('b-1.5-1.conda'),
      entry('b-2-0.conda'),
    ]
    expect(current(entries)).toEqual(['a-1-0.conda', 'b-1.5-0.conda', 'b-1.5-1.conda', 'b-2-0.conda'])
  })

  test('has what the newest version is the beginning of', () => {
    const entries = ['a-2.5-0.conda', 'a-2.5.dev1-0.conda', 'a-2.4.9-0.conda'].map((name) => entry(name))
    expect(current(entries)).toEqual(['a-2.5-0.conda', 'a-2.5.dev1-0.conda'])
  })

  test('asks only the newest whether a dependency is met, not what another has brought in', () => {
    const entries = [
      entry('a-1-0.conda', { depends: ['b <3', 'b <=3'] }),
      entry('b-2-0.conda'),
      entry('b-3-0.conda'),
      entry('b-4-0.conda'),
    ]
    expect(current(entries)).toEqual(['a-1-0.conda', 'b-2-0.conda', 'b-3-0.conda', 'b-4-0.conda'])
  })

  test('does not follow what was brought in that way', () => {
    const entries = [
      entry('a-1-0.conda', { depends: ['b <2'] }),
      entry('b-1-0.conda', { depends: ['c <2'] }),
      entry('b-2-0.conda'),
      entry('c-1-0.conda'),
      entry('c-2-0.conda'),
    ]
    expect(current(entries)).not.toContain('c-1-0.conda')
  })

  test('has a build without features where the newest has them', () => {
    const entries = [
      entry('a-1-0.conda'),
      entry('a-2-0.conda'),
      entry('a-3-0.conda', { track_features: 'debug' }),
    ]
    expect(current(entries)).toEqual(['a-2-0.conda', 'a-3-0.conda'])
  })

  test('has one of two formats, with the md5 of the other', () => {
    const packages = [entry('a-1-0.tar.bz2', { md5: 'f'.repeat(32) })]
    const result = currentRepodata({
      packages,
      'packages.conda': [entry('a-1-0.conda'), entry('b-1-0.conda')],
    })
    expect(result.packages).toEqual([])
    expect(result['packages.conda'].map(([, record]) => record.legacy_bz2_md5)).toEqual([
      'f'.repeat(32),
      null,
    ])
  })

  // Not linux-64: its small index is older than the whole one.
  test.skipIf(!hasSharedData).each(['osx-64', 'win-32', 'win-64', 'noarch'])(
    'of a real channel is what conda-index made, %s',
    (subdir) => {
      const read = (file: string): Record<string, Record<string, RepodataRecord>> => {
        const path = sharedPath(`data/packages/zlib-multiplatform/${subdir}/${file}`)
        return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, RepodataRecord>>
      }
      const whole = read('repodata.json')
      const expected = read('current_repodata.json')
      const result = currentRepodata({
        packages: Object.entries(whole.packages ?? {}),
        'packages.conda': Object.entries(whole['packages.conda'] ?? {}),
      })
      expect(Object.fromEntries(result.packages)).toEqual(expected.packages)
      expect(Object.fromEntries(result['packages.conda'])).toEqual(expected['packages.conda'])
    },
  )
})
