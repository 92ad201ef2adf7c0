/** Over a real socket, where answers that were given before come from memory: what changes, changes at once. */
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
let root: string
beforeEach(async () => {
  t = await startTestApp()
  await t.app.listen({ host: '127.0.0.1', port: 0 })
  root = `http://127.0.0.1:${(t.app.server.address() as AddressInfo).port}` // TCP
})
afterEach(() => t.close())

const INDEX = '/api/repo/main/linux-64/repodata_shards.msgpack.zst'

/** Twice, so that the second answer can come from memory. */
async function getTwice(path: string, headers: Record<string, string> = {}): Promise<Response> {
  await (await fetch(root + path, { headers })).arrayBuffer()
  return fetch(root + path, { headers })
}

test('a new revision and a withdrawn file are seen by the next request', async () => {
  await t.channel('main')
  await t.upload('main', { name: 'numpy', version: '1.0', subdir: 'linux-64' })
  const first = await getTwice(INDEX)
  const { filename } = await t.upload('main', { name: 'numpy', version: '2.0', subdir: 'linux-64' })
  const second = await getTwice(INDEX)

  expect(second.headers.get('etag')).not.toBe(first.headers.get('etag'))
  expect((await getTwice(`/api/repo/main/linux-64/${filename}`)).status).toBe(200)
  await t.policy('main', 'name: no-numpy\ndeny: [package: numpy]')
  expect((await fetch(`${root}/api/repo/main/linux-64/${filename}`)).status).toBe(403)
})

test('a private channel stays private, and a token that was dropped opens nothing', async () => {
  await t.channel('main', 'private')
  await t.upload('main', { name: 'numpy', version: '1.0', subdir: 'linux-64' })
  const admin = await t.as('admin')
  const made = await admin.post('/api/account/tokens', { name: 'for a day', days: 1 })
  const { id, token } = made.json<{ id: string; token: string }>()
  const headers = { authorization: `Bearer ${token}` }

  expect((await getTwice(INDEX, headers)).status).toBe(200)
  expect((await getTwice(`/t/${token}${INDEX}`)).status).toBe(200)
  expect((await getTwice(INDEX)).status).toBe(401)
  expect((await getTwice(`/t/another-token${INDEX}`)).status).toBe(401)

  expect((await admin.delete(`/api/account/tokens/${id}`)).statusCode).toBeLessThan(300)
  expect((await fetch(root + INDEX, { headers })).status).toBe(401)
  expect((await fetch(`${root}/t/${token}${INDEX}`)).status).toBe(401)
})

test('from memory as from the store: the same bytes, headers, parts and 304', async () => {
  await t.channel('main')
  await t.upload('main', { name: 'numpy', version: '1.0', subdir: 'linux-64' })
  const first = await fetch(root + INDEX)
  const again = await fetch(root + INDEX)
  const volatile = new Set(['date', 'connection', 'keep-alive'])
  const stable = ({ headers }: Response): string[][] => [...headers].filter(([name]) => !volatile.has(name))
  const whole = Buffer.from(await first.arrayBuffer())

  expect(stable(again)).toEqual(stable(first))
  expect(Buffer.from(await again.arrayBuffer()).equals(whole)).toBe(true)
  const part = await fetch(root + INDEX, { headers: { range: 'bytes=-5' } })
  expect(part.status).toBe(206)
  expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(-5))).toBe(true)
  const etag = String(first.headers.get('etag'))
  expect((await fetch(root + INDEX, { headers: { 'if-none-match': etag } })).status).toBe(304)
  const head = await fetch(root + INDEX, { method: 'HEAD' })
  expect(stable(head)).toEqual(stable(first))
})

test('a large file arrives whole and in parts, and a client that leaves in the middle hurts nobody', async () => {
  await t.channel('main')
  const files = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [`lib/${n}`, crypto.getRandomValues(new Uint8Array(60_000))]),
  )
  const { filename, bytes } = await t.upload('main', {
    name: 'large',
    version: '1',
    subdir: 'linux-64',
    files,
  })
  const address = `${root}/api/repo/main/linux-64/${filename}`
  expect(bytes.byteLength).toBeGreaterThan(1_500_000)

  const leaving = new AbortController()
  const left = await fetch(address, { signal: leaving.signal })
  await left.body?.getReader().read()
  leaving.abort()
  const answers = await Promise.all(
    Array.from({ length: 5 }, async (_, n) => {
      const start = n * 100_003
      const response = await fetch(address, { headers: { range: `bytes=${start}-` } })
      return Buffer.from(await response.arrayBuffer()).equals(bytes.subarray(start))
    }),
  )

  expect(answers).toEqual([true, true, true, true, true])
  expect(Buffer.from(await (await fetch(address)).arrayBuffer()).equals(bytes)).toBe(true)
})
