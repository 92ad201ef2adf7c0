import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bzip2Decompress } from './bzip2-decode.ts'
import { bzip2Compress } from './bzip2-encode.ts'
import { CorruptStreamError } from './corrupt-stream-error.ts'

async function decode(...chunks: Uint8Array[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const part of bzip2Decompress(chunks)) parts.push(part)
  return Buffer.concat(parts)
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content)
const hex = (digits: string): Uint8Array => Uint8Array.fromHex(digits)

/** Written by the reference implementation, bzip2 1.0.8. */
const hello = hex(
  '425a68393141592653599f3c11f30000035100001040040244a0002129a3108602f28370a1e2ee48a70a1213e7823e60',
)
const helloContent = 'hello, hello\n'
const nothing = hex('425a683917724538509000000000')

describe('decoding', () => {
  test('what the reference wrote', async () => {
    expect(await decode(nothing)).toHaveLength(0)
    expect(new TextDecoder().decode(await decode(hello))).toBe(helloContent)
  })

  test('several streams in a row, an empty one among them, in chunks of any size', async () => {
    const streams = Buffer.concat([hello, nothing, hello])
    const bytes = Array.from(streams, (byte) => Uint8Array.of(byte))

    expect(new TextDecoder().decode(await decode(...bytes))).toBe(helloContent + helloContent)
  })

  test('a block that stands for far more than its size comes in pieces', async () => {
    const sizes: number[] = []
    for await (const part of bzip2Decompress([bzip2Compress(new Uint8Array(5_000_000))]))
      sizes.push(part.length)

    expect(sizes.reduce((a, b) => a + b)).toBe(5_000_000)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(256 * 1024)
  })

  test('cut short anywhere is told as such', async () => {
    for (let length = 0; length < hello.length; length++) {
      await expect(decode(hello.subarray(0, length)), `at ${length}`).rejects.toMatchObject({
        reason: 'truncated',
      })
    }
  })

  test('a changed byte is found, or changes nothing', async () => {
    for (const at of hello.keys()) {
      for (const change of [0x01, 0x10, 0x80, 0xff]) {
        const bytes = hello.slice()
        bytes[at] = bytes[at]! ^ change
        // The level may be another, and of two tables one is not used.
        const output = await decode(bytes).catch((error: unknown) => error)
        if (output instanceof Uint8Array) expect(new TextDecoder().decode(output)).toBe(helloContent)
        else expect(output, `at ${at}`).toBeInstanceOf(CorruptStreamError)
      }
    }
  })

  test('noise behind a sound header ends with an error, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (noise) => {
        const bytes = Buffer.concat([hello.subarray(0, 14), noise])
        await expect(decode(bytes)).rejects.toBeInstanceOf(CorruptStreamError)
      }),
      { seed: 20261001, numRuns: 500 },
    )
  })

  test.each([
    ['bytes behind the last stream', Buffer.concat([hello, text('more')])],
    ['a level of 0', Buffer.concat([text('BZh0'), hello.subarray(4)])],
    ['a gzip file', hex('1f8b0800000000000003')],
    // The bit after magic and checksum.
    ['a randomised block', Buffer.concat([hello.subarray(0, 14), Uint8Array.of(0x80), hello.subarray(15)])],
  ])('%s is refused', async (_, bytes) => {
    await expect(decode(bytes)).rejects.toMatchObject({ reason: 'corrupt' })
  })
})

describe('encoding', () => {
  test('gives back what went in', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 3000 }),
          fc.array(fc.nat(2), { maxLength: 2000 }).map((list) => Uint8Array.from(list)),
          fc.tuple(fc.uint8Array({ maxLength: 5 }), fc.nat(600)).map(([piece, times]) => {
            return Uint8Array.from(Array.from({ length: times }, () => [...piece]).flat())
          }),
        ),
        async (content) => {
          expect(Buffer.compare(await decode(bzip2Compress(content)), content)).toBe(0)
        },
      ),
      { seed: 20261001, numRuns: 400 },
    )
  })

  test.each([3, 4, 5, 254, 255, 256, 258, 259, 260, 511])('a run of %i equal bytes', async (length) => {
    const content = Buffer.concat([text('a'), new Uint8Array(length).fill(7), text('b')])

    expect(Buffer.compare(await decode(bzip2Compress(content)), content)).toBe(0)
  })

  test('several blocks of text, and repeats as long as a block, without slowing down', async () => {
    const words = Array.from({ length: 300_000 }, (_, i) => `word${Math.imul(i, 0x9e3779b1) >>> 20} `).join(
      '',
    )
    let fibonacci: [string, string] = ['a', 'ab']
    while (fibonacci[1].length < 1_000_000) fibonacci = [fibonacci[1], fibonacci[1] + fibonacci[0]]

    for (const content of [text(words), text(fibonacci[1]), text('ab'.repeat(500_000))]) {
      const compressed = bzip2Compress(content)
      expect(Buffer.compare(await decode(compressed), content)).toBe(0)
      expect(compressed.length).toBeLessThan(content.length / 3)
    }
  })

  test('is the format of the reference', () => {
    expect(bzip2Compress(new Uint8Array(0))).toEqual(nothing)
  })
})
