/**
 * Clients read over a socket, without a pause, while blobs are damaged, found and repaired: every 200 they get has the
 * bytes that were promised, on a folder and on a bucket (and on PostgreSQL in `npm run test:postgres`).
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import S3rver from 's3rver'
import { expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { enqueue } from '../jobs/queue.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { runCheck } from './run-check.ts'
import { fillChannel } from './testing/damage.ts'

test('no client gets wrong bytes while blobs in a folder are damaged and repaired', async () => {
  const t = await startTestApp()
  await damageAndRepair(t, (sha256) => join(t.parts.configuration.data, 'blobs', keyOf(sha256)))
  await t.close()
})

// over a minute beside a small bucket in the same process: in `npm run test:concurrency` only
test.runIf(process.env['CONCURRENCY_SECONDS'])(
  'no client gets wrong bytes while blobs in a bucket are damaged and repaired',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'terrarium-s3-doctor-'))
    const configureBuckets = [{ name: 'terrarium', configs: [] }]
    const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets })
    const { port } = await server.run()
    const t = await startTestApp({
      configuration: {
        blobs: 's3://terrarium/blobs',
        s3_endpoint: `http://127.0.0.1:${port}`,
        s3_access_key: 'S3RVER',
        s3_secret_key: 'S3RVER',
      },
    })
    await damageAndRepair(t, (sha256) =>
      join(directory, 'terrarium', 'blobs', `${keyOf(sha256)}._S3rver_object`),
    )
    await t.close()
    await server.close()
    rmSync(directory, { recursive: true })
  },
  240_000,
)

function keyOf(sha256: string): string {
  return join('sha256', sha256.slice(0, 2), sha256.slice(2))
}

/** @param pathOf where the bytes of a blob lie on the disk */
async function damageAndRepair(t: TestApp, pathOf: (sha256: string) => string): Promise<void> {
  await fillChannel(t)
  await t.settle()
  const reader = await Reader.start(t)
  const flip = (sha256: string): void => {
    const bytes = readFileSync(pathOf(sha256))
    bytes[bytes.length >> 1]! ^= 1
    writeFileSync(pathOf(sha256), bytes)
  }
  const shards = await shardsOf(t, 'linux-64')
  const stray = await t.parts.blobs.putBytes(Buffer.from('nobody named me'))

  // what is in memory may still be sent, for it is right; what is read again is not
  flip(shards.get('numpy')!)
  await t.parts.blobs.delete((await shardsOf(t, 'noarch')).get('six')!)
  await t.parts.blobs.delete(await renderedDigest(t, 'linux-64', 'repodata.json.zst'))
  flip(await renderedDigest(t, 'noarch', 'repodata.json'))
  await t.parts.db.deleteFrom('channel_files').where('filename', '=', 'gone-1-0.tar.bz2').execute()
  flip(stray)
  await reader.nextRound()

  const found = await check(t, false)
  for (const code of ['shard-corrupt', 'shard-missing', 'rendered-file-missing', 'rendered-file-corrupt'])
    expect(found.codes).toContain(code)
  for (const code of ['record-without-row', 'blob-corrupt']) expect(found.codes).toContain(code)
  expect(found.wheres).toContain(`blob ${stray}`)
  expect(found.left).toBeGreaterThan(0)
  const mended = await check(t, true)
  expect(Object.keys(mended.outcomes)).toEqual(['repaired'])
  expect(mended.left).toBe(0)
  await t.settle()
  await reader.nextRound()
  const after = await check(t, false)
  expect(after.codes).toEqual([])
  await reader.nextRound()

  // the only copy of a package: refused until it is uploaded again
  const address = '/api/repo/main/noarch/six-1.16-0.conda'
  flip(digestOf(reader.promised.get(address)!))
  await reader.nextRound()
  expect((await check(t, true)).codes).toEqual(['package-corrupt'])
  await reader.nextRound()
  await (await t.as('admin')).upload('main', 'six-1.16-0.conda', reader.promised.get(address)!)
  await t.settle()
  await reader.nextRound()

  await reader.stop()
  expect(reader.wrong).toEqual([])
  expect(reader.refused).toBeGreaterThan(0)
  expect(await statusesNow(reader)).toEqual([200])
  t.log.splice(0) // refusals of damaged blobs, which are errors
}

/** Asks for each file again and again. */
class Reader {
  readonly promised: ReadonlyMap<string, Buffer>
  readonly wrong: string[] = []
  refused = 0
  rounds = 0
  readonly base: string
  #isOver = false
  #reading: Promise<void> = Promise.resolve()
  #waiting: (() => void)[] = []

  private constructor(base: string, promised: ReadonlyMap<string, Buffer>) {
    this.base = base
    this.promised = promised
  }

  static async start(t: TestApp): Promise<Reader> {
    const base = await t.app.listen({ host: '127.0.0.1', port: 0 })
    const promised = new Map<string, Buffer>()
    for (const subdir of ['linux-64', 'noarch']) {
      const names = ['repodata_shards.msgpack.zst', 'repodata.json', 'repodata.json.zst']
      for (const sha256 of (await shardsOf(t, subdir)).values()) names.push(`shards/${sha256}.msgpack.zst`)
      names.push(...(subdir === 'noarch' ? ['six-1.16-0.conda', 'gone-1-0.tar.bz2'] : ['numpy-1.0-0.conda']))
      for (const name of names) {
        const path = `/api/repo/main/${subdir}/${name}`
        const answer = await fetch(base + path)
        expect(answer.status, path).toBe(200)
        promised.set(path, Buffer.from(await answer.arrayBuffer()))
      }
    }
    const reader = new Reader(base, promised)
    reader.#reading = reader.#read()
    return reader
  }

  /** Until every file was asked for once more from now on. */
  async nextRound(): Promise<void> {
    const wanted = this.rounds + 2
    while (this.rounds < wanted) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#reading
  }

  async #read(): Promise<void> {
    while (!this.#isOver) {
      for (const [path, bytes] of this.promised) {
        const got = await wholeAnswer(this.base + path)
        if (!got) this.refused += 1
        else if (!isRight(path, got, bytes)) this.wrong.push(path)
      }
      this.rounds += 1
      for (const go of this.#waiting.splice(0)) go()
    }
  }
}

/** Undefined for an error, and for an answer that breaks off: clients take neither for the file. */
async function wholeAnswer(address: string): Promise<Buffer | undefined> {
  try {
    const answer = await fetch(address)
    const bytes = Buffer.from(await answer.arrayBuffer())
    return answer.status === 200 ? bytes : undefined
  } catch {
    return undefined
  }
}

/** Bytes of a name that carries their digest never change; an index may be made anew with the same records. */
function isRight(path: string, got: Buffer, promised: Buffer): boolean {
  if (got.equals(promised)) return true
  if (!path.endsWith('repodata.json')) return false
  const recordsOf = (bytes: Buffer): unknown => {
    const { packages, 'packages.conda': conda } = JSON.parse(bytes.toString()) as Record<string, unknown>
    return JSON.stringify([packages, conda])
  }
  return recordsOf(got) === recordsOf(promised)
}

async function statusesNow(reader: Reader): Promise<number[]> {
  const answers = await Promise.all([...reader.promised.keys()].map((path) => fetch(reader.base + path)))
  await Promise.all(answers.map((answer) => answer.arrayBuffer()))
  return [...new Set(answers.map(({ status }) => status))]
}

async function check(
  t: TestApp,
  repair: boolean,
): Promise<{ codes: string[]; wheres: string[]; outcomes: Record<string, number>; left: number }> {
  const { db, now } = t.parts
  const payload = { deep: true, repair }
  const id = await enqueue(db, { kind: 'storage.check', payload, now: now(), runAt: new Date(8e15) })
  const result = await runCheck({ ...t.parts, betweenLooksMs: 0 }, payload, {
    id,
    actorId: undefined,
    signal: new AbortController().signal,
    reportProgress: () => undefined,
  })
  const admin = await t.as('admin')
  const answer = await admin.get(`/api/system/checks/${id}/findings`)
  const { items } = answer.json<{ items: { code: string; where: string; outcome: string | null }[] }>()
  await db.deleteFrom('jobs').where('id', '=', id).execute()
  const faults = items.filter(({ code }) => code !== 'unreferenced-blob' && code !== 'leftover-file')
  const outcomes: Record<string, number> = {}
  for (const { outcome } of faults) if (outcome !== null) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return {
    codes: faults.map(({ code }) => code),
    wheres: faults.map(({ where }) => where),
    outcomes,
    left: result.left,
  }
}

async function shardsOf(t: TestApp, subdir: string): Promise<Map<string, string>> {
  const index = await t.nobody().get(`/api/repo/main/${subdir}/repodata_shards.msgpack.zst`)
  return new Map(decodeShardIndex(index.rawPayload).shards)
}

async function renderedDigest(t: TestApp, subdir: string, filename: string): Promise<string> {
  const row = await t.parts.db
    .selectFrom('revision_files')
    .select('sha256')
    .where('subdir', '=', subdir)
    .where('filename', '=', filename)
    .orderBy('number', 'desc')
    .executeTakeFirstOrThrow()
  return row.sha256
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
