/** What libraries are given in place of `fetch`: bounded, without redirects, under the address rules. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { OutboundClient } from './outbound-client.ts'
import { outboundFetch } from './outbound-fetch.ts'

let server: Server
let base: string
let outbound: OutboundClient
const bodies: string[] = []

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/away') {
      response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
      return
    }
    if (request.url === '/silent') return
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      bodies.push(text)
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(request.url === '/large' ? 'x'.repeat(2000) : '{"a":1}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  base = `http://127.0.0.1:${port}`
  outbound = new OutboundClient({ allowedPrivate: [`127.0.0.1:${port}`], connections: 2 })
})

afterAll(async () => {
  await outbound.close()
  server.closeAllConnections()
  server.close()
})

const limits = { timeoutMs: 60_000, maxBytes: 1000 }

test('sends forms and reads JSON', async () => {
  const answer = await outboundFetch(outbound, limits)(`${base}/`, {
    method: 'POST',
    body: new URLSearchParams({ a: 'b c' }),
  })
  expect([answer.status, await answer.json(), bodies.at(-1)]).toEqual([200, { a: 1 }, 'a=b+c'])
})

test('follows no redirect', async () => {
  expect((await outboundFetch(outbound, limits)(`${base}/away`)).status).toBe(302)
})

test('reads no more than it may, and waits no longer', async () => {
  await expect(outboundFetch(outbound, limits)(`${base}/large`)).rejects.toMatchObject({
    code: 'upstream-answer',
  })
  await expect(outboundFetch(outbound, { ...limits, timeoutMs: 50 })(`${base}/silent`)).rejects.toThrow()
})

test.each(['http://127.0.0.1:1/', 'http://169.254.169.254/', 'http://10.0.0.1/', 'file:///etc/passwd'])(
  'does not go to %s',
  async (address) => {
    await expect(outboundFetch(outbound, limits)(address)).rejects.toMatchObject({ code: 'outbound-refused' })
  },
)
