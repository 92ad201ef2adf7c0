import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { BlobStore } from './blob-store.ts'
import { PutQueue } from './put-queue.ts'

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

function slowStore(put: (text: string) => Promise<void>): BlobStore {
  const store: Pick<BlobStore, 'putBytes'> = {
    putBytes: async (bytes) => {
      await put(Buffer.from(bytes).toString())
      return digestOf(Buffer.from(bytes).toString())
    },
  }
  return store as BlobStore // nothing else is asked of it
}

test('tells digests at once, stores side by side within a bound, and is done when all are stored', async () => {
  const stored: string[] = []
  let under = 0
  let most = 0
  const queue = new PutQueue(
    slowStore(async (text) => {
      most = Math.max(most, (under += 1))
      await new Promise((resolve) => setImmediate(resolve))
      under -= 1
      stored.push(text)
    }),
  )

  const texts = Array.from({ length: 100 }, (_, n) => `blob ${n}`)
  for (const text of texts) expect(await queue.put(Buffer.from(text))).toBe(digestOf(text))
  await queue.done()

  expect(stored.sort()).toEqual(texts.sort())
  expect(most).toBeGreaterThan(1)
  expect(most).toBeLessThanOrEqual(32)
})

test('what could not be stored is told to who relies on it', async () => {
  const queue = new PutQueue(
    slowStore(async (text) => {
      if (text === 'b') throw new Error('the disk is full')
    }),
  )
  for (const text of ['a', 'b', 'c']) await queue.put(Buffer.from(text))

  await expect(queue.done()).rejects.toThrow('the disk is full')
})
