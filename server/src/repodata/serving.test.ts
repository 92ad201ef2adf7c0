import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
})
afterEach(() => t.close())

describe('a channel without a package', () => {
  test.each(['noarch', 'linux-64', 'win-arm64'])('serves a valid empty index for %s', async (subdir) => {
    await t.channel('main')

    const index = await t.nobody().get(`/api/repo/main/${subdir}/repodata_shards.msgpack.zst`)
    const json = await t.nobody().get(`/api/repo/main/${subdir}/repodata.json`)
    const zst = await t.nobody().get(`/api/repo/main/${subdir}/repodata.json.zst`)

    expect(index.statusCode).toBe(200)
    expect(decodeShardIndex(index.rawPayload)).toMatchObject({
      subdir,
      baseUrl: './',
      shardsBaseUrl: './shards/',
    })
    expect(json.json()).toMatchObject({ info: { subdir }, packages: {}, 'packages.conda': {} })
    expect(zstdDecompress(zst.rawPayload, 1e6).length).toBe(json.rawPayload.length)
  })
})

describe('a channel with a package', () => {
  test('serves it in every form with equal content', async () => {
    await t.channel('main')
    const { filename, bytes } = await t.upload('main', {
      name: 'numpy',
      version: '2.1.0',
      subdir: 'linux-64',
    })

    const index = decodeShardIndex(
      (await t.nobody().get('/api/repo/main/linux-64/repodata_shards.msgpack.zst')).rawPayload,
    )
    const shard = await t
      .nobody()
      .get(`/api/repo/main/linux-64/shards/${index.shards.get('numpy') ?? ''}.msgpack.zst`)
    const json = (await t.nobody().get('/api/repo/main/linux-64/repodata.json')).json<{
      'packages.conda': Record<string, unknown>
    }>()
    const file = await t.nobody().get(`/api/repo/main/linux-64/${filename}`)

    expect(shard.headers['cache-control']).toContain('immutable')
    expect(JSON.parse(JSON.stringify(decodeShard(shard.rawPayload)['packages.conda'].get(filename)))).toEqual(
      json['packages.conda'][filename],
    )
    expect(file.rawPayload.equals(bytes)).toBe(true)
    expect(file.headers['content-disposition']).toBe(`attachment; filename="${filename}"`)
  })
})
