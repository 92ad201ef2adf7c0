/** Uploads as rattler-build and pixi send them: to prefix.dev a form, to quetz the bytes (conda-protocol, section 13). */
import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LightMyRequestResponse } from 'fastify'
import { writePackage } from '@terrarium/conda/archive/write-package.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
let token: string
beforeAll(async () => {
  t = await startTestApp({ maxUploadBytes: 100_000 })
  await t.channel('main')
  token = await t.token('admin')
})
afterAll(() => t.close())

const FILENAME = 'demo-1.0-0.conda'

async function packageOf(license: string): Promise<Buffer> {
  return Buffer.from(await writePackage({ name: 'demo', version: '1.0', index: { license } }, 'conda'))
}

type Upload = (channel: string, bytes: Buffer, secret?: string) => Promise<LightMyRequestResponse>

const toPrefix: Upload = (channel, bytes, secret = token) => {
  const payload = Buffer.concat([
    Buffer.from(
      `--b\r\nContent-Disposition: form-data; name="file"; filename="${FILENAME}"\r\n` +
        `Content-Type: application/octet-stream\r\nX-File-Name: ${FILENAME}\r\n\r\n`,
    ),
    bytes,
    Buffer.from('\r\n--b--\r\n'),
  ])
  return t.nobody().send('POST', `/api/v1/upload/${channel}`, {
    payload,
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'multipart/form-data; boundary=b' },
  })
}

const toQuetz: Upload = (channel, bytes, secret = token) => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const url = `/api/channels/${channel.replace('/', '%2F')}/upload/${FILENAME}?sha256=${sha256}&force=false`
  return t.nobody().send('POST', url, {
    payload: bytes,
    headers: { 'x-api-key': secret, 'content-type': 'application/octet-stream' },
  })
}

test.each([
  ['prefix.dev', toPrefix],
  ['quetz', toQuetz],
])('as to %s: taken once, again the same, other bytes and other people refused', async (name, upload) => {
  const channel = name.replace('.', '-')
  await t.channel(channel)
  const bytes = await packageOf('MIT')
  const stranger = await t.token('stranger')

  expect((await upload(channel, bytes, 'wrong-token')).statusCode).toBe(401)
  expect((await upload(channel, bytes, stranger)).statusCode).toBe(403)
  expect((await upload('nowhere', bytes)).statusCode).toBe(404)
  expect((await upload(channel, Buffer.from('no archive'))).json()).toMatchObject({ code: 'invalid-package' })
  const tooLarge = await upload(channel, randomBytes(200_000))
  expect([tooLarge.statusCode, tooLarge.json<{ code: string }>().code]).toEqual([413, 'too-large'])
  const made = await upload(channel, bytes)
  expect(made.statusCode, made.body).toBe(201)
  expect(made.json()).toMatchObject({ channel, ckey: `noarch/${FILENAME}` })
  expect((await upload(channel, bytes)).statusCode).toBe(200)
  const other = await upload(channel, await packageOf('BSD-3-Clause'))
  expect([other.statusCode, other.json<{ code: string }>().code]).toEqual([409, 'filename-taken'])
  await t.settle()
  const got = await t.nobody().get(`/api/repo/${channel}/noarch/${FILENAME}`)
  expect(got.rawPayload.equals(bytes)).toBe(true)
})

test('a channel below another is reached with its name as it is, or with the slash escaped', async () => {
  await (
    await t.as('admin')
  ).post('/api/channels/main/subchannels', {
    name: 'dev',
    privacy: 'public',
  })
  expect((await toPrefix('main/dev', await packageOf('MIT'))).statusCode).toBe(201)
  expect((await toQuetz('main/dev', await packageOf('MIT'))).statusCode).toBe(200)
  await t.settle()
})

test('as to quetz: a digest that the bytes have not is refused', async () => {
  const answer = await t
    .nobody()
    .send('POST', `/api/channels/main/upload/${FILENAME}?sha256=${'ab'.repeat(32)}`, {
      payload: await packageOf('MIT'),
      headers: { 'x-api-key': token, 'content-type': 'application/octet-stream' },
    })
  expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([400, 'invalid-package'])
})
