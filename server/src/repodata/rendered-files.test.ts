/** The files that are made of a whole revision: what is in them, that they come together, and that nothing hidden is. */
import { rmSync, writeFileSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PackageSpec } from '@terrarium/conda/archive/write-package.ts'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelByName } from '../channels/store.ts'
import { channelFiles, fakePackage, type FakePackage } from '../mirrors/testing/fake-channel.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
let channel: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

type Json = Record<string, never>

async function json(path: string): Promise<Json> {
  const response = await t.nobody().get(`/api/repo/${channel}/${path}`)
  expect({ path, status: response.statusCode }).toEqual({ path, status: 200 })
  return response.json<Json>()
}

async function shard(name: string, subdir = 'noarch'): Promise<ReturnType<typeof decodeShard>> {
  const folder = `/api/repo/${channel}/${subdir}`
  const index = await t.nobody().get(`${folder}/repodata_shards.msgpack.zst`)
  const sha256 = decodeShardIndex(index.rawPayload).shards.get(name) ?? 'none'
  return decodeShard((await t.nobody().get(`${folder}/shards/${sha256}.msgpack.zst`)).rawPayload)
}

const zlib: PackageSpec = {
  name: 'zlib',
  version: '1.3',
  subdir: 'linux-64',
  index: { license: 'Zlib', timestamp: 1_700_000_000_000 },
  info: {
    'about.json': { summary: 'Compresses', home: 'https://zlib.example', dev_url: 'javascript:alert(1)' },
    'run_exports.json': { weak: ['zlib >=1.3,<2'] },
  },
  files: { 'etc/conda/activate.d/zlib.sh': 'export Z=1' },
}

const SUBDIR_FILES = [
  'repodata.json',
  'current_repodata.json',
  'run_exports.json',
  'repodata_from_packages.json',
  'patch_instructions.json',
]
const ZSTD_FILES = SUBDIR_FILES.filter((name) => name !== 'patch_instructions.json').map(
  (name) => `${name}.zst`,
)
const CHANNEL_FILES = ['channeldata.json', 'rss.xml', 'notices.json']

describe('a channel that has nothing yet', () => {
  test.each(['noarch', 'linux-64'])('answers for every file of %s', async (subdir) => {
    for (const file of SUBDIR_FILES) {
      const body = await json(`${subdir}/${file}`)
      expect(body).toMatchObject({ packages: {}, 'packages.conda': {} })
      if (file !== 'patch_instructions.json') expect(body).toMatchObject({ info: { subdir } })
    }
    for (const file of ZSTD_FILES) {
      const plain = await t.nobody().get(`/api/repo/${channel}/${subdir}/${file.replace('.zst', '')}`)
      const zst = await t.nobody().get(`/api/repo/${channel}/${subdir}/${file}`)
      expect(zst.headers['content-type']).toBe('application/zstd')
      expect(Buffer.from(zstdDecompress(zst.rawPayload, 1e6)).equals(plain.rawPayload)).toBe(true)
    }
  })

  test('and for those of the whole channel', async () => {
    expect(await json('channeldata.json')).toEqual({
      channeldata_version: 1,
      packages: {},
      subdirs: ['noarch'],
    })
    expect(await json('notices.json')).toEqual({ notices: [] })
    const feed = await t.nobody().get(`/api/repo/${channel}/rss.xml`)
    expect(feed.headers['content-type']).toBe('application/rss+xml')
    expect(feed.body).toContain(`<title>${channel}</title>`)
  })

  test('with the bytes that it answers with once all it had is hidden', async () => {
    await t.upload(channel, { ...zlib, subdir: 'noarch' })
    await t.policy(channel, `name: none-${channel}\ndeny: [package: zlib]`)
    const emptied = channel
    const fresh = `${channel}-fresh`
    await t.channel(fresh)

    for (const file of [...SUBDIR_FILES, ...ZSTD_FILES]
      .map((name) => `noarch/${name}`)
      .concat('channeldata.json')) {
      const [a, b] = await Promise.all(
        [emptied, fresh].map((name) => t.nobody().get(`/api/repo/${name}/${file}`)),
      )
      expect({ file, same: a!.rawPayload.equals(b!.rawPayload), tag: a!.headers['etag'] }).toEqual({
        file,
        same: true,
        tag: b!.headers['etag'],
      })
    }
  })
})

describe('of packages', () => {
  test('run_exports.json lists every one, with or without run exports', async () => {
    await t.upload(channel, zlib)
    await t.upload(channel, { name: 'plain', version: '1', subdir: 'linux-64' }, 'tar.bz2')

    expect(await json('linux-64/run_exports.json')).toEqual({
      info: { subdir: 'linux-64', version: 1 },
      packages: { 'plain-1-0.tar.bz2': { run_exports: {} } },
      'packages.conda': { 'zlib-1.3-0.conda': { run_exports: { weak: ['zlib >=1.3,<2'] } } },
    })
  })

  test('channeldata.json has what is found inside, and rss.xml tells of it without a script', async () => {
    await t.upload(channel, zlib)

    const data = await json('channeldata.json')
    expect(data).toMatchObject({
      subdirs: ['linux-64', 'noarch'],
      packages: {
        zlib: {
          version: '1.3',
          license: 'Zlib',
          summary: 'Compresses',
          'activate.d': true,
          'deactivate.d': false,
          run_exports: { '1.3': { weak: ['zlib >=1.3,<2'] } },
          subdirs: ['linux-64'],
          timestamp: 1_700_000_000,
        },
      },
    })
    const feed = (await t.nobody().get(`/api/repo/${channel}/rss.xml`)).body
    expect(feed).toContain('<title>zlib 1.3 [linux-64]</title>')
    expect(feed).not.toContain('javascript:')
  })

  test('rss.xml links to the page of the channel on the server that was asked', async () => {
    await t.upload(channel, zlib)
    const ask = async (host: string, path = `/api/repo/${channel}/rss.xml`) => t.nobody().get(path, { host })

    const [one, other] = [await ask('one.example:8080'), await ask('other.example')]
    expect(one.body).toContain(`<link>http://one.example:8080/channels/${channel}</link>`)
    expect(other.body).toContain(`<link>http://other.example/channels/${channel}</link>`)
    expect(one.headers.etag).not.toBe(other.headers.etag)
    expect(one.headers['content-length']).toBe(String(Buffer.byteLength(one.body)))
    const again = { host: 'one.example:8080', 'if-none-match': String(one.headers.etag) }
    expect((await t.nobody().get(`/api/repo/${channel}/rss.xml`, again)).statusCode).toBe(304)
    expect((await ask('one.example', `/api/repo/${channel}@0/rss.xml`)).body).toContain(
      `<link>http://one.example/channels/${channel}</link>`,
    )
  })

  test('current_repodata.json has the newest and what that needs', async () => {
    for (const version of ['1.0', '2.0', '3.0']) await t.upload(channel, { name: 'lib', version })
    await t.upload(channel, { name: 'app', version: '1', depends: ['lib <3'] })

    const { 'packages.conda': files } = await json('noarch/current_repodata.json')
    expect(Object.keys(files!)).toEqual(['app-1-0.conda', 'lib-2.0-0.conda', 'lib-3.0-0.conda'])
  })

  test('every compressed form holds the plain one, under a tag of its own', async () => {
    await t.upload(channel, zlib)

    const tags: unknown[] = []
    for (const file of [...SUBDIR_FILES.map((name) => `linux-64/${name}`), 'channeldata.json', 'rss.xml']) {
      const address = `/api/repo/${channel}/${file}`
      const plain = await t.nobody().get(address)
      const gzip = await t.nobody().get(address, { 'accept-encoding': 'gzip' })
      tags.push(plain.headers['etag'])
      if (gzip.headers['content-encoding'] === 'gzip') {
        expect(gunzipSync(gzip.rawPayload).equals(plain.rawPayload)).toBe(true)
        expect(plain.headers['vary']).toBe('Accept-Encoding')
        tags.push(gzip.headers['etag'])
      } else expect(gzip.rawPayload.equals(plain.rawPayload)).toBe(true)
    }
    for (const file of ZSTD_FILES) {
      const zst = await t.nobody().get(`/api/repo/${channel}/linux-64/${file}`)
      const plain = await t.nobody().get(`/api/repo/${channel}/linux-64/${file.replace('.zst', '')}`)
      expect(Buffer.from(zstdDecompress(zst.rawPayload, 1e6)).equals(plain.rawPayload)).toBe(true)
      tags.push(zst.headers['etag'])
    }
    expect(new Set(tags).size).toBe(tags.length)
  })
})

describe('what policies hide', () => {
  test('is in none of the files, not even as a name', async () => {
    await t.upload(channel, zlib)
    await t.upload(channel, {
      ...zlib,
      name: 'secret-tool',
      version: '9.9',
      index: { schema_version: 3, depends: [] },
    })
    await t.upload(
      channel,
      { ...zlib, name: 'secret-tool', version: '9.8', index: { license: 'X' } },
      'tar.bz2',
    )
    await t.policy(channel, `name: hides-${channel}\ndeny: [package: secret-tool]`)

    for (const file of [
      ...SUBDIR_FILES.map((name) => `linux-64/${name}`),
      ...CHANNEL_FILES,
      '',
      'linux-64/',
    ]) {
      const { body, statusCode } = await t.nobody().get(`/api/repo/${channel}/${file}`)
      expect({ file, statusCode, leaks: body.includes('secret-tool') }).toEqual({
        file,
        statusCode: 200,
        leaks: false,
      })
    }
    const index = await t.nobody().get(`/api/repo/${channel}/linux-64/repodata_shards.msgpack.zst`)
    expect([...decodeShardIndex(index.rawPayload).shards.keys()]).toEqual(['zlib'])
  })

  test('no address of an upstream is told, whatever its record says', async () => {
    const evil = {
      url: 'https://evil.example/x',
      base_url: 'https://evil.example/',
      channel: 'https://evil.example',
      fn: 'x',
    }
    const upstream = [await fakePackage({ name: 'a', version: '1' }, { record: evil })]
    await mirrorOf(upstream)

    for (const file of [...SUBDIR_FILES.map((name) => `noarch/${name}`), 'channeldata.json']) {
      expect((await t.nobody().get(`/api/repo/${channel}/${file}`)).body).not.toContain('evil.example')
    }
    expect((await shard('a'))['packages.conda'].get('a-1-0.conda')).not.toHaveProperty('url')
  })
})

test('records of v3 stand under a key of their own, in shards and in files, and are counted', async () => {
  await t.upload(channel, { name: 'old', version: '1' })
  await t.upload(channel, { name: 'new', version: '1', index: { schema_version: 3 } })
  await t.upload(channel, { name: 'new', version: '2', index: { schema_version: 3 } }, 'tar.bz2')

  const { v3, ...rest } = await json('noarch/repodata.json')
  expect(Object.keys(rest['packages.conda']!)).toEqual(['old-1-0.conda'])
  expect(rest['packages']).toEqual({})
  expect(v3).toMatchObject({
    conda: { 'new-1-0': { name: 'new' } },
    'tar.bz2': { 'new-2-0': { name: 'new' } },
  })
  expect(rest['info']).toMatchObject({ repodata_revisions: { v3: { n_packages: 2 } } })
  expect([...(await shard('new')).v3.keys()]).toEqual(['conda', 'tar.bz2'])
  expect(Object.keys((await json('noarch/current_repodata.json'))['packages.conda']!)).toEqual([
    'old-1-0.conda',
  ])
  // and stay there when another version comes
  await t.upload(channel, { name: 'new', version: '3', index: { schema_version: 3 } })
  expect([...(await shard('new')).v3.get('conda')!.keys()]).toEqual(['new-1-0', 'new-3-0'])
  expect(await json('noarch/repodata_from_packages.json')).toMatchObject({ v3: { conda: { 'new-3-0': {} } } })
})

let mirrors = 0

/** Makes the channel a mirror of these packages, or has its mirror look again. */
async function mirrorOf(packages: readonly FakePackage[], again?: string): Promise<string> {
  const folder = join(t.folder, again ?? `upstream-${(mirrors += 1)}`)
  rmSync(folder, { recursive: true, force: true })
  for (const [path, bytes] of channelFiles(packages, ['json'])) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), bytes)
  }
  if (again === undefined) {
    await t.mirror(channel, folder, { subdirs: ['noarch', 'linux-64'] })
    return `upstream-${mirrors}`
  }
  const admin = await t.as('admin')
  const list = await admin.get(`/api/channels/${channel}/mirrors`)
  const { items } = list.json<{ items: { mirror_id: string }[] }>()
  await admin.put(`/api/channels/${channel}/mirrors/${items[0]!.mirror_id}`, { run_now: true })
  await t.settle()
  return again
}

describe('of a channel that corrects records', () => {
  test('repodata_from_packages.json has the packages own, and patch_instructions.json leads from one to the other', async () => {
    const patched = await fakePackage(
      { name: 'a', version: '1', depends: ['python'] },
      { record: { depends: ['python <3.13'], license_family: 'MIT', noarch: 'generic' } },
    )
    await mirrorOf([
      patched,
      await fakePackage({ name: 'b', version: '1' }, { record: { noarch: 'generic' } }),
    ])

    const raw = await json('noarch/repodata_from_packages.json')
    const served = await json('noarch/repodata.json')
    expect(raw['packages.conda']).toMatchObject({ 'a-1-0.conda': { depends: ['python'] } })
    expect(served['packages.conda']).toMatchObject({ 'a-1-0.conda': { depends: ['python <3.13'] } })
    expect(await json('noarch/patch_instructions.json')).toEqual({
      patch_instructions_version: 1,
      packages: {},
      'packages.conda': { 'a-1-0.conda': { depends: ['python <3.13'], license_family: 'MIT' } },
      remove: [],
      revoke: [],
    })
  })
})

describe('removed', () => {
  test('names what was served and is gone, in the shard and in every form, until it comes back', async () => {
    const [a1, a2, b1] = await Promise.all([
      fakePackage({ name: 'a', version: '1' }),
      fakePackage({ name: 'a', version: '2' }),
      fakePackage({ name: 'b', version: '1' }),
    ])
    const upstream = await mirrorOf([a1, a2, b1])
    await mirrorOf([a1], upstream)

    expect((await shard('a')).removed).toEqual(['a-2-0.conda'])
    expect(await json('noarch/repodata.json')).toMatchObject({ removed: ['a-2-0.conda', 'b-1-0.conda'] })

    await mirrorOf([a1, a2], upstream)
    expect((await shard('a')).removed).toEqual([])
    expect(await json('noarch/repodata.json')).toMatchObject({ removed: ['b-1-0.conda'] })
  })

  test('does not name what was hidden all the time', async () => {
    await t.policy(channel, `name: hides-${channel}\ndeny: [package: a 2]`)
    const [a1, a2] = await Promise.all(['1', '2'].map((version) => fakePackage({ name: 'a', version })))
    const upstream = await mirrorOf([a1!, a2!])
    await mirrorOf([a1!], upstream)

    expect((await shard('a')).removed).toEqual([])
    expect(await json('noarch/repodata.json')).toMatchObject({ removed: [] })
  })
})

// CEP 47
describe('indexed_timestamp', () => {
  async function stamp(filename: string): Promise<unknown> {
    const { 'packages.conda': files } = await json('noarch/repodata.json')
    return (files as unknown as Record<string, { indexed_timestamp: number }>)[filename]!.indexed_timestamp
  }

  test('is when the bytes first came, also in another channel, after a rebuild, and when they come again', async () => {
    const spec: PackageSpec = { name: `once-${channel}`, version: '1' }
    const { filename } = await t.upload(channel, spec)
    const first = await stamp(filename)
    expect(first).toBe(t.now.getTime())

    t.advance(3_600_000)
    const { id } = (await findChannelByName(t.parts.db, channel))!
    await markStale(t.parts.db, id, [spec.name], { kind: 'mapping' })
    await enqueuePublish(t.parts.db, id, t.now)
    await t.settle()
    expect(await stamp(filename)).toBe(first)

    channel = `${channel}-copy`
    await t.channel(channel)
    await t.upload(channel, spec)
    expect(await stamp(filename)).toBe(first)
  })

  test('of a mirror is the upstream’s, unless that lies in the future; ages go by our own first sight', async () => {
    const past = t.now.getTime() - 86_400_000
    const one = await fakePackage(
      { name: `m-${channel}`, version: '1' },
      { record: { indexed_timestamp: past } },
    )
    const two = await fakePackage(
      { name: `m-${channel}`, version: '2' },
      { record: { indexed_timestamp: 9e15 } },
    )
    await mirrorOf([one, two])

    expect(await stamp(one.filename)).toBe(past)
    expect(await stamp(two.filename)).toBe(t.now.getTime())
    const explained = await (
      await t.as('admin')
    ).get(`/api/channels/${channel}/explain/noarch/${one.filename}`)
    expect(explained.json()).toMatchObject({ facts: { firstSeenMs: t.now.getTime() } })
  })
})

describe('a new revision', () => {
  test('takes over what is the same: the files of another rendering from scratch are equal', async () => {
    const specs: PackageSpec[] = [
      zlib,
      { name: 'a', version: '1' },
      { name: 'b', version: '1', depends: ['a'] },
    ]
    for (const spec of specs) await t.upload(channel, spec)
    await t.upload(channel, { name: 'a', version: '2' }, 'tar.bz2')
    await t.upload(channel, { name: 'a', version: '2' })
    const stepwise = channel
    channel = `${channel}-at-once`
    await t.channel(channel)
    const admin = await t.as('admin')
    for (const [name, filename] of [
      ['linux-64', 'zlib-1.3-0.conda'],
      ['noarch', 'a-1-0.conda'],
      ['noarch', 'b-1-0.conda'],
      ['noarch', 'a-2-0.tar.bz2'],
      ['noarch', 'a-2-0.conda'],
    ] as const) {
      const { rawPayload } = await admin.get(`/api/repo/${stepwise}/${name}/${filename}`)
      await admin.upload(channel, filename, rawPayload)
    }
    await t.settle()

    for (const file of [
      ...['noarch', 'linux-64'].flatMap((subdir) => SUBDIR_FILES.map((name) => `${subdir}/${name}`)),
      'channeldata.json',
    ]) {
      const [a, b] = await Promise.all(
        [stepwise, channel].map((name) => t.nobody().get(`/api/repo/${name}/${file}`)),
      )
      expect({ file, text: a!.body }).toEqual({ file, text: b!.body })
    }
  })

  test('shows in all files at once, and how far behind they are can be asked', async () => {
    await t.upload(channel, { name: 'a', version: '1', subdir: 'linux-64' })
    const admin = await t.as('admin')
    const files = [
      'linux-64/repodata.json',
      'noarch/repodata.json',
      'channeldata.json',
      'linux-64/run_exports.json.zst',
    ]
    const revisions = async (): Promise<unknown[]> =>
      Promise.all(
        files.map(
          async (file) =>
            (await t.nobody().get(`/api/repo/${channel}/${file}`)).headers['x-terrarium-revision'],
        ),
      )
    expect(new Set(await revisions())).toEqual(new Set(['1']))
    expect((await admin.get(`/api/channels/${channel}/index`)).json()).toMatchObject({
      revision: 1,
      rendered_revision: 1,
      lag_ms: 0,
      subdirs: [{ subdir: 'linux-64', file_count: 1, served_count: 1 }],
    })

    await t.upload(channel, { name: 'a', version: '1', subdir: 'noarch' })
    expect(new Set(await revisions())).toEqual(new Set(['2']))
  })
})

describe('notices', () => {
  test('are shown until they expire or are taken back', async () => {
    const admin = await t.as('admin')
    const post = (message: string, hours: number): ReturnType<typeof admin.post> =>
      admin.post(`/api/channels/${channel}/notices`, {
        message,
        level: 'warning',
        expires_at: new Date(t.now.getTime() + hours * 3_600_000).toISOString(),
      })
    const shown = async (): Promise<string[]> =>
      ((await json('notices.json'))['notices'] as unknown as { message: string }[]).map(
        ({ message }) => message,
      )
    await post('short', 1)
    const { id } = (await post('long', 5)).json<{ id: string }>()
    expect((await shown()).sort()).toEqual(['long', 'short'])

    t.advance(2 * 3_600_000)
    expect(await shown()).toEqual(['long'])
    expect((await post('past', -1)).statusCode).toBe(400)

    expect((await admin.delete(`/api/channels/${channel}/notices/${id}`)).statusCode).toBe(204)
    expect(await shown()).toEqual([])
    expect((await admin.get(`/api/channels/${channel}/notices`)).json()).toMatchObject({ total_count: 1 })
  })
})

describe('pages for people', () => {
  test('list subdirs and files with links that keep a token in the address', async () => {
    await t.upload(channel, zlib)

    const page = await t.nobody().get(`/api/repo/${channel}/`)
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
    expect(page.headers['content-security-policy']).toContain("default-src 'none'")
    expect(page.body).toContain('<a href="linux-64/">')
    const subdir = await t.nobody().get(`/api/repo/${channel}/linux-64/index.html`)
    expect(subdir.body).toContain('<a href="zlib-1.3-0.conda">')
    expect(subdir.body).not.toContain('href="/')
  })

  test('are reached without the slash by a redirect, and exist for subdirs that do', async () => {
    const token = await t.token('admin')
    const bare = await t.nobody().get(`/t/${token}/api/repo/${channel}`)
    expect(bare).toMatchObject({ statusCode: 308 })
    expect(bare.headers['location']).toBe(`${channel}/`)
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/`)).statusCode).toBe(200)
    expect((await t.nobody().get(`/api/repo/${channel}/osx-64/`)).statusCode).toBe(404)
    expect((await t.nobody().get('/api/repo/no-such-channel/')).statusCode).toBe(404)
  })
})
