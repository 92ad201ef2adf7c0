import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fileSource } from './byte-source-node.ts'
import {
  blobSource,
  bytesSource,
  rangeSource,
  readExactly,
  readRange,
  streamSource,
  tailBufferedSource,
  type ByteSource,
} from './byte-source.ts'
import { InvalidPackageError } from './invalid-package-error.ts'

const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => i % 251)

let folder = ''
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'byte-source-'))))
afterEach(() => rm(folder, { recursive: true }))

async function expectAllOf(source: ByteSource): Promise<void> {
  const parts: Uint8Array[] = []
  for await (const part of readRange(source, 0, source.size)) parts.push(part)
  expect(source.size).toBe(bytes.length)
  expect(Buffer.compare(Buffer.concat(parts), bytes)).toBe(0)
  expect([...(await readExactly(source, 599_990, 3))]).toEqual([...bytes.subarray(599_990, 599_993)])
}

describe('a source gives all its bytes and any range', () => {
  test('from memory', () => expectAllOf(bytesSource(bytes)))

  test('from an open file', async () => {
    await writeFile(join(folder, 'file'), bytes)
    await using file = await open(join(folder, 'file'))
    await expectAllOf(await fileSource(file))
  })

  test('from ranges that count both ends', () => {
    return expectAllOf(rangeSource(bytes.length, async (first, last) => bytes.slice(first, last + 1)))
  })

  test('from a blob, as a browser gives it', () => expectAllOf(blobSource(new Blob([bytes]))))

  test('from a stream', async () => expectAllOf(await streamSource(new Blob([bytes]).stream())))

  test('with its tail kept', () => expectAllOf(tailBufferedSource(bytesSource(bytes))))
})

test('a stream without end is left at the limit', async () => {
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;;) yield new Uint8Array(1000)
  }
  await expect(streamSource(endless(), 10_000)).rejects.toMatchObject({ code: 'archive-too-large' })
})

test('a kept tail is asked for once', async () => {
  const asked: [number, number][] = []
  const source = tailBufferedSource(
    rangeSource(1000, async (first, last) => {
      asked.push([first, last])
      return bytes.slice(first, last + 1)
    }),
    100,
  )

  for (const offset of [990, 900, 950]) expect((await source.read(offset, 10))[0]).toBe(bytes[offset])
  await source.read(0, 0)
  await source.read(10, 5)

  expect(asked).toEqual([
    [900, 999],
    [10, 14],
  ])
})

test('a range beyond the end, and a file that became shorter, are refused as truncated', async () => {
  const shorter: ByteSource = { size: 100, read: async () => new Uint8Array(3) }

  await expect(readExactly(bytesSource(bytes), 599_999, 2)).rejects.toMatchObject({ code: 'truncated' })
  await expect(readExactly(shorter, 0, 10)).rejects.toBeInstanceOf(InvalidPackageError)
})
