/** Over bare sockets: what a client may do with a connection, it may do with answers that were prepared, too. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { prepareAnswer, sendPrepared } from './send-prepared.ts'

const AT = new Date('2026-01-15T12:00:00Z')
const prepared = prepareAnswer(200, ['content-length', '4'], AT, Buffer.from('fast'))

let server: Server
let finished: number
let answeredPrepared: boolean[]
beforeEach(async () => {
  finished = 0
  answeredPrepared = []
  server = createServer((request, response) => {
    response.on('finish', () => (finished += 1))
    if (request.url === '/slow') {
      setImmediate(() => response.end('slow'))
      return
    }
    const sent = sendPrepared(request, response, 200, prepared)
    answeredPrepared.push(sent)
    if (!sent) response.end('long')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => void server.close())

/** Everything that comes back on one connection until the server closes it. */
async function talk(...requests: string[]): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1') // TCP
  socket.write(requests.join(''))
  return text(socket)
}

const ask = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n')

const bodies = (answers: string): string[] => answers.match(/slow|fast|long/g) ?? []

test('requests one behind the other on a connection are answered in their order', async () => {
  const answers = await talk(ask('/slow'), ask('/a'), ask('/b'), ask('/c', 'Connection: close'))

  expect(bodies(answers)).toHaveLength(4)
  expect(bodies(answers)[0]).toBe('slow')
  await vi.waitFor(() => expect(finished).toBe(4))
})

test('a connection is used again, and each answer counts as finished', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1') // TCP
  for (let count = 1; count <= 3; count += 1) {
    socket.write(ask('/a'))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toBe(prepared.toString())
    await vi.waitFor(() => expect(finished).toBe(count))
  }
  expect(answeredPrepared).toEqual([true, true, true])
  socket.destroy()
})

test('who wants the connection closed, or speaks HTTP/1.0, is answered by Node, which closes it', async () => {
  expect(bodies(await talk(ask('/a', 'Connection: close')))).toEqual(['long'])
  expect(bodies(await talk('GET /a HTTP/1.0\r\n\r\n'))).toEqual(['long'])
  expect(answeredPrepared).toEqual([false, false])
})

test('an answer says what it is, when it was made and how long the connection waits', () => {
  expect(prepared.toString()).toBe(
    'HTTP/1.1 200 OK\r\ncontent-length: 4\r\nDate: Thu, 15 Jan 2026 12:00:00 GMT\r\n' +
      'Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n\r\nfast',
  )
  expect(prepareAnswer(304, [], AT).toString()).toMatch(/^HTTP\/1\.1 304 Not Modified\r\n.*\r\n\r\n$/s)
})
