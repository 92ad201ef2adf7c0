/**
 * The four damages of an evening on call, a lost blob, a wrong byte, a lost row and a file of somebody else's, where blobs
 * are in a folder and where they are in a bucket (and on PostgreSQL in `npm run test:postgres`): each is named, and
 * repaired, and clients get the same bytes as before.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import S3rver from 's3rver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import type { Configuration } from '../platform/configuration.ts'
import { openS3Client } from '../platform/s3.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { runFsck } from './fsck-verb.ts'
import { fillChannel } from './testing/damage.ts'

interface Place {
  readonly configuration: Record<string, unknown>
  pathOf(t: TestApp, sha256: string): string
  addStray(t: TestApp): Promise<void>
  readonly stray: string
  /** Of the check after the repair: what is in a bucket is never deleted. */
  readonly codeAfter: number
}

const folder: Place = {
  configuration: {},
  pathOf: (t, sha256) => join(t.parts.configuration.data, 'blobs', keyOf(sha256)),
  addStray: (t) => {
    writeFileSync(join(t.parts.configuration.data, 'blobs', 'sha256', 'notes.txt'), 'hello')
    return Promise.resolve()
  },
  stray: 'stray: blobs/sha256/notes.txt',
  codeAfter: 0,
}

const buckets = mkdtempSync(join(tmpdir(), 'terrarium-s3-anywhere-'))
let server: S3rver
let bucket: Place
beforeAll(async () => {
  const configureBuckets = [{ name: 'terrarium', configs: [] }]
  server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: buckets, configureBuckets })
  const endpoint = `http://127.0.0.1:${(await server.run()).port}`
  const keys = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' }
  bucket = {
    configuration: {
      blobs: 's3://terrarium/blobs',
      s3_endpoint: endpoint,
      s3_access_key: keys.accessKeyId,
      s3_secret_key: keys.secretAccessKey,
    },
    pathOf: (_t, sha256) => join(buckets, 'terrarium', 'blobs', `${keyOf(sha256)}._S3rver_object`),
    addStray: async () => {
      const client = openS3Client({
        bucket: '',
        prefix: '',
        region: 'us-east-1',
        endpoint,
        credentials: keys,
      })
      await client.send(new PutObjectCommand({ Bucket: 'terrarium', Key: 'blobs/notes.txt', Body: 'hello' }))
      client.destroy()
    },
    stray: 'stray: object blobs/notes.txt',
    codeAfter: 8,
  }
})
afterAll(async () => {
  await server.close()
  rmSync(buckets, { recursive: true })
})

function keyOf(sha256: string): string {
  return join('sha256', sha256.slice(0, 2), sha256.slice(2))
}

async function fsck(configuration: Configuration, repair: boolean): Promise<{ code: number; text: string }> {
  const lines: string[] = []
  const note = (text: string): void => void lines.push(text)
  const code = await runFsck(
    { configuration, quick: false, json: false, repair },
    { line: note, error: note },
  )
  return { code, text: lines.join('\n') }
}

const SHARD_INDEXES = ['linux-64', 'noarch'].map(
  (subdir) => `/api/repo/main/${subdir}/repodata_shards.msgpack.zst`,
)

/** Of every file that a client of shards asks for. */
async function readAll(t: TestApp): Promise<Map<string, Buffer>> {
  const found = new Map<string, Buffer>()
  const read = async (path: string): Promise<Buffer> => {
    const answer = await t.nobody().get(path)
    expect(answer.statusCode, path).toBe(200)
    found.set(path, answer.rawPayload)
    return answer.rawPayload
  }
  for (const path of SHARD_INDEXES) {
    const { shards } = decodeShardIndex(await read(path))
    for (const sha256 of shards.values()) await read(path.replace(/[^/]*$/, `shards/${sha256}.msgpack.zst`))
  }
  for (const file of ['linux-64/numpy-1.0-0.conda', 'noarch/six-1.16-0.conda', 'noarch/gone-1-0.tar.bz2'])
    await read(`/api/repo/main/${file}`)
  return found
}

describe.each(['folder', 'bucket'] as const)('in a %s', (kind) => {
  test('a lost blob, a wrong byte, a lost row and a stray file are named and repaired', async () => {
    const place = kind === 'folder' ? folder : bucket
    let t = await startTestApp({ configuration: place.configuration })
    await fillChannel(t)
    const before = await readAll(t)
    const shardOf = (subdir: number, name: string): string =>
      decodeShardIndex(before.get(SHARD_INDEXES[subdir]!)!).shards.get(name)!

    rmSync(place.pathOf(t, shardOf(1, 'six')))
    const flipped = place.pathOf(t, shardOf(0, 'numpy'))
    const bytes = readFileSync(flipped)
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(flipped, bytes)
    await t.parts.db.deleteFrom('channel_files').where('filename', '=', 'gone-1-0.tar.bz2').execute()
    await place.addStray(t)
    const { configuration } = t.parts
    await t.stop()

    const found = await fsck(configuration, false)
    expect(found.code, found.text).toBe(1 + 2 + 4 + 8)
    expect(found.text).toMatch(/missing: main\/noarch\/six.*shard-missing/)
    expect(found.text).toMatch(/corrupt: main\/linux-64\/numpy.*shard-corrupt/)
    expect(found.text).toContain('inconsistent: main/noarch/gone-1-0.tar.bz2')
    expect(found.text).toContain(place.stray)

    const mended = await fsck(configuration, true)
    expect(mended.code, mended.text).toBe(place.codeAfter)
    expect((await fsck(configuration, false)).code).toBe(place.codeAfter)
    t = await startTestApp({ folder: t.folder, configuration: place.configuration })
    const after = await readAll(t)
    expect([...after.keys()]).toEqual([...before.keys()])
    for (const [path, promised] of before) expect(after.get(path)!.equals(promised), path).toBe(true)
    await t.discard()
  })
})
