import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { requestsAdvisory } from '../vulnerabilities/testing/builders.ts'

let t: TestApp
let channel: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await t.importFile('advisories', JSON.stringify(requestsAdvisory))
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

async function listed(): Promise<string[]> {
  const response = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
  return Object.keys(response.json<{ 'packages.conda': object }>()['packages.conda'])
}

async function shardNames(): Promise<string[]> {
  const index = await t.nobody().get(`/api/repo/${channel}/noarch/repodata_shards.msgpack.zst`)
  return [...decodeShardIndex(index.rawPayload).shards.keys()]
}

function fileOf(name: string, version: string): string {
  return `/api/repo/${channel}/noarch/${name}-${version}-0.conda`
}

describe('a package with a grave CVE under a policy against them', () => {
  beforeEach(async () => {
    await t.upload(channel, { name: 'requests', version: '2.30.0' })
    await t.upload(channel, { name: 'requests', version: '2.31.0' })
    await t.policy(channel, `name: strict-${channel}\ndeny: [cve: '>= 7']`)
  })

  test('is in no form of the index, and the version without is in all', async () => {
    expect(await listed()).toEqual(['requests-2.31.0-0.conda'])
    expect(await shardNames()).toEqual(['requests'])
    expect((await t.nobody().get(fileOf('requests', '2.31.0'))).statusCode).toBe(200)
  })

  // T-UX-02, T-UX-03: conda prints `reason` and `message` of the top level, and nothing else
  test('answers 403 with the rule, the CVE and what is allowed instead, in the fields that conda prints', async () => {
    const response = await t.nobody().get(fileOf('requests', '2.30.0'))

    expect(response.statusCode).toBe(403)
    const body = response.json<{ reason: string; message: string; detail: string }>()
    expect(body.reason).toBe('BLOCKED BY POLICY')
    expect(body.message).toContain('rule deny-cve')
    expect(body.message).toContain('CVE-2099-0001')
    expect(body.message).toContain('2.31.0')
    expect(body.detail).toBe(body.message)
    expect(body).toMatchObject({ code: 'blocked-by-policy', status: 403, policy: `strict-${channel}` })
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store' })
    expect(response.headers['content-type']).toContain('application/problem+json')
  })

  test('links to where an exception is asked for, as the client reached the server, and so for nobody else', async () => {
    const why = `/why/${channel}/noarch/requests-2.30.0-0.conda`
    const ask = async (host: string): Promise<string> => {
      const response = await t.nobody().get(fileOf('requests', '2.30.0'), { host })
      return response.json<{ message: string }>().message
    }
    expect(await ask('conda.example:8080')).toContain(`Request an exception: http://conda.example:8080${why}`)
    expect(await ask('other.example')).toContain(`Request an exception: http://other.example${why}`)
    expect(await ask('not a host/"><script>')).not.toMatch(/Request an exception|script/)
    const notices = await t.nobody().get(`/api/repo/${channel}/notices.json`, { host: 'other.example' })
    expect(notices.body).not.toContain('other.example')
  })

  // T-GOV-03, I-8: however it is asked for
  test('is blocked for GET, HEAD, ranges, conditions, and tokens alike', async () => {
    const path = fileOf('requests', '2.30.0')
    const file = await t.parts.db
      .selectFrom('channel_files')
      .innerJoin('channels', 'channels.id', 'channel_files.channel_id')
      .select('sha256')
      .where('channels.name', '=', channel)
      .where('version', '=', '2.30.0')
      .executeTakeFirstOrThrow()
    const token = await t.token('admin')
    const tag = `"file-${file.sha256}"`
    const ways: [string, Record<string, string>][] = [
      [path, {}],
      [path, { range: 'bytes=0-4' }],
      [path, { range: 'bytes=-65536' }],
      [path, { 'if-none-match': tag }],
      [path, { 'if-none-match': '*' }],
      [path, { 'if-modified-since': new Date(t.now.getTime() + 1e6).toUTCString() }],
      [path, { range: 'bytes=5-', 'if-range': tag }],
      [path, { authorization: `Bearer ${token}` }],
      [`/t/${token}${path}`, {}],
      [path.replace('/api/repo/', `/api/repo/t/${token}/`), {}],
      [`${path}?x=1`, {}],
      [path.replace('requests', 'request%73'), {}],
    ]
    for (const [url, headers] of ways) {
      for (const method of ['GET', 'HEAD'] as const) {
        const response = await t.nobody().send(method, url, { headers })
        expect({ url, headers, method, status: response.statusCode }).toMatchObject({ status: 403 })
        expect(response.headers).not.toHaveProperty('etag')
        if (method === 'GET') expect(response.json()).toMatchObject({ reason: 'BLOCKED BY POLICY' })
        expect(response.body).not.toContain(token)
      }
    }
  })

  test('is explained with the same words as at the gate', async () => {
    const gate = (await t.nobody().get(fileOf('requests', '2.30.0'))).json<{ message: string }>()
    const explained = await t.nobody().get(`/api/channels/${channel}/explain/noarch/requests-2.30.0-0.conda`)

    expect(explained.json()).toMatchObject({ effect: 'deny', message: gate.message })
  })

  test('is listed as blocked, with the reason', async () => {
    const blocked = await t.nobody().get(`/api/channels/${channel}/files?blocked=true`)

    expect(blocked.json()).toMatchObject({ total_count: 1, items: [{ effect: 'deny', name: 'requests' }] })
  })

  test('without an allowed version says so', async () => {
    await t.upload(channel, { name: 'other', version: '1.0' })
    await t.policy(channel, `name: no-other-${channel}\ndeny: [package: other]`)

    const { message } = (await t.nobody().get(fileOf('other', '1.0'))).json<{ message: string }>()

    expect(message).toContain('No other version of other is allowed')
  })
})

// T-GOV-01: the first request ever
test('a file that is not published yet is judged at its first download', async () => {
  await t.policy(channel, `name: no-bad-${channel}\ndeny: [package: bad]`)
  const own = await t.as('admin')
  const { packageFilename, writePackage } = await import('@terrarium/conda/archive/write-package.ts')
  const spec = { name: 'bad', version: '1.0' }

  const uploaded = await own.upload(
    channel,
    packageFilename(spec, 'conda'),
    await writePackage(spec, 'conda'),
  )
  const response = await t.nobody().get(fileOf('bad', '1.0'))

  expect(uploaded.statusCode).toBe(201)
  expect(response.statusCode).toBe(403)
  await t.settle()
  expect(await listed()).toEqual([])
})

// T-GOV-04, T-GOV-05: what was served is stopped once it is flagged, without waiting for the index
describe('the gate, with nobody publishing', () => {
  let idle: TestApp
  beforeEach(async () => {
    idle = await startTestApp()
    await idle.channel('main')
    await idle.upload('main', { name: 'demo', version: '1.0' })
    await idle.upload('main', { name: 'requests', version: '2.30.0' })
    await idle.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
    await idle.parts.jobs.stop()
  })
  afterEach(() => idle.discard())

  const demo = '/api/repo/main/noarch/demo-1.0-0.conda'
  const status = async (path = demo): Promise<number> => (await idle.nobody().get(path)).statusCode

  test('follows a policy that is assigned, edited, unassigned and assigned again at once', async () => {
    const admin = await idle.as('admin')
    const write = (document: string): Promise<unknown> => admin.post('/api/policies', { document })
    expect(await status()).toBe(200)

    await write('name: p\ndeny: [package: demo]')
    expect(await status()).toBe(200)
    await admin.put('/api/channels/main/policies/p')
    expect(await status()).toBe(403)
    await write('name: p\ndeny: [package: other]')
    expect(await status()).toBe(200)
    await write('name: p\ndeny: [package: demo]')
    expect(await status()).toBe(403)
    await admin.delete('/api/channels/main/policies/p')
    expect(await status()).toBe(200)

    const index = await idle.nobody().get('/api/repo/main/noarch/repodata.json')
    expect(index.body).toContain('demo-1.0-0.conda')
  })

  test('hides nothing that is only kept from new installations', async () => {
    const admin = await idle.as('admin')
    await admin.post('/api/policies', {
      document: 'name: p\nrules: [{id: h, effect: hide, when: {package: demo}}]',
    })
    await admin.put('/api/channels/main/policies/p')

    expect(await status()).toBe(200)
  })

  test('lets a held package through when its time has come, with no one doing anything', async () => {
    const admin = await idle.as('admin')
    const document = "name: p\nrules: [{id: wait, effect: hold, when: {age: '< 7 days'}}]"
    expect((await admin.post('/api/policies', { document })).statusCode).toBe(200)
    await admin.put('/api/channels/main/policies/p')
    const held = await idle.nobody().get(demo)
    expect(held.statusCode).toBe(403)
    expect(held.json()).toMatchObject({ reason: 'ON HOLD' })

    idle.advance(7 * 24 * 3600 * 1000)

    expect((await idle.nobody().get(demo)).statusCode).toBe(200)
  })
})

// T-AUTHZ-04, T-GOV-06
describe('what one channel has', () => {
  test('is not there under another: neither shard nor package, though the bytes are known', async () => {
    await t.channel(`${channel}-private`, 'private')
    const { filename } = await t.upload(`${channel}-private`, { name: 'secret', version: '1.0' })
    const admin = await t.as('admin')
    const index = await admin.get(`/api/repo/${channel}-private/noarch/repodata_shards.msgpack.zst`)
    const sha256 = decodeShardIndex(index.rawPayload).shards.get('secret')!

    for (const path of [`shards/${sha256}.msgpack.zst`, filename]) {
      expect((await t.nobody().get(`/api/repo/${channel}/noarch/${path}`)).statusCode).toBe(404)
      expect((await t.nobody().get(`/api/repo/${channel}-private/noarch/${path}`)).statusCode).toBe(401)
      const stranger = await t.as('stranger')
      expect((await stranger.get(`/api/repo/${channel}-private/noarch/${path}`)).statusCode).toBe(404)
      expect((await admin.get(`/api/repo/${channel}-private/noarch/${path}`)).statusCode).toBe(200)
    }
  })

  test('stays blocked there when another channel gets the same bytes', async () => {
    await t.upload(channel, { name: 'demo', version: '1.0' })
    await t.policy(channel, `name: no-demo-${channel}\ndeny: [package: demo]`)
    await t.channel(`${channel}-open`)
    await t.upload(`${channel}-open`, { name: 'demo', version: '1.0' })

    expect((await t.nobody().get(fileOf('demo', '1.0'))).statusCode).toBe(403)
    expect((await t.nobody().get(`/api/repo/${channel}-open/noarch/demo-1.0-0.conda`)).statusCode).toBe(200)
  })

  test('of another subdir is not there under this one', async () => {
    await t.upload(channel, { name: 'lib', version: '1.0', subdir: 'linux-64' })
    const index = await t.nobody().get(`/api/repo/${channel}/linux-64/repodata_shards.msgpack.zst`)
    const sha256 = decodeShardIndex(index.rawPayload).shards.get('lib')!

    expect(
      (await t.nobody().get(`/api/repo/${channel}/noarch/shards/${sha256}.msgpack.zst`)).statusCode,
    ).toBe(404)
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/lib-1.0-0.conda`)).statusCode).toBe(404)
  })
})
