import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { findAll } from '../doctor/testing/find-all.ts'
import { kindOf } from '../doctor/finding.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { removeFiles } from './contents-store.ts'
import { enqueuePublish, markStale } from './stale-names.ts'
import { findChannelByName } from './store.ts'

let t: TestApp
let admin: TestClient
let [open, other, own, all] = ['', '', '', '']
let worlds = 0

beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
})
// two public channels, a private one, and a virtual channel of all three; the private one is asked last
beforeEach(async () => {
  const world = `w${(worlds += 1)}`
  ;[open, other, own, all] = [`${world}-open`, `${world}-other`, `${world}-own`, `${world}-all`]
  await t.channel(open)
  await t.channel(other)
  await t.channel(own, 'private')
})
afterEach(() => t.requireQuiet())
afterAll(async () => {
  const { parts } = t
  const folders = { dataFolder: parts.configuration.data, blobFolder: undefined }
  const findings = await findAll({ ...parts, ...folders }, { quick: true })
  expect(findings.filter((finding) => kindOf(finding) !== 'note')).toEqual([])
  await t.close()
})

async function make(sources: readonly string[] = [open, other, own], privacy = 'private'): Promise<void> {
  const response = await admin.post('/api/channels', {
    name: all,
    privacy,
    channel_type: 'virtual',
    sources: sources.map((name) => ({ name })),
  })
  if (response.statusCode !== 201) throw new Error(response.body)
  await t.settle()
}

async function listed(channel = all): Promise<string[]> {
  const index = await admin.get(`/api/repo/${channel}/noarch/repodata.json`)
  return Object.keys(index.json<{ 'packages.conda': object }>()['packages.conda']).sort()
}

async function shards(channel = all): Promise<Buffer> {
  return (await admin.get(`/api/repo/${channel}/noarch/repodata_shards.msgpack.zst`)).rawPayload
}

async function download(filename: string, channel = all): Promise<number> {
  return (await admin.get(`/api/repo/${channel}/noarch/${filename}`)).statusCode
}

async function owners(): Promise<Record<string, string | null>> {
  const response = await admin.get(`/api/channels/${all}/owners`)
  const { items } = response.json<{ items: { name: string; member: string | null }[] }>()
  return Object.fromEntries(items.map(({ name, member }) => [name, member]))
}

async function remove(channel: string, name: string, filename: string): Promise<void> {
  const { db, now } = t.parts
  const { id } = (await findChannelByName(db, channel))!
  await db.transaction().execute(async (tx) => {
    await removeFiles(tx, id, [{ subdir: 'noarch', name, filename }], now())
    await markStale(tx, id, [name], { kind: 'removal', by: 'admin', file: filename })
    await enqueuePublish(tx, id, now())
  })
  await t.settle()
}

describe('a virtual channel', () => {
  test('shows what its members have, byte for byte, and follows them', async () => {
    const { bytes } = await t.upload(open, { name: 'a', version: '1.0' })
    await make([open])
    expect(await listed()).toEqual(['a-1.0-0.conda'])
    expect((await shards()).equals(await shards(open))).toBe(true)
    const file = await admin.get(`/api/repo/${all}/noarch/a-1.0-0.conda`)
    expect(file.rawPayload.equals(bytes)).toBe(true)

    await t.upload(open, { name: 'a', version: '2.0' })
    await t.upload(open, { name: 'b', version: '1.0' })
    expect(await listed()).toEqual(['a-1.0-0.conda', 'a-2.0-0.conda', 'b-1.0-0.conda'])
    await remove(open, 'a', 'a-1.0-0.conda')
    expect(await listed()).toEqual(['a-2.0-0.conda', 'b-1.0-0.conda'])
    expect(await download('a-1.0-0.conda')).toBe(404)

    const revisions = await admin.get(`/api/channels/${all}/revisions`)
    expect(revisions.json()).toMatchObject({ total_count: 4 })
    expect((await admin.get(`/api/repo/${all}@2/noarch/repodata.json`)).json()).toMatchObject({
      'packages.conda': { 'a-1.0-0.conda': {}, 'a-2.0-0.conda': {} },
    })
  })

  test('takes each name from one member, and one that is not public wins', async () => {
    await t.upload(open, { name: 'lib', version: '1.0' })
    await t.upload(other, { name: 'lib', version: '2.0' })
    await t.upload(other, { name: 'tool', version: '9.0' })
    await make()
    expect(await listed()).toEqual(['lib-1.0-0.conda', 'tool-9.0-0.conda'])
    expect(await owners()).toEqual({ lib: open, tool: other })

    await t.upload(own, { name: 'tool', version: '1.0' })
    expect(await listed()).toEqual(['lib-1.0-0.conda', 'tool-1.0-0.conda'])
    expect(await owners()).toEqual({ lib: open, tool: own })
    expect(await download('tool-9.0-0.conda')).toBe(404)
    // and not in the past either, where it was shown
    const past = `/api/repo/${all}@1/noarch/tool-9.0-0.conda`
    const dave = await t.as('dave')
    await admin.post(`/api/channels/${all}/users`, { user_id: await idOf('dave'), permission: 'read' })
    const refused = await dave.get(past)
    expect(refused.statusCode).toBe(403)
    expect(refused.json<{ message: string }>().message).toContain('comes from one member')
  })

  test('never lets a private name fall through, blocked or gone', async () => {
    await t.upload(open, { name: 'secret', version: '9.0' })
    await t.upload(own, { name: 'secret', version: '1.0' })
    await make()
    expect(await listed()).toEqual(['secret-1.0-0.conda'])

    await t.policy(own, `name: no-${own}\nrules: [{id: no, effect: deny, when: {package: secret}}]`)
    await t.settle()
    expect(await listed()).toEqual([])
    expect(await download('secret-1.0-0.conda')).toBe(403)
    expect(await download('secret-9.0-0.conda')).toBe(404)

    await remove(own, 'secret', 'secret-1.0-0.conda')
    expect(await listed()).toEqual([])
    expect(await owners()).toEqual({ secret: own })

    const pinned = await admin.put(`/api/channels/${all}/pins/secret`, { member: open })
    expect(pinned.statusCode).toBe(204)
    await t.settle()
    expect(await listed()).toEqual(['secret-9.0-0.conda'])
    expect((await admin.delete(`/api/channels/${all}/pins/secret`)).statusCode).toBe(204)
    await t.settle()
    expect(await listed()).toEqual([])
  })

  test('pins a pattern before anybody has such a name', async () => {
    await make()
    await admin.put(`/api/channels/${all}/pins/acme-*`, { member: own })
    await t.upload(open, { name: 'acme-tools', version: '1.0' })
    expect(await listed()).toEqual([])
    expect(await owners()).toEqual({ 'acme-tools': own })
    expect((await admin.get(`/api/channels/${all}/owners`)).json()).toMatchObject({
      items: [{ name: 'acme-tools', pinned: true, pin: 'acme-*' }],
    })
    expect((await admin.get(`/api/channels/${all}/pins`)).json()).toEqual({
      total_count: 1,
      items: [{ name: 'acme-*', member: own }],
    })
    for (const [name, member, status] of [
      ['a/b', own, 404],
      ['A B', own, 400],
      ['a', 'nowhere', 404],
      ['a', all, 404],
    ] as const)
      expect((await admin.put(`/api/channels/${all}/pins/${name}`, { member })).statusCode).toBe(status)
  })

  test('is under the policies of the member and its own, the stricter of each', async () => {
    await t.upload(open, { name: 'a', version: '1.0' })
    await t.upload(open, { name: 'b', version: '1.0' })
    await t.upload(open, { name: 'c', version: '1.0' })
    await make([open])
    await t.policy(open, `name: their-${open}\nrules: [{id: a, effect: deny, when: {package: a}}]`)
    await t.policy(all, `name: own-${all}\nrules: [{id: b, effect: deny, when: {package: b}}]`)
    await t.settle()
    expect(await listed(open)).toEqual(['b-1.0-0.conda', 'c-1.0-0.conda'])
    expect(await listed()).toEqual(['c-1.0-0.conda'])
    expect(await download('a-1.0-0.conda')).toBe(403)
    expect(await download('b-1.0-0.conda')).toBe(403)
    expect(await download('b-1.0-0.conda', open)).toBe(200)

    // an exception in the virtual channel opens nothing that the member keeps closed
    await t.policy(all, `name: allow-${all}\nallow: [package: a]`)
    expect(await listed()).toEqual(['c-1.0-0.conda'])
    await admin.delete(`/api/channels/${open}/policies/their-${open}`)
    await t.settle()
    expect(await listed()).toEqual(['a-1.0-0.conda', 'c-1.0-0.conda'])
  })

  test('shows of a frozen member what that serves', async () => {
    await t.upload(open, { name: 'a', version: '1.0' })
    await make([open])
    await admin.put(`/api/channels/${open}`, { indexing_behavior: 'frozen' })
    await t.upload(open, { name: 'a', version: '2.0' })
    expect(await listed()).toEqual(['a-1.0-0.conda'])
    await admin.put(`/api/channels/${open}`, { indexing_behavior: 'default' })
    await t.settle()
    expect(await listed()).toEqual(['a-1.0-0.conda', 'a-2.0-0.conda'])
    await admin.post(`/api/channels/${open}/revisions/1/serve`, {})
    await t.settle()
    expect(await listed(open)).toEqual(['a-1.0-0.conda'])
    expect(await listed()).toEqual(['a-1.0-0.conda'])
    const causes = async (number: number): Promise<unknown> =>
      (await admin.get(`/api/channels/${all}/revisions/${number}`)).json<{ causes: unknown }>().causes
    const change = { kind: 'members', by: 'admin' }
    expect(await causes(1)).toMatchObject([{ ...change, change: 'order' }])
    expect(await causes(2)).toMatchObject([{ ...change, change: 'unfrozen', member: open }])
    expect(await causes(3)).toMatchObject([{ ...change, change: 'frozen', member: open }])
  })

  test('keeps a filename bound to its bytes, and tells which files it leaves out for that', async () => {
    await t.upload(open, { name: 'x', version: '1.0' })
    await make()
    await t.upload(own, { name: 'x', version: '1.0', depends: ['python'] })
    await t.upload(own, { name: 'x', version: '2.0' })
    expect(await listed()).toEqual(['x-2.0-0.conda'])
    expect((await admin.get(`/api/channels/${all}/owners?q=x`)).json()).toMatchObject({
      total_count: 1,
      items: [{ name: 'x', member: own, pinned: false, pin: null, left_out: ['noarch/x-1.0-0.conda'] }],
    })
  })

  test('gets and loses members, in their order', async () => {
    await t.upload(open, { name: 'lib', version: '1.0' })
    await t.upload(other, { name: 'lib', version: '2.0' })
    await make([open, other])
    const put = async (sources: readonly string[]): Promise<number> => {
      const body = { sources: sources.map((name) => ({ name })) }
      const { statusCode } = await admin.put(`/api/channels/${all}`, body)
      await t.settle()
      return statusCode
    }
    expect(await put([other, open])).toBe(200)
    expect(await listed()).toEqual(['lib-2.0-0.conda'])
    expect((await admin.get(`/api/channels/${all}`)).json()).toMatchObject({
      channel_type: 'virtual',
      sources: [{ name: other }, { name: open }],
    })
    expect(await put([open])).toBe(200)
    expect(await listed()).toEqual(['lib-1.0-0.conda'])
    expect(await put([])).toBe(200)
    expect(await listed()).toEqual([])
    expect(await put([all])).toBe(400)
    expect(await put([open, open])).toBe(400)
    expect(await put(['nowhere'])).toBe(404)
    const events = await t.parts.db
      .selectFrom('audit_events')
      .select('details')
      .where('action', '=', 'channel.members_changed')
      .where('target', '=', all)
      .execute()
    expect(events.map(({ details }) => JSON.parse(details ?? '') as unknown)).toContainEqual({
      before: [open, other],
      after: [other, open],
    })
  })

  test('takes nothing of its own', async () => {
    await make([open])
    const refused = await admin.upload(all, 'a-1.0-0.conda', new Uint8Array())
    expect(refused.statusCode).toBe(409)
    expect(refused.json<{ message: string }>().message).toContain('upload to one of them instead')
    const mirror = { mirror_name: 'm', source_root: 'https://conda.example.org/x' }
    expect((await admin.post(`/api/channels/${all}/mirrors`, mirror)).statusCode).toBe(409)
    await t.upload(open, { name: 'a', version: '1.0' })
    await t.upload(open, { name: 'a', version: '2.0' })
    expect((await admin.post(`/api/channels/${all}/revisions/1/rollback`, {})).statusCode).toBe(409)
    expect((await admin.post(`/api/channels/${all}/revisions/1/serve`, {})).statusCode).toBeLessThan(300)
    expect(await listed()).toEqual(['a-1.0-0.conda'])
  })
})

describe('nobody sees more through a virtual channel', () => {
  test('for it is not more open than its members, now and later', async () => {
    const body = { name: all, privacy: 'public', channel_type: 'virtual', sources: [{ name: own }] }
    const refused = await admin.post('/api/channels', body)
    expect(refused.statusCode).toBe(409)
    expect((await admin.get(`/api/channels/${all}`)).statusCode).toBe(404)
    await make([open], 'public')
    expect((await admin.put(`/api/channels/${all}`, { sources: [{ name: own }] })).statusCode).toBe(409)
    expect((await admin.put(`/api/channels/${all}`, { privacy: 'private' })).statusCode).toBe(200)
    expect((await admin.put(`/api/channels/${open}`, { privacy: 'private' })).statusCode).toBe(200)
    expect((await admin.put(`/api/channels/${all}`, { privacy: 'authenticated' })).statusCode).toBe(409)
    await t.settle()
  })

  test('for whoever makes it needs the right to share a member that is not public', async () => {
    const bob = await t.as('bob')
    await admin.post(`/api/channels/${own}/users`, { user_id: await idOf('bob'), permission: 'read' })
    const body = { name: `${all}-bob`, channel_type: 'virtual', sources: [{ name: own }] }
    expect((await bob.post('/api/channels', body)).statusCode).toBe(403)
    const carol = await t.as('carol')
    expect((await carol.post('/api/channels', { ...body, name: `${all}-carol` })).statusCode).toBe(404)
  })

  test('for the names of members are told to those who may see them', async () => {
    await t.upload(own, { name: 'a', version: '1.0' })
    await make([own])
    await t.as('erin')
    await admin.post(`/api/channels/${all}/users`, { user_id: await idOf('erin'), permission: 'read' })
    const erin = await t.as('erin')
    expect((await erin.get(`/api/channels/${all}`)).json()).toMatchObject({ sources: [] })
    expect((await erin.get(`/api/channels/${all}/owners`)).json()).toMatchObject({
      items: [{ name: 'a', member: null }],
    })
    expect((await erin.get(`/api/repo/${all}/noarch/a-1.0-0.conda`)).statusCode).toBe(200)
  })
})

// `open` is somebody else's here, who has nothing to do with the virtual channel
describe('whoever owns a member', () => {
  let bob: TestClient
  beforeEach(async () => {
    bob = await t.as('bob')
    await admin.put(`/api/channels/${open}/owner`, { user_id: await idOf('bob') })
    await t.upload(open, { name: 'lib', version: '1.0' })
    await t.upload(other, { name: 'lib', version: '9.0' })
    await t.upload(other, { name: 'tool', version: '1.0' })
    await make([open, other], 'public')
    expect(await listed()).toEqual(['lib-1.0-0.conda', 'tool-1.0-0.conda'])
  })

  async function lostMembers(): Promise<{ id: string; how: string }[]> {
    const { lost_members: lost } = (await admin.get(`/api/channels/${all}`)).json<{
      lost_members: { id: string; how: string }[]
    }>()
    return lost
  }

  const namesOfLost = async (): Promise<unknown> =>
    (await admin.get(`/api/channels/${all}/owners?lost=true`)).json()

  test('closes it without asking, and none of its names goes to another member', async () => {
    expect((await bob.put(`/api/channels/${open}`, { privacy: 'private' })).statusCode).toBe(200)
    // at once, before the index follows
    expect(await download('lib-1.0-0.conda')).toBe(403)
    await t.settle()

    expect(await listed()).toEqual(['tool-1.0-0.conda'])
    const gone = await t.nobody().get(`/api/repo/${all}/noarch/lib-1.0-0.conda`)
    expect(gone.statusCode).toBe(404)
    expect(gone.json<{ message: string }>().message).toContain('the member that it comes from was closed')
    expect(await download('lib-9.0-0.conda')).toBe(404)
    const past = await t.nobody().get(`/api/repo/${all}@1/noarch/lib-1.0-0.conda`)
    expect(past.statusCode).toBe(403)
    // nor is anybody sent to ask for an exception, which changes nothing
    expect(past.json()).not.toHaveProperty('exception_url')
    expect(past.json<{ message: string }>().message).toMatch(/No exception changes that: [^.]*\.$/)
    expect(await lostMembers()).toMatchObject([{ path: open, how: 'closed', names: 1 }])
    expect((await admin.get(`/api/channels/${all}`)).json()).toMatchObject({
      sources: [
        { name: open, lost: 'closed' },
        { name: other, lost: null },
      ],
    })
    expect(await namesOfLost()).toMatchObject({ items: [{ name: 'lib', member: open, lost: 'closed' }] })
    // what it gets now is not told of, and takes no name
    await t.upload(open, { name: 'tool', version: '5.0' })
    await t.upload(open, { name: 'hidden', version: '1.0' })
    expect(await listed()).toEqual(['tool-1.0-0.conda'])
    expect(await owners()).toEqual({ lib: open, tool: other })

    expect((await bob.put(`/api/channels/${open}`, { privacy: 'public' })).statusCode).toBe(200)
    await t.settle()
    expect(await listed()).toEqual(['hidden-1.0-0.conda', 'lib-1.0-0.conda', 'tool-5.0-0.conda'])
    expect(await lostMembers()).toEqual([])
    const actions = await t.parts.db
      .selectFrom('audit_events')
      .select('action')
      .where('target', '=', all)
      .where('action', 'like', 'channel.member%')
      .execute()
    expect(actions.map(({ action }) => action)).toEqual(['channel.member_lost', 'channel.member_returned'])
  })

  test('deletes it without asking, and none of its names goes to another member', async () => {
    await admin.put(`/api/channels/${all}/pins/acme-*`, { member: open })
    expect((await bob.delete(`/api/channels/${open}`)).statusCode).toBe(202)
    await t.settle()
    await t.upload(other, { name: 'acme-x', version: '1.0' })

    expect(await listed()).toEqual(['tool-1.0-0.conda'])
    expect(await owners()).toEqual({ 'acme-x': open, lib: open, tool: other })
    const [lost] = await lostMembers()
    expect(lost).toMatchObject({ path: open, how: 'deleted', names: 1 })
    // a new channel of the old name is another channel, and another order leaves the lost one where it is
    await t.channel(open)
    await t.upload(open, { name: 'lib', version: '66.0' })
    const sources = [{ name: other }, { name: open }]
    expect((await admin.put(`/api/channels/${all}`, { sources })).statusCode).toBe(200)
    await t.settle()
    expect(await listed()).toEqual(['tool-1.0-0.conda'])
    expect((await t.nobody().get(`/api/channels/${all}`)).json()).not.toHaveProperty('lost_members')

    // until somebody who may edit it says so
    const dismiss = `/api/channels/${all}/lost-members/${lost!.id}`
    expect((await bob.delete(dismiss)).statusCode).toBe(403)
    expect((await admin.delete(dismiss)).statusCode).toBe(204)
    expect((await admin.delete(dismiss)).statusCode).toBe(404)
    await t.settle()
    expect(await listed()).toEqual(['acme-x-1.0-0.conda', 'lib-9.0-0.conda', 'tool-1.0-0.conda'])
  })

  test('keeps readers of a private virtual channel out, unless it is allowed there', async () => {
    await admin.put(`/api/channels/${all}`, { privacy: 'private' })
    await bob.put(`/api/channels/${open}`, { privacy: 'private' })
    await t.settle()
    expect(await listed()).toEqual(['tool-1.0-0.conda'])

    const showing = `/api/channels/${open}/virtual-channels/${all}`
    const carol = await t.as('carol')
    await bob.post(`/api/channels/${open}/users`, { user_id: await idOf('carol'), permission: 'read' })
    expect((await carol.put(showing)).statusCode).toBe(403)
    expect((await carol.get(`/api/channels/${open}/virtual-channels`)).json()).toMatchObject({ items: [] })
    expect((await bob.put(`${showing}x`)).statusCode).toBe(404)
    expect((await bob.put(showing)).statusCode).toBe(204)
    await t.settle()
    expect(await listed()).toEqual(['lib-1.0-0.conda', 'tool-1.0-0.conda'])
    expect((await bob.get(`/api/channels/${open}/virtual-channels`)).json()).toMatchObject({
      items: [{ path: all, shown: true, allowed: true }],
    })

    expect((await bob.delete(showing)).statusCode).toBe(204)
    await t.settle()
    expect(await listed()).toEqual(['tool-1.0-0.conda'])
    expect(await lostMembers()).toMatchObject([{ how: 'closed' }])
  })

  test('takes no name from others by closing it, and gives none away by opening it', async () => {
    await admin.put(`/api/channels/${all}`, {
      privacy: 'private',
      sources: [{ name: other }, { name: open }],
    })
    await t.settle()
    expect(await listed()).toEqual(['lib-9.0-0.conda', 'tool-1.0-0.conda'])
    await bob.put(`/api/channels/${open}`, { privacy: 'private' })
    await t.settle()
    expect(await listed()).toEqual(['lib-9.0-0.conda', 'tool-1.0-0.conda'])

    // nor by allowing it there then
    await bob.put(`/api/channels/${open}/virtual-channels/${all}`)
    await t.upload(open, { name: 'mine', version: '1.0' })
    expect(await listed()).toEqual(['lib-9.0-0.conda', 'mine-1.0-0.conda', 'tool-1.0-0.conda'])

    await t.upload(own, { name: 'tool', version: '3.0' })
    await admin.put(`/api/channels/${all}`, { sources: [{ name: other }, { name: own }] })
    await t.settle()
    expect(await owners()).toEqual({ lib: other, tool: own })
    await admin.put(`/api/channels/${own}`, { privacy: 'public' })
    await t.settle()
    expect(await owners()).toEqual({ lib: other, tool: own })
    // whoever may edit the virtual channel moves a member to the front by closing it
    await admin.put(`/api/channels/${all}`, { sources: [{ name: own }, { name: other }] })
    await admin.put(`/api/channels/${other}`, { privacy: 'private' })
    await t.settle()
    expect(await owners()).toEqual({ lib: other, tool: own })
    expect((await admin.get(`/api/channels/${all}`)).json()).toMatchObject({
      sources: [{ before_public: true }, { before_public: true }],
    })
  })

  test('leaves it a member for whoever changes the order and may not see it any more', async () => {
    await admin.put(`/api/channels/${all}`, { privacy: 'private' })
    const dora = await t.as('dora')
    await admin.put(`/api/channels/${all}/owner`, { user_id: await idOf('dora') })
    await bob.put(`/api/channels/${open}`, { privacy: 'private' })
    await t.settle()
    const { sources } = (await dora.get(`/api/channels/${all}`)).json<{ sources: object[] }>()
    expect(sources).toMatchObject([{ name: open }, { name: other }])
    expect((await dora.put(`/api/channels/${all}`, { sources })).statusCode).toBe(200)
    await t.settle()
    expect(await listed()).toEqual(['tool-1.0-0.conda'])
    expect(await owners()).toEqual({ lib: open, tool: other })
  })
})

test('a virtual channel goes with its members, and they with their channel', async () => {
  await make([open])
  expect((await admin.get(`/api/channels/${open}/virtual-channels`)).json()).toMatchObject({
    total_count: 1,
    items: [{ path: all, shown: true }],
  })
  await admin.post(`/api/channels/${other}/subchannels`, { name: 'dev', privacy: 'public' })
  const sources = [{ name: 'dev', parent_name: other }]
  await admin.post(`/api/channels/${other}/subchannels`, { name: 'mix', channel_type: 'virtual', sources })
  await t.settle()
  expect((await admin.delete(`/api/channels/${other}?subchannels=true`)).statusCode).toBe(202)
  expect((await admin.delete(`/api/channels/${all}`)).statusCode).toBe(202)
  expect((await admin.delete(`/api/channels/${open}`)).statusCode).toBe(202)
  expect(
    await t.parts.db.selectFrom('lost_names').select('name').where('name', '=', 'dev').execute(),
  ).toEqual([])
})

async function idOf(name: string): Promise<string> {
  await t.as(name)
  const user = await t.parts.db
    .selectFrom('users')
    .select('id')
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return user.id
}
