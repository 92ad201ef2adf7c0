import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { resolveRepoPath } from '../repodata/resolve-path.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { toChannelAddress } from './subchannel-address.ts'

let t: TestApp
let admin: TestClient
let main: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
})
beforeEach(async () => {
  main = `c${(channels += 1)}`
  await t.channel(main)
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

const sha256 = 'a'.repeat(64)

test.each([
  ['main/dev/noarch/repodata.json', { kind: 'repodata', channel: 'main/dev', subdir: 'noarch' }],
  ['main/dev/noarch/a-1-0.conda', { kind: 'package', channel: 'main/dev', subdir: 'noarch' }],
  [`main/dev/noarch/shards/${sha256}.msgpack.zst`, { kind: 'shard', channel: 'main/dev' }],
  [`main/team-a/linux-64/shards/${sha256}.msgpack.zst`, { kind: 'shard', channel: 'main/team-a' }],
  ['main/team-a/noarch/repodata.json', { kind: 'repodata', channel: 'main/team-a' }],
  ['main/dev/channeldata.json', { kind: 'channel-file', channel: 'main/dev' }],
  ['main/dev/', { kind: 'page', channel: 'main/dev', subdir: undefined }],
  ['main/dev/noarch/', { kind: 'page', channel: 'main/dev', subdir: 'noarch' }],
  ['main/dev', { kind: 'page-address', channel: 'main/dev', location: 'dev/' }],
  ['main/dev@3/noarch/repodata.json', { channel: 'main/dev', at: { kind: 'number', number: 3 } }],
  ['main@3/dev/noarch/repodata.json', { kind: 'nothing', channel: 'main' }],
  ['main/dev/deeper/noarch/repodata.json', { kind: 'nothing', channel: 'main' }],
  ['main/noarch/noarch/repodata.json', { kind: 'nothing', channel: 'main' }],
  ['main/channeldata.json', { kind: 'channel-file', channel: 'main' }],
])('below /api/repo/, %s', (path, meaning) => {
  expect(resolveRepoPath(path)).toMatchObject(meaning)
})

test.each([
  ['/api/channels/main/subchannels/dev', '/api/channels/main%2Fdev'],
  ['/api/channels/main/subchannels/dev/files?q=a/b', '/api/channels/main%2Fdev/files?q=a/b'],
  ['/api/channels/main/subchannels', '/api/channels/main/subchannels'],
  ['/api/channels?q=/subchannels/x', '/api/channels?q=/subchannels/x'],
  ['/api/channels/main/subchannels/dev/subchannels/x', '/api/channels/main%2Fdev/subchannels/x'],
])('the address %s', (from, to) => {
  expect(toChannelAddress(from)).toBe(to)
})

describe('a subchannel', () => {
  test('is a channel of its own below its parent', async () => {
    const made = await admin.post(`/api/channels/${main}/subchannels`, { name: 'dev', privacy: 'public' })
    expect(made.statusCode).toBe(201)
    expect(made.json()).toMatchObject({ name: 'dev', parent: main, path: `${main}/dev`, privacy: 'public' })
    const spec = { name: 'a', version: '1.0' }
    const filename = packageFilename(spec, 'conda')
    const bytes = await writePackage(spec, 'conda')

    expect((await admin.upload(`${main}/subchannels/dev`, filename, bytes)).statusCode).toBe(201)
    await t.settle()

    const base = `/api/repo/${main}/dev/noarch`
    const index = await t.nobody().get(`${base}/repodata_shards.msgpack.zst`)
    const shard = decodeShardIndex(index.rawPayload).shards.get('a') ?? ''
    expect((await t.nobody().get(`${base}/shards/${shard}.msgpack.zst`)).statusCode).toBe(200)
    expect((await t.nobody().get(`${base}/${filename}`)).rawPayload.equals(bytes)).toBe(true)
    expect((await t.nobody().get(`/api/repo/${main}/noarch/${filename}`)).statusCode).toBe(404)
    expect((await t.nobody().get(`/api/repo/${main}/dev@1/noarch/repodata.json`)).statusCode).toBe(200)
    const files = `/api/channels/${main}/subchannels/dev/files`
    expect((await t.nobody().get(files)).json()).toMatchObject({ total_count: 1 })
    expect((await t.nobody().get(`/api/channels/${main}/subchannels/dev/revisions`)).json()).toMatchObject({
      total_count: 1,
    })
  })

  test('has its page also when its name looks like a subdir, for those who may read it', async () => {
    const title = async (client: TestClient, address: string): Promise<string> => {
      const { statusCode, payload } = await client.get(`/api/repo/${main}/${address}`)
      return `${statusCode} ${/<h1>(.*?)<\/h1>/.exec(payload)?.[1] ?? ''}`
    }
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'my-lab', privacy: 'public' })
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'its-lab', privacy: 'private' })
    await admin.put(`/api/channels/${main}`, { privacy: 'private' })

    for (const address of ['my-lab/', 'my-lab/index.html'])
      expect(await title(t.nobody(), address)).toBe(`200 ${main}/my-lab`)
    expect(await title(admin, 'its-lab/')).toBe(`200 ${main}/its-lab`)
    await admin.put(`/api/channels/${main}`, { privacy: 'public' })
    const [secret, missing] = await Promise.all(
      ['its-lab', 'no-lab'].map((name) => t.nobody().get(`/api/repo/${main}/${name}/`)),
    )
    expect(secret!.statusCode).toBe(404)
    expect(secret!.json<{ message: string }>().message.replace('its-lab', 'no-lab')).toBe(
      missing!.json<{ message: string }>().message,
    )
  })

  test('is private by itself, and stands in lists when it is asked for', async () => {
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'open', privacy: 'public' })
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'secret', privacy: 'private' })
    const names = async (client: TestClient, url: string): Promise<string[]> =>
      (await client.get(url)).json<{ items: { path: string }[] }>().items.map(({ path }) => path)

    expect(await names(t.nobody(), `/api/channels/${main}/subchannels`)).toEqual([`${main}/open`])
    expect(await names(admin, `/api/channels/${main}/subchannels`)).toEqual([
      `${main}/open`,
      `${main}/secret`,
    ])
    expect(await names(admin, `/api/channels?q=${main}`)).not.toContain(`${main}/open`)
    expect(await names(admin, `/api/channels?q=${main}&include_subchannels=true`)).toContain(`${main}/open`)
    expect((await t.nobody().get(`/api/repo/${main}/secret/noarch/repodata.json`)).statusCode).toBe(401)
    expect((await t.nobody().get(`/api/channels/${main}/subchannels/secret`)).statusCode).toBe(401)
  })

  test.each([
    'noarch',
    'linux-64',
    'Dev',
    'a/b',
    '..',
    '.',
    '',
    'a.b',
    'label',
    't',
    'dev@3',
    'dev%2fx',
    'x'.repeat(129),
  ])('may not be called %j', async (name) => {
    expect((await admin.post(`/api/channels/${main}/subchannels`, { name })).statusCode).toBe(400)
  })

  test('has no subchannels, and is there once', async () => {
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'dev' })

    expect((await admin.post(`/api/channels/${main}/subchannels`, { name: 'dev' })).statusCode).toBe(409)
    const deeper = await admin.post(`/api/channels/${main}/subchannels/dev/subchannels`, { name: 'x' })
    expect(deeper.statusCode).toBe(400)
  })

  test('goes with its parent, and alone', async () => {
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'one' })
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'two' })
    const status = async (path: string): Promise<number> => (await admin.get(path)).statusCode

    expect((await admin.delete(`/api/channels/${main}/subchannels/one`)).statusCode).toBe(202)
    expect(await status(`/api/channels/${main}/subchannels/one`)).toBe(404)
    expect(await status(`/api/channels/${main}`)).toBe(200)
    const refused = await admin.delete(`/api/channels/${main}`)
    expect(refused.statusCode).toBe(409)
    expect(refused.json<{ message: string }>().message).toContain('subchannels=true')
    expect(await status(`/api/channels/${main}/subchannels/two`)).toBe(200)
    await admin.delete(`/api/channels/${main}?subchannels=true`)
    expect(await status(`/api/channels/${main}/subchannels/two`)).toBe(404)
    expect(await status(`/api/channels/${main}`)).toBe(404)
  })

  test('is under the policies of its channel, which its own people cannot lift', async () => {
    await admin.post(`/api/channels/${main}/subchannels`, { name: 'dev', privacy: 'public' })
    const dev = `${main}/dev`
    await t.upload(encodeURIComponent(dev), { name: 'demo', version: '1.0' })
    await t.upload(encodeURIComponent(dev), { name: 'other', version: '1.0' })
    const listed = async (): Promise<string[]> => {
      const index = await t.nobody().get(`/api/repo/${dev}/noarch/repodata.json`)
      return Object.keys(index.json<{ 'packages.conda': object }>()['packages.conda']).sort()
    }
    expect(await listed()).toEqual(['demo-1.0-0.conda', 'other-1.0-0.conda'])

    const policy = `no-demo-${main}`
    await t.policy(main, `name: ${policy}\nrules: [{id: no, effect: deny, when: {package: demo}}]`)
    await t.settle()

    expect(await listed()).toEqual(['other-1.0-0.conda'])
    expect((await t.nobody().get(`/api/repo/${dev}/noarch/demo-1.0-0.conda`)).statusCode).toBe(403)
    expect((await admin.get(`/api/channels/${main}/subchannels/dev/policies`)).json()).toMatchObject({
      items: [{ name: policy, scope: 'channel', inherited: true }],
    })
    await admin.delete(`/api/channels/${main}/subchannels/dev/policies/${policy}`)
    await t.settle()
    expect(await listed()).toEqual(['other-1.0-0.conda'])

    await admin.delete(`/api/channels/${main}/policies/${policy}`)
    await t.settle()
    expect(await listed()).toEqual(['demo-1.0-0.conda', 'other-1.0-0.conda'])
  })

  test('of a name with an underscore gets nothing from a channel that only looks alike', async () => {
    const [wild, exact] = [`${main}_x`, `${main}ax`]
    await t.channel(wild)
    await t.channel(exact)
    await admin.post(`/api/channels/${exact}/subchannels`, { name: 'dev', privacy: 'public' })

    expect((await admin.get(`/api/channels/${wild}/subchannels`)).json()).toMatchObject({ total_count: 0 })
    await t.policy(wild, `name: wild-${main}\nrules: [{id: no, effect: deny, when: {package: demo}}]`)
    const policies = await admin.get(`/api/channels/${exact}/subchannels/dev/policies`)
    expect(policies.json()).toMatchObject({ total_count: 0 })
  })
})
