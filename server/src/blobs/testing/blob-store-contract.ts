/** What every blob store promises; each implementation runs this. */
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { BlobRange, BlobStore, StagedBytes } from '../blob-store.ts'

/** @param make an empty store, and a folder on the disk that staged files come from */
export function describeBlobStore(name: string, make: () => { store: BlobStore; staging: string }): void {
  const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
  const unknown = 'f'.repeat(64)

  function stage(folder: string, bytes: Uint8Array): StagedBytes {
    const path = join(folder, randomBytes(8).toString('hex'))
    writeFileSync(path, bytes)
    return { path, sha256: digestOf(bytes), size: bytes.byteLength }
  }

  async function readAll(store: BlobStore, sha256: string, range?: BlobRange): Promise<Buffer> {
    const chunks: Buffer[] = []
    for await (const chunk of await store.open(sha256, range)) chunks.push(chunk as Buffer)
    return Buffer.concat(chunks)
  }

  async function all(store: BlobStore): Promise<string[]> {
    return (await Array.fromAsync(store.list())).sort()
  }

  describe(name, () => {
    test('gives back what was put, by its digest', async () => {
      const { store } = make()
      const bytes = randomBytes(3_000_000)

      const sha256 = await store.putBytes(bytes)

      expect(sha256).toBe(digestOf(bytes))
      expect(await store.stat(sha256)).toMatchObject({ size: bytes.length })
      expect(bytes.equals(await store.read(sha256))).toBe(true)
      expect(bytes.equals(await readAll(store, sha256))).toBe(true)
    })

    test('takes over a staged file', async () => {
      const { store, staging } = make()
      const staged = stage(staging, Buffer.from('staged'))

      await store.putStaged(staged)

      expect(Buffer.from(await store.read(staged.sha256)).toString()).toBe('staged')
    })

    test.each([1, 100])('what is put in a batch is there once it is sealed, %i of them', async (count) => {
      const { store } = make()
      const contents = Array.from({ length: count }, (_, i) => Buffer.from(`${count} ${i}`))
      const known = await store.putBytes(contents[0]!)

      const digests = await Promise.all(contents.map((bytes) => store.putInBatch(bytes, 'batch-1')))
      await store.sealBatch('batch-1', digests)
      await store.sealBatch('batch-1', digests)

      expect(digests[0]).toBe(known)
      expect(await all(store)).toEqual(contents.map(digestOf).sort())
      for (const [i, sha256] of digests.entries())
        expect(contents[i]!.equals(await store.read(sha256))).toBe(true)
    })

    test('keeps nothing as well as anything', async () => {
      const { store } = make()
      const sha256 = await store.putBytes(new Uint8Array())

      expect(await store.stat(sha256)).toMatchObject({ size: 0 })
      expect(await readAll(store, sha256)).toHaveLength(0)
    })

    test('the same bytes again, and at once, are one blob', async () => {
      const { store, staging } = make()
      const bytes = Buffer.from('again')

      const digests = await Promise.all([
        ...Array.from({ length: 10 }, () => store.putBytes(bytes)),
        ...Array.from({ length: 5 }, async () => {
          const staged = stage(staging, bytes)
          await store.putStaged(staged)
          return staged.sha256
        }),
      ])

      expect(new Set(digests).size).toBe(1)
      expect(await all(store)).toEqual([digests[0]])
      expect(Buffer.from(await store.read(digests[0]!)).equals(bytes)).toBe(true)
    })

    test.each<[BlobRange, string]>([
      [{ start: 0, end: 0 }, '0'],
      [{ start: 2, end: 5 }, '2345'],
      [{ start: 9, end: 9 }, '9'],
      [{ start: 0, end: 9 }, '0123456789'],
    ])('opens the part %j, ends included', async (range, expected) => {
      const { store } = make()
      const sha256 = await store.putBytes(Buffer.from('0123456789'))

      expect((await readAll(store, sha256, range)).toString()).toBe(expected)
    })

    test('what is not there is not there, or corrupt data to who relies on it', async () => {
      const { store } = make()

      expect(await store.stat(unknown)).toBeUndefined()
      await expect(store.read(unknown)).rejects.toMatchObject({ code: 'corrupt-data' })
      await expect(store.open(unknown)).rejects.toMatchObject({ code: 'corrupt-data' })
      await store.delete(unknown)
      expect(await all(store)).toEqual([])
    })

    test('what was deleted is gone, and can be put again', async () => {
      const { store } = make()
      const sha256 = await store.putBytes(Buffer.from('x'))
      const other = await store.putBytes(Buffer.from('y'))

      await store.delete(sha256)

      expect(await store.stat(sha256)).toBeUndefined()
      expect(await all(store)).toEqual([other])
      expect(await store.putBytes(Buffer.from('x'))).toBe(sha256)
      expect(await all(store)).toEqual([sha256, other].sort())
    })

    test('a stream that was opened goes on when its blob is deleted', async () => {
      const { store } = make()
      const bytes = randomBytes(4_000_000)
      const sha256 = await store.putBytes(bytes)
      const stream = await store.open(sha256)

      await store.delete(sha256)

      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(chunk as Buffer)
      expect(Buffer.concat(chunks).equals(bytes)).toBe(true)
    })

    // or a digest from outside could name something that is no blob
    test.each([
      '',
      '../../etc/passwd',
      'F'.repeat(64),
      'f'.repeat(63),
      'f'.repeat(65),
      `${'f'.repeat(62)}/x`,
    ])('the digest %j names nothing', async (digest) => {
      const { store } = make()

      await expect(store.stat(digest)).rejects.toThrow('not a sha256')
      await expect(store.read(digest)).rejects.toThrow('not a sha256')
      await expect(store.open(digest)).rejects.toThrow('not a sha256')
      await expect(store.delete(digest)).rejects.toThrow('not a sha256')
    })
  })
}
