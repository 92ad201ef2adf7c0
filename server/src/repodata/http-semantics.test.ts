/** What clients of every age rely on in an answer: conda-protocol, sections 3.1 and 5. */
import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
let bytes: Buffer
const paths = { package: '', shard: '', index: '', json: '', zst: '' }

beforeAll(async () => {
  t = await startTestApp()
  await t.channel('main')
  const { filename, bytes: written } = await t.upload('main', {
    name: 'demo',
    version: '1.0',
    files: { 'a.txt': 'some content' },
  })
  bytes = Buffer.from(written)
  const folder = '/api/repo/main/noarch'
  paths.index = `${folder}/repodata_shards.msgpack.zst`
  const { shards } = decodeShardIndex((await t.nobody().get(paths.index)).rawPayload)
  paths.shard = `${folder}/shards/${shards.get('demo')!}.msgpack.zst`
  paths.package = `${folder}/${filename}`
  paths.json = `${folder}/repodata.json`
  paths.zst = `${folder}/repodata.json.zst`
})
afterAll(() => t.close())

type Kind = keyof typeof paths
const kinds: Kind[] = ['package', 'shard', 'index', 'json', 'zst']

describe.each(kinds)('%s', (kind) => {
  test('HEAD answers with the headers of GET and no body', async () => {
    const get = await t.nobody().get(paths[kind])
    const head = await t.nobody().head(paths[kind])

    expect(head.statusCode).toBe(200)
    expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' })
    expect(head.rawPayload).toHaveLength(0)
    expect(get.headers['content-length']).toBe(String(get.rawPayload.length))
  })

  test('has a strong ETag, Last-Modified, a literal max-age or no-cache, and no content-encoding', async () => {
    const { headers } = await t.nobody().get(paths[kind])

    expect(headers['etag']).toMatch(/^"[^"]+"$/)
    expect(Date.parse(String(headers['last-modified']))).not.toBeNaN()
    expect(headers['cache-control']).toMatch(/^public, (max-age=\d+|no-cache)/)
    expect(headers).not.toHaveProperty('content-encoding')
    expect(headers['accept-ranges']).toBe('bytes')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test.each([
    (etag: string) => etag,
    (etag: string) => `W/${etag}`,
    (etag: string) => `"other", ${etag} , "third"`,
    () => '*',
  ])('If-None-Match that fits is 304 with no body: case %#', async (header) => {
    const etag = String((await t.nobody().get(paths[kind])).headers['etag'])

    for (const method of ['GET', 'HEAD'] as const) {
      const response = await t
        .nobody()
        .send(method, paths[kind], { headers: { 'if-none-match': header(etag) } })
      expect(response.statusCode).toBe(304)
      expect(response.rawPayload).toHaveLength(0)
      expect(response.headers['etag']).toBe(etag)
    }
  })

  test('If-None-Match that does not fit wins over If-Modified-Since that does', async () => {
    const response = await t.nobody().get(paths[kind], {
      'if-none-match': '"other"',
      'if-modified-since': new Date(t.now.getTime() + 3.6e6).toUTCString(),
    })
    expect(response.statusCode).toBe(200)
  })

  test('If-Modified-Since is 304 for the date that was told, and 200 for any other', async () => {
    const modified = String((await t.nobody().get(paths[kind])).headers['last-modified'])
    const [earlier, later] = [-1000, 1000].map((ms) => new Date(Date.parse(modified) + ms).toUTCString())
    const status = async (since: string): Promise<number> =>
      (await t.nobody().get(paths[kind], { 'if-modified-since': since })).statusCode

    expect(await status(modified)).toBe(304)
    for (const other of [earlier!, later!, 'no date']) expect(await status(other)).toBe(200)
  })

  test('a range is a part, and two parts are the whole', async () => {
    const whole = (await t.nobody().get(paths[kind])).rawPayload
    const first = await t.nobody().get(paths[kind], { range: 'bytes=0-9' })
    const rest = await t.nobody().get(paths[kind], { range: 'bytes=10-' })

    expect(first.statusCode).toBe(206)
    expect(first.headers['content-range']).toBe(`bytes 0-9/${whole.length}`)
    expect(first.headers['content-length']).toBe('10')
    expect(Buffer.concat([first.rawPayload, rest.rawPayload]).equals(whole)).toBe(true)
  })
})

test('no two files share an ETag, not even two forms of one', async () => {
  const answers = await Promise.all([
    ...kinds.map((kind) => t.nobody().get(paths[kind])),
    t.nobody().get(paths.json, { 'accept-encoding': 'gzip' }),
    ...['win-64', 'linux-64'].flatMap((subdir) =>
      ['repodata.json', 'repodata.json.zst', 'repodata_shards.msgpack.zst'].map((file) =>
        t.nobody().get(`/api/repo/main/${subdir}/${file}`),
      ),
    ),
  ])
  const tags = answers.map(({ headers }) => headers['etag'])

  expect(new Set(tags).size).toBe(tags.length)
})

test('a channel that was emptied answers as one that never had a package', async () => {
  await t.channel('emptied')
  const admin = await t.as('admin')
  await t.upload('emptied', { name: 'x', version: '1.0' })
  await t.policy('emptied', 'name: nothing\ndeny: [package: x]')
  await t.channel('fresh')

  for (const file of ['repodata_shards.msgpack.zst', 'repodata.json']) {
    const [emptied, fresh] = await Promise.all(
      ['emptied', 'fresh'].map((name) => admin.get(`/api/repo/${name}/noarch/${file}`)),
    )
    expect(emptied!.rawPayload.equals(fresh!.rawPayload)).toBe(true)
    expect(emptied!.headers['etag']).toBe(fresh!.headers['etag']) // I-5
  }
})

describe('ranges of a package', () => {
  test.each<[string, number, string | undefined, (whole: Buffer) => Buffer]>([
    ['bytes=-10', 206, undefined, (whole) => whole.subarray(-10)],
    ['bytes=-65536', 206, undefined, (whole) => whole],
    ['bytes=0-0', 206, undefined, (whole) => whole.subarray(0, 1)],
    ['bytes=5-99999999', 206, undefined, (whole) => whole.subarray(5)],
    ['bytes = 0 - 4', 206, undefined, (whole) => whole.subarray(0, 5)],
    ['bytes=99999999-', 416, undefined, () => Buffer.alloc(0)],
    ['bytes=-0', 416, undefined, () => Buffer.alloc(0)],
    ['bytes=9-5', 200, undefined, (whole) => whole],
    ['bytes=-', 200, undefined, (whole) => whole],
    ['bytes=0-1,4-5', 200, undefined, (whole) => whole],
    ['lines=0-1', 200, undefined, (whole) => whole],
    ['bytes=abc', 200, undefined, (whole) => whole],
    ['bytes=0-4', 200, '"another"', (whole) => whole],
    ['bytes=0-4', 200, 'W/the-tag', (whole) => whole],
    ['bytes=0-4', 200, 'Thu, 01 Jan 1970 00:00:00 GMT', (whole) => whole],
    ['bytes=0-4', 206, 'the-tag', (whole) => whole.subarray(0, 5)],
  ])('%s is %i (If-Range %s)', async (range, status, ifRange, expected) => {
    const etag = String((await t.nobody().head(paths.package)).headers['etag'])
    const response = await t.nobody().get(paths.package, {
      range,
      ...(ifRange !== undefined && { 'if-range': ifRange.replace('the-tag', etag) }),
    })

    expect(response.statusCode).toBe(status)
    expect(response.rawPayload.equals(expected(bytes))).toBe(true)
    if (status === 416) expect(response.headers['content-range']).toBe(`bytes */${bytes.length}`)
  })

  test('is for GET alone: HEAD tells of the whole', async () => {
    const { statusCode, headers } = await t.nobody().head(paths.package, { range: 'bytes=0-4' })
    const whole = await t.nobody().get(paths.package)
    expect([statusCode, headers['content-length']]).toEqual([200, whole.headers['content-length']])
  })

  test('a download that was cut goes on where it was', async () => {
    const etag = String((await t.nobody().head(paths.package)).headers['etag'])
    const start = bytes.subarray(0, 100)

    const rest = await t.nobody().get(paths.package, { range: 'bytes=100-', 'if-range': etag })

    expect(Buffer.concat([start, rest.rawPayload]).equals(bytes)).toBe(true)
  })
})

describe('repodata.json with Accept-Encoding: gzip', () => {
  test('is encoded, under a tag of its own, and says that it varies', async () => {
    const plain = await t.nobody().get(paths.json)
    const encoded = await t.nobody().get(paths.json, { 'accept-encoding': 'gzip' })

    expect(encoded.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(plain.headers).toMatchObject({ vary: 'Accept-Encoding' })
    expect(gunzipSync(encoded.rawPayload).equals(plain.rawPayload)).toBe(true)
  })

  test('has no ranges: a part of encoded bytes is a part of nothing', async () => {
    const response = await t.nobody().get(paths.json, { 'accept-encoding': 'gzip', range: 'bytes=0-4' })

    expect(response.statusCode).toBe(200)
    expect(response.headers).not.toHaveProperty('accept-ranges')
  })

  test('is plain for who refuses gzip', async () => {
    const response = await t.nobody().get(paths.json, { 'accept-encoding': 'gzip;q=0' })

    expect(response.headers).not.toHaveProperty('content-encoding')
  })

  test.each(['package', 'shard', 'index', 'zst'] as const)('%s is never encoded', async (kind) => {
    const response = await t.nobody().get(paths[kind], { 'accept-encoding': 'gzip, br, zstd' })

    expect(response.headers).not.toHaveProperty('content-encoding')
  })
})

test.each([
  'repodata.json.bz2',
  'repodata.json.jlap',
  'channeldata.json',
  'info.json',
  'no-such-1.0-0.conda',
  'x.html',
])('%s, which is not there, is a plain 404 and never a page', async (file) => {
  const response = await t.nobody().get(`/api/repo/main/noarch/${file}`)

  expect(response.statusCode).toBe(404)
  expect(response.headers['content-type']).toContain('application/json')
  expect(response.json()).toMatchObject({ code: 'not-found', status: 404 })
})

test('shards may be kept for ever, the index a minute, a package is asked about each time', async () => {
  const cacheControl = async (path: string): Promise<unknown> =>
    (await t.nobody().get(path)).headers['cache-control']

  expect(await cacheControl(paths.shard)).toBe('public, max-age=31536000, immutable')
  expect(await cacheControl(paths.index)).toBe('public, max-age=60')
  expect(await cacheControl(paths.package)).toBe('public, no-cache')
})

test('a channel that is not public is never cached for others', async () => {
  await t.channel('inner', 'private')
  const { filename } = await t.upload('inner', { name: 'secret', version: '1.0' })
  const admin = await t.as('admin')

  for (const file of [filename, 'repodata.json', 'repodata_shards.msgpack.zst']) {
    const { headers } = await admin.get(`/api/repo/inner/noarch/${file}`)
    expect(headers['cache-control']).toMatch(/^private/)
  }
})

test('nor is a public channel that only accounts may read, since the role everyone was edited', async () => {
  const closed = await startTestApp()
  try {
    await closed.channel('main')
    const { filename } = await closed.upload('main', { name: 'demo', version: '1.0' })
    const admin = await closed.as('admin')
    await admin.put('/api/roles/everyone', { name: 'everyone', permissions: {} })
    for (const file of [filename, 'repodata.json', 'repodata_shards.msgpack.zst', '']) {
      const path = `/api/repo/main/noarch/${file}`
      expect((await closed.nobody().get(path)).statusCode).toBe(401)
      expect((await admin.get(path)).headers['cache-control']).toMatch(/^private/)
    }
  } finally {
    await closed.close()
  }
})

describe('over a real socket', () => {
  beforeAll(() => t.app.listen({ host: '127.0.0.1', port: 0 }))

  function exchange(
    path: string,
    headers: Record<string, string> = {},
    method = 'GET',
  ): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: Buffer }> {
    const { port } = t.app.server.address() as AddressInfo // listens on TCP
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, path, headers, method, agent: false }
      const request = httpRequest(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks),
          }),
        )
        response.on('error', reject)
      })
      request.on('error', reject)
      request.end()
    })
  }

  test('a package comes whole with its exact length', async () => {
    const { status, headers, body } = await exchange(paths.package)

    expect(status).toBe(200)
    expect(headers['content-length']).toBe(String(bytes.length))
    expect(body.equals(bytes)).toBe(true)
  })

  test('an address that names the server once more is the same, as RFC 9112, 3.2.2 wants it', async () => {
    const answers = await Promise.all(
      [
        paths.package,
        `http://any.test${paths.package}`,
        `HTTP://any.test:8080/t/none-such${paths.package}`,
      ].map((path) => exchange(path)),
    )

    for (const { status, body } of answers) expect([status, body.equals(bytes)]).toEqual([200, true])
  })

  test('HEAD, 304 and a range come whole too', async () => {
    const { headers } = await exchange(paths.package, {}, 'HEAD')
    const unchanged = await exchange(paths.package, { 'if-none-match': String(headers['etag']) })
    const part = await exchange(paths.package, { range: 'bytes=-20' })

    expect(unchanged).toMatchObject({ status: 304 })
    expect(part.body.equals(bytes.subarray(-20))).toBe(true)
  })

  test('bytes that are missing from the store are a 500 without their headers, and the log says which', async () => {
    const { filename } = await t.upload('main', { name: 'lost', version: '1.0' })
    const path = `/api/repo/main/noarch/${filename}`
    const sha256 = /file-([0-9a-f]{64})/.exec(String((await exchange(path, {}, 'HEAD')).headers['etag']))![1]!
    await t.parts.blobs.delete(sha256)

    const response = await exchange(path)

    expect(response.status).toBe(500)
    expect(response.headers).not.toHaveProperty('etag')
    expect(JSON.parse(response.body.toString())).toMatchObject({ code: 'corrupt-data' })
    expect(JSON.stringify(t.log.splice(0))).toContain(sha256)
  })

  test('a client that goes away in the middle disturbs nobody', async () => {
    const { filename } = await t.upload('main', {
      name: 'large',
      version: '1.0',
      files: { noise: randomBytes(8_000_000) },
    })
    const { port } = t.app.server.address() as AddressInfo // listens on TCP
    const path = `/api/repo/main/noarch/${filename}`
    await new Promise<void>((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port, path, agent: false }, (response) => {
        response.once('data', () => {
          response.destroy()
          resolve()
        })
      })
      request.on('error', reject)
      request.end()
    })

    expect((await exchange(paths.package)).status).toBe(200)
    expect(t.log).toEqual([])
  })
})
