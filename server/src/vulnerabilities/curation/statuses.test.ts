import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../../testing/test-app.ts'
import { foldCuration } from './curation.ts'
import { findCuration, listEvents } from './curation-store.ts'

const DAY = 86_400_000
const HIGH = 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H' // 8.8
const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' // 9.8

let t: TestApp
let ann: TestClient
let bob: TestClient
let dev: TestClient
let channel: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
  ann = await curator('ann')
  bob = await curator('bob')
  dev = await t.as('dev')
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'], flask: ['flask'] }))
  await t.importFile(
    'advisories',
    [advisory('CVE-2099-0001', HIGH), advisory('CVE-2099-0002', CRITICAL, 'urllib3')].join('\n'),
  )
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  await t.channel(channel)
  await t.upload(channel, { name: 'requests', version: '2.30.0' })
  await t.upload(channel, { name: 'requests', version: '2.30.0', buildNumber: 1, build: '1' })
  await t.policy(channel, `name: strict-${channel}\ndeny: [cve: '>= 7']`)
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

async function curator(name: string): Promise<TestClient> {
  const client = await t.as(name)
  const admin = await t.as('admin')
  const { id } = await t.parts.db
    .selectFrom('users')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  await admin.post('/api/roles/curator/grants', { subject_kind: 'user', subject_id: id })
  return client
}

function advisory(id: string, vector: string, name = 'requests'): string {
  return JSON.stringify({
    id: id.replace('CVE', 'PYSEC'),
    aliases: [id],
    modified: '2026-01-01T00:00:00Z',
    severity: [{ type: 'CVSS_V3', score: vector }],
    affected: [
      {
        package: { ecosystem: 'PyPI', name },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.31.0' }] }],
      },
    ],
  })
}

interface Said {
  id: string
  state: string
  expires_at: string | null
  scope: string
}

async function say(by: TestClient, body: object, cve = 'CVE-2099-0001'): Promise<Said> {
  const response = await by.post(`/api/cves/${cve}/statuses`, {
    status: 'cleared',
    reason: 'we never call it',
    channel,
    ...body,
  })
  if (response.statusCode !== 201) throw new Error(response.body)
  await t.settle()
  return response.json()
}

async function act(by: TestClient, id: string, verb: string, body: object = {}): Promise<number> {
  const { statusCode } = await by.post(`/api/curations/${id}/${verb}`, body)
  await t.settle()
  return statusCode
}

async function download(build = 0): Promise<number> {
  return (await dev.head(`/api/repo/${channel}/noarch/requests-2.30.0-${build}.conda`)).statusCode
}

async function listed(): Promise<string[]> {
  const response = await dev.get(`/api/repo/${channel}/noarch/repodata.json`)
  return Object.keys(response.json<{ 'packages.conda': object }>()['packages.conda']).sort()
}

describe('a status that a person sets', () => {
  test('opens gate and index for the builds it is about, and closes them when it ends', async () => {
    expect([await download(0), await download(1)]).toEqual([403, 403])
    const said = await say(ann, {
      package: 'requests',
      version: '2.30.0',
      build_from: 1,
      status: 'mitigated',
    })
    expect(said).toMatchObject({
      state: 'in_force',
      expires_at: null,
      scope: `requests 2.30.0, builds 1 and up, in ${channel}`,
    })
    expect([await download(0), await download(1)]).toEqual([403, 200])
    expect(await listed()).toEqual(['requests-2.30.0-1.conda'])

    expect(await act(bob, said.id, 'end', { note: 'the patch was incomplete' })).toBe(200)
    expect([await download(0), await download(1)]).toEqual([403, 403])
    expect(await act(bob, said.id, 'end', { note: 'again' })).toBe(409)
  })

  test('of one file counts before one of the package', async () => {
    const file = await t.parts.db
      .selectFrom('channel_files')
      .innerJoin('channels', 'channels.id', 'channel_files.channel_id')
      .select('sha256')
      .where('channels.name', '=', channel)
      .where('build_number', '=', 1)
      .executeTakeFirstOrThrow()
    const whole = await say(ann, { package: 'requests' })
    const one = await say(ann, { sha256: file.sha256, status: 'active' })
    expect([await download(0), await download(1)]).toEqual([200, 403])
    for (const { id } of [whole, one]) await act(ann, id, 'end', { note: 'done' })
  })

  test('takes the place of an earlier one of the same files', async () => {
    const first = await say(ann, { package: 'requests' })
    const second = await say(bob, { package: 'requests', status: 'active' })
    expect((await bob.get(`/api/curations/${first.id}`)).json()).toMatchObject({ state: 'replaced' })
    expect(await download()).toBe(403)
    await act(bob, second.id, 'end', { note: 'done' })
    expect((await bob.get(`/api/curations/${second.id}`)).json()).toMatchObject({
      state: 'ended',
      proposed_by: 'bob',
      events: [
        { kind: 'proposed', by: 'bob' },
        { kind: 'took_effect', by: 'bob' },
        { kind: 'ended', by: 'bob', note: 'done' },
      ],
    })
  })

  test('marks the names concerned and no others, and is in the audit log', async () => {
    const count = async () =>
      Number(
        (
          await t.parts.db
            .selectFrom('revisions')
            .innerJoin('channels', 'channels.id', 'revisions.channel_id')
            .select((eb) => eb.fn.countAll<number | string>().as('n'))
            .where('channels.name', '!=', channel)
            .executeTakeFirstOrThrow()
        ).n,
      )
    const before = await count()
    const said = await say(ann, { package: 'requests' })
    expect(await count()).toBe(before)
    const events = await t.parts.db
      .selectFrom('audit_events')
      .select(['action', 'target', 'details'])
      .where('action', '=', 'cve.status_set')
      .orderBy('id', 'desc')
      .limit(1)
      .execute()
    expect(events[0]).toMatchObject({ target: 'CVE-2099-0001' })
    expect(JSON.parse(events[0]?.details ?? '')).toMatchObject({
      curation: said.id,
      status: 'cleared',
      author: 'ann',
      reason: 'we never call it',
    })
    await act(ann, said.id, 'end', { note: 'done' })
  })

  test('says that a file is affected which no advisory matches', async () => {
    await t.policy(channel, `name: grave-${channel}\ndeny: [cve: '>= 9']`)
    const said = await say(
      ann,
      { package: 'requests', status: 'active', build_to: 0, version: '2.30.0' },
      'CVE-2099-0002',
    )
    const cleared = await say(ann, { package: 'requests' })
    expect([await download(0), await download(1)]).toEqual([403, 200])
    for (const { id } of [said, cleared]) await act(ann, id, 'end', { note: 'done' })
  })
})

describe('a grave CVE', () => {
  beforeEach(async () => {
    await t.importFile('mapping', JSON.stringify({ requests: ['requests', 'urllib3'], urllib3: ['urllib3'] }))
    await t.upload(channel, { name: 'urllib3', version: '2.30.0' })
  })
  const get = async () => (await dev.head(`/api/repo/${channel}/noarch/urllib3-2.30.0-0.conda`)).statusCode

  test('waits for somebody else than who proposed', async () => {
    const preview = await ann.post('/api/cves/CVE-2099-0002/statuses/preview', {
      status: 'cleared',
      reason: 'x',
      package: 'urllib3',
      channel,
    })
    expect(preview.json()).toMatchObject({ needs_second_approver: true, files_count: 1 })
    const said = await say(ann, { package: 'urllib3' }, 'CVE-2099-0002')
    expect(said.state).toBe('proposed')
    expect(await get()).toBe(403)
    expect(await act(ann, said.id, 'approve')).toBe(403)
    expect(await act(dev, said.id, 'approve')).toBe(403)
    expect(await act(bob, said.id, 'approve', { note: 'read the code' })).toBe(200)
    expect(await get()).toBe(200)
    expect(await act(bob, said.id, 'approve')).toBe(409)
    await act(ann, said.id, 'end', { note: 'done' })
    expect(await get()).toBe(403)
  })

  test('can be refused, and taken back by who proposed', async () => {
    const first = await say(ann, { package: 'urllib3' }, 'CVE-2099-0002')
    expect(await act(bob, first.id, 'refuse', { note: 'we do call it' })).toBe(200)
    const second = await say(ann, { package: 'urllib3' }, 'CVE-2099-0002')
    expect(await act(ann, second.id, 'refuse', { note: 'mistaken' })).toBe(200)
    const states = await Promise.all(
      [first, second].map(async ({ id }) => (await ann.get(`/api/curations/${id}`)).json<Said>().state),
    )
    expect(states).toEqual(['refused', 'withdrawn'])
    expect(await get()).toBe(403)
  })
})

test('what one person decided comes back to the queue when it gets grave, until a second agrees', async () => {
  const cve = 'CVE-2099-0003'
  const queued = async () =>
    (await ann.get('/api/cve-queue?kind=outgrown')).json<{ items: { curation: { cve: string } }[] }>().items
  await t.importFile('advisories', advisory(cve, HIGH, 'urllib3'))
  const alone = await say(ann, { package: 'urllib3' }, cve)
  expect([alone.state, await queued()]).toEqual(['in_force', []])

  const graver = advisory(cve, CRITICAL, 'urllib3').replace('2026-01-01', '2026-02-01')
  await t.importFile('advisories', graver)
  expect(await queued()).toMatchObject([{ curation: { cve, needs_second_approver: false } }])

  const again = await say(ann, { package: 'urllib3' }, cve)
  expect([again.state, (await queued()).length]).toEqual(['proposed', 1])
  expect(await act(bob, again.id, 'approve')).toBe(200)
  expect(await queued()).toEqual([])
})

test('what was said of a GHSA holds when an advisory says that it is a CVE, in lists as in decisions', async () => {
  const [ghsa, cve] = ['GHSA-aaaa-bbbb-cccc', 'CVE-2099-0004']
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'], flask: ['flask'] }))
  const alone = { ...(JSON.parse(advisory(cve, HIGH, 'flask')) as object), modified: '2026-03-01T00:00:00Z' }
  await t.importFile('advisories', JSON.stringify({ ...alone, id: ghsa, aliases: [] }))
  await t.upload(channel, { name: 'flask', version: '2.30.0' })
  await say(ann, { package: 'flask' }, ghsa)
  const open = async () =>
    (await dev.head(`/api/repo/${channel}/noarch/flask-2.30.0-0.conda`)).statusCode === 200
  const statuses = async (id: string) =>
    (await ann.get(`/api/channels/${channel}/cves/${id}`)).json<{ id: string; statuses: object }>()
  expect(await statuses(ghsa)).toMatchObject({ id: ghsa, statuses: { cleared: 1 } })

  await t.importFile('advisories', JSON.stringify({ ...alone, aliases: [cve, ghsa] }))
  expect(await statuses(cve)).toMatchObject({ id: cve, statuses: { cleared: 1 } })
  expect(await open()).toBe(true)
  for (const path of [`cves/${cve}/statuses`, `curations?cve=${cve}`, `curations?cve=${ghsa}`])
    expect((await ann.get(`/api/${path}`)).json()).toMatchObject({ total_count: 1 })
  const evidence = `/api/channels/${channel}/cves/${cve}/evidence?file=noarch/flask-2.30.0-0.conda`
  expect((await ann.get(evidence)).json()).toMatchObject({ matches: [{ status: 'cleared' }] })

  const said = await say(bob, { package: 'flask', status: 'active' }, cve)
  expect(await open()).toBe(false)
  expect((await ann.get(`/api/curations?cve=${cve}&state=in_force`)).json()).toMatchObject({
    items: [{ id: said.id }],
  })
})

describe('time', () => {
  test('ends it, also when it came while nothing looked, and every past day can be read back', async () => {
    const never = await say(ann, { package: 'urllib3' })
    expect(never.expires_at).toBe(new Date(t.now.getTime() + 180 * DAY).toISOString())
    const began = t.now
    const expires = new Date(began.getTime() + DAY).toISOString()
    const said = await say(ann, { package: 'requests', expires_at: expires })
    expect(await download()).toBe(200)
    t.advance(2 * DAY)
    await t.settle()
    expect(await download()).toBe(403)
    expect((await ann.get(`/api/curations/${said.id}`)).json()).toMatchObject({
      state: 'expired',
      events: [{}, {}, { kind: 'expired', by: null }],
    })
    const held = async (at: Date) => {
      const query = `package=requests&at=${at.toISOString()}`
      const { items } = (await ann.get(`/api/curations?${query}`)).json<{ items: Said[] }>()
      return items.some(({ id }) => id === said.id)
    }
    expect(await held(new Date(began.getTime() - 1))).toBe(false)
    expect(await held(began)).toBe(true)
    expect(await held(new Date(began.getTime() + DAY))).toBe(false)
  })

  test('rows are what their events say', async () => {
    for (const { id } of await t.parts.db.selectFrom('curations').select('id').execute()) {
      expect(foldCuration(id, await listEvents(t.parts.db, id))).toEqual(await findCuration(t.parts.db, id))
    }
  })
})

describe('what makes no sense is refused, and the value named', () => {
  test.each<[string, string, object, number, RegExp]>([
    ['a CVE nobody knows', 'CVE-1999-9999', { package: 'requests' }, 404, /CVE-1999-9999/],
    ['no files', 'CVE-2099-0001', {}, 400, /say which files/],
    ['bytes nobody has', 'CVE-2099-0001', { sha256: '0'.repeat(64) }, 404, /0{64}/],
    ['builds of no version', 'CVE-2099-0001', { package: 'requests', build_from: 1 }, 400, /name it too/],
    [
      'a range the wrong way round',
      'CVE-2099-0001',
      { package: 'requests', version: '1', build_from: 3, build_to: 1 },
      400,
      /from 3 to 1/,
    ],
    [
      'an end in the past',
      'CVE-2099-0001',
      { package: 'requests', expires_at: '2001-01-01T00:00:00Z' },
      400,
      /2001-01-01/,
    ],
    ['another status', 'CVE-2099-0001', { package: 'requests', status: 'fine' }, 400, /status/],
    ['no reason', 'CVE-2099-0001', { package: 'requests', reason: ' ' }, 400, /reason/],
  ])('%s', async (_name, cve, body, status, message) => {
    const response = await ann.post(`/api/cves/${cve}/statuses`, {
      status: 'cleared',
      reason: 'why not',
      ...body,
    })
    expect(response.statusCode).toBe(status)
    expect(response.body).toMatch(message)
  })

  test('nobody is asked who they are, and a reader may not', async () => {
    const body = { status: 'cleared', reason: 'x', package: 'requests' }
    expect((await t.nobody().post('/api/cves/CVE-2099-0001/statuses', body)).statusCode).toBe(401)
    const reader = await t.as('later')
    expect((await reader.post('/api/cves/CVE-2099-0001/statuses', body)).statusCode).toBe(403)
    expect((await reader.get('/api/curations')).statusCode).toBe(403)
  })
})
