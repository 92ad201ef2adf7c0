/** The whole way of a package on a bucket: uploaded, published, rendered, served from here and from there. */
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { markDamaged } from '../artifacts/damage-store.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const root = mkdtempSync(join(tmpdir(), 'terrarium-s3-app-'))
let server: S3rver
let bucket: Record<string, unknown>
beforeAll(async () => {
  server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: root,
    configureBuckets: [{ name: 'terrarium', configs: [] }],
  })
  const { port } = await server.run()
  bucket = {
    blobs: 's3://terrarium/blobs',
    s3_endpoint: `http://127.0.0.1:${port}`,
    s3_access_key: 'S3RVER',
    s3_secret_key: 'S3RVER',
  }
})
afterAll(async () => {
  await server.close()
  rmSync(root, { recursive: true })
})

async function serve(configuration: Record<string, unknown>): Promise<TestApp> {
  const t = await startTestApp({ configuration: { ...bucket, ...configuration } })
  await t.channel('main')
  return t
}

test('a channel lives in a bucket, and its packages are sent from here', async () => {
  const t = await serve({})
  const { filename, bytes } = await t.upload('main', { name: 'numpy', version: '1.0', subdir: 'linux-64' })
  const client = t.nobody()

  const whole = await client.get(`/api/repo/main/linux-64/${filename}`)
  const part = await client.get(`/api/repo/main/linux-64/${filename}`, { range: 'bytes=3-9' })
  const index = await client.get('/api/repo/main/linux-64/repodata.json')

  expect(whole.rawPayload.equals(bytes)).toBe(true)
  expect(part.statusCode).toBe(206)
  expect(part.rawPayload.equals(bytes.subarray(3, 10))).toBe(true)
  expect(Object.keys(index.json<{ 'packages.conda': object }>()['packages.conda'])).toEqual([filename])
  await t.close()
})

test('where that is wanted, clients are sent to the bucket for packages, after the gate, and for nothing else', async () => {
  const t = await serve({ s3_redirect_seconds: 60 })
  const { filename, bytes } = await t.upload('main', { name: 'numpy', version: '2.0', subdir: 'linux-64' })
  const client = t.nobody()
  const address = `/api/repo/main/linux-64/${filename}`

  const sent = await client.get(address)
  expect(sent.statusCode).toBe(307)
  expect(sent.headers).toMatchObject({ 'cache-control': 'no-store', 'content-length': '0' })
  const followed = await fetch(String(sent.headers.location))
  expect(Buffer.from(await followed.arrayBuffer()).equals(bytes)).toBe(true)
  expect((await client.get(address, { 'if-none-match': String(sent.headers.etag) })).statusCode).toBe(304)
  for (const file of ['repodata.json', 'repodata.json.zst', 'repodata_shards.msgpack.zst'])
    expect((await client.get(`/api/repo/main/linux-64/${file}`)).statusCode).toBe(200)

  await t.policy('main', 'name: no-numpy\ndeny: [package: numpy]')
  const blocked = await client.get(address)
  expect(blocked.statusCode).toBe(403)
  expect(blocked.headers.location).toBeUndefined()
  await t.close()
})

test('no client is sent to the bucket for a package that was found damaged, until it is uploaded again', async () => {
  const t = await serve({ s3_redirect_seconds: 60 })
  const { filename, bytes } = await t.upload('main', { name: 'rotten', version: '2.0', subdir: 'linux-64' })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const address = `/api/repo/main/linux-64/${filename}`
  const wrong = Buffer.from(bytes)
  wrong[wrong.length >> 1]! ^= 1
  const key = join('sha256', sha256.slice(0, 2), sha256.slice(2))
  writeFileSync(join(root, 'terrarium', 'blobs', `${key}._S3rver_object`), wrong)
  const found = { sha256, code: 'package-corrupt' as const, found: 'its bytes are others' }
  await markDamaged(t.parts.db, [found], t.parts.now())

  const answer = await t.nobody().get(address)
  expect(answer.statusCode).toBe(410)
  expect(answer.headers.location).toBeUndefined()

  await (await t.as('admin')).upload('main', filename, bytes)
  const sent = await t.nobody().get(address)
  expect(sent.statusCode).toBe(307)
  const followed = await fetch(String(sent.headers.location))
  expect(Buffer.from(await followed.arrayBuffer()).equals(bytes)).toBe(true)
  await t.close()
})

test('a package whose bytes are others in the bucket breaks off, and no client takes it for whole', async () => {
  const t = await serve({})
  const { filename, bytes } = await t.upload('main', { name: 'rotten', version: '1.0', subdir: 'linux-64' })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const key = join('sha256', sha256.slice(0, 2), sha256.slice(2))
  const wrong = Buffer.from(bytes)
  wrong[wrong.length >> 1]! ^= 1
  writeFileSync(join(root, 'terrarium', 'blobs', `${key}._S3rver_object`), wrong)
  const base = await t.app.listen({ host: '127.0.0.1', port: 0 })

  const whole = fetch(`${base}/api/repo/main/linux-64/${filename}`).then((answer) => answer.arrayBuffer())

  await expect(whole).rejects.toThrow()
  // of a part nobody could tell, so the whole is read first
  const part = await fetch(`${base}/api/repo/main/linux-64/${filename}`, { headers: { range: 'bytes=0-3' } })
  expect(part.status).toBe(500)
  expect(await part.json()).toMatchObject({ code: 'corrupt-data' })
  t.log.splice(0)
  await t.close()
})
