import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import S3rver from 's3rver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfiguration } from '../platform/configuration.ts'
import { blobPlaceOf, openBlobStore } from './open-blob-store.ts'
import { openS3Client } from '../platform/s3.ts'
import { S3BlobStore, type S3Place } from './s3-blob-store.ts'
import { describeBlobStore } from './testing/blob-store-contract.ts'

const root = mkdtempSync(join(tmpdir(), 'terrarium-s3-'))
let server: S3rver
let endpoint: string
const stores: S3BlobStore[] = []

beforeAll(async () => {
  server = new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: join(root, 'buckets'),
    configureBuckets: [{ name: 'terrarium', configs: [] }],
  })
  const { port } = await server.run()
  endpoint = `http://127.0.0.1:${port}`
})
afterAll(async () => {
  for (const store of stores) store.close()
  await server.close()
  rmSync(root, { recursive: true })
})

let made = 0
function make(options: { listedAtOnce?: number } = {}): {
  store: S3BlobStore
  staging: string
  client: S3Client
  prefix: string
} {
  made += 1
  const staging = join(root, `staging-${made}`)
  mkdirSync(staging)
  const place: S3Place = {
    kind: 's3',
    bucket: 'terrarium',
    prefix: `store-${made}/`,
    region: 'us-east-1',
    endpoint,
    credentials: { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' },
  }
  const store = new S3BlobStore(place, options)
  stores.push(store)
  return { store, staging, client: openS3Client(place), prefix: place.prefix }
}

describeBlobStore('a bucket of blobs', () => make())

describe('in a bucket', () => {
  test('a link gives the bytes to whoever has it, under the name of the file', async () => {
    const { store } = make()
    const sha256 = await store.putBytes(Buffer.from('bytes'))

    const link = await store.link(sha256, { seconds: 60, filename: 'a-1-0.conda' })
    const answer = await fetch(link)

    expect(await answer.text()).toBe('bytes')
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="a-1-0.conda"')
    expect(link).toContain('X-Amz-Expires=60')
  })

  test('an object that has no blob’s name is no blob, and is told apart', async () => {
    const { store, client, prefix } = make({ listedAtOnce: 2 })
    const sha256 = await store.putBytes(Buffer.from('bytes'))
    const strays = ['notes.txt', 'sha256/ab/notes.txt', `sha256/${sha256}`, `sha256/${sha256.slice(0, 2)}/XX`]
    for (const name of strays)
      await client.send(new PutObjectCommand({ Bucket: 'terrarium', Key: prefix + name, Body: 'x' }))

    expect(await Array.fromAsync(store.list())).toEqual([sha256])
    expect((await Array.fromAsync(store.listStrays())).sort()).toEqual(
      strays.map((name) => prefix + name).sort(),
    )
  })

  test('more blobs than one answer lists are all listed', async () => {
    const { store } = make({ listedAtOnce: 3 })
    const put: string[] = []
    for (let n = 0; n < 10; n += 1) put.push(await store.putBytes(Buffer.from(String(n))))

    expect((await Array.fromAsync(store.list())).sort()).toEqual(put.sort())
  })

  test('a staged file larger than a part arrives whole', async () => {
    const { store, staging } = make()
    const bytes = randomBytes(40 * 1024 * 1024)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    const path = join(staging, 'large')
    writeFileSync(path, bytes)

    await store.putStaged({ path, sha256, size: bytes.length })

    expect(await store.stat(sha256)).toMatchObject({ size: bytes.length })
    expect(
      createHash('sha256')
        .update(await store.read(sha256))
        .digest('hex'),
    ).toBe(sha256)
    expect(existsSync(path)).toBe(false)
  })
})

describe('the configuration', () => {
  const place = (given: Record<string, string>) =>
    blobPlaceOf(readConfiguration({ environment: {}, arguments: { data: '/srv/t', ...given } }))

  test('names a folder of the data folder, or a bucket with a prefix', () => {
    expect(place({})).toEqual({ kind: 'folder', folder: '/srv/t/blobs' })
    expect(
      place({ blobs: 's3://b.example/a/b/', s3_access_key: 'k', s3_secret_key: 'canary-secret' }),
    ).toMatchObject({
      bucket: 'b.example',
      prefix: 'a/b/',
      region: 'us-east-1',
      credentials: { accessKeyId: 'k', secretAccessKey: 'canary-secret' },
    })
    expect(place({ blobs: 's3://bucket' })).toMatchObject({ prefix: '', credentials: undefined })
  })

  test('opens what it names', async () => {
    const { staging } = make()
    const store = await openBlobStore({ kind: 'folder', folder: staging })
    expect(await Array.fromAsync(store.list())).toEqual([])
    const bucket = await openBlobStore(place({ blobs: 's3://terrarium', s3_endpoint: endpoint }))
    expect(bucket).toBeInstanceOf(S3BlobStore)
    bucket.close?.()
  })
})
