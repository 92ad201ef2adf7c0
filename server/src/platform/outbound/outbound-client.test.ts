import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { judgeAddress } from './address-rules.ts'
import { OutboundClient, type OutboundResponse } from './outbound-client.ts'

describe('an address is', () => {
  test.each([
    ['1.1.1.1', 'public'],
    ['93.184.216.34', 'public'],
    ['172.15.255.255', 'public'],
    ['172.32.0.1', 'public'],
    ['100.128.0.1', 'public'],
    ['2606:4700:4700::1111', 'public'],
    ['::ffff:1.1.1.1', 'public'],
    ['64:ff9b::101:101', 'public'],
    ['2002:101:101::1', 'public'],
    ['127.0.0.1', 'private'],
    ['127.255.255.254', 'private'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['100.100.100.200', 'private'],
    ['192.0.0.192', 'private'],
    ['198.18.0.1', 'private'],
    ['::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fc00::1', 'private'],
    ['::ffff:127.0.0.1', 'private'],
    ['::ffff:7f00:1', 'private'],
    ['0:0:0:0:0:ffff:7f00:1', 'private'],
    ['::127.0.0.1', 'private'],
    ['::7f00:1', 'private'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['64:ff9b:1::1', 'private'],
    ['::ffff:0:10.0.0.1', 'private'],
    ['2002:a00:1::', 'private'],
    ['2002:7f00:0001::1', 'private'],
    ['[::1]', 'private'],
    ['169.254.169.254', 'forbidden'],
    ['169.254.0.1', 'forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['0.1.2.3', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['240.0.0.1', 'forbidden'],
    ['::', 'forbidden'],
    ['fe80::1', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['febf::1', 'forbidden'],
    ['fec0::1', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['64:ff9b::a9fe:a9fe', 'forbidden'],
    ['2002:a9fe:a9fe::', 'forbidden'],
    ['2001:0:1::1', 'forbidden'],
    ['not an address', 'forbidden'],
    ['', 'forbidden'],
    ['1.2.3', 'forbidden'],
    ['0x7f.0.0.1', 'forbidden'],
  ])('%s: %s', (address, verdict) => {
    expect(judgeAddress(address)).toBe(verdict)
  })
})

describe('a request', () => {
  type Handler = (request: IncomingMessage, response: ServerResponse) => void
  let first: Server
  let second: Server
  let handler: Handler
  let other: Handler
  let client: OutboundClient

  const hostOf = (server: Server): string => `127.0.0.1:${(server.address() as AddressInfo).port}` // TCP
  const urlOf = (server: Server, path = '/'): URL => new URL(`http://${hostOf(server)}${path}`)

  beforeAll(async () => {
    first = createServer((request, response) => handler(request, response)).listen(0, '127.0.0.1')
    second = createServer((request, response) => other(request, response)).listen(0, '127.0.0.1')
    await Promise.all([once(first, 'listening'), once(second, 'listening')])
    client = new OutboundClient({ allowedPrivate: [hostOf(first), hostOf(second)], connections: 2 })
  })
  afterEach(() => {
    handler = other = (_request, response) => void response.end('ok')
  })
  afterAll(async () => {
    await client.close()
    for (const server of [first, second]) {
      server.close()
      server.closeAllConnections()
    }
  })

  async function text(response: OutboundResponse): Promise<string> {
    const chunks: Uint8Array[] = []
    for await (const chunk of response.body) chunks.push(chunk)
    return Buffer.concat(chunks).toString()
  }

  const redirectTo =
    (location: string): Handler =>
    (_request, response) =>
      void response.writeHead(302, { location }).end()

  test('brings status, headers and bytes', async () => {
    handler = (request, response) => void response.writeHead(201, { 'x-a': 'b' }).end(request.url)

    const response = await client.get(urlOf(first, '/a%2Fb?c=d'))

    expect(response.status).toBe(201)
    expect(response.header('X-A')).toBe('b')
    expect(await text(response)).toBe('/a%2Fb?c=d')
  })

  // T-SSRF-04: before a connection is made
  test.each([
    'http://127.0.0.1:1/',
    'http://[::1]:1/',
    'http://2130706433:1/',
    'http://0x7f000001:1/',
    'http://017700000001:1/',
    'http://127.1:1/',
    'http://[::ffff:127.0.0.1]:1/',
    'http://0.0.0.0:1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://10.0.0.1/',
    'http://localhost:1/',
    'file:///etc/passwd',
    'ftp://example.org/',
    'data:text/plain,x',
  ])('to %s is refused', async (url) => {
    await expect(client.get(new URL(url))).rejects.toMatchObject({ code: 'outbound-refused' })
  })

  test('may go to host:port that is allowed, and not to another port of that host', async () => {
    handler = (_request, response) => void response.end('inside')
    const one = new OutboundClient({ allowedPrivate: [hostOf(first).toUpperCase()], connections: 1 })

    expect(await text(await one.get(urlOf(first)))).toBe('inside')
    await expect(one.get(urlOf(second))).rejects.toMatchObject({ code: 'outbound-refused' })
    await one.close()
  })

  test('may go to a name that is allowed, wherever in the private network it leads', async () => {
    const { port } = first.address() as AddressInfo // TCP
    handler = (_request, response) => void response.end('named')
    const one = new OutboundClient({ allowedPrivate: [`localhost:${port}`], connections: 1 })

    expect(await text(await one.get(new URL(`http://localhost:${port}/`)))).toBe('named')
    await expect(one.get(urlOf(first))).rejects.toMatchObject({ code: 'outbound-refused' })
    await one.close()
  })

  test('an address of IPv6 is allowed as it is written in an address', () => {
    const one = new OutboundClient({ allowedPrivate: ['[::1]:8080'], connections: 1 })

    expect(() => one.requirePermitted(new URL('http://[::1]:8080/'))).not.toThrow()
    expect(() => one.requirePermitted(new URL('http://[::1]:8081/'))).toThrow('private network')
  })

  test('no permission reaches the metadata service', async () => {
    const one = new OutboundClient({ allowedPrivate: ['169.254.169.254:80'], connections: 1 })

    await expect(one.get(new URL('http://169.254.169.254/'))).rejects.toMatchObject({
      code: 'outbound-refused',
    })
  })

  // T-SSRF-02, T-UP-07
  test.each([
    'http://169.254.169.254/',
    'http://10.0.0.1/',
    'http://127.0.0.1:1/',
    'file:///etc/passwd',
    '//0.0.0.0/',
  ])('that is redirected to %s is refused', async (location) => {
    handler = redirectTo(location)

    await expect(client.get(urlOf(first))).rejects.toMatchObject({ code: 'outbound-refused' })
  })

  test('follows five redirects and no sixth', async () => {
    handler = (request, response) => {
      const left = Number(request.url?.slice(1))
      if (left === 0) response.end('there')
      else response.writeHead(307, { location: `/${left - 1}` }).end()
    }

    expect(await text(await client.get(urlOf(first, '/5')))).toBe('there')
    await expect(client.get(urlOf(first, '/6'))).rejects.toMatchObject({ code: 'outbound-refused' })
  })

  test('a redirect to nothing that is an address is an answer of the upstream', async () => {
    handler = redirectTo('http://[')

    await expect(client.get(urlOf(first))).rejects.toMatchObject({ code: 'upstream-answer' })
  })

  // T-UP-07, T-UP-16
  test('keeps its credentials within an origin and loses them beyond, for good', async () => {
    const seen: (string | undefined)[] = []
    const note = (request: IncomingMessage): void =>
      void seen.push(
        request.headers.authorization ?? request.headers.cookie ?? String(request.headers['x-api-key']),
      )
    handler = (request, response) => {
      note(request)
      if (request.url === '/end') response.end()
      else if (request.url === '/a') response.writeHead(302, { location: '/b' }).end()
      else response.writeHead(302, { location: urlOf(second).href }).end()
    }
    other = (request, response) => {
      note(request)
      response.writeHead(302, { location: urlOf(first, '/end').href }).end()
    }

    for (const headers of [{ Authorization: 'Basic x' }, { Cookie: 'Basic x' }, { 'X-API-Key': 'Basic x' }]) {
      seen.length = 0
      await client.get(urlOf(first, '/a'), { headers })
      expect(seen).toEqual(['Basic x', 'Basic x', 'undefined', 'undefined'])
    }
  })

  test('that nobody answers says where it went', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await once(gone, 'listening')
    const url = urlOf(gone)
    const one = new OutboundClient({ allowedPrivate: [url.host], connections: 1 })
    gone.close()
    await once(gone, 'close')

    await expect(one.get(url)).rejects.toMatchObject({
      code: 'upstream-unreachable',
      message: expect.stringContaining(url.origin) as string,
    })
    await one.close()
  })

  test('a body that ends early throws', async () => {
    handler = (_request, response) => {
      response.writeHead(200, { 'content-length': 100 })
      response.write('short', () => response.destroy())
    }
    const response = await client.get(urlOf(first))

    await expect(text(response)).rejects.toThrow()
  })

  test('can be stopped', async () => {
    handler = () => undefined
    const stop = new AbortController()
    const going = client.get(urlOf(first), { signal: stop.signal })
    stop.abort(new Error('enough'))

    await expect(going).rejects.toThrow('enough')
  })

  test('a large rest is not read when it is thrown away', async () => {
    handler = (_request, response) => {
      response.writeHead(200)
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      }
      response.on('drain', more)
      more()
    }
    await (await client.get(urlOf(first))).discard()
    handler = (_request, response) => void response.end('next')

    expect(await text(await client.get(urlOf(first)))).toBe('next')
  })
})
