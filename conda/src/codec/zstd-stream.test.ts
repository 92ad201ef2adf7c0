import { describe, expect, test } from 'vitest'
import { zstdCompress, zstdCompressChunks, zstdDecompress, zstdDecompressChunks } from '#zstd'
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { ZstdFrameCheck } from './zstd-frames.ts'

const content = Uint8Array.from({ length: 700_000 }, (_, i) => (i * i) >> 7)
const frame = zstdCompress(content)
const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3)

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of chunks) parts.push(part)
  return Buffer.concat(parts)
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  )
}

describe('decompressing a stream', () => {
  test.each([1, 3, 1000, 1_000_000])('in pieces of %i bytes', async (size) => {
    const small = zstdCompress(content.subarray(0, 5000))
    const bytes = size === 1 ? small : frame

    const output = await collect(zstdDecompressChunks(pieces(bytes, size)))

    expect(Buffer.compare(output, size === 1 ? content.subarray(0, 5000) : content)).toBe(0)
  })

  test('takes several frames, skippable ones too, and counts them', async () => {
    const frames = new ZstdFrameCheck()

    const output = await collect(
      zstdDecompressChunks([Buffer.concat([skippable, frame, frame, skippable])], frames),
    )

    expect([output.length, frames.frames]).toEqual([2 * content.length, 4])
  })

  test('cut short anywhere is told as such', async () => {
    for (const length of [0, 1, 4, 5, 6, 9, 100, frame.length - 1]) {
      const output = collect(zstdDecompressChunks([frame.subarray(0, length)]))
      await expect(output, `at ${length}`).rejects.toMatchObject({ reason: 'truncated' })
    }
  })

  test.each([
    ['bytes behind the last frame', Buffer.concat([frame, new TextEncoder().encode('more')])],
    ['no zstd at all', new TextEncoder().encode('not zstd')],
    ['a frame that needs a dictionary', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 0, 1, 0, 0)],
    ['the reserved bit', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x28, 0, 1, 0, 0)],
    ['the reserved block type', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 7, 0, 0)],
    // Window byte 0x90: 2^28 bytes.
    ['a window of 256 MiB', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x90, 1, 0, 0)],
    ['a segment of 4 GiB', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0)],
    ['a checksum that is wrong', Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x24, 1, 9, 0, 0, 65, 1, 2, 3, 4)],
  ])('%s is refused', async (_, bytes) => {
    const error: unknown = await collect(zstdDecompressChunks([bytes])).catch((reason: unknown) => reason)

    expect(error).toBeInstanceOf(CorruptStreamError)
    expect(error).toMatchObject({ reason: 'corrupt' })
  })

  test('a reader who stops early stops the decoder, and a failing source comes through as it is', async () => {
    let given = 0
    function* endless(): Generator<Uint8Array> {
      for (; ; given++) yield frame
    }
    for await (const part of zstdDecompressChunks(endless())) if (part.length > 0) break
    function* failing(): Generator<Uint8Array> {
      yield frame.subarray(0, 100)
      throw new Error('source is gone')
    }

    expect(given).toBeLessThan(100)
    await expect(collect(zstdDecompressChunks(failing()))).rejects.toThrow('source is gone')
  })
})

describe('compressing a stream', () => {
  test.each([[[content]], [pieces(content, 999)], [[new Uint8Array(0), content, new Uint8Array(0)]]])(
    'gives one frame that tells its size',
    async (chunks) => {
      const output = await collect(zstdCompressChunks(chunks, content.length))
      const frames = new ZstdFrameCheck()
      frames.push(output)
      frames.end()

      expect(frames.frames).toBe(1)
      // Content size flag of the frame header: 4 bytes, so the size is there.
      expect(output[4]! >> 6).toBe(2)
      expect(Buffer.compare(zstdDecompress(output, content.length), content)).toBe(0)
    },
  )

  test('fails when the size was wrong', async () => {
    await expect(collect(zstdCompressChunks([content], content.length - 1))).rejects.toThrow()
    await expect(collect(zstdCompressChunks([content], content.length + 1))).rejects.toThrow()
  })

  test('passes on what the source throws', async () => {
    function* failing(): Generator<Uint8Array> {
      yield content
      throw new Error('source is gone')
    }

    await expect(collect(zstdCompressChunks(failing(), content.length))).rejects.toThrow('source is gone')
  })
})
