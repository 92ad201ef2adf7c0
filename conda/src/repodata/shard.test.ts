import { readFileSync, readdirSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { encode } from '@msgpack/msgpack'
import { zstdCompress, zstdDecompress } from '#zstd'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { InvalidShardError } from './msgpack-document.ts'
import { realIndexes } from '../testing/real-indexes.ts'
import { scanRepodata } from './scan-repodata.ts'
import { decodeShardIndex, encodeShardIndex } from './shard-index.ts'
import { decodeShard, encodeShard, packRecord } from './shard.ts'
import type { RepodataRecord } from './record.ts'

const zlib: RepodataRecord = {
  name: 'zlib',
  version: '1.2.11',
  build: 'h7b6447c_3',
  build_number: 3,
  depends: ['libgcc-ng >=7.3.0'],
  md5: 'cb23839f06da92ec92c6d2d2d5e0cb4a',
  sha256: 'f33afff2144e1d6c4cf2e3e184937db8bf825b4537df74662aea5ee207b6a31b',
  size: 105917,
  timestamp: 1542814864621,
}
const conda = new Map([['zlib-1.2.11-h7b6447c_3.conda', zlib]])
const empty = { packages: new Map(), 'packages.conda': new Map() }

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function compressed(document: unknown): Uint8Array {
  return zstdCompress(encode(document))
}

describe('shards', () => {
  test('come back as they were', () => {
    const shard = decodeShard(
      encodeShard({
        packages: [],
        'packages.conda': conda,
        removed: ['b-1-0.conda', 'a-1-0.conda'],
        v3: [['conda', new Map([['zlib-2-0', { ...zlib, flags: ['x'] }]])]],
      }),
    )
    expect(shard).toEqual({
      packages: new Map(),
      'packages.conda': conda,
      removed: ['a-1-0.conda', 'b-1-0.conda'],
      v3: new Map([['conda', new Map([['zlib-2-0', { ...zlib, flags: ['x'] }]])]]),
    })
  })

  test('have both maps when empty, and nothing else', () => {
    const bytes = zstdDecompress(encodeShard({ ...empty, removed: [], v3: [['conda', []]] }), 1000)
    expect(Buffer.from(bytes).toString('latin1')).toBe('\x82\xa8packages\x80\xaepackages.conda\x80')
  })

  test('hold digests as binary and whole numbers as integers', () => {
    const bytes = zstdDecompress(encodeShard({ packages: [], 'packages.conda': conda }), 10_000)
    const hex = bytes.toHex()
    expect(hex).toContain(`a36d6435c410cb23839f06da92ec92c6d2d2d5e0cb4a`)
    expect(hex).toContain(`a6736861323536c420f33afff2144e1d6c`)
    expect(hex).toContain('a473697a65ce00019dbd') // size, a uint 32
    expect(hex).toContain('a974696d657374616d70cf') // timestamp, a uint 64
  })

  test('are the same bytes whatever the order of files and fields', () => {
    const other: RepodataRecord = { ...zlib, build_number: 4 }
    const turned = Object.fromEntries(Object.entries(zlib).reverse()) as RepodataRecord
    const one = encodeShard({ packages: [], 'packages.conda': [['a', zlib], ['b', other]] }) // prettier-ignore
    const two = encodeShard({ packages: [], 'packages.conda': [['b', other], ['a', turned]] }) // prettier-ignore
    const packed = encodeShard({ packages: [], 'packages.conda': [['b', packRecord(other)], ['a', zlib]] }) // prettier-ignore
    expect(sha256(two)).toBe(sha256(one))
    expect(sha256(packed)).toBe(sha256(one))
  })

  test('leave out a digest that is null', () => {
    const record = { ...zlib, sha256: null } as unknown as RepodataRecord
    const shard = decodeShard(encodeShard({ packages: [['a', record]], 'packages.conda': [] }))
    expect(shard.packages.get('a')).not.toHaveProperty('sha256')
  })

  test('are not written from what was not checked', () => {
    const bad = { ...zlib, md5: 'xyz' }
    expect(() => encodeShard({ packages: [['a', bad]], 'packages.conda': [] })).toThrow('md5')
    expect(() => encodeShard({ packages: [['a', zlib], ['a', zlib]], 'packages.conda': [] })).toThrow('twice') // prettier-ignore
  })

  test('of other writers give digests as text or numbers', () => {
    const sha = [...Uint8Array.fromHex(zlib.sha256 ?? '')]
    const shard = decodeShard(
      compressed({ packages: { a: { ...zlib, sha256: sha, legacy_bz2_md5: new Uint8Array(16) } } }),
    )
    expect(shard.packages.get('a')).toEqual({ ...zlib, legacy_bz2_md5: '0'.repeat(32) })
  })

  test('may hold a package called constructor', () => {
    const records = new Map([['constructor', zlib]])
    expect(decodeShard(encodeShard({ packages: records, 'packages.conda': [] })).packages).toEqual(records)
  })

  test.each<[string, Uint8Array]>([
    ['no zstd', new Uint8Array(10)],
    ['an empty file', new Uint8Array(0)],
    ['a list', compressed([])],
    ['a map of lists', compressed({ packages: [] })],
    ['a record that is no map', compressed({ packages: { a: 1 } })],
    ['v3 that is no map', compressed({ packages: {}, v3: [] })],
    ['keys that are numbers', zstdCompress(Uint8Array.from([0x81, 0x01, 0x80]))],
    ['a date', compressed({ packages: { a: { x: new Date() } } })],
    ['NaN', compressed({ packages: { a: { x: NaN } } })],
    ['trailing bytes', zstdCompress(Uint8Array.from([0x80, 0x80]))],
    ['a byte msgpack never uses', zstdCompress(Uint8Array.from([0xc1]))],
    ['half a map', zstdCompress(Uint8Array.from([0x81, 0xa1, 0x61]))],
    ['a text cut short', zstdCompress(Uint8Array.from([0xd9, 0x20, 0x61]))],
    ['a header cut short', zstdCompress(Uint8Array.from([0xdf, 0xff]))],
    ['a list of four billion', zstdCompress(Uint8Array.from([0xdd, 0xff, 0xff, 0xff, 0xff]))],
    ['lists within lists, of millions each', zstdCompress(Uint8Array.from(Array(60).fill([0xdd, 0, 0xff, 0xff, 0xff]).flat() as number[]))], // prettier-ignore
    ['endless nesting', zstdCompress(new Uint8Array(1_000_000).fill(0x91))],
    [
      '__proto__',
      zstdCompress(Uint8Array.from([0x81, 0xa9, ...new TextEncoder().encode('__proto__'), 0x80])),
    ],
  ])('%s is refused', (_, bytes) => {
    expect(() => decodeShard(bytes)).toThrow(InvalidShardError)
  })

  test('what inflates beyond the limit is refused', () => {
    const bomb = zstdCompress(new Uint8Array(20 * 2 ** 20))
    expect(() => decodeShard(bomb)).toThrow(InvalidShardError)
    expect(() => decodeShard(encodeShard({ packages: [], 'packages.conda': conda }), 100)).toThrow(
      InvalidShardError,
    )
  })
})

describe('the index of shards', () => {
  const digest = 'ab'.repeat(32)

  test('comes back as it was, relative addresses and all', () => {
    const createdAt = new Date('2026-01-01T00:00:00.123Z')
    const bytes = encodeShardIndex({ subdir: 'linux-64', createdAt, shards: new Map([['zlib', digest]]) })
    expect(decodeShardIndex(bytes)).toEqual({
      info: {
        subdir: 'linux-64',
        base_url: './',
        shards_base_url: './shards/',
        created_at: '2026-01-01T00:00:00Z',
      },
      subdir: 'linux-64',
      baseUrl: './',
      shardsBaseUrl: './shards/',
      shards: new Map([['zlib', digest]]),
    })
  })

  test('is the same bytes whatever the order of the names', () => {
    const one = encodeShardIndex({ subdir: 'noarch', shards: new Map([['a', digest], ['b', digest]]) }) // prettier-ignore
    const two = encodeShardIndex({ subdir: 'noarch', shards: new Map([['b', digest], ['a', digest]]) }) // prettier-ignore
    expect(sha256(two)).toBe(sha256(one))
  })

  test('takes thousands of names, long ones too', () => {
    const shards = new Map(
      Array.from({ length: 70_000 }, (_, i) => [`${'long-name-'.repeat(4)}${i}`, digest]),
    )
    expect(decodeShardIndex(encodeShardIndex({ subdir: 'noarch', shards })).shards.size).toBe(70_000)
  })

  test('is not written with a bad name or digest', () => {
    expect(() => encodeShardIndex({ subdir: 'x', shards: new Map([['PyQt', digest]]) })).toThrow('PyQt')
    expect(() => encodeShardIndex({ subdir: 'x', shards: new Map([['a', 'ab']]) })).toThrow('sha256')
  })

  test.each([
    [{ shards: {} }],
    [{ info: {} }],
    [{ info: {}, shards: { a: 'no' } }],
    [{ info: {}, shards: { a: null } }],
  ])('%j is refused', (document) => {
    expect(() => decodeShardIndex(compressed(document))).toThrow(InvalidShardError)
  })
})

describe.skipIf(!hasSharedData)('real data', () => {
  const folder = sharedPath('data/repodata/sharded')

  test('the shards of conda decode, and every index names shards that are there', () => {
    let shards = 0
    for (const subdir of hasSharedData ? readdirSync(folder) : []) {
      for (const file of readdirSync(`${folder}/${subdir}`)) {
        const bytes = readFileSync(`${folder}/${subdir}/${file}`)
        if (file === 'repodata_shards.msgpack.zst') {
          expect(decodeShardIndex(bytes)).toMatchObject({ subdir })
          continue
        }
        const shard = decodeShard(bytes)
        const records = [...shard.packages.values(), ...shard['packages.conda'].values()]
        expect(records.length).toBeGreaterThan(0)
        for (const record of records) expect(record.sha256).toMatch(/^[0-9a-f]{64}$/)
        expect(file).toBe(`${sha256(bytes)}.msgpack.zst`)
        shards++
      }
    }
    expect(shards).toBe(5)
  })

  test('every record of a large index comes back from its shard', () => {
    const index = realIndexes().find(({ name }) => name.includes('pkgs-main-noarch-2021-07-01'))
    const records = [...scanRepodata(index?.read() ?? new Uint8Array()).records()]
    const byName = Map.groupBy(records, (record) => record.parse().name)
    for (const group of byName.values()) {
      const entries = group.map((record) => [record.filename, record.parse()] as const)
      const shard = decodeShard(encodeShard({ packages: entries, 'packages.conda': [] }))
      expect(isDeepStrictEqual(shard.packages, new Map(entries))).toBe(true)
    }
    expect(byName.size).toBe(1344)
  })
})
