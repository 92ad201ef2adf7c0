import { describe, expect, test } from 'vitest'
import { checkRecord, isServable } from './check-record.ts'
import { indexedTimestampMs, isBuiltInFuture, withIndexedTimestamp } from './indexed-timestamp.ts'
import { realIndexes } from '../testing/real-indexes.ts'
import { type RepodataRecord, recordTimestampMs, toServedRecord } from './record.ts'
import { scanRepodata } from './scan-repodata.ts'

const FILENAME = 'zlib-1.2.11-h7b6447c_3.conda'
const zlib: RepodataRecord = {
  name: 'zlib',
  version: '1.2.11',
  build: 'h7b6447c_3',
  build_number: 3,
  depends: ['libgcc-ng >=7.3.0'],
  md5: 'cb23839f06da92ec92c6d2d2d5e0cb4a',
  sha256: 'f33afff2144e1d6c4cf2e3e184937db8bf825b4537df74662aea5ee207b6a31b',
  size: 105917,
  subdir: 'linux-64',
}

function changed(fields: Record<string, unknown>): RepodataRecord {
  return { ...zlib, ...fields } as RepodataRecord
}

describe('checkRecord', () => {
  test('finds nothing in a good record', () => {
    expect(checkRecord(FILENAME, 'linux-64', zlib)).toEqual([])
  })

  test.each([
    ['zlib-1.2.11-h7b6447c_3', 'filename-invalid'],
    ['zlib-1.2.conda', 'filename-invalid'],
    ['../zlib-1.2.11-h7b6447c_3.conda', 'filename-invalid'],
    ['evil-1.2.11-h7b6447c_3.conda', 'filename-mismatch'],
    ['zlib-1.2.12-h7b6447c_3.conda', 'filename-mismatch'],
    ['zlib-1.2.11-h7b6447c_4.tar.bz2', 'filename-mismatch'],
  ])('a record under %s is %s', (filename, code) => {
    const problems = checkRecord(filename, 'linux-64', zlib)
    expect(problems.map((problem) => problem.code)).toEqual([code])
    expect(isServable(problems)).toBe(false)
  })

  test('the subdir has to be that of the index, whatever noarch says', () => {
    expect(checkRecord(FILENAME, 'noarch', zlib)).toMatchObject([{ code: 'subdir-mismatch', fatal: true }])
    expect(checkRecord(FILENAME, 'linux-64', changed({ noarch: 'python' }))).toEqual([])
    expect(checkRecord(FILENAME, 'linux-64', changed({ subdir: undefined }))).toEqual([])
  })

  test.each([
    ['name', undefined],
    ['version', null],
    ['version', '1..2'],
    ['build_number', '3'],
    ['build_number', -1],
    ['depends', 'python'],
    ['depends', [1]],
    ['size', 1.5],
    ['size', 2 ** 60],
    ['md5', 'CB23839F06DA92EC92C6D2D2D5E0CB4A'],
    ['sha256', 'abc'],
    ['noarch', 'java'],
    ['license', ['MIT']],
    ['track_features', 7],
    ['python_site_packages_path', '../../etc'],
    ['python_site_packages_path', '/usr/lib'],
    ['python_site_packages_path', 'C:\\x'],
    ['extra_depends', { test: 'pytest' }],
    ['run_exports', ['x']],
  ])('%s = %j must not be served', (field, value) => {
    expect(isServable(checkRecord(FILENAME, 'linux-64', changed({ [field]: value })))).toBe(false)
  })

  test.each([
    ['noarch', true],
    ['noarch', ''],
    ['track_features', ['a']],
    ['track_features', null],
    ['license', null],
    ['timestamp', 0],
    ['arch', null],
    ['python_site_packages_path', 'lib/python3.13t/site-packages'],
    ['anything', { new: ['in', 2030] }],
  ])('%s = %j is all right', (field, value) => {
    expect(checkRecord(FILENAME, 'linux-64', changed({ [field]: value }))).toEqual([])
  })

  test.each([
    [{ size: undefined }, 'size-missing'],
    [{ md5: undefined, sha256: null }, 'digest-missing'],
    [{ depends: ['python >=='] }, 'dependency-invalid'],
  ])('%j is for the log only', (fields, code) => {
    expect(checkRecord(FILENAME, 'linux-64', changed(fields))).toMatchObject([{ code, fatal: false }])
  })

  test('what is fatal comes first, and a long value is cut', () => {
    const problems = checkRecord('x', 'noarch', changed({ size: undefined, license: ['x'.repeat(5000)] }))
    expect(problems.at(-1)?.code).toBe('size-missing')
    expect(problems.every(({ message }) => message.length < 400)).toBe(true)
  })

  test.skipIf(realIndexes().length === 0)(
    'of all real indexes it refuses the few records that are wrong',
    () => {
      let records = 0
      const refused: string[] = []
      for (const index of realIndexes().filter(({ name }) =>
        /repodata\/(history|large|medium|small)/.test(name),
      )) {
        const scan = scanRepodata(index.read())
        for (const { filename, parse } of scan.records()) {
          const record = parse()
          const subdir = index.name.includes('composed') ? undefined : scan.subdir
          records++
          if (!isServable(checkRecord(filename, subdir ?? record.subdir ?? 'noarch', record)))
            refused.push(filename)
        }
      }
      expect(records).toBeGreaterThan(100_000)
      // Stood in linux-aarch64 as noarch until it was moved.
      expect([...new Set(refused)].map((name) => name.replace(/\.(conda|tar\.bz2)$/, ''))).toEqual([
        'lit-11.1.0-pyhd3eb1b0_0',
        'lit-11.1.0-pyhd3eb1b0_0',
      ])
    },
  )
})

describe('toServedRecord', () => {
  test('is the record itself when there is nothing to drop', () => {
    expect(toServedRecord(zlib)).toBe(zlib)
  })

  test('drops what would lead clients past the server, and what no client can read', () => {
    const dirty = changed({
      url: 'https://upstream/x.conda',
      fn: 'x',
      channel: 'https://upstream',
      schannel: 'x',
      _mod: 'x',
      binstar: { owner_id: '1' },
      track_features: null,
      sha256: null,
      license: null,
      future: 1,
    })
    const { sha256, ...rest } = zlib
    expect(sha256).toBeDefined()
    expect(toServedRecord(dirty)).toEqual({ ...rest, license: null, future: 1 })
  })
})

describe('times', () => {
  test.each([
    [1542814864621, 1542814864621],
    [1542814864, 1542814864000],
    [0, undefined],
    [-5, undefined],
    [1.5, undefined],
    ['1542814864621', undefined],
    [null, undefined],
  ])('a timestamp of %j is %s', (timestamp, ms) => {
    expect(recordTimestampMs({ timestamp })).toBe(ms)
  })

  test.each([
    [{ knownMs: 5, upstreamMs: 3, nowMs: 9 }, 5],
    [{ knownMs: undefined, upstreamMs: 3, nowMs: 9 }, 3],
    [{ knownMs: undefined, upstreamMs: 99, nowMs: 9 }, 9],
    [{ knownMs: undefined, upstreamMs: -1, nowMs: 9 }, 9],
    [{ knownMs: undefined, upstreamMs: undefined, nowMs: 9 }, 9],
  ])('indexed_timestamp of %j is %d', (facts, ms) => {
    expect(indexedTimestampMs(facts)).toBe(ms)
    expect(withIndexedTimestamp(zlib, ms).indexed_timestamp).toBe(ms)
  })

  test('a build after its indexing shows', () => {
    expect(isBuiltInFuture(changed({ timestamp: 1542814864621 }), 1542814864620)).toBe(true)
    expect(isBuiltInFuture(zlib, 1)).toBe(false)
  })
})
