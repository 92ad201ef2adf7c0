/**
 * Publishers and readers at once on one channel. Every read is one whole revision, revisions form a single line,
 * and nothing that was acknowledged is lost. CONCURRENCY_SECONDS makes it run longer than in every check.
 */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { writePackage, packageFilename } from '@terrarium/conda/archive/write-package.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

const PUBLISHERS = 4
const READERS = 16
const SECONDS = Number(process.env['CONCURRENCY_SECONDS'] ?? 3)
const INDEX = '/api/repo/main/noarch/repodata_shards.msgpack.zst'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
  await t.channel('main')
})
afterEach(() => t.close())

test(
  `${PUBLISHERS} publishers and ${READERS} readers: whole revisions in one line, and all that was promised`,
  async () => {
    const admin = await t.as('admin')
    const until = Date.now() + SECONDS * 1000
    const promised: string[] = []
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

    await Promise.all([
      ...Array.from({ length: PUBLISHERS }, (_, publisher) => publish(publisher)),
      ...Array.from({ length: READERS }, () => read(t.nobody())),
    ])
    await t.settle()

    const index = await t.nobody().get('/api/repo/main/noarch/repodata.json')
    const { 'packages.conda': served } = index.json<{ 'packages.conda': object }>()
    expect(Object.keys(served).sort()).toEqual(promised.sort())
    const revisions = await t.parts.db.selectFrom('revisions').select('number').orderBy('number').execute()
    expect(revisions.map(({ number }) => number)).toEqual(revisions.map((_, position) => position + 1))
    expect(reads).toBeGreaterThanOrEqual(READERS)
  },
  SECONDS * 1000 + 120_000,
)

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
