import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { removeFiles } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelByName } from '../channels/store.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { publishChannel } from './publish-channel.ts'
import { indexesOf, takePicture, type ServedPicture } from './testing/served-picture.ts'

const SUBDIRS = ['noarch', 'linux-64'] as const
const HOUR_MS = 3_600_000

let t: TestApp
let channel: string
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
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

async function revision(): Promise<number> {
  return (await t.nobody().get(`/api/channels/${channel}`)).json<{ revision: number }>().revision
}

async function remove(subdir: string, name: string, filename: string): Promise<void> {
  const { db, now } = t.parts
  const { id } = (await findChannelByName(db, channel))!
  await removeFiles(db, id, [{ subdir, name, filename }], now())
  await markStale(db, id, [name], { kind: 'removal', by: 'admin', file: `${subdir}/${filename}` })
  await enqueuePublish(db, id, now())
  await t.settle()
}

describe('channel@revision', () => {
  test('serves every file byte for byte as it was served then', async () => {
    const taken: ServedPicture[] = [await picture()]
    await t.upload(channel, { name: 'a', version: '1.0' })
    taken.push(await picture())
    await t.upload(channel, { name: 'b', version: '1.0', subdir: 'linux-64' })
    taken.push(await picture())
    await t.upload(channel, { name: 'a', version: '2.0' })
    taken.push(await picture())
    await remove('noarch', 'a', 'a-1.0-0.conda')
    taken.push(await picture())

    expect(await revision()).toBe(4)
    for (const [number, then] of taken.entries()) expect(await picture(number)).toEqual(then)
    expect(taken[3]).toHaveProperty(['noarch/a-1.0-0.conda'])
    expect(taken[4]).not.toHaveProperty(['noarch/a-1.0-0.conda'])
  })

  test('is made when it is asked for where nobody had rendered it', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await picture()
    await t.upload(channel, { name: 'a', version: '2.0' })
    await t.parts.db.deleteFrom('revision_files').where('number', '=', 1).execute()

    const both = await Promise.all([picture(1), picture(1)])

    expect(both).toEqual([then, then])
  })

  test('has pages for people that say which revision they show', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const title = async (path: string): Promise<string | undefined> =>
      /<h1>(.*)<\/h1>/.exec((await t.nobody().get(`/api/repo/${channel}${path}`)).body)?.[1]

    expect(await title(`@${t.now.toISOString()}/`)).toBe(`${channel}@1`)
    expect(await title('@1/noarch/')).toBe(`${channel}@1/noarch`)
    expect(await title('/noarch/')).toBe(`${channel}/noarch`)
  })

  test('has no file that came later or was gone before', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'a', version: '2.0' })
    await remove('noarch', 'a', 'a-1.0-0.conda')
    const status = async (at: string, filename: string): Promise<number> =>
      (await t.nobody().head(`/api/repo/${channel}${at}/noarch/${filename}`)).statusCode

    expect(await status('@1', 'a-2.0-0.conda')).toBe(404)
    expect(await status('@2', 'a-1.0-0.conda')).toBe(200)
    expect(await status('@2', 'a-2.0-0.conda')).toBe(200)
    expect(await status('@3', 'a-1.0-0.conda')).toBe(404)
    expect(await status('', 'a-1.0-0.conda')).toBe(200) // for a while: just-removed.test.ts
  })

  test('is asked for again as the present is: a channel can go, and come again under its name', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const admin = await t.as('admin')
    const index = (): ReturnType<typeof admin.get> =>
      t.nobody().get(`/api/repo/${channel}@1/noarch/repodata.json`)
    const before = await index()
    expect(before.headers['cache-control']).toBe('public, max-age=60')

    expect((await admin.delete(`/api/channels/${channel}`)).statusCode).toBe(202)
    await t.settle()
    await t.channel(channel)
    await t.upload(channel, { name: 'b', version: '1.0' })
    const after = await index()
    expect(Object.keys(after.json<{ 'packages.conda': object }>()['packages.conda'])).toEqual([
      'b-1.0-0.conda',
    ])
    expect(after.headers.etag).not.toBe(before.headers.etag)
  })

  test.each(['1', '7', '2020-01-01', '2999-01-01'])('is not there for %s', async (at) => {
    const response = await t.nobody().get(`/api/repo/${channel}@${at}/noarch/repodata.json`)

    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({ code: 'not-found' })
  })

  test.each(['', 'x', '-1', '1@1', '2026-02-30', '1%2F..', '1/..'])('%j is no address', async (at) => {
    await t.upload(channel, { name: 'a', version: '1.0' })

    const response = await t.nobody().get(`/api/repo/${channel}@${at}/noarch/repodata.json`)

    expect(response.statusCode).toBe(404)
  })

  test('of a private channel is as private as the channel', async () => {
    await t.channel(`${channel}-private`, 'private')
    await t.upload(`${channel}-private`, { name: 'a', version: '1.0' })
    const path = `/api/repo/${channel}-private@1/noarch/repodata.json`

    expect((await t.nobody().get(path)).statusCode).toBe(401)
    expect((await (await t.as('stranger')).get(path)).statusCode).toBe(404)
    expect((await (await t.as('admin')).get(path)).statusCode).toBe(200)
  })
})

describe('channel@instant', () => {
  test('is what was served at that instant', async () => {
    const made = t.now
    t.advance(HOUR_MS)
    await t.upload(channel, { name: 'a', version: '1.0' })
    const first = t.now
    const then = await picture()
    t.advance(HOUR_MS)
    await t.upload(channel, { name: 'a', version: '2.0' })
    const second = t.now
    const later = await picture()
    t.advance(HOUR_MS)
    const before = new Date(second.getTime() - 1)

    expect(await picture(made.toISOString())).toEqual(await picture(0))
    expect(await picture(first.toISOString())).toEqual(then)
    expect(await picture(before.toISOString())).toEqual(then)
    expect(await picture(second.toISOString())).toEqual(later)
    expect(await picture(t.now.toISOString())).toEqual(later)
  })

  test('a date is its first instant', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await picture()
    t.advance(24 * HOUR_MS)
    const date = t.now.toISOString().slice(0, 10)
    await t.upload(channel, { name: 'a', version: '2.0' })

    expect(await picture(date)).toEqual(then)
  })

  test('what is being published is served from the end of its publish on, not from the beginning', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const then = await picture()
    const { db } = t.parts
    const { id } = (await findChannelByName(db, channel))!
    await removeFiles(db, id, [{ subdir: 'noarch', name: 'a', filename: 'a-1.0-0.conda' }], t.now)
    await markStale(db, id, ['a'], { kind: 'removal', by: 'admin', file: 'noarch/a-1.0-0.conda' })
    const tick = (): Date => {
      t.advance(1000)
      return t.now
    }
    await publishChannel({ ...t.parts, now: tick }, id, new AbortController().signal)
    await t.settle()

    const made = (await t.nobody().get(`/api/channels/${channel}/revisions/2`)).json<{ created: string }>()
    // whoever asked then, while the publish ran, got this
    expect(indexesOf(await picture(made.created))).toEqual(indexesOf(then))
  })

  test('a clock that is set back puts no revision before the one it follows', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    t.advance(-HOUR_MS)
    await t.upload(channel, { name: 'a', version: '2.0' })
    const now = await picture()
    t.advance(2 * HOUR_MS)

    expect(await picture(t.now.toISOString())).toEqual(now)
    const list = await t.nobody().get(`/api/channels/${channel}/revisions`)
    const created = list.json<{ items: { created: string }[] }>().items.map((item) => item.created)
    expect(created).toEqual([...created].sort().reverse())
  })
})

describe('what is blocked today', () => {
  beforeEach(async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'a', version: '2.0' })
    await t.policy(channel, `name: no-${channel}\ndeny: [package: a 1.0]`)
  })

  test('stands in the past index and is refused at the download', async () => {
    const past = await t.nobody().get(`/api/repo/${channel}@2/noarch/repodata.json`)
    const file = await t.nobody().get(`/api/repo/${channel}@2/noarch/a-1.0-0.conda`)

    expect(Object.keys(past.json<{ 'packages.conda': object }>()['packages.conda'])).toEqual([
      'a-1.0-0.conda',
      'a-2.0-0.conda',
    ])
    expect(file.statusCode).toBe(403)
    expect(file.json()).toMatchObject({ code: 'blocked-by-policy' })
    expect((await t.nobody().get(`/api/repo/${channel}@2/noarch/a-2.0-0.conda`)).statusCode).toBe(200)
  })

  test('is let through for whoever has the permission, in the past only', async () => {
    const admin = await t.as('admin')

    expect((await admin.get(`/api/repo/${channel}@2/noarch/a-1.0-0.conda`)).statusCode).toBe(200)
    expect((await admin.get(`/api/repo/${channel}/noarch/a-1.0-0.conda`)).statusCode).toBe(403)
  })

  test('to own the channel is not that permission', async () => {
    const owner = await t.as('owner')
    await owner.post('/api/channels', { name: `${channel}-own`, privacy: 'public' })
    await t.upload(`${channel}-own`, { name: 'a', version: '1.0' })
    await t.policy(`${channel}-own`, `name: no-${channel}-own\ndeny: [package: a 1.0]`)

    expect((await owner.get(`/api/repo/${channel}-own@1/noarch/a-1.0-0.conda`)).statusCode).toBe(403)
  })
})

test('what is neither number nor date nor instant is named, with what to give instead', async () => {
  for (const place of [`${channel}@latest`, `${channel}/dev@latest`]) {
    const response = await t.nobody().get(`/api/repo/${place}/noarch/repodata.json`)
    expect(response.statusCode).toBe(404)
    expect(response.json<{ message: string }>().message).toMatch(/^"latest" is no revision: give a number/)
  }
})

describe('the list of revisions', () => {
  test('says when each was made, why, and how much is in it', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'b', version: '1.0', subdir: 'linux-64' })
    await t.policy(channel, `name: no-a-${channel}\ndeny: [package: a]`)

    const list = await t.nobody().get(`/api/channels/${channel}/revisions`)

    expect(list.json()).toMatchObject({
      total_count: 3,
      items: [
        {
          number: 3,
          state: 'served',
          causes: [{ kind: 'policy', change: 'assigned' }],
          changed_names: 1,
          contents_count: 2,
          served_count: 1,
        },
        {
          number: 2,
          state: 'past',
          causes: [{ kind: 'upload', by: 'admin', file: 'linux-64/b-1.0-0.conda' }],
          changed_names: 1,
          contents_count: 2,
          served_count: 2,
        },
        { number: 1, contents_count: 1, served_count: 1 },
      ],
    })
    const page = await t.nobody().get(`/api/channels/${channel}/revisions?offset=1&limit=1`)
    expect(page.json<{ items: { number: number }[] }>().items.map(({ number }) => number)).toEqual([2])
  })

  test('shows one, by its number or by when it was served', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const first = t.now.toISOString()
    t.advance(HOUR_MS)
    await t.upload(channel, { name: 'a', version: '2.0' })
    const get = async (at: string): Promise<unknown> =>
      (await t.nobody().get(`/api/channels/${channel}/revisions/${at}`)).json()

    expect(await get('2')).toMatchObject({
      number: 2,
      state: 'served',
      subdirs: [{ subdir: 'noarch', contents_count: 2, served_count: 2 }],
    })
    expect(await get(first)).toMatchObject({ number: 1, state: 'past' })
    expect(await get('0')).toMatchObject({ number: 0, subdirs: [] })
    expect(await get('3')).toMatchObject({ code: 'not-found' })
    expect(await get('yesterday')).toMatchObject({ code: 'bad-request' })
  })
})

describe('the difference of two revisions', () => {
  test('tells of everybody who changed a name before the publish', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    const causes = ['alice', 'bob'].map(
      (by) => ({ kind: 'removal', by, file: 'noarch/a-1.0-0.conda' }) as const,
    )
    const { db } = t.parts
    const { id } = (await findChannelByName(db, channel))!
    await removeFiles(db, id, [{ subdir: 'noarch', name: 'a', filename: 'a-1.0-0.conda' }], t.now)
    for (const cause of causes) await markStale(db, id, ['a'], cause)
    await enqueuePublish(db, id, t.now)
    await t.settle()

    const diff = await t.nobody().get(`/api/channels/${channel}/revisions/2/diff`)
    expect(diff.json()).toMatchObject({
      items: [{ causes: causes.map((cause) => ({ revision: 2, cause })) }],
    })
    const revision = await t.nobody().get(`/api/channels/${channel}/revisions/2`)
    expect(revision.json()).toMatchObject({ causes })
  })

  test('names what was added, removed, changed, hidden and shown, and why', async () => {
    await t.upload(channel, { name: 'a', version: '1.0' })
    await t.upload(channel, { name: 'b', version: '1.0' })
    await remove('noarch', 'b', 'b-1.0-0.conda')
    await t.policy(channel, `name: no-a-${channel}\ndeny: [package: a]`)
    const diff = async (query: string): Promise<unknown> =>
      (await t.nobody().get(`/api/channels/${channel}/revisions/${query}`)).json()

    expect(await diff('1/diff')).toMatchObject({
      from: 0,
      to: 1,
      total_count: 1,
      items: [
        {
          name: 'a',
          causes: [{ revision: 1, cause: { kind: 'upload' } }],
          files: [{ subdir: 'noarch', filename: 'a-1.0-0.conda', change: 'added', served: true }],
        },
      ],
    })
    expect(await diff('3/diff')).toMatchObject({
      items: [{ name: 'b', causes: [{ cause: { kind: 'removal' } }], files: [{ change: 'removed' }] }],
    })
    expect(await diff('4/diff?from=2')).toMatchObject({
      from: 2,
      to: 4,
      total_count: 2,
      items: [
        {
          name: 'a',
          causes: [{ revision: 4, cause: { kind: 'policy' } }],
          files: [{ change: 'hidden', served: false }],
        },
        { name: 'b', files: [{ change: 'removed', served: false }] },
      ],
    })
    expect(await diff('2/diff?from=4')).toMatchObject({
      items: [
        { name: 'a', causes: [], files: [{ change: 'shown', served: true }] },
        { name: 'b', files: [{ change: 'added' }] },
      ],
    })
    expect(await diff('2/diff?from=2')).toMatchObject({ total_count: 0, items: [] })
    expect(await diff('4/diff?from=2&offset=1&limit=1')).toMatchObject({
      total_count: 2,
      items: [{ name: 'b' }],
    })
  })
})

test('indexes of the past do not change with the policies of today', async () => {
  await t.upload(channel, { name: 'a', version: '1.0' })
  const then = await picture()
  await t.policy(channel, `name: all-${channel}\ndeny: [package: '*']`)

  expect(indexesOf(await picture(1))).toEqual(indexesOf(then))
})
