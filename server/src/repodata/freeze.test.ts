import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { removeFiles } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelByName } from '../channels/store.ts'
import type { Account } from '../identity/actor.ts'
import { builtInRoles } from '../identity/built-in-roles.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { rollBackChannel } from './roll-back-channel.ts'
import { contentsOf, indexesOf, takePicture, type ServedPicture } from './testing/served-picture.ts'

const SUBDIRS = ['noarch', 'linux-64'] as const
const HOUR_MS = 3_600_000

let t: TestApp
let admin: TestClient
let channel: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
})
beforeEach(async () => {
  channel = `c${(channels += 1)}`
  await t.channel(channel)
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

function picture(at?: number | string): Promise<ServedPicture> {
  return takePicture(t, at === undefined ? channel : `${channel}@${at}`, SUBDIRS)
}

async function freeze(indexing: 'frozen' | 'default'): Promise<void> {
  const response = await admin.put(`/api/channels/${channel}`, { indexing_behavior: indexing })
  expect(response.statusCode).toBe(200)
  await t.settle()
}

async function shown(): Promise<unknown> {
  return (await t.nobody().get(`/api/channels/${channel}`)).json()
}

async function remove(name: string, filename: string): Promise<void> {
  const { db, now } = t.parts
  const { id } = (await findChannelByName(db, channel))!
  await removeFiles(db, id, [{ subdir: 'noarch', name, filename }], now())
  await markStale(db, id, [name], { kind: 'removal', by: 'admin', file: `noarch/${filename}` })
  await enqueuePublish(db, id, now())
  await t.settle()
}

async function post(path: string): Promise<Record<string, unknown>> {
  const response = await admin.post(`/api/channels/${channel}/${path}`)
  expect(response.statusCode).toBeLessThan(300)
  await t.settle()
  return response.json()
}

describe('a frozen channel', () => {
  test('stays as it is, while what comes is prepared and then appears in one step', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'b', version: '1.0' })
    const before = await picture()
    await freeze('frozen')

    await t.upload(channel, { name: 'a', version: '2.0' })
    await t.upload(channel, { name: 'c', version: '1.0', subdir: 'linux-64' })
    await remove('b', 'b-1.0-0.conda')

    expect(await picture()).toEqual(before)
    expect(await shown()).toMatchObject({
      indexing_behavior: 'frozen',
      revision: 2,
      newest_revision: 5,
      stale_names: 0,
    })
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/a-2.0-0.conda`)).statusCode).toBe(404)
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/b-1.0-0.conda`)).statusCode).toBe(200)

    await freeze('default')

    const after = await picture()
    expect(await shown()).toMatchObject({ indexing_behavior: 'default', revision: 5, newest_revision: 5 })
    expect(Object.keys(after).filter((path) => path.endsWith('.conda'))).toEqual([
      'noarch/a-1.0-0.conda',
      'noarch/a-2.0-0.conda',
      'linux-64/c-1.0-0.conda',
    ])
    expect(await picture(5)).toEqual(after)
    expect((await t.nobody().get(`/api/repo/${channel}@5/noarch/b-1.0-0.conda`)).statusCode).toBe(404)
  })

  test('what was prepared is seen by those who will show it, and by nobody else', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await freeze('frozen')
    await t.upload(channel, { name: 'a', version: '2.0' })
    const path = `/api/repo/${channel}@2/noarch/repodata.json`

    expect((await t.nobody().get(path)).statusCode).toBe(401)
    expect((await (await t.as('stranger')).get(path)).statusCode).toBe(403)
    const seen = await admin.get(path)
    expect(Object.keys(seen.json<{ 'packages.conda': object }>()['packages.conda'])).toHaveLength(2)
    // or a cache in front would hand it on to everybody
    for (const file of [
      '',
      'noarch/repodata.json',
      'noarch/repodata_shards.msgpack.zst',
      'noarch/a-2.0-0.conda',
    ]) {
      const { headers } = await admin.get(`/api/repo/${channel}@2/${file}`)
      expect([file, headers['cache-control']]).toEqual([file, expect.stringMatching(/^private, /)])
    }
    expect((await t.nobody().get(`/api/channels/${channel}/revisions/2/diff`)).statusCode).toBe(401)
    expect((await t.nobody().get(`/api/channels/${channel}/revisions`)).json()).toMatchObject({
      items: [
        { number: 2, state: 'prepared', causes: [] },
        { number: 1, state: 'served', causes: [{ kind: 'upload' }] },
      ],
    })
    expect((await admin.get(`/api/channels/${channel}/revisions`)).json()).toMatchObject({
      items: [{ causes: [{ kind: 'upload', file: 'noarch/a-2.0-0.conda' }] }, {}],
    })
    await freeze('default')
    const { statusCode, headers } = await t.nobody().get(path)
    expect([statusCode, headers['cache-control']]).toEqual([200, 'public, max-age=60'])
  })

  test('is under the policies of today at every download', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const before = await picture()
    await freeze('frozen')

    await t.policy(channel, `name: no-${channel}\ndeny: [package: a]`)

    expect(indexesOf(await picture())).toEqual(indexesOf(before))
    expect((await t.nobody().get(`/api/repo/${channel}/noarch/a-1.0-0.conda`)).statusCode).toBe(403)
    await freeze('default')
    expect(indexesOf(await picture())).not.toEqual(indexesOf(before))
  })

  test('is what was served all the while, whatever instant is asked for', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const before = await picture()
    await freeze('frozen')
    t.advance(HOUR_MS)
    await t.upload(channel, { name: 'a', version: '2.0' })
    const middle = t.now
    t.advance(HOUR_MS)
    await freeze('default')
    const thawed = t.now
    const after = await picture()
    t.advance(HOUR_MS)

    expect(await picture(middle.toISOString())).toEqual(before)
    expect(await picture(new Date(thawed.getTime() - 1).toISOString())).toEqual(before)
    expect(await picture(thawed.toISOString())).toEqual(after)
  })

  test('is frozen once, and leaves a line in the audit log each way', async () => {
    await freeze('frozen')
    await freeze('frozen')
    await freeze('default')
    await freeze('default')

    const events = await t.parts.db
      .selectFrom('audit_events')
      .select('action')
      .where('target', '=', channel)
      .orderBy('id')
      .execute()
    expect(events.map(({ action }) => action)).toEqual([
      'channel.created',
      'channel.frozen',
      'channel.unfrozen',
    ])
  })
})

describe('serving a revision of the past', () => {
  test('is at once and byte for byte, until the channel is unfrozen', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await picture()
    await t.upload(channel, { name: 'a', version: '2.0' })
    await remove('a', 'a-1.0-0.conda')
    const now = await picture()
    await t.parts.db.deleteFrom('revision_files').where('number', '=', 1).execute()

    expect(await post('revisions/1/serve')).toEqual({ revision: 1 })

    expect(await picture()).toEqual(then)
    expect(await shown()).toMatchObject({ revision: 1, newest_revision: 3, indexing_behavior: 'frozen' })
    await freeze('default')
    expect(await picture()).toEqual(now)
  })
})

test('who asks with the date of what was served before gets what is served again', async () => {
  await t.upload(channel, { name: 'a', version: '1.0' })
  t.advance(5000)
  await t.upload(channel, { name: 'a', version: '2.0' })
  const files = ['repodata.json', 'repodata_shards.msgpack.zst'].map(
    (file) => `/api/repo/${channel}/noarch/${file}`,
  )
  const before = await Promise.all(files.map((file) => t.nobody().get(file)))
  await post('revisions/1/serve')

  for (const [index, { headers }] of before.entries()) {
    const since = { 'if-modified-since': String(headers['last-modified']) }
    expect((await t.nobody().get(files[index]!, since)).statusCode).toBe(200)
  }
})

describe('a rollback', () => {
  test('makes a new revision with what the old one had, and says why', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'b', version: '1.0', subdir: 'linux-64' })
    const then = await picture()
    await t.upload(channel, { name: 'a', version: '2.0' })
    await t.upload(channel, { name: 'c', version: '1.0' })
    await remove('a', 'a-1.0-0.conda')

    const done = await post('revisions/2/rollback')

    expect(done).toEqual({ to: 2, changed_names: 2, restored_files: 1, removed_files: 2, frozen: false })
    expect(contentsOf(await picture())).toEqual(contentsOf(then))
    const again = await t.nobody().get(`/api/channels/${channel}/revisions/6/diff?from=2`)
    // what came and went is in neither, though shards name it as removed
    expect(again.json()).toMatchObject({ total_count: 0, items: [] })
    expect((await t.nobody().get(`/api/channels/${channel}/revisions`)).json()).toMatchObject({
      items: [
        { number: 6, state: 'served', causes: [{ kind: 'rollback', by: 'admin', to: 2 }] },
        {},
        {},
        {},
        {},
        {},
      ],
    })
    expect(await post('revisions/6/rollback')).toMatchObject({ changed_names: 0 })
    expect(await shown()).toMatchObject({ revision: 6 })
  })

  test('leaves the files of a name alone that are as they were', async () => {
    const rows = (): Promise<unknown[]> =>
      t.parts.db
        .selectFrom('channel_files')
        .innerJoin('channels', 'channels.id', 'channel_files.channel_id')
        .selectAll('channel_files')
        .where('channels.name', '=', channel)
        .where('filename', '=', 'a-1.0-0.conda')
        .execute()
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await rows()
    t.advance(HOUR_MS)
    await t.upload(channel, { name: 'a', version: '2.0' })

    expect(await post('revisions/1/rollback')).toMatchObject({ restored_files: 0, removed_files: 1 })

    expect(await rows()).toEqual(then)
  })

  test('does not bring back what the policies of today deny', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'a', version: '2.0' })
    await t.policy(channel, `name: no-${channel}\ndeny: [package: a 1.0]`)
    await remove('a', 'a-1.0-0.conda')

    await post('revisions/2/rollback')

    const json = await t.nobody().get(`/api/repo/${channel}/noarch/repodata.json`)
    expect(Object.keys(json.json<{ 'packages.conda': object }>()['packages.conda'])).toEqual([
      'a-2.0-0.conda',
    ])
    expect(
      (await t.nobody().get(`/api/channels/${channel}/files?blocked=true`)).json<{ items: unknown[] }>()
        .items,
    ).toMatchObject([{ ckey: 'noarch/a-1.0-0.conda', effect: 'deny' }])
  })

  test('takes in what waits for its first publish, and can itself be rolled back', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await picture()
    await t.upload(channel, { name: 'a', version: '2.0' })
    const later = await picture()
    await post('revisions/0/rollback')
    expect(Object.keys(await picture()).filter((path) => path.endsWith('.conda'))).toEqual([])

    await post('revisions/2/rollback')
    expect(contentsOf(await picture())).toEqual(contentsOf(later))
    await post('revisions/1/rollback')
    expect(contentsOf(await picture())).toEqual(contentsOf(then))
  })

  test('of a frozen channel is prepared like everything else', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await picture()
    await t.upload(channel, { name: 'a', version: '2.0' })
    const now = await picture()
    await freeze('frozen')

    const done = await post('revisions/1/rollback')

    // a-1.0 was there all the while
    expect(done).toEqual({ to: 1, changed_names: 1, restored_files: 0, removed_files: 1, frozen: true })
    expect(await picture()).toEqual(now)
    await post('revisions/2/rollback')
    await post('revisions/1/rollback')
    await post('revisions/4/serve')
    const states = (...expected: readonly string[]): { items: object[] } => ({
      items: expected.map((state) => ({ state })),
    })
    const list = async (): Promise<unknown> =>
      (await t.nobody().get(`/api/channels/${channel}/revisions`)).json()
    // what is older than what is served is not shown by unfreezing
    expect(await list()).toMatchObject(states('prepared', 'served', 'skipped', 'past', 'past'))
    await freeze('default')
    expect(contentsOf(await picture())).toEqual(contentsOf(then))
    expect(await list()).toMatchObject(states('served', 'past', 'skipped', 'past', 'past'))
  })

  test('takes out what is published while it begins', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await picture()
    const { db, blobs, now } = t.parts
    const asRead = (await findChannelByName(db, channel))!
    await t.upload(channel, { name: 'b', version: '1.0' })

    const actor: Account = {
      ...{
        kind: 'user',
        id: asRead.ownerId,
        name: 'admin',
        isService: false,
        isAdmin: true,
        roles: [],
        groups: [],
      },
      rights: { all: builtInRoles.admin.permissions, own: {}, everyone: {} },
      ...{ shares: new Map(), credential: undefined, limit: undefined },
    }
    const done = await rollBackChannel({ db, blobs, now, actor }, asRead, 1)

    expect(done).toMatchObject({ names: 1, removed: 1 })
    await t.settle()
    expect(contentsOf(await picture())).toEqual(contentsOf(then))
  })

  test('what came back may be uploaded again, and other bytes under its name may not', async () => {
    const { bytes, filename } = await t.upload(channel, { name: 'a', version: '1.0' })
    await remove('a', filename)
    await post('revisions/1/rollback')

    expect((await admin.upload(channel, filename, bytes)).statusCode).toBe(200)
    await t.settle()
    expect(await shown()).toMatchObject({ revision: 3 })
  })
})
