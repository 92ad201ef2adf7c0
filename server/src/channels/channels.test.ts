import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { KNOWN_SUBDIRS } from '@terrarium/conda/names.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

describe('a channel may be called', () => {
  test.each(['a', 'main', 'conda-forge', 'team_a-2', 'x86', 'a'.repeat(128)])('%s', async (name) => {
    const response = await (await t.as('ann')).post('/api/channels', { name })

    expect(response.statusCode).toBe(201)
    expect((await (await t.as('ann')).get(`/api/repo/${name}/noarch/repodata.json`)).statusCode).toBe(200)
  })
})

// A8
describe('a channel may not be called', () => {
  test.each([
    ...KNOWN_SUBDIRS,
    ...['t', 'api', 'repo', 'label', 'login', 'constructor', 'prototype', '__proto__', 'con', 'nul', 'com1'],
    ...[
      '',
      'A',
      'Main',
      '1a',
      '-a',
      '_a',
      '.',
      '..',
      '.well-known',
      'a.b',
      'a/b',
      'a b',
      'a%2fb',
      'ä',
      'a\n',
      'a\u0000',
    ],
    ...['main@1', 'a'.repeat(129), 'a'.repeat(5000), '<script>', "a'"],
  ])('%j', async (name) => {
    const response = await (await t.as('ann')).post('/api/channels', { name })

    expect(response.statusCode).toBe(400)
    expect(response.json<{ message: string }>().message.length).toBeLessThan(600)
  })

  test.each([[undefined], [null], [7], [{}], [['a']]])('%j, which is no text', async (name) => {
    expect((await (await t.as('ann')).post('/api/channels', { name })).statusCode).toBe(400)
  })
})

describe('a channel', () => {
  test('is private until somebody says otherwise, and belongs to who made it', async () => {
    const ann = await t.as('ann')
    const made = await ann.post('/api/channels', { name: 'quiet', description: 'mine' })

    expect(made.json()).toMatchObject({ name: 'quiet', privacy: 'private', description: 'mine', revision: 0 })
    expect((await ann.get('/api/channels/quiet')).json()).toEqual(made.json())
    expect((await (await t.as('bob')).get('/api/channels/quiet')).statusCode).toBe(404)
    expect((await t.nobody().get('/api/channels/quiet')).statusCode).toBe(401)
  })

  test('of a name that is taken is a conflict, also for who may not see the first', async () => {
    const ann = await t.as('ann')
    await ann.post('/api/channels', { name: 'taken' })

    expect((await ann.post('/api/channels', { name: 'taken' })).statusCode).toBe(409)
    expect((await (await t.as('bob')).post('/api/channels', { name: 'taken' })).statusCode).toBe(409)
  })

  test('made twice at the same moment is made once', async () => {
    const ann = await t.as('ann')

    const both = await Promise.all([1, 2].map(() => ann.post('/api/channels', { name: 'twins' })))

    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([201, 409])
  })

  test('changes its readers at once, in both directions', async () => {
    const ann = await t.as('ann')
    await ann.post('/api/channels', { name: 'doors', privacy: 'public' })
    const status = async (): Promise<number> =>
      (await t.nobody().get('/api/repo/doors/noarch/repodata.json')).statusCode
    expect(await status()).toBe(200)

    const shut = await ann.put('/api/channels/doors', { privacy: 'private' })
    expect(shut.json()).toMatchObject({ privacy: 'private', description: '' })
    expect(await status()).toBe(401)

    await ann.put('/api/channels/doors', { privacy: 'public', description: 'open' })
    expect(await status()).toBe(200)
  })

  test.each([{ privacy: 'secret' }, { privacy: 7 }, { description: 'x'.repeat(10_001) }])(
    'cannot become %j',
    async (change) => {
      const ann = await t.as('ann')
      await ann.post('/api/channels', { name: 'steady' })

      expect((await ann.put('/api/channels/steady', change)).statusCode).toBe(400)
    },
  )

  test('that is dropped is gone with all it served, and its name is free', async () => {
    const admin = await t.as('admin')
    await t.channel('gone')
    const { filename } = await t.upload('gone', { name: 'demo', version: '1.0' })
    const file = `/api/repo/gone/noarch/${filename}`
    expect((await t.nobody().get(file)).statusCode).toBe(200)

    expect((await admin.delete('/api/channels/gone')).statusCode).toBe(202)
    expect((await t.nobody().get(file)).statusCode).toBe(404)
    expect((await t.nobody().get('/api/repo/gone/noarch/repodata.json')).statusCode).toBe(404)

    await t.channel('gone')
    expect((await t.nobody().get(file)).statusCode).toBe(404)
    expect((await t.nobody().get('/api/repo/gone/noarch/repodata.json')).body).not.toContain(filename)
  })

  test('shows in the audit log who made, changed and dropped it', async () => {
    const ann = await t.as('ann')
    await ann.post('/api/channels', { name: 'watched' })
    await ann.put('/api/channels/watched', { privacy: 'public' })
    await ann.delete('/api/channels/watched')

    const events = await t.parts.db
      .selectFrom('audit_events')
      .innerJoin('users', 'users.id', 'audit_events.actor_id')
      .select(['action', 'users.name'])
      .where('target', '=', 'watched')
      .orderBy('audit_events.id')
      .execute()
    expect(events).toEqual(
      ['channel.created', 'channel.updated', 'channel.deleted'].map((action) => ({ action, name: 'ann' })),
    )
  })
})

describe('the list of channels', () => {
  beforeAll(async () => {
    const lister = await t.as('lister')
    for (const privacy of ['public', 'authenticated', 'private']) {
      await lister.post('/api/channels', { name: `list_${privacy}`, privacy })
    }
  })

  async function names(client: TestClient): Promise<string[]> {
    const response = await client.get('/api/channels?q=list_')
    return response.json<{ items: { name: string }[] }>().items.map(({ name }) => name)
  }

  test('shows what each may see', async () => {
    const all = ['list_authenticated', 'list_private', 'list_public']

    expect(await names(t.nobody())).toEqual(['list_public'])
    expect(await names(await t.as('bob'))).toEqual(['list_authenticated', 'list_public'])
    expect(await names(await t.as('lister'))).toEqual(all)
    expect(await names(await t.as('admin'))).toEqual(all)
  })

  test('pages, and says how many there are in all', async () => {
    const admin = await t.as('admin')
    const page: unknown = (await admin.get('/api/channels?q=list_&offset=1&limit=1')).json()

    expect(page).toMatchObject({ total_count: 3, items: [{ name: 'list_private' }] })
    expect((await admin.get('/api/channels?q=list_&offset=100')).json()).toMatchObject({
      total_count: 3,
      items: [],
    })
  })

  test('finds a text as it stands', async () => {
    const admin = await t.as('admin')
    const found = async (q: string): Promise<number> =>
      (await admin.get(`/api/channels?q=${encodeURIComponent(q)}`)).json<{ total_count: number }>()
        .total_count

    expect(await found('t_p')).toBe(2)
    expect(await found('tXp')).toBe(0)
    expect(await found('%')).toBe(0)
    expect(await found("' or 1=1 --")).toBe(0)
  })

  // T-DOS-02
  test.each([
    'limit=0',
    'limit=-1',
    'limit=1001',
    'limit=2147483648',
    'limit=x',
    'offset=-1',
    'offset=1e99',
    `q=${'x'.repeat(201)}`,
  ])('refuses %s', async (query) => {
    for (const list of [
      '/api/channels',
      '/api/channels/list_public/files',
      '/api/channels/list_public/artifacts',
    ]) {
      expect((await t.nobody().get(`${list}?${query}`)).statusCode).toBe(400)
    }
  })
})
