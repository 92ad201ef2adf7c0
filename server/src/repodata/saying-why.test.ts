/**
 * What a person learns who does not get a package, wherever they meet it; and that what is hidden is nowhere
 * else. I-8: every address, every form.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { requestsAdvisory } from '../vulnerabilities/testing/builders.ts'

let t: TestApp
let admin: TestClient
let dev: TestClient
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  dev = await t.as('dev')
  await t.channel('main')
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await t.importFile('advisories', JSON.stringify(requestsAdvisory))
  await t.upload('main', { name: 'requests', version: '2.30.0' })
  await t.upload('main', { name: 'requests', version: '2.31.0' })
  await t.upload('main', { name: 'secretive', version: '7.7.7', index: { license: 'GPL-3.0-only' } })
  await t.policy(
    'main',
    "name: prod\nrules: [{id: no-critical, effect: deny, when: {cve: '>= 9'}}]\nhide: [licence: GPL]",
  )
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

const BLOCKED = 'requests-2.30.0-0.conda'

describe('what is hidden', () => {
  const indexes = [
    'noarch/repodata.json',
    'noarch/repodata.json.zst',
    'noarch/current_repodata.json',
    'noarch/current_repodata.json.zst',
    'noarch/run_exports.json',
    'noarch/run_exports.json.zst',
    'noarch/repodata_from_packages.json',
    'noarch/patch_instructions.json',
    'noarch/repodata_shards.msgpack.zst',
    'noarch/',
    'channeldata.json',
    'channeldata.json.zst',
    'rss.xml',
    'notices.json',
    '',
    'linux-64/repodata.json',
  ]

  test('is in no file of the channel, whoever asks and however', async () => {
    const shards = decodeShardIndex(
      (await t.nobody().get('/api/repo/main/noarch/repodata_shards.msgpack.zst')).rawPayload,
    )
    expect([...shards.shards.keys()]).toEqual(['requests'])
    for (const sha256 of shards.shards.values()) {
      const shard = await t.nobody().get(`/api/repo/main/noarch/shards/${sha256}.msgpack.zst`)
      expect([...decodeShard(shard.rawPayload)['packages.conda'].keys()]).toEqual(['requests-2.31.0-0.conda'])
    }
    const token = await t.token('dev')
    const ways: [string, Record<string, string>][] = [
      ['/api/repo/', {}],
      [`/t/${token}/api/repo/`, {}],
      ['/api/repo/', { 'if-none-match': '"something-old"' }],
      ['/api/repo/', { 'if-modified-since': 'Thu, 01 Jan 1970 00:00:00 GMT' }],
      ['/api/repo/', { 'accept-encoding': 'gzip' }],
    ]
    let looked = 0
    for (const index of indexes) {
      for (const [prefix, headers] of ways) {
        const response = await t.nobody().get(`${prefix}main/${index}`, headers)
        if (response.statusCode !== 200) continue
        looked += 1
        const text = await readable(response.rawPayload, response.headers)
        for (const hidden of ['secretive', '7.7.7', BLOCKED, '2.30.0', 'CVE-2099-0001']) {
          expect([index, hidden, text.includes(hidden)]).toEqual([index, hidden, false])
        }
      }
    }
    expect(looked).toBeGreaterThan(indexes.length * 2)
  })

  test('is in the filtered list with its cause, every file of it', async () => {
    const response = await dev.get('/api/channels/main/files-filtered')
    expect(response.json()).toMatchObject({
      total_count: 2,
      items: [
        {
          ckey: `noarch/${BLOCKED}`,
          filtered_cause: 'cve',
          effect: 'deny',
          reasons: [{ rule: 'no-critical' }],
        },
        { ckey: 'noarch/secretive-7.7.7-0.conda', filtered_cause: 'license', effect: 'hide' },
      ],
    })
  })

  test('comes with what it would be instead, for a match spec', async () => {
    const explain = async (spec: string): Promise<object> =>
      (await dev.get(`/api/explain?channel=main&spec=${encodeURIComponent(spec)}`)).json()
    expect(await explain('requests 2.30.*')).toMatchObject({
      candidate_count: 1,
      listed_count: 0,
      candidates: [
        {
          effect: 'deny',
          message: expect.stringContaining('CVE-2099-0001') as string,
          decision: { reasons: [{ evidence: [{ kind: 'cve', why: expect.any(String) as string }] }] },
          why_url: `/why/main/noarch/${BLOCKED}`,
        },
      ],
      alternatives: [{ version: '2.31.0', relation: 'newest' }],
    })
    expect(await explain('requests')).toMatchObject({ candidate_count: 2, listed_count: 1, alternatives: [] })
    expect(await explain('none-such')).toMatchObject({ candidate_count: 0, candidates: [] })
    for (const wrong of ['req*', 'requests >=', 'other::requests']) {
      const response = await dev.get(`/api/explain?channel=main&spec=${encodeURIComponent(wrong)}`)
      expect([wrong, response.statusCode]).toEqual([wrong, 400])
    }
  })

  test('has a page for people, on which nothing runs', async () => {
    const page = await t.nobody().get(`/why/main/noarch/${BLOCKED}`)
    expect(page.statusCode).toBe(200)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    for (const text of ['no-critical', 'CVE-2099-0001', '2.31.0', 'terrarium exception request']) {
      expect(page.body).toContain(text)
    }
    expect((await t.nobody().get('/why/main/noarch/none-1-0.conda')).statusCode).toBe(404)
    await t.channel('inner', 'private')
    expect((await t.nobody().get('/why/inner/noarch/none-1-0.conda')).statusCode).toBe(401)
  })

  test('is told in the notices of whoever was refused, and of nobody else', async () => {
    const notices = async (by: TestClient): Promise<{ id: string; message: string }[]> =>
      (await by.get('/api/repo/main/notices.json')).json<{ notices: { id: string; message: string }[] }>()
        .notices
    expect(await notices(dev)).toEqual([])
    await dev.get(`/api/repo/main/noarch/${BLOCKED}`)
    await t.nobody().get(`/api/repo/main/noarch/${BLOCKED}`)
    await t.parts.requests.flush()
    const [notice, ...others] = await notices(dev)
    expect(others).toEqual([])
    expect(notice?.message).toContain('requests 2.30.0 is blocked')
    expect((await notices(dev))[0]?.id).toBe(notice?.id)
    expect((await dev.get('/api/repo/main/notices.json')).headers['cache-control']).toBe('private, no-cache')
    expect(await notices(t.nobody())).toEqual([])
    expect(await notices(admin)).toEqual([])
  })

  test('has a history that says since when and why', async () => {
    const response = await dev.get(`/api/channels/main/explain/noarch/${BLOCKED}/history`)
    expect(response.json()).toMatchObject({
      total_count: 1,
      items: [
        {
          before: 'allow',
          after: 'deny',
          causes: [{ kind: 'policy', policy: 'prod', change: 'assigned', by: 'admin' }],
          decision: { reasons: [{ rule: 'no-critical' }] },
        },
      ],
    })
  })
})

describe('a channel that explains', () => {
  beforeAll(async () => {
    await admin.put('/api/channels/main/explaining', { enabled: true })
    await t.settle()
  })

  async function depends(index: string): Promise<Record<string, string[]>> {
    const response = await t.nobody().get(`/api/repo/main/noarch/${index}`)
    const records = response.json<{ 'packages.conda': Record<string, { depends: string[] }> }>()[
      'packages.conda'
    ]
    return Object.fromEntries(Object.entries(records).map(([name, record]) => [name, record.depends]))
  }

  test('keeps blocked builds with a dependency that nobody can have, whose name says why', async () => {
    expect(await depends('repodata.json')).toEqual({
      [BLOCKED]: ['__blocked_by_policy_prod-no-critical-cve-2099-0001 ==denied'],
      'requests-2.31.0-0.conda': [],
      'secretive-7.7.7-0.conda': ['__blocked_by_policy_prod-hide-licence ==hidden'],
    })
    expect((await t.nobody().get(`/api/repo/main/noarch/${BLOCKED}`)).statusCode).toBe(403)
  })

  test('does not count them, nor name them among what is new', async () => {
    expect(await depends('current_repodata.json')).toEqual({ 'requests-2.31.0-0.conda': [] })
    const channeldata = await t.nobody().get('/api/repo/main/channeldata.json')
    expect(channeldata.body).not.toContain('secretive')
    expect((await t.nobody().get('/api/repo/main/rss.xml')).body).not.toContain('7.7.7')
    const index = (await t.nobody().get('/api/channels/main/index')).json<{
      subdirs: { served_count: number }[]
    }>()
    expect(index.subdirs.map((one) => one.served_count)).toEqual([1])
  })

  test('is silent again when told so', async () => {
    await admin.put('/api/channels/main/explaining', { enabled: false })
    await t.settle()
    expect(Object.keys(await depends('repodata.json'))).toEqual(['requests-2.31.0-0.conda'])
  })
})

async function readable(bytes: Uint8Array, headers: Record<string, unknown>): Promise<string> {
  const { gunzipSync } = await import('node:zlib')
  const isZstd = bytes[0] === 0x28 && bytes[1] === 0xb5
  if (isZstd) return new TextDecoder().decode(zstdDecompress(bytes, 10_000_000))
  return new TextDecoder().decode(headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes)
}
