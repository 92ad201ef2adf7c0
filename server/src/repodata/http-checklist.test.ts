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
import S3rver from 's3rver'
import { writePackage } from '@terrarium/conda/archive/write-package.ts'
import { KNOWN_SUBDIRS } from '@terrarium/conda/names.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { SmallProvider } from '../identity/oidc/testing/small-provider.ts'
import { makeCertificate } from '../testing/self-made-certificate.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

interface Transport {
  readonly name: string
  send(path: string, headers?: Record<string, string>, method?: string, body?: Buffer): Promise<Answer>
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
    send: (path, headers = {}, method = 'GET', body) =>
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
        request.end(body)
      }),
    close: () => agent.destroy(),
  }
}

function overHttp2(port: number): Transport & { readonly session: ClientHttp2Session } {
  const session = connect(`https://127.0.0.1:${port}`, { ca: certificate })
  return {
    name: 'HTTP/2',
    session,
    send: (path, headers = {}, method = 'GET', body) =>
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
        stream.end(body)
      }),
    close: () => session.close(),
  }
}

interface Form {
  readonly filename: string
  readonly bytes: Buffer
  readonly fields?: Readonly<Record<string, string>>
}

/** @param secret empty for none */
function sendForm(server: Transport, path: string, form: Form, secret: string): Promise<Answer> {
  const boundary = '----terrarium-checklist'
  const fields = Object.entries({ filetype: 'conda1', ...form.fields }).map(
    ([name, value]) => `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  )
  const body = Buffer.concat([
    Buffer.from(
      `${fields.join('')}--${boundary}\r\ncontent-disposition: form-data; name="content"; filename="${form.filename}"\r\n` +
        'content-type: application/octet-stream\r\n\r\n',
    ),
    form.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  const headers = {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    'content-length': String(body.length),
    ...(secret !== '' && { authorization: `Bearer ${secret}` }),
  }
  return server.send(path, headers, 'POST', body)
}

async function packageBytes(version: string, index: Record<string, string> = {}): Promise<Buffer> {
  return Buffer.from(await writePackage({ name: 'demo', version, index }, 'conda'))
}

describe.each(['HTTP/1.1', 'HTTP/2', 'HTTP/1.1 over TLS'] as const)('%s', (name) => {
  let t: TestApp
  let server: Transport & { readonly sockets?: Set<Socket> }
  let token: string
  let issuer: SmallProvider
  let whole: Buffer
  const paths = { package: '', shard: '', index: '', json: '', zst: '' }
  const base = '/api/repo/main'
  const kinds = ['package', 'shard', 'index', 'json', 'zst'] as const

  beforeAll(async () => {
    issuer = await SmallProvider.start()
    t = await startTestApp({
      startAt: 'machine',
      maxUploadBytes: 50_000,
      outboundPrivate: [new URL(issuer.issuer).host],
      configuration: { public_url: 'https://packages.test', ...(name === 'HTTP/1.1' ? {} : files) },
    })
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
    await issuer.close()
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
    const notShared = await server.send('/api/repo/closed/noarch/repodata_shards.msgpack.zst', stranger)
    expect(notShared.status).toBe(404)
    expect(notShared.body.toString()).toMatch(
      /no channel closed that stranger may see: .*ask its owner to share/,
    )
  })

  test('18.9: an upload is answered 201, 200, 400, 401, 403, 409, 413 or 415, each with a short body', async () => {
    const bytes = await packageBytes('2.5')
    const upload = (form: Partial<Form>, secret = token): Promise<Answer> =>
      sendForm(
        server,
        '/api/channels/main/artifacts',
        { filename: 'demo-2.5-0.conda', bytes, ...form },
        secret,
      )
    const refused = async (answer: Promise<Answer>, status: number, code: string): Promise<void> => {
      const { status: answered, headers, body } = await answer
      const text = body.toString()
      expect([answered, text.includes(`"code":"${code}"`), text]).toEqual([status, true, text])
      expect(headers['content-type']).toMatch(/^application\/json/)
      expect(JSON.parse(text)).toMatchObject({
        code,
        status,
        message: expect.stringMatching(/^.{5,400}$/s) as string,
      })
    }

    await refused(upload({}, ''), 401, 'unauthenticated')
    await refused(upload({}, await t.token('reader')), 403, 'permission-denied')
    await refused(upload({ fields: { filetype: 'deb' } }), 400, 'bad-request')
    await refused(upload({ fields: { sha256: 'ab'.repeat(32) } }), 400, 'invalid-package')
    await refused(upload({ bytes: Buffer.from('no archive') }), 400, 'invalid-package')
    await refused(upload({ bytes: Buffer.alloc(3_000_000) }), 413, 'too-large')
    const json = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    await refused(
      server.send('/api/channels/main/artifacts', json, 'POST', Buffer.from('{}')),
      415,
      'unsupported-media-type',
    )
    expect((await upload({})).status).toBe(201)
    expect((await upload({})).status).toBe(200)
    await refused(upload({ bytes: await packageBytes('2.5', { license: 'MIT' }) }), 409, 'filename-taken')
    await t.settle()
    expect((await server.send(`${base}/noarch/demo-2.5-0.conda`)).body.equals(bytes)).toBe(true)
  })

  test('18.5, 18.9: an upload is never redirected, whatever its address ends with', async () => {
    for (const address of [
      '/api/channels/main/artifacts',
      '/api/channels/main/artifacts/',
      base,
      `${base}/`,
    ]) {
      const { status, headers } = await sendForm(
        server,
        address,
        { filename: 'demo-2.6-0.conda', bytes: Buffer.from('no archive') },
        token,
      )
      expect([address, status >= 400, headers.location]).toEqual([address, true, undefined])
    }
  })

  test('18.11: a CI job gets a token for its own signed one, as bare text, and uploads with it', async () => {
    const rule = { name: `ci-${issuer.issuer}`.replace(/\W/g, '-').slice(0, 40), issuer: issuer.issuer }
    const made = await (
      await t.as('admin')
    ).post('/api/channels/main/trust-rules', { ...rule, claims: { repository: 'acme/tools' } })
    expect(made.statusCode, made.body).toBe(201)
    const now = Math.floor(Date.now() / 1000)
    const signed = await issuer.sign({
      ...{ iss: issuer.issuer, aud: 'packages.test', sub: 'repo:acme/tools', repository: 'acme/tools' },
      ...{ iat: now, exp: now + 300, jti: crypto.randomUUID() },
    })
    const mint = (body: object): Promise<Answer> =>
      server.send(
        '/api/oidc/mint_token',
        { 'content-type': 'application/json' },
        'POST',
        Buffer.from(JSON.stringify(body)),
      )

    const minted = await mint({ token: signed })
    expect(minted.status, minted.body.toString()).toBe(200)
    expect(minted.headers['content-type']).toMatch(/^text\/plain/)
    expect(minted.headers['cache-control']).toBe('no-store')
    // what clients put into a header and a path as it is: no quotes, no line end
    expect(minted.body.toString()).toMatch(/^[A-Za-z0-9-]+$/)
    const form = { filename: 'demo-2.7-0.conda', bytes: await packageBytes('2.7') }
    const uploaded = await sendForm(server, '/api/channels/main/artifacts', form, minted.body.toString())
    expect(uploaded.status, uploaded.body.toString()).toBe(201)
    const again = await mint({ token: signed })
    expect(again.status).toBeGreaterThanOrEqual(400)
    expect(again.status).toBeLessThan(500)
    expect(again.body.toString()).not.toContain(signed)
    await t.settle()
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

  test('18.13: a shard that a new revision replaced is still there', async () => {
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

describe('object storage', () => {
  const buckets = mkdtempSync(join(tmpdir(), 'terrarium-s3-checklist-'))
  let bucket: S3rver
  let endpoint: string
  beforeAll(async () => {
    const configureBuckets = [{ name: 'terrarium', configs: [] }]
    bucket = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory: buckets, configureBuckets })
    endpoint = `http://127.0.0.1:${(await bucket.run()).port}`
  })
  afterAll(async () => {
    await bucket.close()
    rmSync(buckets, { recursive: true })
  })

  test.each(['HTTP/1.1', 'HTTP/2'] as const)(
    '18.5: over %s a package is redirected there, with its range kept, and nothing else is',
    async (name) => {
      const t = await startTestApp({
        configuration: {
          ...(name === 'HTTP/2' && files),
          blobs: 's3://terrarium/blobs',
          s3_endpoint: endpoint,
          s3_access_key: 'S3RVER',
          s3_secret_key: 'S3RVER',
          s3_redirect_seconds: 60,
        },
      })
      await t.channel('main')
      const { filename, bytes } = await t.upload('main', { name: 'demo', version: '1.0' })
      await t.app.listen({ host: '127.0.0.1', port: 0 })
      const { port } = t.app.server.address() as AddressInfo // listens on TCP
      const server = name === 'HTTP/2' ? overHttp2(port) : overHttp1(port, false)
      const path = `/api/repo/main/noarch/${filename}`

      const sent = await server.send(path)
      const part = await server.send(path, { range: 'bytes=-7' })
      const head = await server.send(path, {}, 'HEAD')
      for (const { status, headers, body } of [sent, part]) {
        // the client sends its range again
        expect([status, headers['content-length'], headers['cache-control']]).toEqual([307, '0', 'no-store'])
        expect(headers.location).toMatch(`${endpoint}/terrarium/blobs/sha256/`)
        expect(body).toHaveLength(0)
      }
      // the address of the bucket is signed for GET: HEAD is answered here
      expect([head.status, head.headers['content-length']]).toEqual([200, String(bytes.length)])
      expect(head.headers).toMatchObject({ 'accept-ranges': 'bytes', etag: sent.headers.etag })
      const whole = await fetch(String(sent.headers.location))
      expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
      const there = await fetch(String(part.headers.location), {
        headers: { range: `bytes=${bytes.length - 7}-` },
      })
      expect(there.status).toBe(206)
      expect(Buffer.from(await there.arrayBuffer()).equals(bytes.subarray(-7))).toBe(true)

      const index = await server.send('/api/repo/main/noarch/repodata_shards.msgpack.zst')
      const shard = decodeShardIndex(index.body).shards.get('demo')!
      for (const file of [
        'noarch/repodata.json',
        'noarch/repodata.json.zst',
        `noarch/shards/${shard}.msgpack.zst`,
        'notices.json',
      ]) {
        const { status, headers } = await server.send(`/api/repo/main/${file}`)
        expect([file, status, headers.location]).toEqual([file, 200, undefined])
      }
      const unchanged = await server.send(path, { 'if-none-match': String(sent.headers.etag) })
      expect([unchanged.status, unchanged.headers.location]).toEqual([304, undefined])
      server.close()
      await t.close()
    },
  )
})
