import { createHash } from 'node:crypto'
import { crc32 as referenceCrc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { bzip2Crc, crc32 } from './crc32.ts'
import { createSha256, PortableSha256 } from './sha256.ts'

const lengths = [0, 1, 3, 4, 5, 55, 56, 63, 64, 65, 1000]
const bytesOf = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i * 7 + length)

describe.each(lengths)('of %i bytes', (length) => {
  const bytes = bytesOf(length)

  test('crc32 is that of zlib, in one piece and in two', () => {
    const half = length >> 1

    expect(crc32(bytes)).toBe(referenceCrc32(bytes))
    expect(crc32(bytes.subarray(half), crc32(bytes.subarray(0, half)))).toBe(referenceCrc32(bytes))
  })

  test('sha256 is that of node, natively and written out, in pieces of any size', () => {
    const expected = createHash('sha256').update(bytes).digest('hex')
    for (const hash of [createSha256(), new PortableSha256()]) {
      for (let at = 0; at < length; at += 13) hash.update(bytes.subarray(at, at + 13))
      expect(hash.digestHex()).toBe(expected)
    }
  })
})

test('the checksum of bzip2 is the one of its specification', () => {
  const bytes = new TextEncoder().encode('123456789')

  expect(~bzip2Crc(-1, bytes, bytes.length) >>> 0).toBe(0xfc891918)
  expect(~bzip2Crc(bzip2Crc(-1, bytes, 5), bytes.subarray(5), 4) >>> 0).toBe(0xfc891918)
})
