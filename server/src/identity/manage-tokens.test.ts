import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { Secret } from '../platform/secret.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { isTokenSpelling, newTokenSecret, TOKEN_SPELLING } from './token-secret.ts'

const DAY_MS = 24 * 3600 * 1000

let t: TestApp
let ann: TestClient
let admin: TestClient
beforeAll(async () => {
  t = await startTestApp({ configuration: { token_max_days: 100 } })
  ann = await t.as('ann')
  admin = await t.as('admin')
  for (const [client, name] of [
    [ann, 'mine'],
    [ann, 'other'],
    [admin, 'theirs'],
  ] as const)
    await client.post('/api/channels', { name, privacy: 'private' })
  await ann.post('/api/channels', { name: 'open', privacy: 'public' })
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

interface Made {
  readonly id: string
  readonly token: string
  readonly expires_at: string
}

async function make(body: object, client = ann): Promise<TestClient & { made: Made }> {
  const response = await client.post('/api/account/tokens', { name: 'x', ...body })
  if (response.statusCode !== 200) throw new Error(response.body)
  const made = response.json<Made>()
  return Object.assign(t.withToken(made.token), { made })
}

const refusal = async (body: object, client = ann): Promise<string> => {
  const response = await client.post('/api/account/tokens', { name: 'x', ...body })
  return `${response.statusCode} ${response.json<{ message: string }>().message}`
}

const status = async (client: TestClient, url: string): Promise<number> => (await client.get(url)).statusCode

async function upload(client: TestClient, channel: string, name: string): Promise<number> {
  const spec = { name, version: `1.${Math.random()}`.slice(0, 12) }
  const filename = packageFilename(spec, 'conda')
  const response = await client.upload(channel, filename, await writePackage(spec, 'conda'))
  await t.settle()
  return response.statusCode
}

describe('how a token is spelled', () => {
  test.each(['user', 'service', 'session', 'workload', 'invitation'] as const)('%s', (kind) => {
    const secret = newTokenSecret(kind)
    expect(secret.reveal()).toMatch(TOKEN_SPELLING)
    expect(isTokenSpelling(secret)).toBe(true)
  })

  test('the checksum finds every letter that is mistyped, and every two that are swapped', () => {
    const text = newTokenSecret('user').reveal()
    for (let at = 5; at < text.length; at += 1) {
      if (text[at] === '-') continue
      const wrong = text.slice(0, at) + (text[at] === 'a' ? 'b' : 'a') + text.slice(at + 1)
      expect(isTokenSpelling(new Secret(wrong))).toBe(false)
    }
  })
})

describe('scopes', () => {
  test('let through what they name, for the owner to the end of their rights and no further', async () => {
    const uploader = await make({ scopes: ['artifact:create'] })

    expect(await upload(uploader, 'mine', 'demo')).toBe(201)
    expect(await upload(uploader, 'theirs', 'demo')).toBe(404)
    expect(await status(uploader, '/api/repo/mine/noarch/repodata.json')).toBe(403)
    expect(await status(uploader, '/api/repo/open/noarch/repodata.json')).toBe(200)
    expect((await uploader.delete('/api/channels/mine')).statusCode).toBe(403)
    expect((await uploader.post('/api/account/tokens', { name: 'more' })).statusCode).toBe(403)
    expect((await uploader.get('/api/account/token-info')).json()).toMatchObject({ type: 'scope' })
  })

  // T-AUTHZ-03
  test('hold in every place where a token can stand', async () => {
    const { made } = await make({ scopes: ['artifact:create'] })
    const { token } = made
    const basic = (user: string, password: string) =>
      `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
    const file = '/api/repo/mine/noarch/repodata.json'
    const places: [string, Record<string, string>][] = [
      [file, { authorization: `Bearer ${token}` }],
      [file, { authorization: `token ${token}` }],
      [file, { authorization: basic('any', token) }],
      [file, { authorization: basic(token, 'x-auth-token') }],
      [file, { 'x-auth': token }],
      [file, { 'x-api-key': token }],
      [`/t/${token}${file}`, {}],
      [`/api/repo/t/${token}/mine/noarch/repodata.json`, {}],
    ]
    for (const [url, headers] of places) {
      expect({ url, status: (await t.nobody().get(url, headers)).statusCode }).toEqual({ url, status: 403 })
    }
  })

  test('are those of the list, and what the caller can use of them is told', async () => {
    expect(await refusal({ scopes: ['artifact:everything'] })).toMatch(
      /^400 there is no scope artifact:everything/,
    )
    expect(await refusal({ scopes: [] })).toMatch(/^400/)
    const mine = (await ann.get('/api/account/scopes')).json<{ scopes: string[] }>().scopes
    expect(mine).toEqual(expect.arrayContaining(['artifact:create', 'channel:create', 'channel.mirror:edit']))
    expect(mine).not.toContain('role:edit')
    const limited = await make({ scopes: ['artifact:create', 'role:edit'] })
    expect((await limited.get('/api/account/scopes')).json()).toEqual({ scopes: ['artifact:create'] })
    expect((await limited.get('/api/channels/mine/permissions')).json()).toEqual({
      scopes: ['artifact:create'],
    })
  })
})

describe('resources', () => {
  const channel = (id: string, permission: string) => ({
    resources: [{ resource_type: 'channel', resource_id: id, permission }],
  })

  test('are the channels a token is good in, by name or id', async () => {
    const { id } = (await ann.get('/api/channels/mine')).json<{ id: string }>()
    for (const given of ['mine', id]) {
      const reader = await make(channel(given, 'read'))
      expect(await status(reader, '/api/repo/mine/noarch/repodata.json')).toBe(200)
      expect(await status(reader, '/api/repo/other/noarch/repodata.json')).toBe(404)
      expect(await status(reader, '/api/repo/open/noarch/repodata.json')).toBe(200)
      expect(await upload(reader, 'mine', 'demo')).toBe(403)
      expect(
        (await reader.get('/api/channels'))
          .json<{ items: { name: string }[] }>()
          .items.map(({ name }) => name),
      ).toEqual(['mine', 'open'])
    }
    const writer = await make(channel('mine', 'write'))
    expect(await upload(writer, 'mine', 'demo')).toBe(201)
    expect((await writer.put('/api/channels/mine', { description: 'x' })).statusCode).toBe(403)
    const keeper = await make(channel('mine', 'manage'))
    expect((await keeper.put('/api/channels/mine', { description: 'x' })).statusCode).toBe(200)
    expect((await keeper.post('/api/channels', { name: 'new' })).statusCode).toBe(403)
  })

  test('and every other limit are refused when they are misspelt, or the token would have none', async () => {
    expect(await refusal({ channels: ['mine'] })).toMatch(/^400 .*channels/)
    const wrong = { resource_type: 'channel', resource_id: 'mine', permission: 'read', only: 'noarch' }
    expect(await refusal({ resources: [wrong] })).toMatch(/^400 .*only/)
    const { made } = await make({})
    const changed = await ann.put(`/api/account/tokens/${made.id}`, { scope: ['channel:view'] })
    expect(changed.statusCode).toBe(400)
  })

  test('are shown as they were asked for', async () => {
    const { made } = await make({ ...channel('mine', 'write'), metadata: { team: 'a' } })
    const list = (await ann.get('/api/account/tokens')).json<{ items: { id: string }[] }>()
    expect(list.items.find(({ id }) => id === made.id)).toMatchObject({
      ...channel('mine', 'write'),
      type: 'resource',
      metadata: { team: 'a' },
    })
  })

  test('can be packages, whose bytes alone it fetches and whose names alone it uploads', async () => {
    const [alpha, beta] = [
      await t.upload('theirs', { name: 'alpha', version: '1' }),
      await t.upload('theirs', { name: 'beta', version: '1' }),
    ]
    const limit = (permission: string) => ({
      resources: [{ resource_type: 'artifact', resource_id: 'theirs/alpha*', permission }],
    })
    const reader = await make(limit('read'), admin)
    expect(await status(reader, `/api/repo/theirs/noarch/${alpha.filename}`)).toBe(200)
    expect(await status(reader, `/api/repo/theirs/noarch/${beta.filename}`)).toBe(403)
    expect(await upload(reader, 'theirs', 'alpha')).toBe(403)
    const writer = await make(limit('write'), admin)
    expect(await upload(writer, 'theirs', 'alpha-plus')).toBe(201)
    expect(await upload(writer, 'theirs', 'beta')).toBe(403)
  })

  test('are what their maker holds', async () => {
    expect(await refusal(channel('theirs', 'read'))).toMatch(/^404/)
    expect(await refusal(channel('nowhere', 'read'))).toMatch(/^404/)
    expect(await refusal(channel('open', 'write'), await t.as('bob'))).toMatch(/^403/)
    expect(await refusal({ ...channel('mine', 'read'), scopes: ['artifact:create'] })).toMatch(/^400/)
    expect(
      await refusal({ resources: [{ resource_type: 'artifact', resource_id: 'mine', permission: 'read' }] }),
    ).toMatch(/^400/)
  })
})

describe('a token made with a token', () => {
  test('is limited by it, in what it may and in how long it lives', async () => {
    const parent = await make({ scopes: ['user.token:create', 'artifact:create'], days: 5 })

    expect(await refusal({ scopes: ['artifact:delete'] }, parent)).toMatch(/^403/)
    const child = await make({}, parent)
    expect(child.made.expires_at).toBe(parent.made.expires_at)
    expect((await child.get('/api/account/scopes')).json()).toEqual({
      scopes: ['artifact:create', 'user.token:create'],
    })
    expect((await child.delete('/api/channels/mine')).statusCode).toBe(403)
  })

  test('does not leave its channels', async () => {
    const parent = await make({
      resources: [{ resource_type: 'channel', resource_id: 'mine', permission: 'manage' }],
    })
    expect((await parent.post('/api/account/tokens', { name: 'x' })).statusCode).toBe(403)
  })
})

describe('how long it lives', () => {
  test.each<[object, RegExp]>([
    [{ days: 101 }, /^400 a token lives 1 to 100 days/],
    [{ days: 0 }, /^400/],
    [{ expires_at: '2026-01-14' }, /^400/],
    [{ expires_at: '2030-01-01' }, /^400/],
    [{ expires_at: '2026-02-31' }, /^400 "2026-02-31" is no day/],
    [{ expires_at: 'tomorrow' }, /^400/],
    [{ expires_at: '2026-03-01', days: 3 }, /^400/],
  ])('%j is refused', async (body, message) => {
    expect(await refusal(body)).toMatch(message)
  })

  test('the last day is good to its end', async () => {
    const day = new Date(t.now.getTime() + 2 * DAY_MS).toISOString().slice(0, 10)
    const { made } = await make({ expires_at: day })
    expect(made.expires_at).toBe(new Date(Date.parse(day) + DAY_MS).toISOString())
    expect((await make({ days: 100 })).made.expires_at).toBe(
      new Date(t.now.getTime() + 100 * DAY_MS).toISOString(),
    )
    expect((await make({})).made.expires_at).toBe(new Date(t.now.getTime() + 90 * DAY_MS).toISOString())
  })
})

describe('changing a token', () => {
  const put = (id: string, body: object, reissue?: boolean) =>
    ann.put(`/api/account/tokens/${id}${reissue === undefined ? '' : `?reissue_token=${reissue}`}`, body)

  test('gives it a new secret and ends the old one, at once', async () => {
    const old = await make({ scopes: ['channel:view'], days: 10 })
    expect(await status(old, '/api/account')).toBe(200)

    const { token } = (await put(old.made.id, {})).json<{ token: string }>()

    expect(await status(old, '/api/account')).toBe(401)
    expect((await t.withToken(token).get('/api/account/scopes')).json()).toEqual({ scopes: ['channel:view'] })
  })

  test('keeps the secret when told to', async () => {
    const kept = await make({})
    const answer = await put(kept.made.id, { name: 'renamed', scopes: ['channel:view'] }, false)
    expect(answer.json()).toEqual({ token: null })
    expect((await kept.get('/api/account/scopes')).json()).toEqual({ scopes: ['channel:view'] })
    const note = await ann.put(`/api/account/tokens/${kept.made.id}/metadata`, { why: 'ci' })
    expect(note.statusCode).toBe(200)
    const { items } = (await ann.get('/api/account/tokens')).json<{ items: { id: string }[] }>()
    expect(items.find(({ id }) => id === kept.made.id)).toMatchObject({
      name: 'renamed',
      metadata: { why: 'ci' },
    })
  })
})

describe("other people's tokens", () => {
  test('are for administrators, one by one and many at once', async () => {
    const { user_id: id } = (await ann.get('/api/account')).json<{ user_id: string }>()
    const { made } = await make({ days: 50 })
    const bob = await t.as('bob')
    expect(await status(bob, `/api/users/${id}/tokens`)).toBe(403)
    expect((await bob.delete(`/api/users/${id}/tokens/${made.id}`)).statusCode).toBe(403)

    const listed = await admin.post('/api/users/tokens', { users_ids: [id] })
    expect(listed.body).toContain(made.id)
    expect(listed.body).not.toContain(made.token)
    const changed = await admin.put('/api/users/tokens', {
      token_ids: [made.id, 'none'],
      expires_at: '2026-01-20',
    })
    expect(changed.json()).toEqual({ tokens: [made.id], successful_updated_users: [id] })
    expect((await admin.delete(`/api/users/${id}/tokens/${made.id}`)).statusCode).toBe(204)
    expect(await status(t.withToken(made.token), '/api/account')).toBe(401)
  })

  // T-AUTHZ-02
  test("are not reached through one's own account", async () => {
    const { made } = await make({}, admin)
    for (const send of [
      ann.put(`/api/account/tokens/${made.id}`, {}),
      ann.put(`/api/account/tokens/${made.id}/metadata`, {}),
      ann.delete(`/api/account/tokens/${made.id}`),
    ])
      expect((await send).statusCode).toBe(404)
    expect(await status(t.withToken(made.token), '/api/account')).toBe(200)
  })
})

test('a token shows when and from where it was last used', async () => {
  const used = await make({})
  const find = async () =>
    (await ann.get('/api/account/tokens'))
      .json<{ items: { id: string; last_used_at: string | null; last_used_address: string | null }[] }>()
      .items.find(({ id }) => id === used.made.id)
  expect(await find()).toMatchObject({ last_used_at: null, last_used_address: null })
  const at = t.now
  await used.get('/api/account')
  t.advance(60_000)
  expect(await find()).toMatchObject({ last_used_at: at.toISOString(), last_used_address: '127.0.0.1' })
})
