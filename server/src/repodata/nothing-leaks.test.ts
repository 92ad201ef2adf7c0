/**
 * What a policy takes out is in nothing that clients are served, one test for each way something could get out;
 * I-8. The pictures of before are what a client may still have in its cache.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const HIDDEN = ['secretive', 'requests-2.30.0', 'new-1-0', '2.30.0', 'tell-tale']
const FILES = ['requests-2.30.0-0.conda', 'secretive-7-0.conda', 'new-1-0.conda']
const INDEXES = [
  'noarch/repodata.json',
  'noarch/repodata.json.zst',
  'noarch/current_repodata.json',
  'noarch/current_repodata.json.zst',
  'noarch/run_exports.json',
  'noarch/repodata_from_packages.json',
  'noarch/patch_instructions.json',
  'noarch/repodata_shards.msgpack.zst',
  'channeldata.json',
  'rss.xml',
]

interface Kept {
  readonly etag: string
  readonly lastModified: string
}

let t: TestApp
const before = new Map<string, Kept>()
let oldShards: ReadonlyMap<string, string>
let revisionBefore = 0

async function get(path: string, headers: Record<string, string> = {}, place = 'main') {
  return t.nobody().get(`/api/repo/${place}/${path}`, headers)
}

async function textOf(path: string, place = 'main'): Promise<string> {
  const { rawPayload, statusCode } = await get(path, {}, place)
  expect([path, statusCode]).toEqual([path, 200])
  const bytes = path.endsWith('.zst') ? zstdDecompress(rawPayload, 1_000_000) : rawPayload
  return Buffer.from(bytes).toString('latin1')
}

function expectNothingIn(text: string): void {
  expect(HIDDEN.filter((word) => text.includes(word))).toEqual([])
}

beforeAll(async () => {
  t = await startTestApp()
  await t.channel('main')
  await t.upload('main', { name: 'requests', version: '2.30.0' })
  await t.upload('main', { name: 'requests', version: '2.31.0' })
  await t.upload('main', { name: 'new', version: '1', index: { schema_version: 3 } })
  await t.upload('main', { name: 'new', version: '2', index: { schema_version: 3 } })
  await t.upload('main', {
    name: 'secretive',
    version: '7',
    info: { 'about.json': { summary: 'tell-tale' }, 'run_exports.json': { weak: ['tell-tale >=7'] } },
  })
  await t.settle()
  for (const path of INDEXES) {
    const { headers } = await get(path)
    before.set(path, { etag: String(headers['etag']), lastModified: String(headers['last-modified']) })
  }
  expect(await textOf('noarch/run_exports.json')).toContain('tell-tale') // or its absence would prove nothing
  expect(await textOf('channeldata.json')).toContain('tell-tale')
  oldShards = decodeShardIndex((await get('noarch/repodata_shards.msgpack.zst')).rawPayload).shards
  revisionBefore = (await (await t.as('admin')).get('/api/channels/main')).json<{ revision: number }>()
    .revision
  t.advance(5_000)
  await t.policy('main', 'name: no\ndeny: [package: [requests 2.30.0, secretive, new 1]]')
  await t.settle()
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

test.each(INDEXES)('%s', async (path) => {
  expectNothingIn(await textOf(path))
})

test('records of v3', async () => {
  const { v3 } = JSON.parse(await textOf('noarch/repodata.json')) as { v3: { conda: object } }
  expect(Object.keys(v3.conda)).toEqual(['new-2-0'])
})

test('shards, and what the index of them names', async () => {
  const { shards } = decodeShardIndex((await get('noarch/repodata_shards.msgpack.zst')).rawPayload)
  expect([...shards.keys()].sort()).toEqual(['new', 'requests'])
  for (const sha256 of shards.values()) {
    const shard = decodeShard((await get(`noarch/shards/${sha256}.msgpack.zst`)).rawPayload)
    const names = [shard['packages.conda'], ...shard.v3.values()].flatMap((section) => [...section.keys()])
    for (const name of names) expectNothingIn(name)
    expect([...oldShards.values()]).not.toContain(sha256)
  }
})

test('base_url: the index sends nobody elsewhere for packages', async () => {
  const { info } = JSON.parse(await textOf('noarch/repodata.json')) as { info: object }
  expect(info).not.toHaveProperty('base_url')
  const index = decodeShardIndex((await get('noarch/repodata_shards.msgpack.zst')).rawPayload)
  expect(new URL(index.info['base_url'] as string, 'http://here/api/repo/main/noarch/').pathname).toBe(
    '/api/repo/main/noarch/',
  )
})

describe.each(INDEXES)('%s, asked for in other ways', (path) => {
  test('HEAD has the size and tag of what GET answers now', async () => {
    const now = await get(path)
    const head = await t.nobody().head(`/api/repo/main/${path}`)
    expect(head.headers['content-length']).toBe(String(now.rawPayload.length))
    expect(head.headers['etag']).toBe(now.headers['etag'])
  })

  test('a range is a part of what GET answers now', async () => {
    const now = (await get(path)).rawPayload
    const first = await get(path, { range: 'bytes=0-9' })
    const rest = await get(path, { range: 'bytes=10-' })
    expect([first.statusCode, rest.statusCode]).toEqual([206, 206])
    expect(Buffer.concat([first.rawPayload, rest.rawPayload]).equals(now)).toBe(true)
  })

  test('a client that has it from before is told that it is another, or it was the same all the time', async () => {
    const kept = before.get(path)!
    const now = await get(path)
    const isSame = now.headers['etag'] === kept.etag
    if (!isSame) {
      expect((await get(path, { 'if-none-match': kept.etag })).rawPayload.equals(now.rawPayload)).toBe(true)
      expect((await get(path, { 'if-modified-since': kept.lastModified })).statusCode).toBe(200)
      // or the end of the new file would be put behind the start of the old one
      expect((await get(path, { range: 'bytes=10-', 'if-range': kept.etag })).statusCode).toBe(200)
    }
    expect(isSame).toBe(path.includes('patch_instructions'))
  })
})

test.each(FILES)('%s from a stale index or a stale shard is refused', async (file) => {
  for (const headers of [{}, { range: 'bytes=0-9' }, { 'if-none-match': '*' }]) {
    expect((await get(`noarch/${file}`, headers)).statusCode).toBe(403)
    expect((await t.nobody().head(`/api/repo/main/noarch/${file}`, headers)).statusCode).toBe(403)
  }
})

describe('time travel', () => {
  test('to now shows what now shows', async () => {
    const { revision } = (await (await t.as('admin')).get('/api/channels/main')).json<{ revision: number }>()
    for (const path of INDEXES) expectNothingIn(await textOf(path, `main@${revision}`))
  })

  test.each(FILES)('to the past does not open %s', async (file) => {
    expect(await textOf('noarch/repodata.json', `main@${revisionBefore}`)).toContain('secretive')
    expect((await get(`noarch/${file}`, {}, `main@${revisionBefore}`)).statusCode).toBe(403)
  })
})

test('search and lists name it only as what it is: blocked', async () => {
  const files = (await t.nobody().get('/api/channels/main/files?q=secretive')).json<{
    items: { effect: string }[]
  }>()
  expect(files.items.map(({ effect }) => effect)).toEqual(['deny'])
  const packages = (await t.nobody().get('/api/channels/main/artifacts?q=secretive')).json<{
    items: { file_count: number; blocked_count: number }[]
  }>()
  for (const one of packages.items) expect(one.blocked_count).toBe(one.file_count)
})
