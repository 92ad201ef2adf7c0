/** The decoder for browsers against Node's own: the same bytes, and nothing accepted that zstd refuses. */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { randomSource } from '../testing/random.ts'
import * as browser from './zstd-browser.ts'
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { XxHash64 } from './xxhash64.ts'

const random = randomSource(20260101)
/** Text that repeats itself near and far, a part that does not, and a long run. */
const content = Buffer.concat([
  ...Array.from({ length: 30_000 }, (_, i) =>
    Buffer.from(`lib/python3.${i % 14}/site-packages/${(i * i) % 977}.py\n`),
  ),
  random.bytes(50_000),
  new Uint8Array(300_000).fill(7),
])

function compress(bytes: Uint8Array, level: number, checksum = false, windowLog = 0): Buffer {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: Number(checksum),
    ...(windowLog > 0 && { [constants.ZSTD_c_windowLog]: windowLog }),
  }
  return zstdCompressSync(bytes, { params })
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of chunks) parts.push(part)
  return Buffer.concat(parts)
}

describe('gives what was compressed', () => {
  test.each([-5, 1, 3, 10, 19, 22])('at level %i, of every size', (level) => {
    for (const size of [0, 1, 2, 5, 100, 1000, 70_000, content.length]) {
      for (const checksum of [false, true]) {
        const bytes = content.subarray(0, size)
        const found = browser.zstdDecompress(compress(bytes, level, checksum), content.length)
        expect(bytes.equals(found), `${size} bytes`).toBe(true)
      }
    }
  })

  test.each([10, 15, 18])('with a window of 2^%i bytes that moves', (windowLog) => {
    const found = browser.zstdDecompress(compress(content, 9, true, windowLog), content.length)
    expect(content.equals(found)).toBe(true)
  })

  test.each([1, 7, 1000, 2 ** 20])('in pieces of %i bytes, several frames and one to skip', async (size) => {
    const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3)
    const small = content.subarray(0, 20_000)
    const bytes = Buffer.concat([skippable, compress(small, 3), skippable, compress(small, 19, true)])
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    )
    const found = await collect(browser.zstdDecompressChunks(pieces))
    expect(found.equals(Buffer.concat([small, small]))).toBe(true)
  })
})

describe('refuses', () => {
  test.each([
    ['a wrong checksum', [0x24, 1, 9, 0, 0, 65, 1, 2, 3, 4]],
    ['a frame with less than it says', [0x20, 2, 9, 0, 0, 65]],
    ['a block that is larger than its window', [0x20, 1, 17, 0, 0, 65, 65]],
    // Weights whose coder needs no bits: fzstd 0.1.1 never returns from it.
    ['a Huffman table that never ends', [0x20, 200, 141, 0, 0, 0x82, 0x80, 2, 4, 0xf0, 3, 255, 255, 1, 1, 1, 1, 1, 1, 1, 1, 0]], // prettier-ignore
    ['a match from before the beginning', [0x20, 200, 45, 0, 0, 0, 1, 0x54, 0, 3]],
  ])('%s', (_, frame) => {
    const bytes = Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, ...frame])
    expect(() => browser.zstdDecompress(bytes, 1e6)).toThrow(CorruptStreamError)
    expect(() => zstdDecompressSync(bytes)).toThrow()
  })

  test('what inflates beyond the limit, before it has inflated', () => {
    const bomb = compress(new Uint8Array(2 ** 27), 3)
    expect(() => browser.zstdDecompress(bomb, 2 ** 20)).toThrow('beyond')
  })

  test('whatever zstd refuses, and gives the same where both accept', () => {
    const samples = [-5, 3, 19].flatMap((level) =>
      [50, 900, 5000].map((size) => compress(content.subarray(0, size), level, size === 900)),
    )
    let accepted = 0
    for (let round = 0; round < 6000; round++) {
      const bytes = random.mutate(random.pick(samples))
      let found: Uint8Array | undefined
      try {
        found = browser.zstdDecompress(bytes, 1e6)
      } catch (error) {
        expect(error).toBeInstanceOf(CorruptStreamError)
        continue
      }
      accepted++
      const expected = zstdDecompressSync(bytes, { maxOutputLength: 1e6 })
      expect(expected.equals(found), bytes.toString()).toBe(true)
    }
    expect(accepted).toBeGreaterThan(200)
  })
})

test('there is no compression, and the error says so', () => {
  expect(() => browser.zstdCompress(content)).toThrow(browser.CompressionUnavailableError)
  expect(() => browser.zstdCompressChunks([content], content.length)).toThrow('Node')
})

test.each([
  ['', 0xef46db3751d8e999n],
  ['a', 0xd24ec4f1a98c6e5bn],
  ['abc', 0x44bc2cf5ad770999n],
  ['Nobody inspects the spammish repetition', 0xfbcea83c8a378bf1n],
])('XXH64 of %j', (text, digest) => {
  const bytes = new TextEncoder().encode(text)
  const whole = new XxHash64()
  whole.update(bytes)
  const pieces = new XxHash64()
  for (const byte of bytes) pieces.update(Uint8Array.of(byte))
  expect([whole.digest(), pieces.digest()]).toEqual([digest, digest])
})
