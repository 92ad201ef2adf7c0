/** Whatever happens to the bytes on the disk, no client gets a whole answer with other bytes than were promised. */
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
let filename: string
beforeEach(async () => {
  t = await startTestApp()
  await t.channel('main')
  ;({ filename } = await t.upload('main', { name: 'numpy', version: '1.0' }))
})
afterEach(() => t.close())

const harms: readonly [string, (path: string) => void][] = [
  ['is gone', (path) => rmSync(path)],
  ['is too short', (path) => truncateSync(path, 10)],
  ['is too long', (path) => writeFileSync(path, 'x', { flag: 'a' })],
  [
    'has a wrong byte',
    (path) => {
      const bytes = readFileSync(path)
      bytes[bytes.length >> 1]! ^= 1
      writeFileSync(path, bytes)
    },
  ],
]

function blobPath(sha256: string): string {
  return join(t.parts.configuration.data, 'blobs', 'sha256', sha256.slice(0, 2), sha256.slice(2))
}

async function digestOf(address: string): Promise<string> {
  const { rawPayload } = await t.nobody().get(address)
  return createHash('sha256').update(rawPayload).digest('hex')
}

async function expectRefusal(address: string, headers: Record<string, string> = {}): Promise<void> {
  const answer = await t.nobody().get(address, headers)
  expect(answer.statusCode).toBe(500)
  expect(answer.headers['cache-control']).toBe('no-store')
  expect(answer.headers.etag).toBeUndefined()
  expect(answer.json()).toMatchObject({ code: 'corrupt-data' })
  t.log.splice(0)
}

test.each(harms)('a package that %s is refused, whole and in part', async (_, harm) => {
  const address = `/api/repo/main/noarch/${filename}`
  harm(blobPath(await digestOf(address)))

  await expectRefusal(address)
  await expectRefusal(address, { range: 'bytes=0-3' })
})

test.each(harms)('a monolithic file that %s is refused, also when it was sent before', async (_, harm) => {
  const address = '/api/repo/main/noarch/repodata.json.zst'
  harm(blobPath(await digestOf(address)))

  await expectRefusal(address)
})

test.each(harms)('a shard that %s is refused', async (_, harm) => {
  const index = await t.nobody().get('/api/repo/main/noarch/repodata_shards.msgpack.zst')
  const shard = decodeShardIndex(index.rawPayload).shards.get('numpy')!
  harm(blobPath(shard))

  await expectRefusal(`/api/repo/main/noarch/shards/${shard}.msgpack.zst`)
})

test('what was put back is sent again', async () => {
  const address = `/api/repo/main/noarch/${filename}`
  const { rawPayload: bytes } = await t.nobody().get(address)
  const path = blobPath(await digestOf(address))
  writeFileSync(path, 'something else')
  await expectRefusal(address)

  writeFileSync(path, bytes)

  const again = await t.nobody().get(address)
  expect(again.rawPayload.equals(bytes)).toBe(true)
})
