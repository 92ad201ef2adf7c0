import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

const DAY = 86_400_000

let t: TestApp
let admin: TestClient
let owner: TestClient
let dev: TestClient
let channel: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  owner = await t.as('owner')
  dev = await t.as('dev')
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await t.importFile('advisories', advisory('CVE-2099-0001', '2.31.0'))
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  const made = await owner.post('/api/channels', { name: channel, privacy: 'public' })
  if (made.statusCode !== 201) throw new Error(made.body)
  await t.upload(channel, { name: 'requests', version: '2.30.0' })
  await t.policy(channel, `name: strict-${channel}\ndeny: [cve: '>= 7']`)
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

function advisory(id: string, fixed: string): string {
  return JSON.stringify({
    id: id.replace('CVE', 'PYSEC'),
    aliases: [id],
    modified: '2026-01-01T00:00:00Z',
    published: '2026-01-01T00:00:00Z',
    severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'requests' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  })
}

const FILE = 'noarch/requests-2.30.0-0.conda'

async function ask(by: TestClient, more: object = {}): Promise<{ id: string; lifts: unknown }> {
  const response = await by.post(`/api/channels/${channel}/exceptions`, {
    files: [FILE],
    reason: 'the old client needs it',
    ...more,
  })
  if (response.statusCode !== 201) throw new Error(response.body)
  return response.json()
}

async function act(by: TestClient, id: string, verb: string, body: object = {}): Promise<number> {
  const { statusCode } = await by.post(`/api/exceptions/${id}/${verb}`, body)
  await t.settle()
  return statusCode
}

async function download(file = FILE): Promise<number> {
  return (await dev.head(`/api/repo/${channel}/${file}`)).statusCode
}

async function listed(): Promise<string[]> {
  const response = await dev.get(`/api/repo/${channel}/noarch/repodata.json`)
  return Object.keys(response.json<{ 'packages.conda': object }>()['packages.conda']).sort()
}

async function stateOf(id: string): Promise<string> {
  return (await admin.get(`/api/exceptions/${id}`)).json<{ state: string }>().state
}

async function actions(): Promise<string[]> {
  const rows = await t.parts.db
    .selectFrom('audit_events')
    .select('action')
    .where('target', '=', channel)
    .orderBy('id')
    .execute()
  return rows.map(({ action }) => action).filter((action) => /^(?:exception|hold)/.test(action))
}

describe('an exception for a file', () => {
  test('is asked for by a reader, granted by the owner, and opens index and gate', async () => {
    const { id, lifts } = await ask(dev)
    expect(lifts).toEqual([{ policy: `strict-${channel}`, rule: 'deny-cve', cves: ['CVE-2099-0001'] }])
    expect(await download()).toBe(403)

    expect(await act(owner, id, 'approve', { note: 'until June' })).toBe(200)
    expect(await download()).toBe(200)
    expect(await listed()).toEqual(['requests-2.30.0-0.conda'])
    expect(await actions()).toEqual(['exception.requested', 'exception.approved'])
  })

  test('is never granted by who asked, whatever rights they have', async () => {
    for (const asker of [owner, admin]) {
      const { id } = await ask(asker)
      expect(await act(asker, id, 'approve')).toBe(403)
      expect(await stateOf(id)).toBe('requested')
    }
    expect(await download()).toBe(403)
  })

  test('is granted by nobody without the right, and seen by them only when it is theirs', async () => {
    const { id } = await ask(dev)
    const other = await t.as('other')
    expect(await act(other, id, 'approve')).toBe(404)
    expect(await act(dev, id, 'approve')).toBe(403)
    expect((await other.get(`/api/channels/${channel}/exceptions`)).json()).toMatchObject({ total_count: 0 })
    expect((await dev.get(`/api/channels/${channel}/exceptions`)).json()).toMatchObject({ total_count: 1 })
    expect((await owner.get(`/api/channels/${channel}/exceptions?state=requested`)).json()).toMatchObject({
      items: [{ id }],
    })
  })

  test('that is refused, withdrawn or revoked opens nothing, and is decided once', async () => {
    const refused = await ask(dev)
    expect(await act(owner, refused.id, 'refuse', { note: 'use 2.31' })).toBe(200)
    expect(await act(owner, refused.id, 'approve')).toBe(409)

    const withdrawn = await ask(dev)
    expect(await act(owner, withdrawn.id, 'withdraw')).toBe(403)
    expect(await act(dev, withdrawn.id, 'withdraw')).toBe(200)
    expect(await act(owner, withdrawn.id, 'approve')).toBe(409)

    const revoked = await ask(dev)
    await act(owner, revoked.id, 'approve')
    expect(await download()).toBe(200)
    expect(await act(owner, revoked.id, 'revoke', { note: 'exploited' })).toBe(200)
    expect(await download()).toBe(403)
    expect(await listed()).toEqual([])
  })

  test('runs out by itself, after a reminder', async () => {
    const expires = new Date(t.now.getTime() + 20 * DAY)
    const { id } = await ask(dev, { expires_at: expires.toISOString() })
    await act(owner, id, 'approve')
    expect(await actions()).not.toContain('exception.expiring')

    t.advance(13 * DAY)
    await t.settle()
    expect(await actions()).toContain('exception.expiring')
    expect(await download()).toBe(200)

    t.advance(7 * DAY)
    expect(await download()).toBe(403)
    await t.settle()
    expect(await listed()).toEqual([])
    expect(await stateOf(id)).toBe('expired')
    expect((await actions()).filter((action) => action === 'exception.expiring')).toHaveLength(1)
  })

  test('is for the CVEs of that day: the next one blocks again', async () => {
    const { id } = await ask(dev, { until_fixed: false })
    await act(owner, id, 'approve')
    expect(await download()).toBe(200)
    await t.importFile('advisories', advisory('CVE-2099-0002', '2.30.5'))
    expect(await download()).toBe(403)
    await t.importFile(
      'advisories',
      JSON.stringify({
        ...JSON.parse(advisory('CVE-2099-0002', '2.30.5')),
        withdrawn: '2026-01-02T00:00:00Z',
      }),
    )
    expect(await download()).toBe(200)
  })

  test('ends as soon as the channel allows a version without the CVE', async () => {
    const { id } = await ask(dev)
    await act(owner, id, 'approve')
    await t.upload(channel, { name: 'requests', version: '2.31.0' })
    expect(await stateOf(id)).toBe('fixed')
    expect(await listed()).toEqual(['requests-2.31.0-0.conda'])
    expect(await download()).toBe(403)
  })

  test('that would end at once is refused with the version to take, unless it is to go on all the same', async () => {
    await t.upload(channel, { name: 'requests', version: '2.31.0' })
    for (const scope of [{ files: [FILE] }, { files: undefined, package: 'requests <2.31' }]) {
      const body = { reason: 'r', ...scope }
      const response = await dev.post(`/api/channels/${channel}/exceptions`, body)
      expect(response.statusCode).toBe(400)
      expect(response.json<{ message: string }>().message).toMatch(
        /^noarch\/requests-2\.31\.0-0\.conda is allowed .*until_fixed false, --keep-when-fixed/,
      )
    }

    const { id } = await ask(dev, { until_fixed: false })
    await act(owner, id, 'approve')
    expect(await stateOf(id)).toBe('approved')
    expect(await download()).toBe(200)
  })

  test('is not asked for what nothing blocks, what is not there, or beyond a year', async () => {
    await t.upload(channel, { name: 'free', version: '1.0' })
    const wrong: [object, number][] = [
      [{ files: ['noarch/free-1.0-0.conda'] }, 400],
      [{ files: ['noarch/none-1.0-0.conda'] }, 404],
      [{ files: ['../../x.conda'] }, 400],
      [{ files: [FILE], package: 'requests' }, 400],
      [{ files: undefined }, 400],
      [{ files: undefined, package: 'requests >=' }, 400],
      [{ files: undefined, package: 'req*' }, 400],
      [{ expires_at: new Date(t.now.getTime() + 367 * DAY).toISOString() }, 400],
      [{ expires_at: t.now.toISOString() }, 400],
      [{ reason: ' ' }, 400],
    ]
    for (const [body, status] of wrong) {
      const response = await dev.post(`/api/channels/${channel}/exceptions`, {
        files: [FILE],
        reason: 'r',
        ...body,
      })
      expect([body, response.statusCode]).toEqual([body, status])
    }
  })
})

test('an exception may be for a version range, or for a CVE wherever it is', async () => {
  const range = await ask(dev, { files: undefined, package: 'requests 2.30.*' })
  await act(owner, range.id, 'approve')
  expect(await download()).toBe(200)
  await act(owner, range.id, 'revoke', { note: 'over' })

  const cve = await ask(dev, { files: undefined, cves: ['cve-2099-0001'] })
  expect(cve.lifts).toEqual([{ policy: `strict-${channel}`, rule: null, cves: ['CVE-2099-0001'] }])
  await act(owner, cve.id, 'approve')
  expect(await download()).toBe(200)
})

test('exceptions in force are listed with the risk they carry', async () => {
  const exploited = {
    cve: 'CVE-2099-0001',
    added_at: 0,
    due_at: null,
    is_ransomware: 0,
    name: '',
    required_action: '',
  }
  await t.parts.db.insertInto('kev_entries').values(exploited).execute()
  const byFile = await ask(dev)
  const asked = await dev.post(`/api/channels/${channel}/exceptions`, {
    package: 'requests <2.31',
    reason: 'needed',
  })
  const anywhere = await ask(dev, { files: undefined, cves: ['CVE-2099-0001'] })
  await act(owner, byFile.id, 'approve')
  await act(owner, asked.json<{ id: string }>().id, 'approve')
  await act(owner, anywhere.id, 'approve')
  await dev.get(`/api/repo/${channel}/${FILE}`)
  await t.until(async () => {
    await t.parts.requests.flush() // a download is counted once its last byte was sent
    const rows = await t.parts.db.selectFrom('file_requests').select('outcome').execute()
    return rows.some(({ outcome }) => outcome === 'served')
  })
  const risks = (await owner.get(`/api/exceptions/risks?channel=${channel}`)).json<{
    total_count: number
    items: { risk: object }[]
  }>()
  expect(risks.total_count).toBe(3)
  for (const { risk } of risks.items) {
    expect(risk).toMatchObject({
      cves: [{ id: 'CVE-2099-0001', score: 9.8, severity: 'critical', kev: true, epss: null }],
      highest_score: 9.8,
      highest_epss: null,
      kev: true,
      files: 1,
      downloads_since_granted: 1,
    })
  }
  expect((await (await t.as('somebody')).get('/api/exceptions/risks')).json()).toEqual({
    total_count: 0,
    items: [],
  })
})

test('what the baseline blocks is for those who may open it everywhere', async () => {
  await admin.post('/api/policies', { document: "name: base\ndeny: [cve: '>= 9']" })
  await admin.put('/api/policies/base/baseline')
  await t.settle()
  const { id } = await ask(dev)
  expect(await act(owner, id, 'approve')).toBe(403)
  expect(await act(admin, id, 'approve')).toBe(200)
  expect(await download()).toBe(200)
  await admin.delete('/api/policies/base/baseline')
  await t.settle()
})

test('a hold is released by a person, for good and for those files only', async () => {
  await t.policy(channel, `name: wait-${channel}\nrules: [{id: week, effect: hold, when: {package: slow}}]`)
  await t.upload(channel, { name: 'slow', version: '1.0' })
  await t.upload(channel, { name: 'slow', version: '2.0' })
  const release = (by: TestClient, file: string) =>
    by.post(`/api/channels/${channel}/releases`, { files: [file], reason: 'looked at it' })
  expect((await release(dev, 'noarch/slow-1.0-0.conda')).statusCode).toBe(403)
  expect((await release(owner, FILE)).statusCode).toBe(400) // blocked, not held
  expect((await release(owner, 'noarch/slow-1.0-0.conda')).statusCode).toBe(201)
  await t.settle()
  expect(await listed()).toEqual(['slow-1.0-0.conda'])
  expect(await download('noarch/slow-2.0-0.conda')).toBe(403)
  expect(await actions()).toEqual(['hold.released'])
})
