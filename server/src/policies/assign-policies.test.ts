import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

let t: TestApp
let admin: TestClient
beforeEach(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  await t.channel('main')
  await t.upload('main', { name: 'demo', version: '1.0' })
  await t.upload('main', { name: 'other', version: '1.0' })
})
afterEach(() => t.close())

async function write(document: string, more: object = {}): Promise<{ status: number; message: string }> {
  const response = await admin.post('/api/policies', { document, filename: 'p.yaml', ...more })
  await t.settle()
  return { status: response.statusCode, message: response.json<{ message?: string }>().message ?? '' }
}

async function put(path: string, body: object = {}): Promise<void> {
  const response = await admin.put(path, body)
  if (response.statusCode !== 204) throw new Error(response.body)
  await t.settle()
}

async function listed(channel = 'main'): Promise<string[]> {
  const response = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
  return Object.keys(response.json<{ 'packages.conda': object }>()['packages.conda']).sort()
}

async function effects(channel = 'main'): Promise<Record<string, string>> {
  const response = await admin.get(`/api/channels/${channel}/files`)
  const { items } = response.json<{ items: { name: string; effect: string }[] }>()
  return Object.fromEntries(items.map(({ name, effect }) => [name, effect]))
}

describe('the baseline of the organisation', () => {
  beforeEach(async () => {
    await write('name: base\nrules: [{id: no-demo, effect: deny, when: {package: demo}}]')
    await put('/api/policies/base/baseline')
  })

  test('holds in every channel, also in one that is made later', async () => {
    expect(await listed()).toEqual(['other-1.0-0.conda'])
    await t.channel('later')
    await t.upload('later', { name: 'demo', version: '1.0' })
    expect(await listed('later')).toEqual([])
    expect((await admin.get('/api/channels/later/policies')).json()).toMatchObject({
      items: [{ name: 'base', scope: 'organisation', mode: 'enforce' }],
    })
  })

  test('can be tightened by a channel and not loosened', async () => {
    await write('name: own\nallow: [package: demo]\ndeny: [package: other]')
    await put('/api/channels/main/policies/own')
    expect(await effects()).toEqual({ demo: 'deny', other: 'deny' })
  })

  test('is not loosened by a new text unless that is said, with the reason', async () => {
    const weaker = 'name: base\nrules:\n  - {id: no-demo, effect: warn, when: {package: demo}}'
    expect(await write(weaker)).toMatchObject({
      status: 400,
      message: expect.stringMatching(
        /p\.yaml:3:\d+: rules\[0\]\.effect.*weaker than before \(deny\)/,
      ) as string,
    })
    expect((await write('name: base\ndeny: []')).message).toContain('no longer has the rule no-demo')
    expect(
      (
        await write(
          'name: base\nrules: [{id: no-demo, effect: deny, when: {package: demo}}]\nallow: [package: demo]',
        )
      ).message,
    ).toContain('the last word')
    expect(await effects()).toMatchObject({ demo: 'deny' })
    expect(await write(weaker, { loosen: true })).toMatchObject({ status: 400 })

    expect(await write(weaker, { loosen: true, reason: 'demo is fixed' })).toMatchObject({ status: 200 })
    expect(await effects()).toMatchObject({ demo: 'warn' })
    expect((await admin.get('/api/policies/base/versions')).json()).toMatchObject({
      total_count: 2,
      items: [
        { version: 2, reason: 'demo is fixed', actor_id: expect.any(String) as string },
        { version: 1 },
      ],
    })
  })

  test('is for those who may set it', async () => {
    const owner = await t.as('owner')
    expect((await owner.put('/api/policies/base/baseline')).statusCode).toBe(403)
  })
})

test('a policy on trial changes nothing and says what it would have done', async () => {
  await write('name: strict\ndeny: [package: demo]')
  await put('/api/channels/main/policies/strict', { mode: 'audit', reason: 'first look' })
  expect(await effects()).toEqual({ demo: 'allow', other: 'allow' })
  const { decision } = await t.parts.db
    .selectFrom('channel_files')
    .select('decision')
    .where('name', '=', 'demo')
    .executeTakeFirstOrThrow()
  expect(JSON.parse(decision ?? '{}')).toMatchObject({
    effect: 'allow',
    trial: { effect: 'deny', reasons: [{ policy: 'strict', rule: 'deny-package' }] },
  })

  await put('/api/channels/main/policies/strict', { mode: 'enforce' })
  expect(await effects()).toEqual({ demo: 'deny', other: 'allow' })
  const events = await t.parts.db
    .selectFrom('audit_events')
    .select('details')
    .where('action', '=', 'policy.assigned')
    .orderBy('id')
    .execute()
  expect(events.map(({ details }) => JSON.parse(details) as unknown)).toMatchObject([
    { policy: 'strict', before: null, after: 'audit', reason: 'first look' },
    { policy: 'strict', before: 'audit', after: 'enforce' },
  ])
})

test('a policy of a mirror speaks of what came by it', async () => {
  const response = await admin.post('/api/channels/main/mirrors', {
    mirror_name: 'm',
    source_root: pathToFileURL(t.folder).href,
  })
  const { mirror_id: id } = response.json<{ mirror_id: string }>()
  await write('name: strict\ndeny: [package: "*"]')
  expect((await admin.put('/api/channels/main/mirrors/none/policies/strict')).statusCode).toBe(404)
  await put(`/api/channels/main/mirrors/${id}/policies/strict`)
  expect(await effects()).toEqual({ demo: 'allow', other: 'allow' })

  await t.parts.db
    .updateTable('channel_files')
    .set({ origin_kind: 'mirror', origin_id: id })
    .where('name', '=', 'demo')
    .execute()
  await put(`/api/channels/main/mirrors/${id}/policies/strict`, { mode: 'audit' })
  await put(`/api/channels/main/mirrors/${id}/policies/strict`, { mode: 'enforce' })
  expect(await effects()).toEqual({ demo: 'deny', other: 'allow' })
  expect((await admin.get('/api/policies/strict/assignments')).json()).toMatchObject({
    items: [{ scope: 'mirror', channel: 'main', mirror_id: id, mode: 'enforce' }],
  })
})

test('where a policy holds is a list in pages, without the channels that the asker may not see', async () => {
  await t.channel('hidden', 'private')
  await write('name: strict\ndeny: [package: "*"]')
  for (const path of [
    'policies/strict/baseline',
    'channels/main/policies/strict',
    'channels/hidden/policies/strict',
  ])
    await put(`/api/${path}`)
  const curator = await t.as('cora')
  const { user_id: userId } = (await curator.get('/api/account')).json<{ user_id: string }>()
  const role = { name: 'policy-reader', permissions: { policy: 'read' }, reach: 'all' }
  const { id: roleId } = (await admin.post('/api/roles', role)).json<{ id: string }>()
  await admin.post(`/api/roles/${roleId}/grants`, { subject_kind: 'user', subject_id: userId })

  const list = async (client: TestClient, query = '') =>
    (await client.get(`/api/policies/strict/assignments${query}`)).json<{
      total_count: number
      items: { channel?: string }[]
    }>()
  const channels = (items: { channel?: string }[]) => items.map(({ channel }) => channel ?? 'organisation')
  const all = await list(admin)
  expect([all.total_count, channels(all.items)]).toEqual([3, ['organisation', 'hidden', 'main']])
  const second = await list(admin, '?offset=1&limit=1')
  expect([second.total_count, channels(second.items)]).toEqual([3, ['hidden']])
  const seen = await list(curator)
  expect([seen.total_count, channels(seen.items)]).toEqual([2, ['organisation', 'main']])

  const held = (await admin.get('/api/channels/main/policies?limit=1')).json<typeof all>()
  expect([held.total_count, held.items.length]).toEqual([2, 1])
})

test('a policy that was deleted leaves its texts, and a new one of its name goes on counting', async () => {
  await write('name: own\ndeny: [package: demo]', { reason: 'first' })
  await write('name: own\ndeny: [package: other]', { reason: 'second' })
  expect((await admin.delete('/api/policies/own')).statusCode).toBe(204)
  expect((await admin.get('/api/policies/own')).statusCode).toBe(404)
  expect((await admin.get('/api/policies')).json()).toMatchObject({ total_count: 0 })
  expect((await admin.delete('/api/policies/own')).statusCode).toBe(404)
  expect((await admin.put('/api/channels/main/policies/own', {})).statusCode).toBe(404)
  const versions = async () =>
    (await admin.get('/api/policies/own/versions')).json<{ items: { version: number; reason: string }[] }>()
      .items
  expect((await versions()).map(({ version, reason }) => [version, reason])).toEqual([
    [2, 'second'],
    [1, 'first'],
  ])
  expect((await admin.get('/api/policies/never/versions')).statusCode).toBe(404)

  // the same text as the last one is a new version too: it holds again from then on
  expect(await write('name: own\ndeny: [package: other]')).toMatchObject({ status: 200 })
  expect((await admin.get('/api/policies/own')).json()).toMatchObject({ version: 3 })
  await put('/api/channels/main/policies/own')
  expect(await listed()).toEqual(['demo-1.0-0.conda'])
})
