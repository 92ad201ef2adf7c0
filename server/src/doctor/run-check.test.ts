import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { RegularChecks, runCheck } from './run-check.ts'
import { enqueue } from '../jobs/queue.ts'
import { fillChannel } from './testing/damage.ts'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
  await fillChannel(t)
})
afterEach(() => t.close())

interface Outcome {
  readonly result: Awaited<ReturnType<typeof runCheck>>
  readonly findings: readonly { code: string; where: string; outcome: string | null }[]
}

/** A check as the job runs it, without the waiting between its looks. */
async function check(payload: { deep?: boolean; repair?: boolean }): Promise<Outcome> {
  const admin = await t.as('admin')
  const { db, now } = t.parts
  const whole = { deep: false, repair: false, ...payload }
  const id = await enqueue(db, { kind: 'storage.check', payload: whole, now: now(), runAt: new Date(8e15) })
  const result = await runCheck({ ...t.parts, betweenLooksMs: 0 }, whole, {
    id,
    actorId: undefined,
    signal: new AbortController().signal,
    reportProgress: () => undefined,
  })
  const answer = await admin.get(`/api/system/checks/${id}/findings`)
  await db.deleteFrom('jobs').where('id', '=', id).execute()
  return { result, findings: answer.json<{ items: Outcome['findings'] }>().items }
}

function blobPath(sha256: string): string {
  return join(t.parts.configuration.data, 'blobs', 'sha256', sha256.slice(0, 2), sha256.slice(2))
}

function flip(sha256: string): void {
  const bytes = readFileSync(blobPath(sha256))
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(blobPath(sha256), bytes)
}

async function digestOf(filename: string): Promise<string> {
  const row = await t.parts.db
    .selectFrom('channel_files')
    .select('sha256')
    .where('filename', '=', filename)
    .executeTakeFirstOrThrow()
  return row.sha256
}

test('a sound server has no findings, light and deep', async () => {
  for (const deep of [false, true]) {
    const { result, findings } = await check({ deep })
    expect(result).toMatchObject({ deep, faults: 0, left: 0, exit_code: 0, channels: 1 })
    expect(findings).toEqual([])
  }
})

test('without any of its blobs it looks for nothing and puts nothing aside, but says so', async () => {
  const blobs = join(t.parts.configuration.data, 'blobs')
  renameSync(blobs, `${blobs}.away`)
  await expect(check({ deep: true, repair: true })).rejects.toMatchObject({ code: 'blobs-missing' })
  renameSync(`${blobs}.away`, blobs)
  await t.parts.db.deleteFrom('jobs').where('kind', '=', 'storage.check').execute()
  expect((await check({ deep: true })).result).toMatchObject({ faults: 0, exit_code: 0 })
})

test('what is wrong is told, and repaired when that is asked for; clients never get wrong bytes', async () => {
  const { served_sha256: index } = await t.parts.db
    .selectFrom('revision_subdirs')
    .select('served_sha256')
    .where('subdir', '=', 'linux-64')
    .orderBy('number', 'desc')
    .executeTakeFirstOrThrow()
  const before = await t.nobody().get('/api/repo/main/linux-64/repodata_shards.msgpack.zst')
  rmSync(blobPath(index))
  await t.parts.db.deleteFrom('channel_files').where('filename', '=', 'six-1.16-0.conda').execute()

  const found = await check({})
  const codes = new Set(found.findings.map(({ code }) => code))
  expect([...codes].sort()).toEqual(['index-missing', 'record-without-row'])
  expect(found.result).toMatchObject({ repaired: 0, left: found.findings.length, exit_code: 6 })

  const mended = await check({ repair: true })
  expect(mended.findings).toHaveLength(found.findings.length)
  expect(mended.findings.every(({ outcome }) => outcome === 'repaired')).toBe(true)
  expect(mended.result).toMatchObject({ left: 0, exit_code: 0 })
  await t.settle()
  const after = await t.nobody().get('/api/repo/main/linux-64/repodata_shards.msgpack.zst')
  expect(after.rawPayload.equals(before.rawPayload)).toBe(true)
  expect((await t.nobody().get('/api/repo/main/noarch/six-1.16-0.conda')).statusCode).toBe(200)
  expect((await check({ deep: true })).result.faults).toBe(0)
})

test('the only copy of a package is put aside, told until it comes again, and then all is well', async () => {
  const address = '/api/repo/main/noarch/six-1.16-0.conda'
  const { rawPayload: bytes } = await t.nobody().get(address)
  const sha256 = await digestOf('six-1.16-0.conda')
  flip(sha256)
  expect((await t.nobody().get(address)).statusCode).toBe(500)

  const mended = await check({ deep: true, repair: true })
  expect(mended.result).toMatchObject({ faults: 1, repaired: 0, aside: 1, left: 1 })
  expect(mended.findings).toMatchObject([{ code: 'package-corrupt', outcome: 'aside' }])
  expect(readdirSync(join(t.parts.configuration.data, 'quarantine'))).toEqual([sha256])
  expect(existsSync(blobPath(sha256))).toBe(false)
  expect((await t.nobody().get(address)).statusCode).toBe(410)
  t.log.splice(0)

  await (await t.as('admin')).upload('main', 'six-1.16-0.conda', bytes)
  await t.settle()
  expect((await t.nobody().get(address)).rawPayload.equals(bytes)).toBe(true)
  expect((await check({ deep: true })).result.faults).toBe(0)
})

test('a package that is uploaded again is whole again, without any repair', async () => {
  const address = '/api/repo/main/noarch/six-1.16-0.conda'
  const { rawPayload: bytes } = await t.nobody().get(address)
  flip(await digestOf('six-1.16-0.conda'))
  expect((await t.nobody().get(address)).statusCode).toBe(500)
  t.log.splice(0)

  await (await t.as('admin')).upload('main', 'six-1.16-0.conda', bytes)
  expect((await t.nobody().get(address)).rawPayload.equals(bytes)).toBe(true)
})

test('checks come by themselves: light every day, deep every week', async () => {
  const { db, configuration } = t.parts
  const now = (): Date => t.now
  const regular = new RegularChecks({ db, now, configuration })
  const asked = async (): Promise<(string | boolean)[]> => {
    const was = await regular.look()
    const rows = await db
      .selectFrom('jobs')
      .select('payload')
      .where('kind', '=', 'storage.check')
      .orderBy('created_at', 'desc')
      .execute()
    await db.updateTable('jobs').set({ state: 'done' }).where('kind', '=', 'storage.check').execute()
    return [was, was ? (rows[0]?.payload ?? '') : '']
  }
  expect(await asked()).toEqual([false, ''])
  t.advance(3_600_000)
  expect(await asked()).toEqual([true, '{"deep":true,"repair":false}'])
  t.advance(23 * 3_600_000)
  expect(await asked()).toEqual([false, ''])
  t.advance(3_600_000)
  expect(await asked()).toEqual([true, '{"deep":false,"repair":false}'])
  t.advance(6 * 24 * 3_600_000)
  expect(await asked()).toEqual([true, '{"deep":true,"repair":false}'])
})

test('people see checks and what is in use by channel', async () => {
  const admin = await t.as('admin')
  const storage = await admin.get('/api/system/storage')
  expect(storage.json()).toMatchObject({
    artifact_count: 4,
    condemned_count: 0,
    channels: { total_count: 1, items: [{ name: 'main', file_count: 4 }] },
  })
  const { job_id: id } = (await admin.post('/api/system/checks', { deep: true })).json<{ job_id: string }>()
  expect((await admin.post('/api/system/checks/stop', {})).json()).toMatchObject({ stopped: 1 })
  await t.settle()
  const list = await admin.get('/api/system/checks')
  expect(list.json()).toMatchObject({ total_count: 1, items: [{ id, deep: true, repair: false }] })
})
