/** A file that was taken out of a channel: in no index from then on, and had by whoever was told of it before. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFiles } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelByName } from '../channels/store.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const DAY_MS = 86_400_000

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterAll(() => t.close())

async function takeOut(channel: string, name: string, filename: string): Promise<void> {
  const { db, now } = t.parts
  const { id } = (await findChannelByName(db, channel))!
  await removeFiles(db, id, [{ subdir: 'noarch', name, filename }], now())
  await markStale(db, id, [name], { kind: 'removal', by: 'admin', file: `noarch/${filename}` })
  await enqueuePublish(db, id, now())
  await t.settle()
}

test('conda-protocol 18.13: it is named as removed, and its bytes stay within reach for a week', async () => {
  await t.channel('main')
  const { filename, bytes } = await t.upload('main', { name: 'a', version: '1.0' })
  await takeOut('main', 'a', filename)

  const index = await t.nobody().get('/api/repo/main/noarch/repodata.json')
  expect(index.json()).toMatchObject({ 'packages.conda': {}, removed: [filename] })
  const address = `/api/repo/main/noarch/${filename}`
  for (let day = 0; day < 7; day += 1) {
    expect((await t.nobody().get(address)).rawPayload.equals(bytes), `day ${day}`).toBe(true)
    t.advance(DAY_MS)
  }
  expect((await t.nobody().get(address)).statusCode).toBe(404)
})

test('what a policy blocks stays blocked there, and what is private private', async () => {
  await t.channel('closed', 'private')
  const { filename } = await t.upload('closed', { name: 'a', version: '1.0' })
  await takeOut('closed', 'a', filename)
  const address = `/api/repo/closed/noarch/${filename}`
  const admin = await t.as('admin')

  expect((await admin.get(address)).statusCode).toBe(200)
  expect((await t.nobody().get(address)).statusCode).toBe(401)
  await t.policy('closed', 'name: no-a\ndeny: [package: a]')
  expect((await admin.get(address)).statusCode).toBe(403)
})

test('what was blocked when it was taken out stays out of reach, also when its policy goes', async () => {
  const admin = await t.as('admin')
  for (const explains of [false, true]) {
    const channel = explains ? 'explaining' : 'silent'
    await t.channel(channel)
    const policy = `no-a-${channel}`
    await t.policy(channel, `name: ${policy}\ndeny: [package: a]`)
    if (explains) await admin.put(`/api/channels/${channel}/explaining`, { enabled: true })
    const { filename } = await t.upload(channel, { name: 'a', version: '1.0' })
    const { revision } = (await admin.get(`/api/channels/${channel}`)).json<{ revision: number }>()
    await takeOut(channel, 'a', filename)
    expect((await admin.delete(`/api/channels/${channel}/policies/${policy}`)).statusCode).toBe(204)
    await t.settle()
    const index = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
    expect(index.json(), channel).toMatchObject({ 'packages.conda': {}, removed: [] })
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/${filename}`)).statusCode, channel).toBe(404)
    const past = `/api/repo/${channel}@${revision}/noarch/${filename}`
    expect((await t.nobody().get(past)).statusCode, channel).toBe(404)
    // who may have what is blocked may have it from the past
    expect((await admin.get(past)).statusCode, channel).toBe(200)
  }
})
