/** No room left, and bodies too large or too slow: what clients are told, and what goes on. T-DISK. */
import { readdir } from 'node:fs/promises'
import { connect, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { startTestApp } from './testing/test-app.ts'

const policy = (name: string) => ({ document: `name: ${name}\ndescription: ${'x'.repeat(1_900)}\ndeny: []` })

test('a full database refuses writes with 507, goes on to serve, and takes them again when there is room', async () => {
  const t = await startTestApp({ embedded: true })
  const admin = await t.as('admin')
  await t.channel('main')
  await t.upload('main', { name: 'demo', version: '1.0' })
  const pages = async () =>
    (await sql<{ page_count: number }>`pragma page_count`.execute(t.parts.db)).rows[0]!.page_count
  await sql`pragma max_page_count = ${sql.lit(await pages())}`.execute(t.parts.db)

  let refused = await admin.post('/api/policies', policy('p-0'))
  for (let i = 1; i < 200 && refused.statusCode === 200; i += 1)
    refused = await admin.post('/api/policies', policy(`p-${i}`))

  expect([refused.statusCode, refused.json()]).toEqual([
    507,
    expect.objectContaining({
      code: 'storage-full',
      status: 507,
      message: expect.stringContaining('make room') as string,
    }),
  ])
  expect(t.log.splice(0).map(({ msg }) => msg)).toContain('request failed') // somebody has to act
  const ready = await t.nobody().get('/readyz')
  expect([ready.statusCode, ready.json()]).toEqual([
    200,
    { status: 'degraded', writes: false, warnings: [expect.stringContaining('storage-full') as string] },
  ])
  expect((await t.nobody().get('/api/system')).json()).toMatchObject({ status: 'degraded' })
  for (const path of [
    'noarch/repodata.json',
    'noarch/demo-1.0-0.conda',
    'noarch/repodata_shards.msgpack.zst',
  ])
    expect((await t.nobody().get(`/api/repo/main/${path}`)).statusCode).toBe(200)
  expect((await admin.get('/api/channels')).statusCode).toBe(200)

  await sql`pragma max_page_count = 1000000`.execute(t.parts.db)
  expect((await admin.post('/api/policies', policy('p-after'))).statusCode).toBe(200)
  t.advance(60_000)
  expect((await t.nobody().get('/readyz')).json()).toEqual({ status: 'ready', writes: true, warnings: [] })
  await t.settle()
  t.log.splice(0)
  await t.close()
})

test('an upload that finds no room for its bytes is refused the same, and nothing of it stays', async () => {
  const t = await startTestApp()
  const admin = await t.as('admin')
  await t.channel('main')
  const put = vi
    .spyOn(t.parts.blobs, 'putStaged')
    .mockRejectedValueOnce(
      Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    )
  await expect(t.upload('main', { name: 'demo', version: '1.0' })).rejects.toThrow('"storage-full"')
  expect(put).toHaveBeenCalled()
  t.log.splice(0)
  expect((await admin.get('/api/channels/main/files')).json()).toMatchObject({ total_count: 0 })
  await t.upload('main', { name: 'demo', version: '1.0' })
  expect((await admin.get('/api/channels/main/files')).json()).toMatchObject({ total_count: 1 })
  await t.close()
})

test('who sends too much is told how much is taken', async () => {
  const t = await startTestApp({ maxUploadBytes: 1000 })
  const admin = await t.as('admin')
  await t.channel('main')
  const json = await admin.post('/api/policies', { document: 'x'.repeat(1024 * 1024) })
  expect([json.statusCode, json.json()]).toEqual([
    413,
    expect.objectContaining({
      code: 'too-large',
      limit_bytes: 1024 * 1024,
      message: expect.stringContaining('1048576 bytes') as string,
    }),
  ])
  const upload = await admin.upload('main', 'demo-1.0-0.conda', Buffer.alloc(2000))
  expect([upload.statusCode, upload.json()]).toEqual([
    413,
    expect.objectContaining({ code: 'too-large', limit_bytes: 1000 }),
  ])
  await t.close()
})

test('who sends a body too slowly is told so, and the connection ends', async () => {
  const t = await startTestApp({ configuration: { body_patience_seconds: 1 } })
  const { token } = await t.as('admin')
  await t.channel('main')
  await t.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = t.app.server.address() as AddressInfo
  /** Never idle, and never done. */
  const trickle = async (head: readonly string[], begin: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1')
    let answer = ''
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
    socket.on('error', () => undefined) // what is still on its way finds a closed door
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write(`${[...head, 'host: x', 'content-length: 5000'].join('\r\n')}\r\n\r\n${begin}`)
    const timer = setInterval(() => socket.write(' '), 100)
    await closed
    clearInterval(timer)
    return answer
  }
  const form =
    '--b\r\ncontent-disposition: form-data; name="filetype"\r\n\r\nconda1\r\n' +
    '--b\r\ncontent-disposition: form-data; name="content"; filename="demo-1.0-0.conda"\r\n\r\n'
  const answers = await Promise.all([
    trickle(['POST /api/auth/login HTTP/1.1', 'content-type: application/json'], '{'),
    trickle(
      [
        'POST /api/channels/main/artifacts HTTP/1.1',
        `authorization: Bearer ${token}`,
        'content-type: multipart/form-data; boundary=b',
      ],
      form,
    ),
  ])
  for (const answer of answers) {
    expect(answer).toMatch(/^HTTP\/1\.1 408 /)
    expect(answer).toContain('"code":"body-too-slow"')
    expect(answer).toContain('connection: close')
  }
  await t.until(async () => (await readdir(join(t.folder, 'data/staging'))).length === 0)
  await t.close()
})
