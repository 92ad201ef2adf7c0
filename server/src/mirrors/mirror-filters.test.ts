import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { fakePackage } from './testing/fake-channel.ts'
import { FakeUpstream } from './testing/fake-upstream.ts'

let upstream: FakeUpstream
let t: TestApp
let admin: TestClient
let channel: string
let channels = 0

beforeAll(async () => {
  upstream = await FakeUpstream.start()
  t = await startTestApp({ outboundPrivate: [upstream.hostAndPort] })
  admin = await t.as('admin')
})
beforeEach(async () => {
  upstream.forget()
  channel = `f${(channels += 1)}`
  await t.channel(channel)
})
afterEach(() => t.requireQuiet())
afterAll(async () => {
  await t.close()
  await upstream.stop()
})

const mirrors = (): string => `/api/channels/${channel}/mirrors`

async function served(subdir = 'noarch'): Promise<string[]> {
  const response = await t.nobody().get(`/api/repo/${channel}/${subdir}/repodata.json`)
  const { packages, 'packages.conda': conda } = response.json<Record<string, Record<string, unknown>>>()
  return [...Object.keys(packages!), ...Object.keys(conda!)].sort()
}

async function stored(): Promise<string[]> {
  const { items } = (await admin.get(`/api/channels/${channel}/files?limit=100`)).json<{
    items: { ckey: string }[]
  }>()
  return items.map(({ ckey }) => ckey).sort()
}

async function change(id: string, body: object): Promise<number> {
  const response = await admin.put(`${mirrors()}/${id}`, body)
  await t.settle()
  return response.statusCode
}

describe('filters that judge', () => {
  beforeEach(async () => {
    upstream.serve([
      await fakePackage({ name: 'free', version: '1.0' }, { record: { license: 'MIT' } }),
      await fakePackage({ name: 'copyleft', version: '1.0' }, { record: { license: 'GPL-3.0-only' } }),
      await fakePackage({ name: 'old', version: '1.0' }, { record: { license: 'MIT', timestamp: 1e12 } }),
    ])
  })

  test('are kept as they were sent, and act as a policy that says why', async () => {
    const filters = {
      exclude_licenses: ['gpl3'],
      cve_score_threshold: 7,
      cve_score_exceptions: ['CVE-2099-0001'],
    }
    const mirror = await t.mirror(channel, upstream.url, filters)
    expect(mirror).toMatchObject({
      filters,
      filter_policy: `filters of ${channel}/upstream`,
      filter_notes: [expect.stringContaining('mitigated or cleared')],
      result: { added: 3 },
    })
    expect(await served()).toEqual(['free-1.0-0.conda', 'old-1.0-0.conda'])
    const refused = await t.nobody().get(`/api/repo/${channel}/noarch/copyleft-1.0-0.conda`)
    expect(refused.statusCode).toBe(403)
    expect(refused.json<{ message: string }>().message).toContain(
      `by policy "filters of ${channel}/upstream", rule exclude-licenses`,
    )
    expect((await admin.get(`/api/channels/${channel}/policies`)).json()).toMatchObject({
      items: [{ name: `filters of ${channel}/upstream`, scope: 'mirror', mode: 'enforce' }],
    })
  })

  test('judge what the mirror brings and nothing else', async () => {
    await t.mirror(channel, upstream.url, { exclude_licenses: ['gpl3'] })
    await t.upload(channel, { name: 'ours', version: '1.0', index: { license: 'GPL-3.0-only' } })
    expect(await served()).toContain('ours-1.0-0.conda')
  })

  test('that change act at once, without a run, as the next version of the policy', async () => {
    const { mirror_id: id } = await t.mirror(channel, upstream.url, { exclude_licenses: ['gpl3'] })
    expect(await change(id, { filters: { date_from: '2020-01-01' } })).toBe(202)
    expect(await served()).toEqual([])
    expect(await change(id, { filters: { date_to: '2020-01-01' } })).toBe(202)
    expect(await served()).toEqual(['old-1.0-0.conda'])
    const policy = encodeURIComponent(`filters of ${channel}/upstream`)
    expect((await admin.get(`/api/policies/${policy}/versions`)).json()).toMatchObject({ total_count: 3 })
    expect((await admin.get(`/api/policies/${policy}`)).json()).toMatchObject({ mirror_owned: true })

    expect(await change(id, { filters: { subdirs: ['noarch'] } })).toBe(202)
    expect(await served()).toEqual(['copyleft-1.0-0.conda', 'free-1.0-0.conda', 'old-1.0-0.conda'])
    expect((await admin.get(`${mirrors()}/${id}`)).json()).toMatchObject({ filter_policy: null })
    expect((await admin.get(`/api/policies/${policy}`)).statusCode).toBe(404)
  })

  test('go with the mirror, and what they blocked goes too', async () => {
    const { mirror_id: id } = await t.mirror(channel, upstream.url, { exclude_licenses: ['gpl3'] })
    expect((await admin.delete(`${mirrors()}/${id}`)).statusCode).toBe(204)
    await t.settle()
    expect(await served()).toEqual(['free-1.0-0.conda', 'old-1.0-0.conda'])
    expect(await stored()).toEqual(['noarch/free-1.0-0.conda', 'noarch/old-1.0-0.conda'])
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/copyleft-1.0-0.conda`)).statusCode).toBe(404)
    // the name is free again
    expect(await t.mirror(channel, upstream.url, { exclude_licenses: ['mit'] })).toMatchObject({
      filter_policy: `filters of ${channel}/upstream`,
    })
    expect(await served()).toEqual(['copyleft-1.0-0.conda'])
  })

  test('a policy that others put to a mirror goes with it in the open', async () => {
    const { mirror_id: id } = await t.mirror(channel, upstream.url, {})
    await admin.post('/api/policies', { document: `name: no free ${channel}\ndeny: [package: free]` })
    const place = `${mirrors()}/${id}/policies/${encodeURIComponent(`no free ${channel}`)}`
    expect((await admin.put(place, {})).statusCode).toBe(204)
    await t.settle()
    expect(await served()).not.toContain('free-1.0-0.conda')
    await admin.delete(`${mirrors()}/${id}`)
    await t.settle()
    expect(await stored()).toEqual(['noarch/copyleft-1.0-0.conda', 'noarch/old-1.0-0.conda'])
    const { items } = (await admin.get('/api/audit/events?limit=5')).json<{ items: { action: string }[] }>()
    expect(items.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['policy.unassigned', 'artifact.removed', 'mirror.deleted']),
    )
  })

  test('are written where the mirror is, and nowhere else', async () => {
    const { mirror_id: id } = await t.mirror(channel, upstream.url, { exclude_licenses: ['gpl3'] })
    const name = `filters of ${channel}/upstream`
    const document = JSON.stringify({ name, rules: [] })
    for (const response of [
      await admin.post('/api/policies', { document }),
      await admin.delete(`/api/policies/${encodeURIComponent(name)}`),
      await admin.delete(`${mirrors()}/${id}/policies/${encodeURIComponent(name)}`),
      await admin.put(`${mirrors()}/${id}/policies/${encodeURIComponent(name)}`, { mode: 'audit' }),
    ]) {
      expect(response.statusCode).toBe(409)
      expect(response.json<{ message: string }>().message).toContain('filters')
    }
    expect(await served()).not.toContain('copyleft-1.0-0.conda')
  })

  test.each<[object, string]>([
    [{ cve_score_threshold: 11 }, 'filters.cve_score_threshold: must be at most 10'],
    [{ cve_treshold: 7 }, 'cve_treshold'],
    [{ date_from: 'yesterday' }, 'filters.date_from'],
    [{ exclude_licenses: ['gpl9'] }, 'exclude_licenses'],
    [{ projects: ['requests'] }, 'filters.projects: is for other package families'],
    [{ cve_score_threshold: 7, cve_score_exceptions: ['no cve'] }, 'filters.cve_score_exceptions'],
  ])('%j is refused by name, and nothing is made', async (filters, named) => {
    const body = { mirror_name: 'm', source_root: upstream.url, filters }
    const response = await admin.post(mirrors(), body)
    expect(response.statusCode).toBe(400)
    expect(response.body).toContain(named)
    expect((await admin.get(mirrors())).json()).toMatchObject({ total_count: 0 })
  })
})

describe('dependencies', () => {
  const numpy = {
    name: 'numpy',
    version: '2.0',
    subdir: 'linux-64',
    depends: ['python >=3.12', 'libblas 3.*'],
  }
  beforeEach(async () => {
    upstream.serve([
      await fakePackage(numpy),
      await fakePackage({ name: 'python', version: '3.12', subdir: 'linux-64', depends: ['tzdata', 'ssl'] }),
      await fakePackage({ name: 'python', version: '3.9', subdir: 'linux-64', depends: ['older'] }),
      await fakePackage({ name: 'libblas', version: '3.9', subdir: 'linux-64', depends: ['__glibc >=2.17'] }),
      await fakePackage({ name: 'libblas', version: '4.0', subdir: 'linux-64' }),
      await fakePackage({
        name: 'ssl',
        version: '3',
        subdir: 'linux-64',
        depends: ['python', 'not a $ spec ,,'],
      }),
      await fakePackage({ name: 'older', version: '1', subdir: 'linux-64' }),
      await fakePackage({ name: 'other', version: '1', subdir: 'osx-64' }),
      await fakePackage({ name: 'tzdata', version: '2026a', depends: ['zones'] }),
      await fakePackage({ name: 'zones', version: '1' }),
      await fakePackage({ name: 'unneeded', version: '1' }),
    ])
  })

  test('include_dependencies brings what the chosen need, through others and around in circles', async () => {
    const run = await t.mirror(channel, upstream.url, { only_specs: ['numpy'], include_dependencies: true })
    // ssl needs any python, so both are there, and with the old one what it needs
    expect(await stored()).toEqual([
      'linux-64/libblas-3.9-0.conda',
      'linux-64/numpy-2.0-0.conda',
      'linux-64/older-1-0.conda',
      'linux-64/python-3.12-0.conda',
      'linux-64/python-3.9-0.conda',
      'linux-64/ssl-3-0.conda',
      'noarch/tzdata-2026a-0.conda',
      'noarch/zones-1-0.conda',
    ])
    expect(run).toMatchObject({ result: { added: 8, filtered: 3 } })
  })

  test('what is excluded is not brought, whoever needs it', async () => {
    const filters = { only_specs: ['numpy'], exclude_specs: ['python <3.12'], include_dependencies: true }
    await t.mirror(channel, upstream.url, filters)
    expect(await stored()).not.toContain('linux-64/python-3.9-0.conda')
    expect(await stored()).not.toContain('linux-64/older-1-0.conda')
  })

  test('a mirror of a platform brings what that needs of noarch, and lets go of it again', async () => {
    const { mirror_id: id } = await t.mirror(channel, upstream.url, { subdirs: ['linux-64'] })
    const ofNoarch = async (): Promise<string[]> =>
      (await stored()).filter((file) => file.startsWith('noarch'))
    expect(await ofNoarch()).toEqual(['noarch/tzdata-2026a-0.conda', 'noarch/zones-1-0.conda'])
    expect(await change(id, { run_now: true, filters: { subdirs: ['osx-64'] } })).toBe(202)
    expect(await ofNoarch()).toEqual([])
  })

  test('an empty list of subdirs is all of them', async () => {
    expect(await t.mirror(channel, upstream.url, { subdirs: [] })).toMatchObject({ result: { added: 11 } })
  })
})
