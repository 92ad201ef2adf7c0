/**
 * Publishers and readers at once on one channel. Every read is one whole revision, revisions form a single line, nothing
 * that was acknowledged is lost; what a past revision served stays what it was, and nobody is told that an old index is
 * current. CONCURRENCY_SECONDS makes it run longer than in every check.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { writePackage, packageFilename } from '@terrarium/conda/archive/write-package.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

const PUBLISHERS = 4
const READERS = 16
const PAST_READERS = 4
const CAREFUL_READERS = 4
const SECONDS = Number(process.env['CONCURRENCY_SECONDS'] ?? 3)
const INDEX = '/api/repo/main/noarch/repodata_shards.msgpack.zst'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
  await t.channel('main')
})
afterEach(() => t.close())

test(
  `${PUBLISHERS} publishers and ${READERS + PAST_READERS + CAREFUL_READERS} readers: whole revisions in one line, and all that was promised`,
  async () => {
    const admin = await t.as('admin')
    // so that there is a past from the first moment on, however busy the machine is
    const promised = [(await t.upload('main', { name: 'first', version: '1' })).filename]
    const until = Date.now() + SECONDS * 1000
    let reads = 0

    async function publish(publisher: number): Promise<void> {
      for (let number = 0; number === 0 || Date.now() < until; number += 1) {
        // names that others change too, and one of its own
        const name = number % 2 === 0 ? `shared-${number % 3}` : `own-${publisher}`
        const spec = { name, version: `${number}.${publisher}` }
        const filename = packageFilename(spec, 'conda')
        const answer = await admin.upload('main', filename, await writePackage(spec, 'conda'))
        expect(answer.statusCode, answer.body).toBe(201)
        promised.push(filename)
        t.parts.jobs.wake()
      }
    }

    async function read(client: TestClient): Promise<void> {
      let before = -1
      while (before < 0 || Date.now() < until) {
        const listed = await readWhole(client)
        // names are only added here, so fewer would be an older revision after a newer one
        expect(listed).toBeGreaterThanOrEqual(before)
        before = listed
        reads += 1
      }
    }

    /** By revision, what its index was while it was current. */
    const indexes = new Map<number, Buffer>()
    let pastReads = 0
    async function readPast(client: TestClient): Promise<void> {
      for (let first = true; first || Date.now() < until; first = false) {
        const now = await client.get(INDEX)
        const revision = Number(now.headers['x-terrarium-revision'])
        const known = indexes.get(revision)
        if (known) expect(now.rawPayload.equals(known), `revision ${revision}`).toBe(true)
        else indexes.set(revision, now.rawPayload)
        for (const number of [...indexes.keys()].filter(
          (_, at, all) => at % 3 === 0 || at > all.length - 3,
        )) {
          const address = INDEX.replace('main/', `main@${number}/`)
          const past = await client.get(address)
          expect(past.statusCode).toBe(200)
          expect(past.rawPayload.equals(indexes.get(number)!), `main@${number}`).toBe(true)
          const again = await client.get(address, { 'if-none-match': String(past.headers.etag) })
          expect(again.statusCode).toBe(304)
          pastReads += 1
        }
      }
    }

    let changed = 0
    async function readCarefully(client: TestClient): Promise<void> {
      let etag = '"none"'
      let bytes: Buffer | undefined
      for (let first = true; first || Date.now() < until; first = false) {
        const from = await servedRevision()
        const answer = await client.get(INDEX, { 'if-none-match': etag })
        const to = await servedRevision()
        const current = await tagsOf(from, to)
        if (answer.statusCode === 304) {
          expect(current, `304 for revisions ${from} to ${to}`).toContain(etag)
          expect(answer.headers.etag).toBe(etag)
          expect(answer.rawPayload).toHaveLength(0)
          continue
        }
        expect(answer.statusCode).toBe(200)
        // what the client had was no longer current, and what it gets is
        expect(answer.headers.etag).not.toBe(etag)
        if (bytes) expect(answer.rawPayload.equals(bytes)).toBe(false)
        etag = String(answer.headers.etag)
        bytes = answer.rawPayload
        expect(current, `200 for revisions ${from} to ${to}`).toContain(etag)
        changed += 1
      }
    }

    await Promise.all([
      ...Array.from({ length: PUBLISHERS }, (_, publisher) => publish(publisher)),
      ...Array.from({ length: READERS }, () => read(t.nobody())),
      ...Array.from({ length: PAST_READERS }, () => readPast(t.nobody())),
      ...Array.from({ length: CAREFUL_READERS }, () => readCarefully(t.nobody())),
    ])
    await t.settle()

    const index = await t.nobody().get('/api/repo/main/noarch/repodata.json')
    const { 'packages.conda': served } = index.json<{ 'packages.conda': object }>()
    expect(Object.keys(served).sort()).toEqual(promised.sort())
    const revisions = await t.parts.db.selectFrom('revisions').select('number').orderBy('number').execute()
    expect(revisions.map(({ number }) => number)).toEqual(revisions.map((_, position) => position + 1))
    expect(reads).toBeGreaterThanOrEqual(READERS)
    // once more when all is quiet: every revision that anybody saw
    for (const [number, bytes] of indexes) {
      const past = await t.nobody().get(INDEX.replace('main/', `main@${number}/`))
      expect(past.rawPayload.equals(bytes), `main@${number}`).toBe(true)
    }
    expect(indexes.size).toBeGreaterThan(0)
    expect(pastReads).toBeGreaterThan(0)
    expect(changed).toBeGreaterThan(0)
    const quiet = await t.nobody().get(INDEX)
    const same = await t.nobody().get(INDEX, { 'if-none-match': String(quiet.headers.etag) })
    expect(same.statusCode).toBe(304)
  },
  SECONDS * 1000 + 120_000,
)

async function servedRevision(): Promise<number> {
  const row = await t.parts.db
    .selectFrom('channels')
    .select('revision')
    .where('name', '=', 'main')
    .executeTakeFirstOrThrow()
  return row.revision
}

/** Of the shard index, in each of these revisions. */
async function tagsOf(from: number, to: number): Promise<string[]> {
  const rows = await t.parts.db
    .selectFrom('revision_subdirs')
    .select('served_sha256')
    .where('subdir', '=', 'noarch')
    .where('number', '>=', from)
    .where('number', '<=', to)
    .execute()
  return rows.map((row) => `"shards-${row.served_sha256}"`)
}

/** The index and every shard it names. @returns how many names it has */
async function readWhole(client: TestClient): Promise<number> {
  const answer = await client.get(INDEX)
  expect(answer.statusCode).toBe(200)
  const { shards } = decodeShardIndex(answer.rawPayload)
  for (const sha256 of shards.values()) {
    const shard = await client.get(`/api/repo/main/noarch/shards/${sha256}.msgpack.zst`)
    expect(shard.statusCode, `the shard ${sha256}`).toBe(200)
  }
  return shards.size
}
