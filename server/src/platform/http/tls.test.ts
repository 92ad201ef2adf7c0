import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectHttp2 } from 'node:http2'
import { Agent, request } from 'node:https'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, expect, test } from 'vitest'
import { pino } from 'pino'
import { startServer } from '../../start-server.ts'
import { makeCertificate } from '../../testing/self-made-certificate.ts'
import { readConfiguration } from '../configuration.ts'
import { readTls } from './tls.ts'

const folder = mkdtempSync(join(tmpdir(), 'terrarium-tls-'))
afterAll(() => rmSync(folder, { recursive: true }))

const { certificate, key } = makeCertificate()
const other = makeCertificate()
const written = (name: string, content: string): string => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}
const files = { tls_certificate: written('cert.pem', certificate), tls_key: written('key.pem', key) }

test.each([
  ['a file that is not there', { ...files, tls_key: join(folder, 'nothing.pem') }, 'nothing.pem'],
  ['what is no certificate', { ...files, tls_certificate: written('text.pem', 'hello') }, 'text.pem'],
  ['a key of another certificate', { ...files, tls_key: written('other.pem', other.key) }, 'other.pem'],
])('%s is refused by its name', (_, configuration, name) => {
  expect(() => readTls(configuration)).toThrow(name)
})

test('a certificate without its key is refused at the start', () => {
  const of = (more: object): unknown =>
    readConfiguration({ environment: {}, arguments: { data: folder, ...more } })
  expect(() => of({ tls_certificate: files.tls_certificate })).toThrow('tls_key')
  expect(() => of({ tls_key: files.tls_key })).toThrow('tls_key')
})

test('a server with a certificate speaks what the client chooses, and stops though connections stay open', async () => {
  const configuration = readConfiguration({
    environment: {},
    arguments: { data: join(folder, 'data'), port: 0, shutdown_ms: 120_000, ...files },
  })
  const server = await startServer(configuration, pino({ level: 'silent' }))
  expect(server.url).toMatch(/^https:/)
  const port = Number(new URL(server.url).port)

  const session = connectHttp2(server.url, { ca: certificate })
  const stream = session.request({ ':path': '/healthz' })
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
  stream.resume()
  await once(stream, 'end')
  expect(headers[':status']).toBe(200)

  const agent = new Agent({ keepAlive: true, ca: certificate })
  const status = await new Promise((resolve, reject) => {
    request(`${server.url}/healthz`, { agent }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode))
    })
      .on('error', reject)
      .end()
  })
  expect(status).toBe(200)

  const old = connectTls({ host: '127.0.0.1', port, ca: certificate, ALPNProtocols: ['h2', 'http/1.1'] })
  await once(old, 'secureConnect')
  expect(old.alpnProtocol).toBe('h2')
  old.destroy()

  // the session and the connection of the agent are still there
  await server.stop()
  session.destroy()
  agent.destroy()
})
