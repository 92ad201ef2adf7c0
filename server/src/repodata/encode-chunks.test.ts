import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { ZstdFrameCheck } from '@terrarium/conda/codec/zstd-frames.ts'
import { encodeChunks } from './encode-chunks.ts'
import { encodeForm, type Form } from './encode-form.ts'

const KIB = 1024

/** Compressible, and no chunk like another. */
function makeBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let i = 0; i < length; i++) bytes[i] = (i * i) >>> 7
  return bytes
}

async function* cut(bytes: Uint8Array, chunkBytes: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += chunkBytes)
    yield bytes.subarray(start, start + chunkBytes)
}

async function encode(bytes: Uint8Array, form: Exclude<Form, 'plain'>, totalBytes = bytes.byteLength) {
  return Buffer.concat(await Array.fromAsync(encodeChunks(cut(bytes, 100 * KIB), form, totalBytes)))
}

describe('encodeChunks', () => {
  test.each([0, 1, 100 * KIB, 100 * KIB + 1, 3000 * KIB])('gives %i bytes back', async (length) => {
    const bytes = makeBytes(length)
    expect(gunzipSync(await encode(bytes, 'gz')).equals(bytes)).toBe(true)
    const zst = await encode(bytes, 'zst')
    expect(Buffer.from(zstdDecompress(zst, 2 ** 32)).equals(bytes)).toBe(true)
  })

  test.each([0, 3000 * KIB])('makes one zstd frame that says it holds %i bytes', async (length) => {
    const bytes = makeBytes(length)
    const zst = await encode(bytes, 'zst')
    const check = new ZstdFrameCheck()
    check.push(zst)
    check.end()
    expect(check.frames).toBe(1)
    // RFC 8878, 3.1.1.1: a frame with its content size says how wide that field is, or is a single segment
    const descriptor = zst[4]!
    expect(descriptor >> 6 !== 0 || (descriptor & 0x20) !== 0).toBe(true)
    expect(zst.byteLength).toBeLessThanOrEqual(encodeForm(bytes, 'zst').byteLength * 1.01)
  })

  test('makes the same bytes each time', async () => {
    const bytes = makeBytes(700 * KIB)
    for (const form of ['zst', 'gz'] as const)
      expect((await encode(bytes, form)).equals(await encode(bytes, form))).toBe(true)
  })

  test.each([99, 101])('refuses 100 bytes that were to be %i', async (totalBytes) => {
    await expect(encode(makeBytes(100), 'zst', totalBytes)).rejects.toThrow(/zlib/)
  })

  test('hands on what the source throws', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield makeBytes(10)
      throw new Error('the disk is gone')
    }
    await expect(Array.fromAsync(encodeChunks(broken(), 'gz', 20))).rejects.toThrow('the disk is gone')
  })
})
