import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { startDueMirrors } from './start-due-mirrors.ts'
import { fakePackage } from './testing/fake-channel.ts'
import { FakeUpstream } from './testing/fake-upstream.ts'

const HOUR_MS = 3_600_000
const NIGHTLY = '0 3 * * *'

let upstream: FakeUpstream
let t: TestApp
let channel: string
let channels = 0

beforeAll(async () => {
  upstream = await FakeUpstream.start()
  t = await startTestApp({ outboundPrivate: [upstream.hostAndPort] })
})
beforeEach(async () => {
  upstream.forget()
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(async () => {
  // or its mirror would be due in the tests after it
  await (await t.as('admin')).delete(`/api/channels/${channel}`)
  await t.requireQuiet()
})
afterAll(async () => {
  await t.close()
  await upstream.stop()
})

interface Scheduled {
  readonly mirror_id: string
  readonly state: string
  readonly cron: string | null
  readonly next_run_at: string | null
  readonly last_run_at: string | null
}

async function create(cron: string | null): Promise<{ statusCode: number; mirror: Scheduled; body: string }> {
  const response = await (
    await t.as('admin')
  ).post(`/api/channels/${channel}/mirrors`, {
    mirror_name: 'upstream',
    source_root: upstream.url,
    filters: { subdirs: ['noarch'] },
    cron,
  })
  return { statusCode: response.statusCode, mirror: response.json<Scheduled>(), body: response.body }
}

async function change(id: string, more: object): Promise<Scheduled> {
  return (await (await t.as('admin')).put(`/api/channels/${channel}/mirrors/${id}`, more)).json<Scheduled>()
}

async function read(id: string): Promise<Scheduled> {
  return (await (await t.as('admin')).get(`/api/channels/${channel}/mirrors/${id}`)).json<Scheduled>()
}

async function serve(...versions: string[]): Promise<void> {
  upstream.serve(await Promise.all(versions.map((version) => fakePackage({ name: 'demo', version }))))
}

test('a server looks by itself', async () => {
  await serve('1.0')
  const { mirror } = await create(NIGHTLY)
  t.advance(24 * HOUR_MS)

  await t.parts.ticker.tick()
  await t.settle()

  expect(await read(mirror.mirror_id)).toMatchObject({ state: 'completed' })
})

async function startDue(): Promise<boolean> {
  const started = await startDueMirrors(t.parts)
  await t.settle()
  return started
}

test('it runs when its time comes, and not before', async () => {
  await serve('1.0')
  const { mirror } = await create(NIGHTLY)
  const due = new Date(mirror.next_run_at!)
  expect(due.toISOString().slice(11)).toBe('03:00:00.000Z')

  expect(await startDue()).toBe(false)
  t.advance(due.getTime() - t.now.getTime())
  expect(await startDue()).toBe(true)

  expect(await read(mirror.mirror_id)).toMatchObject({
    state: 'completed',
    last_run_at: due.toISOString(),
    next_run_at: new Date(due.getTime() + 24 * HOUR_MS).toISOString(),
  })
  expect(upstream.count('noarch/demo-1.0-0.conda')).toBe(1)
  expect(await startDue()).toBe(false)
})

test('the runs that a stopped server missed are one run', async () => {
  await serve('1.0')
  const { mirror } = await create('*/15 * * * *')

  t.advance(50 * HOUR_MS)
  expect(await startDue()).toBe(true)

  expect(upstream.count('noarch/repodata.json.zst')).toBe(1)
  expect(new Date((await read(mirror.mirror_id)).next_run_at!).getTime()).toBeGreaterThan(t.now.getTime())
  expect(await startDue()).toBe(false)
})

test('two servers start one run', async () => {
  await serve('1.0')
  await create(NIGHTLY)
  t.advance(24 * HOUR_MS)

  const started = await Promise.all([startDueMirrors(t.parts), startDueMirrors(t.parts)])
  await t.settle()

  expect(started.sort()).toEqual([false, true])
  expect(upstream.count('noarch/repodata.json.zst')).toBe(1)
})

test('a schedule is changed, kept by other changes, and taken away', async () => {
  const { mirror } = await create(NIGHTLY)
  const id = mirror.mirror_id

  expect(await change(id, { cron: '0 5 * * *' })).toMatchObject({ cron: '0 5 * * *' })
  const kept = await change(id, { filters: { subdirs: ['noarch', 'linux-64'] } })
  expect(kept).toMatchObject({ cron: '0 5 * * *' })
  expect(kept.next_run_at?.slice(11)).toBe('05:00:00.000Z')
  expect(await change(id, { cron: null })).toMatchObject({ cron: null, next_run_at: null })

  t.advance(48 * HOUR_MS)
  expect(await startDue()).toBe(false)
})

test('a mirror without a schedule never runs by itself, also when a client sends an empty one', async () => {
  for (const cron of [null, '']) {
    const { mirror } = await create(cron)
    expect(mirror).toMatchObject({ cron: null, next_run_at: null })
    await (await t.as('admin')).delete(`/api/channels/${channel}/mirrors/${mirror.mirror_id}`)
  }
})

test.each(['every day', '0 0 31 2 *', '0 3 * *'])('%j is refused and makes nothing', async (cron) => {
  const { statusCode, body } = await create(cron)
  expect(statusCode).toBe(400)
  expect(body).toContain(cron)
  const { mirror } = await create(NIGHTLY)
  expect(mirror.cron).toBe(NIGHTLY)
})

test('the audit log says that the schedule started it', async () => {
  await serve('1.0')
  await create(NIGHTLY)
  t.advance(24 * HOUR_MS)
  await startDue()

  const events = await t.parts.db
    .selectFrom('audit_events')
    .select(['actor_id', 'details'])
    .where('action', '=', 'mirror.started')
    .where('target', '=', `${channel}/upstream`)
    .execute()
  expect(events).toEqual([{ actor_id: null, details: expect.stringContaining(NIGHTLY) as string }])
})
