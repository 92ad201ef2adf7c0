/** `GET /metrics`: what it says, in which forms, to whom, and that docs/METRICS.md lists the same. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../../../scripts/source-files.ts'
import { openSqlite } from '../platform/database/db.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { jobKinds } from '../vocabulary/job-kinds.ts'
import { ServerMetrics, type MetricBody } from './server-metrics.ts'

const OPENMETRICS = { accept: 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5' }
const SAMPLE =
  /^[a-z][a-z0-9_]*(?:\{[a-z_]+="[^"\\]*"(?:,[a-z_]+="[^"\\]*")*\})? -?(?:\d+(?:\.\d+)?(?:e[+-]\d+)?|\+Inf|NaN)$/i

let t: TestApp
let admin: TestClient

beforeAll(async () => {
  t = await startTestApp()
  t.parts.metrics.watchProcess()
  admin = await t.as('admin')
  await t.channel('secret-plans', 'private')
  await t.upload('secret-plans', { name: 'demo', version: '1.0' })
})
afterAll(() => t.close())

/** Samples by name and labels as they are written. */
function samplesOf(text: string): Map<string, number> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )
}

async function scrape(): Promise<Map<string, number>> {
  // not what is kept for some seconds
  return samplesOf(await new ServerMetrics(t.parts).text('prometheus'))
}

describe('the text', () => {
  test('is what Prometheus reads, line for line', async () => {
    const response = await admin.get('/metrics')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(response.headers['cache-control']).toBe('no-store')
    const lines = response.body.trimEnd().split('\n')
    expect(lines.length).toBeGreaterThan(100)
    expect(
      lines.filter((line) => !SAMPLE.test(line) && !/^# (?:HELP|TYPE) [a-z][a-z0-9_]* \S/.test(line)),
    ).toEqual([])
    expect(lines).toContain('# TYPE terrarium_downloads_total counter')
  })

  test('is OpenMetrics for whoever asks for it: counters without their ending, and an end', async () => {
    const response = await admin.get('/metrics', OPENMETRICS)
    expect(response.headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    )
    expect(response.body).toContain('# TYPE terrarium_downloads counter\n')
    expect(response.body).toContain('\nterrarium_downloads_total{outcome="served"} 0\n')
    expect(response.body.endsWith('\n# EOF\n')).toBe(true)
    const after = await admin.get('/metrics')
    expect(after.body).toContain('# TYPE terrarium_downloads_total counter\n') // the other form is as it was
  })

  test('is JSON at the address of the contract, and only what was named', async () => {
    const response = await admin.get(
      '/api/system/metrics?name[]=terrarium_channels&name[]=process_open_fds&name[]=none',
      {
        accept: 'application/json',
      },
    )
    expect(response.json()).toEqual([
      {
        name: 'terrarium_channels',
        documentation: 'Channels',
        type: 'gauge',
        samples: [{ name: 'terrarium_channels', labels: {}, value: 1 }],
      },
      expect.objectContaining({ name: 'process_open_fds', type: 'gauge' }),
    ])
    expect((await admin.get('/metrics?name[]=terrarium_channels')).body.trimEnd().split('\n')).toHaveLength(3)
  })

  test('holds no name of a channel, a package or a person, and nothing of an address', async () => {
    await admin.get('/api/channels/secret-plans')
    await admin.get('/api/repo/secret-plans/noarch/demo-1.0-0.conda')
    await admin.get('/no/such/page?token=tk-hidden-in-a-query')
    const { body } = await admin.get('/metrics')
    for (const word of ['secret-plans', 'demo', 'tk-', 'no/such', '"admin"']) expect(body).not.toContain(word)
    expect(body).toContain('route="/api/channels/:channel",status="2xx"')
    expect(body).toContain('route="(none)",status="4xx"')
  })
})

describe('the figures', () => {
  test('count requests by route and class of status, with the time they took', async () => {
    const read = async () => samplesOf((await admin.get('/metrics')).body)
    const key = 'terrarium_http_requests_total{method="GET",route="/api/channels/:channel",status="4xx"}'
    const before = (await read()).get(key) ?? 0
    await admin.get('/api/channels/none')
    await admin.get('/api/channels/none-either')
    const after = await read()
    expect(after.get(key)).toBe(before + 2)
    const total = after.get(
      'terrarium_http_request_duration_seconds_count{method="GET",route="/api/channels/:channel"}',
    )
    expect(total).toBeGreaterThanOrEqual(before + 2)
  })

  test('tell what waits, since when, and how far clients are behind', async () => {
    const { db, now } = t.parts
    const at = now().getTime()
    const quiet = await scrape()
    expect(quiet.get('terrarium_publish_lag_seconds')).toBe(0)
    expect(quiet.get('terrarium_render_lag_seconds')).toBe(0)
    for (const kind of jobKinds) expect(quiet.get(`terrarium_jobs_waiting{kind="${kind}"}`)).toBe(0)
    expect(quiet.get('terrarium_jobs_ended_total{kind="channel.publish",outcome="done"}')).toBeGreaterThan(0)

    const { id } = await db.selectFrom('channels').select('id').executeTakeFirstOrThrow()
    await db.transaction().execute(async (tx) => {
      await tx.updateTable('channels').set({ rendered_revision: 0 }).where('id', '=', id).execute()
      await tx
        .updateTable('revisions')
        .set({ created_at: at - 90_000 })
        .where('channel_id', '=', id)
        .where('number', '=', 1)
        .execute()
      await tx
        .insertInto('stale_names')
        .values({ channel_id: id, name: 'demo', mark: 'm', cause: '{}' })
        .execute()
      // of another owner, so that nobody here takes it
      for (const [job, state, since] of [
        ['a', 'running', 40_000],
        ['b', 'queued', 20_000],
      ] as const)
        await tx
          .insertInto('jobs')
          .values({
            ...{ id: job, kind: 'channel.publish', payload: '{}', state, exclusive_key: 'k', attempts: 1 },
            ...{ owner: 'another', lease_until: at + 1e9, run_at: at - since, created_at: at - since },
            stop_requested: 0,
          })
          .execute()
    })
    const busy = await scrape()
    await db.deleteFrom('jobs').where('id', 'in', ['a', 'b']).execute()
    await db.deleteFrom('stale_names').execute()
    await db
      .updateTable('channels')
      .set((eb) => ({ rendered_revision: eb.ref('revision') }))
      .execute()

    expect(busy.get('terrarium_publish_lag_seconds')).toBe(40)
    expect(busy.get('terrarium_render_lag_seconds')).toBe(90)
    expect(busy.get('terrarium_channels_unrendered')).toBe(1)
    expect(busy.get('terrarium_stale_names')).toBe(1)
    expect(busy.get('terrarium_jobs_running{kind="channel.publish"}')).toBe(1)
    expect(busy.get('terrarium_jobs_waiting{kind="channel.publish"}')).toBe(1)
    expect(busy.get('terrarium_jobs_oldest_waiting_seconds{kind="channel.publish"}')).toBe(20)
  })

  test('tell when a mirror, a source and a check last went well', async () => {
    const { db, now } = t.parts
    const at = now().getTime()
    const upstream = join(t.folder, 'upstream')
    mkdirSync(join(upstream, 'noarch'), { recursive: true })
    writeFileSync(join(upstream, 'noarch', 'repodata.json'), '{"info":{"subdir":"noarch"},"packages":{}}')
    await t.mirror('secret-plans', `file://${upstream}`)
    const check = await admin.post('/api/system/checks', { deep: false })
    expect(check.statusCode).toBe(202)
    await t.settle()
    const { id } = await db.selectFrom('mirrors').select('id').executeTakeFirstOrThrow()
    const source = await db.selectFrom('advisory_sources').select(['id', 'name']).executeTakeFirst()

    const figures = await scrape()

    expect(figures.get('terrarium_mirrors{state="completed"}')).toBe(1)
    expect(figures.get(`terrarium_mirror_last_success_timestamp_seconds{mirror="${id}"}`)).toBe(at / 1000)
    expect(figures.get('terrarium_storage_check_timestamp_seconds{check="light"}')).toBe(at / 1000)
    expect(figures.get('terrarium_storage_findings{check="light",kind="corrupt"}')).toBe(0)
    if (source) expect(figures.get(`terrarium_advisory_source_failures{source="${source.name}"}`)).toBe(0)
    expect(figures.get('terrarium_database_size_bytes')).toBeGreaterThan(10_000)
    expect(figures.get('terrarium_data_folder_free_bytes')).toBeGreaterThan(0)
    expect(figures.get('terrarium_audit_events')).toBeGreaterThan(0)
    expect(figures.has('terrarium_audit_unexported_events')).toBe(false)
  })

  test('of downloads count what was sent and what a policy kept back', async () => {
    const before = await scrape()
    await t.policy('secret-plans', 'name: no-demo\ndeny: [package: demo]')
    expect((await admin.get('/api/repo/secret-plans/noarch/demo-1.0-0.conda')).statusCode).toBe(403)
    const after = await scrape()
    const [served, refused] = ['served', 'refused'].map(
      (outcome) => `terrarium_downloads_total{outcome="${outcome}"}`,
    )
    expect(after.get(refused ?? '')).toBe((before.get(refused ?? '') ?? 0) + 1)
    expect(after.get(served ?? '')).toBe(before.get(served ?? ''))
  })

  test('are read from the database once for all who ask within some seconds', async () => {
    await admin.get('/metrics')
    await t.channel('one-more')
    const { body } = await admin.get('/metrics')
    expect(samplesOf(body).get('terrarium_channels')).toBe(1)
    expect((await scrape()).get('terrarium_channels')).toBe(2)
  })

  test('without the database are those of the process', async () => {
    const db = openSqlite(':memory:')
    await db.destroy()
    const figures = samplesOf(await new ServerMetrics({ ...t.parts, db }).text('prometheus'))
    t.log.length = 0
    expect(figures.get('terrarium_database_up')).toBe(0)
    expect(figures.get('terrarium_downloads_total{outcome="served"}')).toBeGreaterThanOrEqual(0)
    expect(
      [...figures.keys()].filter((name) => /terrarium_(?:jobs_waiting|channels|database_size)/.test(name)),
    ).toEqual([])
  })
})

describe('who may ask', () => {
  test('nobody without the right; a program with it and with nothing else', async () => {
    expect((await t.nobody().get('/metrics')).statusCode).toBe(401)
    expect((await (await t.as('bob')).get('/metrics')).statusCode).toBe(403)
    const made = await admin.post('/api/service-accounts', { name: 'prometheus' })
    const { id } = made.json<{ id: string }>()
    const issued = await admin.post(`/api/users/${id}/tokens`, { name: 'scrape', scopes: ['metrics:view'] })
    const prometheus = t.withToken(issued.json<{ token: string }>().token)
    expect((await prometheus.get('/metrics')).statusCode).toBe(403)
    const role = await admin.post('/api/roles', {
      ...{ name: 'watcher', description: '', reach: 'all' },
      permissions: { 'system.metrics': 'read' },
    })
    expect(role.statusCode, role.body).toBeLessThan(300)
    const granted = await admin.post('/api/roles/watcher/grants', { subject_kind: 'user', subject_id: id })
    expect(granted.statusCode, granted.body).toBeLessThan(300)
    expect((await prometheus.get('/metrics')).statusCode).toBe(200)
    expect((await prometheus.get('/api/audit/events')).statusCode).toBe(403)
  })

  test('whoever the configuration opens it to, by address', async () => {
    const open = await startTestApp({ configuration: { metrics_open_to: '127.0.0.0/8, 2001:db8::/32' } })
    const from = async (remoteAddress: string) =>
      (await open.app.inject({ url: '/metrics', remoteAddress })).statusCode
    expect(await from('127.0.0.1')).toBe(200)
    expect(await from('::ffff:127.0.0.1')).toBe(200)
    expect(await from('2001:db8::7')).toBe(200)
    expect(await from('10.0.0.1')).toBe(401)
    expect(await from('2001:db9::7')).toBe(401)
    await open.close()
  })
})

test('docs/METRICS.md lists every metric with its type and what it says, and no other', async () => {
  const response = await admin.get('/metrics', { accept: 'application/json' })
  const metrics = response.json<MetricBody[]>()
  const page = readFileSync(join(ROOT, 'docs/METRICS.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([a-z0-9_]+)` +\| (\w+) +\| ([^|]*?) *\| (.*?) *\|$/gm)]
  const documented = rows.map(([, name, type, , help]) => `${name}: ${type}: ${help}`)
  expect(documented.toSorted()).toEqual(
    metrics.map(({ name, type, documentation }) => `${name}: ${type}: ${documentation}`).toSorted(),
  )
  const undocumented = metrics.flatMap(({ name, samples }) => {
    const known = rows.find(([, row]) => row === name)?.[3] ?? ''
    return [...new Set(samples.flatMap(({ labels }) => Object.keys(labels)))]
      .filter((label) => label !== 'le' && !known.includes(`\`${label}\``))
      .map((label) => `${name}: ${label}`)
  })
  expect(undocumented).toEqual([])
})
