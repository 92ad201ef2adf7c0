/** What holds of every answer and every request, whatever it is about: headers, limits, proxies, ids, other sites. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import fastify from 'fastify'
import { Pool } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newTokenSecret } from './identity/token-secret.ts'
import { requestIds } from './platform/http/request-id.ts'
import { startTestApp, type TestApp } from './testing/test-app.ts'
import { webRoutes } from './web-routes.ts'

let t: TestApp

beforeAll(async () => {
  t = await startTestApp()
  await t.channel('main')
  await t.policy('main', 'name: house\nrules: [{ id: no, effect: deny, when: { package: blocked } }]')
  await t.upload('main', { name: 'demo', version: '1.0' })
  await t.upload('main', { name: 'blocked', version: '1.0' })
})
afterAll(() => t.close())

interface Page {
  readonly what: string
  readonly url: string
  readonly status: number
  readonly accept?: string
}

const answers: readonly Page[] = [
  { what: 'data', url: '/api/channels', status: 200 },
  { what: 'a refusal', url: '/api/users', status: 401 },
  { what: 'a wrong request', url: '/api/channels?limit=x', status: 400 },
  { what: 'nothing', url: '/none', status: 404 },
  { what: 'an address that cannot be decoded', url: '/api/%ff', status: 400 },
  { what: 'the description', url: '/api/openapi.json', status: 200 },
  { what: 'an index', url: '/api/repo/main/noarch/repodata.json', status: 200 },
  { what: 'a package', url: '/api/repo/main/noarch/demo-1.0-0.conda', status: 200 },
  { what: 'a package that is blocked', url: '/api/repo/main/noarch/blocked-1.0-0.conda', status: 403 },
  { what: 'no package', url: '/api/repo/main/noarch/none-1.0-0.conda', status: 404 },
  { what: 'a list of a channel', url: '/api/repo/main/', status: 200, accept: 'text/html' },
  { what: 'a list of a subdir', url: '/api/repo/main/noarch/', status: 200, accept: 'text/html' },
  { what: 'a page that says why', url: '/why/main/noarch/blocked-1.0-0.conda', status: 200 },
]

const fetchPage = ({ url, accept }: Page) => t.nobody().get(url, accept === undefined ? {} : { accept })

describe('headers', () => {
  test.each(answers)('of $what let a browser guess, frame and run nothing', async (page) => {
    const { statusCode, headers } = await fetchPage(page)
    expect(statusCode).toBe(page.status)
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['x-powered-by']).toBeUndefined()
    expect(headers['server']).toBeUndefined()
    expect(headers['access-control-allow-origin']).toBeUndefined()
    const isPackageFile = page.url.startsWith('/api/repo/') && page.status === 200 && !page.accept
    // files of package clients are opened by no browser: what it needs not to run them is enough
    if (isPackageFile) return
    expect(headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/)
    expect(headers['x-frame-options'] ?? 'DENY').toBe('DENY')
    expect(headers['referrer-policy']).toBe('no-referrer')
  })

  test.each(answers.filter(({ status }) => status >= 400))('of $what keep it out of caches', async (page) => {
    expect((await fetchPage(page)).headers['cache-control']).toMatch(/no-store|no-cache/)
  })

  test('and the code of a refusal come with an address that cannot be decoded, too', async () => {
    const response = await t.nobody().get('/api/%ff')
    expect(response.json()).toMatchObject({
      code: 'bad-request',
      request_id: response.headers['x-request-id'],
    })
  })

  test('ask for TLS next time where there is TLS, and do not elsewhere', async () => {
    expect((await t.nobody().get('/api/channels')).headers['strict-transport-security']).toBeUndefined()
    const secure = await startTestApp({ configuration: { public_url: 'https://packages.example' } })
    for (const url of ['/api/channels', '/', '/none'])
      expect((await secure.nobody().get(url)).headers['strict-transport-security']).toMatch(/^max-age=\d{8}$/)
    await secure.close()
  })
})

describe('pages', () => {
  const runs = /<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:/i

  test.each(answers.filter(({ accept, url }) => accept || url.startsWith('/why/')))(
    '$what has no script, and may run none',
    async (page) => {
      const { body, headers } = await fetchPage(page)
      expect(headers['content-type']).toContain('text/html')
      expect(body).toMatch(/^<!doctype html>/i)
      expect(body).not.toMatch(/<script/i)
      expect(body).not.toMatch(runs)
      expect(headers['content-security-policy']).not.toMatch(/script-src|unsafe-eval/)
    },
  )

  test('of the web interface run its own files alone, at every address it has', async () => {
    const folder = join(t.folder, 'built')
    mkdirSync(folder)
    writeFileSync(
      join(folder, 'index.html'),
      '<!doctype html><script type="module" src="/assets/a.js"></script>',
    )
    const app = fastify()
    await webRoutes(app, folder)
    for (const url of [
      ...['/', '/channels/main', '/channels/main/packages/noarch', '/policies', '/policies/noarch/edit'],
      ...['/access/people', '/sign-in', '/system'],
    ]) {
      const { headers, body, statusCode } = await app.inject({ url })
      expect([url, statusCode]).toEqual([url, 200])
      const policy = String(headers['content-security-policy'])
      expect(policy).toMatch(/default-src 'none'/)
      expect(/script-src ([^;]*)/.exec(policy)?.[1]).toBe("'self'")
      for (const part of [
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
        "connect-src 'self'",
      ])
        expect(policy).toContain(part)
      expect(headers['x-frame-options']).toBe('DENY')
      expect(headers['cross-origin-opener-policy']).toBe('same-origin')
      expect(body).not.toMatch(runs)
    }
    // a page with 200 would be taken for the file by whoever gives conda what the browser shows
    for (const url of [
      '/channels/main/noarch/repodata.json.zst',
      '/channels/main/linux-64/repodata_shards.msgpack.zst?x',
      '/channels/team/dev/noarch/current_repodata.json',
      '/channels/main/notices.json',
    ])
      expect([url, (await app.inject({ url })).statusCode]).toEqual([url, 404])
    await app.close()
  })
})

test('no call that changes something is taken from a page of another site with the cookie of a browser', async () => {
  await t.as('ann')
  const signedIn = await t
    .nobody()
    .post('/api/auth/session', { username: 'ann', password: 'password of ann' })
  const cookie = String(signedIn.headers['set-cookie']).split(';')[0]!
  const { paths } = (await t.nobody().get('/api/openapi.json')).json<{ paths: Record<string, object> }>()
  const calls = Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'get' && method !== 'head')
      .map((method) => ({
        method: method.toUpperCase() as 'POST',
        url: path.replaceAll(/\{\w+\}/g, 'main'),
      })),
  )
  expect(calls.length).toBeGreaterThan(60)
  for (const { method, url } of calls) {
    for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'https://evil.example' }, {}]) {
      const answer = await t.nobody().send(method, url, { payload: {}, headers: { cookie, ...headers } })
      expect([method, url, answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
        ...[method, url, 403],
        'cross-site-request',
      ])
    }
  }
  expect((await t.nobody().get('/api/account', { cookie })).statusCode).toBe(200)
})

describe('how often somebody may ask', () => {
  test('is counted by account when signed in, by address otherwise; files of package clients do not count', async () => {
    const limited = await startTestApp({ limited: true, configuration: { requests_per_minute: 5 } })
    const [ann, bob] = [await limited.as('ann'), await limited.as('bob')]
    const many = async (ask: () => Promise<{ statusCode: number }>, times = 6): Promise<number[]> =>
      Array.fromAsync({ length: times }, async () => (await ask()).statusCode)
    expect(await many(() => ann.get('/api/account'))).toEqual([200, 200, 200, 200, 200, 429])
    expect(await many(() => bob.get('/api/account'), 1)).toEqual([200])
    expect(await many(() => limited.nobody().get('/api/channels'))).toEqual([200, 200, 200, 200, 200, 429])
    const refused = await limited.nobody().get('/api/channels')
    expect(refused.headers['retry-after']).toBe('12')
    // another address, and a cold solve of somebody who is over the limit
    const elsewhere = await limited.app.inject({ url: '/api/channels', remoteAddress: '198.51.100.7' })
    expect(elsewhere.statusCode).toBe(200)
    const files = await many(() => ann.get('/api/repo/none/noarch/repodata.json'), 50)
    expect(new Set(files)).toEqual(new Set([404]))
    limited.advance(12_000)
    expect((await limited.nobody().get('/api/channels')).statusCode).toBe(200)
    await limited.close()
  })

  test('lets the shards of a cold solve through as they are configured, and brute force from the same address not', async () => {
    const limited = await startTestApp({ limited: true })
    await limited.channel('main')
    for (const name of ['demo', 'other']) await limited.upload('main', { name, version: '1.0' })
    const token = await limited.token('ann')
    const index = await limited.nobody().get('/api/repo/main/noarch/repodata_shards.msgpack.zst')
    const shards = [...decodeShardIndex(index.rawPayload).shards.values()].map(
      (digest) => `/api/repo/main/noarch/shards/${digest}.msgpack.zst`,
    )
    const login = { username: 'ann', password: 'a guess' }
    const guess = () => limited.nobody().post('/api/auth/login', login)
    let refused = await guess()
    for (let tries = 1; tries < 40 && refused.headers['retry-after'] === undefined; tries += 1)
      refused = await limited.nobody().post('/api/auth/login', { ...login, username: `nobody-${tries}` })
    expect([refused.statusCode, Number(refused.headers['retry-after'])]).toEqual([429, 2])
    expect(refused.json()).toMatchObject({ code: 'too-many-requests' })

    // the same address, 127.0.0.1, after that; each connection is kept for its hundred requests
    await limited.app.listen({ port: 0, host: '127.0.0.1' })
    const { port } = limited.app.server.address() as AddressInfo // listens on TCP
    let connections = 0
    limited.app.server.on('connection', () => (connections += 1))
    const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 6 })
    const ask = async (path: string, headers: Record<string, string> = {}): Promise<number> => {
      const { statusCode, body } = await pool.request({ method: 'GET', path, headers })
      await body.dump()
      return statusCode
    }
    const burst = (how: (path: string) => Promise<number>): Promise<number[]> =>
      Promise.all(Array.from({ length: 600 }, (_, index) => how(shards[index % shards.length]!)))
    const asNobody = await burst((path) => ask(path))
    const asAnn = await burst((path) => ask(path, { authorization: `Bearer ${token}` }))
    const asConda = await burst((path) => ask(`/t/${token}${path}`))
    await pool.close()

    for (const statuses of [asNobody, asAnn, asConda]) expect(new Set(statuses)).toEqual(new Set([200]))
    expect(connections).toBe(6)
    expect((await guess()).statusCode).toBe(429)
    await limited.close()
  })

  test('with tokens that are none is counted by address, whatever a header says about it', async () => {
    const limited = await startTestApp({ limited: true, configuration: { unknown_tokens_per_minute: 3 } })
    const statuses: number[] = []
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const authorization = `Bearer ${newTokenSecret('user').reveal()}`
      const headers = { authorization, 'x-forwarded-for': `203.0.113.${attempt}` }
      statuses.push((await limited.nobody().get('/api/channels', headers)).statusCode)
    }
    expect(statuses).toEqual([200, 200, 200, 429])
    await limited.close()
  })

  test('a client whose token ran out reads a public channel on and on', async () => {
    const limited = await startTestApp({ limited: true, configuration: { unknown_tokens_per_minute: 3 } })
    await limited.channel('main')
    const stale = { authorization: `Bearer ${newTokenSecret('user').reveal()}` }
    const index = '/api/repo/main/noarch/repodata_shards.msgpack.zst'
    const statuses = new Set<number>()
    for (let file = 0; file < 20; file += 1)
      statuses.add((await limited.nobody().get(`${index}?${file}`, stale)).statusCode)
    expect(statuses).toEqual(new Set([200]))
    await limited.close()
  })
})

describe('a proxy in front', () => {
  const address = async (app: TestApp, headers: Record<string, string>): Promise<unknown> => {
    await (
      await app.as('admin')
    ).send('POST', '/api/groups', {
      payload: { name: `g${(groups += 1)}`, description: '' },
      headers,
    })
    const events = await (await app.as('admin')).get('/api/audit/events?action=group.created&limit=1')
    return events.json<{ items: { address: string }[] }>().items[0]?.address
  }
  let groups = 0

  test('is believed when it is trusted, and nobody else is', async () => {
    const forged = { 'x-forwarded-for': '203.0.113.9' }
    expect(await address(t, forged)).toBe('127.0.0.1')
    const behind = await startTestApp({ configuration: { trusted_proxies: ['127.0.0.0/8'] } })
    expect(await address(behind, forged)).toBe('203.0.113.9')
    // what a client claims before the proxy adds its own word does not count
    expect(await address(behind, { 'x-forwarded-for': '10.1.1.1, 203.0.113.9' })).toBe('203.0.113.9')
    await behind.close()
  })

  test('names a request, and nobody else does', () => {
    const ids = requestIds(['10.0.0.0/8', '2001:db8::/32', '192.0.2.1'])
    const idOf = (remoteAddress: string, id: string) =>
      // all that is read of a request
      ids({ headers: { 'x-request-id': id }, socket: { remoteAddress } } as never)
    for (const proxy of ['10.9.9.9', '::ffff:10.9.9.9', '2001:db8::7', '192.0.2.1'])
      expect(idOf(proxy, 'edge-0123.abc_DEF')).toBe('edge-0123.abc_DEF')
    for (const other of ['192.0.2.2', '::1', '2001:db9::7', '11.0.0.1'])
      expect(idOf(other, 'edge-0123.abc_DEF')).not.toBe('edge-0123.abc_DEF')
    for (const odd of [
      'short',
      'a'.repeat(65),
      'with space',
      'new\nline-here',
      '"quoted-id"',
      '-leading-dash',
    ])
      expect(idOf('10.9.9.9', odd)).toMatch(/^[0-9a-f-]{36}$/)
  })
})

test('every refusal names its request as the header does, and no two requests have one id', async () => {
  const seen = new Set<string>()
  for (const page of answers.filter(({ status }) => status >= 400)) {
    const { headers, body } = await fetchPage(page)
    const id = String(headers['x-request-id'])
    expect([page.what, (JSON.parse(body) as { request_id: string }).request_id]).toEqual([page.what, id])
    seen.add(id)
  }
  expect(seen.size).toBe(answers.filter(({ status }) => status >= 400).length)
})

describe('limits', () => {
  test('of a body are told with 413, and of its kind with 415', async () => {
    const admin = await t.as('admin')
    const large = await admin.post('/api/channels', { name: 'x', description: 'x'.repeat(1024 * 1024) })
    expect([large.statusCode, large.json<{ code: string }>().code]).toEqual([413, 'too-large'])
    const odd = await admin.send('POST', '/api/channels', {
      payload: '<a/>',
      headers: { 'content-type': 'application/xml' },
    })
    expect([odd.statusCode, odd.json<{ code: string }>().code]).toEqual([415, 'unsupported-media-type'])
  })

  describe('of a connection', () => {
    let served: TestApp
    let port: number
    beforeAll(async () => {
      served = await startTestApp()
      await served.app.listen({ port: 0, host: '127.0.0.1' })
      port = (served.app.server.address() as AddressInfo).port // listens on TCP
    })
    afterAll(() => served.close())

    /** What came until the server closed the connection. */
    async function talk(...lines: string[]): Promise<string> {
      const socket: Socket = connect(port, '127.0.0.1')
      let received = ''
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()))
      socket.on('error', () => undefined) // closed while we were sending: as it should be
      for (const line of lines) socket.write(line)
      const deadline = AbortSignal.timeout(60_000)
      await new Promise<void>((resolve, reject) => {
        socket.once('close', () => resolve())
        deadline.addEventListener('abort', () => reject(new Error(`still open after ${received}`)))
      })
      return received
    }

    test('headers that are too large are refused with 431', async () => {
      const cookie = `cookie: x=${'y'.repeat(17 * 1024)}\r\n`
      expect(await talk('GET /api/channels HTTP/1.1\r\nhost: x\r\n', cookie, '\r\n')).toMatch(
        /^HTTP\/1\.1 431 /,
      )
    })

    test('what is no HTTP is refused with 400', async () => {
      expect(await talk('\x16\x03\x01 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
    })

    test('whoever sends headers a byte at a time is cut off', async () => {
      const { server } = served.app
      expect(server.headersTimeout).toBeLessThanOrEqual(20_000)
      server.headersTimeout = 200
      expect(await talk('GET /api/channels HTTP/1.1\r\nhost: ')).toMatch(/^(?:HTTP\/1\.1 408 |$)/)
      server.headersTimeout = 20_000
    })

    test('whoever stops in the middle of a body is cut off', async () => {
      const { server } = served.app
      expect(server.timeout).toBeGreaterThan(0)
      const before = server.timeout
      server.timeout = 200
      const head = 'POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n'
      await talk(`${head}content-length: 100\r\n\r\n{"`)
      server.timeout = before
    })
  })
})
