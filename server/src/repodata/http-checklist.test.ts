/**
 * The checklist of conda-protocol, section 18, with what sections 2 and 3 say of it, line by line against the
 * real server over a socket: HTTP/1.1 with keep-alive, and HTTP/2. Each test names the line it proves.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect, type ClientHttp2Session } from 'node:http2'
import { Agent as TlsAgent, request as httpsRequest } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { KNOWN_SUBDIRS } from '@terrarium/conda/names.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { makeCertificate } from '../testing/self-made-certificate.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Transport {
  readonly name: string
  send(path: string, headers?: Record<string, string>, method?: string): Promise<Answer>
  close(): void
}

const { certificate, key } = makeCertificate()
const folder = mkdtempSync(join(tmpdir(), 'terrarium-tls-'))
const files = { tls_certificate: join(folder, 'cert.pem'), tls_key: join(folder, 'key.pem') }
writeFileSync(files.tls_certificate, certificate)
writeFileSync(files.tls_key, key)
afterAll(() => rmSync(folder, { recursive: true }))

/** One connection for all requests of a test file. */
function overHttp1(port: number, isTls: boolean): Transport & { readonly sockets: Set<Socket> } {
  const sockets = new Set<Socket>()
  const agent = isTls
    ? new TlsAgent({ keepAlive: true, maxSockets: 1, ca: certificate, ALPNProtocols: ['http/1.1'] })
    : new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    name: isTls ? 'HTTP/1.1 over TLS' : 'HTTP/1.1',
    sockets,
    send: (path, headers = {}, method = 'GET') =>
      new Promise((resolve, reject) => {
        const send = isTls ? httpsRequest : httpRequest
        const request = send({ host: '127.0.0.1', port, path, headers, method, agent }, (response) => {
          sockets.add(response.socket)
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: Buffer.concat(chunks),
            }),
          )
        })
        request.on('error', reject)
        request.end()
      }),
    close: () => agent.destroy(),
  }
}

function overHttp2(port: number): Transport & { readonly session: ClientHttp2Session } {
  const session = connect(`https://127.0.0.1:${port}`, { ca: certificate })
  return {
    name: 'HTTP/2',
    session,
    send: (path, headers = {}, method = 'GET') =>
      new Promise((resolve, reject) => {
        const stream = session.request({ ':path': path, ':method': method, ...headers })
        let head: IncomingHttpHeaders & { ':status'?: number | undefined } = {}
        const chunks: Buffer[] = []
        stream.on('response', (received) => (head = received))
        stream.on('data', (chunk: Buffer) => chunks.push(chunk))
        stream.on('error', reject)
        stream.on('end', () =>
          resolve({ status: head[':status'] ?? 0, headers: head, body: Buffer.concat(chunks) }),
        )
        stream.end()
      }),
    close: () => session.close(),
  }
}

describe.each(['HTTP/1.1', 'HTTP/2', 'HTTP/1.1 over TLS'] as const)('%s', (name) => {
  let t: TestApp
  let server: Transport & { readonly sockets?: Set<Socket> }
  let token: string
  let whole: Buffer
  const paths = { package: '', shard: '', index: '', json: '', zst: '' }
  const base = '/api/repo/main'
  const kinds = ['package', 'shard', 'index', 'json', 'zst'] as const

  beforeAll(async () => {
    t = await startTestApp({ configuration: name === 'HTTP/1.1' ? {} : files })
    await t.channel('main')
    await t.channel('closed', 'private')
    const { filename, bytes } = await t.upload('main', { name: 'demo', version: '1.0' })
    await t.upload('closed', { name: 'demo', version: '1.0' })
    whole = Buffer.from(bytes)
    token = await t.token('admin')
    await t.app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = t.app.server.address() as AddressInfo // listens on TCP
    server = name === 'HTTP/2' ? overHttp2(port) : overHttp1(port, name !== 'HTTP/1.1')
    paths.index = `${base}/noarch/repodata_shards.msgpack.zst`
    const { shards } = decodeShardIndex((await server.send(paths.index)).body)
    paths.shard = `${base}/noarch/shards/${shards.get('demo')!}.msgpack.zst`
    paths.package = `${base}/noarch/${filename}`
    paths.json = `${base}/noarch/repodata.json`
    paths.zst = `${paths.json}.zst`
  })
  afterAll(async () => {
    server.close()
    await t.close()
  })

  test('18.1, 3.1: GET and HEAD of every file, with the same headers, also behind a token', async () => {
    const all = [
      ...[
        'repodata.json',
        'current_repodata.json',
        'run_exports.json',
        'repodata_from_packages.json',
      ].flatMap((file) => [`noarch/${file}`, `noarch/${file}.zst`]),
      ...['channeldata.json', 'notices.json', 'rss.xml'],
      ...Object.values(paths).map((path) => path.slice(base.length + 1)),
    ]
    for (const prefix of [base, `/t/${token}/api/repo/main`, `/api/repo/t/${token}/main`]) {
      for (const file of all) {
        const get = await server.send(`${prefix}/${file}`)
        const head = await server.send(`${prefix}/${file}`, {}, 'HEAD')
        expect({ file, status: get.status }).toEqual({ file, status: 200 })
        expect(head.body).toHaveLength(0)
        expect({ ...head.headers, date: '' }).toEqual({ ...get.headers, date: '' })
        expect(get.headers['content-length']).toBe(String(get.body.length))
      }
    }
  })

  test('18.1, 2: what is not there is a 404 in JSON, never a page with 200', async () => {
    for (const file of ['noarch/nothing-1.0-0.conda', 'noarch/repodata.jlap', 'info.json', 'noarch/x/y']) {
      const { status, headers } = await server.send(`${base}/${file}`)
      expect({ file, status }).toEqual({ file, status: 404 })
      expect(headers['content-type']).toContain('application/json')
    }
    expect((await server.send('/api/repo/unknown/noarch/repodata.json')).status).toBe(404)
  })

  test('18.2: every subdir of a new channel has an index, shards and repodata', async () => {
    await t.channel('fresh')
    for (const subdir of KNOWN_SUBDIRS) {
      const index = await server.send(`/api/repo/fresh/${subdir}/repodata_shards.msgpack.zst`)
      expect({ subdir, status: index.status }).toEqual({ subdir, status: 200 })
      expect(decodeShardIndex(index.body).shards.size).toBe(0)
    }
    const { body } = await server.send('/api/repo/fresh/linux-64/repodata.json')
    expect(JSON.parse(body.toString())).toMatchObject({ info: { subdir: 'linux-64' }, packages: {} })
  })

  test('18.3, 3.1: strong tags, all different, dates, a literal max-age or no-cache, no encoding', async () => {
    const tags = new Set<string>()
    for (const kind of kinds) {
      const { headers } = await server.send(paths[kind])
      expect(headers.etag).toMatch(/^"[^"]+"$/)
      expect(Date.parse(headers['last-modified'] ?? '')).not.toBeNaN()
      expect(headers['cache-control']).toMatch(/^public, (max-age=\d+|no-cache)/)
      expect(headers).not.toHaveProperty('content-encoding')
      expect(headers['accept-ranges']).toBe('bytes')
      tags.add(headers.etag ?? '')
    }
    const encoded = await server.send(paths.json, { 'accept-encoding': 'gzip' })
    expect(encoded.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' })
    expect(JSON.parse(gunzipSync(encoded.body).toString())).toHaveProperty('packages')
    tags.add(encoded.headers.etag ?? '')
    expect(tags.size).toBe(kinds.length + 1)
  })

  test('18.3: 304 for the same tag, by GET and HEAD, for a file just sent and for one sent before', async () => {
    for (const kind of kinds) {
      const { headers } = await server.send(paths[kind])
      for (const method of ['GET', 'HEAD', 'GET']) {
        const again = await server.send(paths[kind], { 'if-none-match': headers.etag ?? '' }, method)
        expect({ kind, status: again.status }).toEqual({ kind, status: 304 })
        expect(again.body).toHaveLength(0)
        expect(again.headers.etag).toBe(headers.etag)
      }
      // a tag of another file never fits
      const other = await server.send(paths[kind], { 'if-none-match': '"other"' })
      expect(other.status).toBe(200)
    }
  })

  test.each<[string, number, (bytes: Buffer) => Buffer]>([
    ['bytes=0-9', 206, (bytes) => bytes.subarray(0, 10)],
    ['bytes=10-', 206, (bytes) => bytes.subarray(10)],
    ['bytes=-20', 206, (bytes) => bytes.subarray(-20)],
    ['bytes=-65536', 206, (bytes) => bytes],
    ['bytes=5-99999999', 206, (bytes) => bytes.subarray(5)],
    ['bytes=99999999-', 416, () => Buffer.alloc(0)],
    ['bytes=0-1,4-5', 200, (bytes) => bytes],
  ])('18.3, 3.1: the range %s is answered with %s', async (range, status, part) => {
    for (const kind of ['package', 'shard', 'index', 'zst'] as const) {
      const all = kind === 'package' ? whole : (await server.send(paths[kind])).body
      const answer = await server.send(paths[kind], { range })
      expect({ kind, status: answer.status }).toEqual({ kind, status })
      expect(answer.body.equals(part(all))).toBe(true)
      expect(answer.headers['content-length']).toBe(String(part(all).length))
      const start = all.length - part(all).length
      if (status === 206 && range !== 'bytes=0-9')
        expect(answer.headers['content-range']).toBe(`bytes ${start}-${all.length - 1}/${all.length}`)
      if (status === 416) expect(answer.headers['content-range']).toBe(`bytes */${all.length}`)
    }
  })

  test('18.3: If-Range gives a part of the same file, and the whole of another', async () => {
    const { headers } = await server.send(paths.package, {}, 'HEAD')
    const same = await server.send(paths.package, { range: 'bytes=10-', 'if-range': headers.etag ?? '' })
    const other = await server.send(paths.package, { range: 'bytes=10-', 'if-range': '"other"' })
    expect([same.status, other.status]).toEqual([206, 200])
    expect(same.body.equals(whole.subarray(10))).toBe(true)
    expect(other.body.equals(whole)).toBe(true)
    // a part of encoded bytes is a part of nothing
    const encoded = await server.send(paths.json, { 'accept-encoding': 'gzip', range: 'bytes=0-9' })
    expect(encoded.status).toBe(200)
  })

  test('18.4, 3.2: the shard index names its base, repodata.json does not', async () => {
    const index = decodeShardIndex((await server.send(paths.index)).body)
    expect(index).toMatchObject({ baseUrl: './', shardsBaseUrl: './shards/' })
    const repodata = JSON.parse((await server.send(paths.json)).body.toString()) as { info: object }
    expect(repodata.info).toEqual({ subdir: 'noarch' })
  })

  test('18.5: nothing but an address without its last slash is redirected', async () => {
    for (const kind of kinds) expect((await server.send(paths[kind])).headers).not.toHaveProperty('location')
    const { status, headers } = await server.send(base)
    expect([status, headers.location]).toEqual([308, 'main/'])
  })

  test('18.7: one secret in every place a client puts it', async () => {
    const basic = (user: string): string => `Basic ${Buffer.from(`${user}:${token}`).toString('base64')}`
    const path = '/api/repo/closed/noarch/repodata_shards.msgpack.zst'
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: `token ${token}` },
      { authorization: basic('anybody') },
      { authorization: basic('__token__') },
      { 'x-api-key': token },
      { 'x-auth': token },
    ] as Record<string, string>[]) {
      const { status, headers: answered } = await server.send(path, headers)
      expect({ headers, status }).toEqual({ headers, status: 200 })
      expect(answered['cache-control']).toMatch(/^private, max-age=\d+/)
    }
    for (const prefix of [`/t/${token}`, '']) {
      const place = prefix === '' ? `/api/repo/t/${token}/closed` : `${prefix}/api/repo/closed`
      expect((await server.send(`${place}/noarch/repodata_shards.msgpack.zst`)).status).toBe(200)
    }
  })

  test('18.8, 2: 401 with a challenge without a secret, for every file; 403 and 404 for whoever has one', async () => {
    for (const file of [
      'noarch/repodata_shards.msgpack.zst',
      'linux-64/repodata.json',
      'noarch/x-1-0.conda',
    ]) {
      const refused = await server.send(`/api/repo/closed/${file}`)
      expect(refused.status).toBe(401)
      expect(refused.headers['www-authenticate']).toMatch(/^Basic realm="[^"]+", Bearer/)
      expect(refused.headers['cache-control']).toBe('no-store')
      const wrong = await server.send(`/api/repo/closed/${file}`, { authorization: 'Bearer wrong' })
      expect(wrong.status).toBe(401)
    }
    await t.policy(
      'main',
      `name: none-${name.replace(/\W/g, '')}\nrules: [{id: x, effect: deny, when: {package: gone}}]`,
    )
    const { filename } = await t.upload('main', { name: 'gone', version: '1.0' })
    expect((await server.send(`${base}/noarch/${filename}`)).status).toBe(403)
    const stranger = { authorization: `Bearer ${await t.token('stranger')}` }
    expect((await server.send('/api/repo/closed/noarch/repodata.json', stranger)).status).toBe(404)
  })

  test('18.10: the start of the API answers HEAD with 200', async () => {
    expect((await server.send('/', {}, 'HEAD')).status).toBe(200)
  })

  test('18.12: the same request has the same bytes and the same tag', async () => {
    for (const kind of kinds) {
      const [one, two] = [await server.send(paths[kind]), await server.send(paths[kind])]
      expect(two.body.equals(one.body)).toBe(true)
      expect(two.headers.etag).toBe(one.headers.etag)
    }
  })

  test('18.13: a shard that a new revision replaced is still there, and what was taken out is named', async () => {
    const { shards } = decodeShardIndex((await server.send(paths.index)).body)
    const old = shards.get('demo')!
    await t.upload('main', { name: 'demo', version: '2.0' })
    const now = decodeShardIndex((await server.send(paths.index)).body)
    expect(now.shards.get('demo')).not.toBe(old)
    expect((await server.send(`${base}/noarch/shards/${old}.msgpack.zst`)).status).toBe(200)
  })

  test('3.1: many requests go over one connection', async () => {
    const before = server.sockets?.size
    for (let i = 0; i < 50; i += 1) {
      const path = paths[kinds[i % kinds.length]!]
      expect((await server.send(path, {}, i % 7 === 0 ? 'HEAD' : 'GET')).status).toBe(200)
    }
    const many = await Promise.all(Array.from({ length: 20 }, () => server.send(paths.shard)))
    expect(many.every(({ status, body }) => status === 200 && body.equals(many[0]!.body))).toBe(true)
    expect(server.sockets?.size).toBe(before)
  })
})
