/** Many downloads at once over one connection of HTTP/2, as pixi asks for packages. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeCertificate } from '../testing/self-made-certificate.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const { certificate, key } = makeCertificate()
const folder = mkdtempSync(join(tmpdir(), 'terrarium-streams-'))
const files = { tls_certificate: join(folder, 'cert.pem'), tls_key: join(folder, 'key.pem') }
writeFileSync(files.tls_certificate, certificate)
writeFileSync(files.tls_key, key)

const errors: unknown[] = []
let t: TestApp
let address: string
let session: ClientHttp2Session

beforeAll(async () => {
  t = await startTestApp({ configuration: files })
  t.parts.log.error = (...said: unknown[]) => void errors.push(said)
  await t.channel('main')
  const content = randomBytes(1024 * 1024)
  const { filename } = await t.upload('main', { name: 'big', version: '1.0', files: { 'big.bin': content } })
  address = `/api/repo/main/noarch/${filename}`
  await t.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = t.app.server.address() as AddressInfo // listens on TCP
  session = connect(`https://127.0.0.1:${port}`, { ca: certificate })
  await once(session, 'remoteSettings')
})
afterAll(async () => {
  session.destroy()
  await t.close()
  rmSync(folder, { recursive: true })
})

interface Download {
  readonly stream: ClientHttp2Stream
  readonly status: number
}

/** Its first bytes are there, and the rest waits for whoever asked. */
async function begin(path: string): Promise<Download> {
  const stream = session.request({ ':path': path })
  const [headers] = (await once(stream, 'response')) as [{ ':status': number }]
  await once(stream, 'readable')
  return { stream, status: headers[':status'] }
}

async function finish({ stream }: Download): Promise<number> {
  let length = 0
  for await (const chunk of stream) length += (chunk as Buffer).length
  return length
}

test('a client that takes fifty packages slowly is answered when it asks for more, and has them whole', async () => {
  expect(session.remoteSettings.maxConcurrentStreams).toBe(100)
  const downloads = await Promise.all(Array.from({ length: 50 }, () => begin(address)))
  const index = await begin('/api/repo/main/noarch/repodata_shards.msgpack.zst')
  expect([index, ...downloads].every(({ status }) => status === 200)).toBe(true)
  expect(await finish(index)).toBeGreaterThan(0)
  const size = Number((await t.nobody().head(address)).headers['content-length'])
  const lengths = await Promise.all([...downloads, await begin(address)].map(finish))
  expect(new Set(lengths)).toEqual(new Set([size]))
})

test('a download that is given up ends alone, and nobody has to act on it', async () => {
  const downloads = await Promise.all(Array.from({ length: 10 }, () => begin(address)))
  for (const { stream } of downloads) stream.close(constants.NGHTTP2_CANCEL)
  for (const { stream } of downloads) if (!stream.closed) await once(stream, 'close')
  const size = Number((await t.nobody().head(address)).headers['content-length'])
  expect(await finish(await begin(address))).toBe(size)
  expect(errors).toEqual([])
})

test('an upload from far away need not wait for every 64 KiB to be confirmed', async () => {
  expect(session.remoteSettings.initialWindowSize).toBeGreaterThan(1024 * 1024)
  await finish(await begin('/api/repo/main/noarch/repodata.json'))
  expect(session.state.remoteWindowSize).toBeGreaterThan(1024 * 1024)
})
