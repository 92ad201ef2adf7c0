import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../platform/secret.ts'
import { bodyOfAny, startTestApp, type TestApp } from '../testing/test-app.ts'
import { ensureAdministrator, resetPassword } from './accounts.ts'
import { TOKEN_PATTERN } from './token-secret.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
  await t.channel('inner', 'private')
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

const DAY_MS = 24 * 3600 * 1000

async function statusWith(headers: Record<string, string>, url = '/api/account'): Promise<number> {
  return (await t.nobody().get(url, headers)).statusCode
}

const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

describe('the first administrator', () => {
  test('is made once, with the password that is shown, and with no default one', async () => {
    const fresh = await startTestApp()
    const { db } = fresh.parts

    const first = await ensureAdministrator(db, undefined, fresh.now)
    const second = await ensureAdministrator(db, undefined, fresh.now)

    expect(first?.reveal()).toMatch(/^[A-Za-z0-9_-]{20,}$/)
    expect(second).toBeUndefined()
    const login = (password: string): Promise<{ statusCode: number }> =>
      fresh.nobody().post('/api/auth/login', { username: 'admin', password })
    expect((await login(first!.reveal())).statusCode).toBe(200)
    // T-SEC-01
    for (const guess of ['admin', 'password', 'Harbor12345', 'admin123']) {
      expect((await login(guess)).statusCode).toBe(401)
    }
    await fresh.close()
  })

  test('has the configured password, which is not shown again', async () => {
    const fresh = await startTestApp()

    expect(await ensureAdministrator(fresh.parts.db, 'correct horse battery', fresh.now)).toBeUndefined()

    const login = await fresh
      .nobody()
      .post('/api/auth/login', { username: 'admin', password: 'correct horse battery' })
    expect(login.statusCode).toBe(200)
    await fresh.close()
  })
})

describe('signing in', () => {
  test('gives a token that lives a day while it is used', async () => {
    await t.as('ann')
    const login = await t.nobody().post('/api/auth/login', { username: 'ann', password: 'password of ann' })
    const { token } = login.json<{ token: string }>()

    expect((await t.withToken(token).get('/api/account')).json()).toMatchObject({ username: 'ann' })
    for (let hours = 6; hours < 24; hours += 6) {
      t.advance(DAY_MS / 4)
      expect((await t.withToken(token).get('/api/account')).statusCode).toBe(200)
    }
    t.advance(DAY_MS / 4 + 1000)
    expect((await t.withToken(token).get('/api/account')).statusCode).toBe(401)
  })

  // T-AUTHZ-09
  test('says the same for a wrong password, an unknown name and a disabled account', async () => {
    await t.as('disabled')
    await t.parts.db.updateTable('users').set({ is_disabled: 1 }).where('name', '=', 'disabled').execute()

    const answers = await Promise.all(
      [
        { username: 'ann', password: 'wrong' },
        { username: 'nobody-by-that-name', password: 'wrong' },
        { username: 'disabled', password: 'password of disabled' },
        { username: "' or 1=1 --", password: 'x' },
        { username: 'ANN', password: 'password of ann' },
      ].map((body) => t.nobody().post('/api/auth/login', body)),
    )

    for (const answer of answers) expect(answer.statusCode).toBe(401)
    expect(new Set(answers.map(bodyOfAny)).size).toBe(1)
  })

  test.each<[string, object]>([
    ['no password', { username: 'ann' }],
    ['no name', { password: 'x' }],
    ['a password that is an object', { username: 'ann', password: { $ne: '' } }],
    ['a password without end', { username: 'ann', password: 'x'.repeat(2000) }],
    ['a list', []],
  ])('with %s is a bad request', async (_what, body) => {
    const response = await t.nobody().post('/api/auth/login', body)

    expect(response.statusCode).toBe(400)
    expect(response.body).not.toContain('xxxxxxxxxx')
  })

  test('a new password ends the old one', async () => {
    await t.as('forgetful')

    const password = await resetPassword(t.parts.db, 'forgetful', t.now)

    const login = (text: string): Promise<{ statusCode: number }> =>
      t.nobody().post('/api/auth/login', { username: 'forgetful', password: text })
    expect((await login('password of forgetful')).statusCode).toBe(401)
    expect((await login(password.reveal())).statusCode).toBe(200)
    await expect(resetPassword(t.parts.db, 'no-one', t.now)).rejects.toMatchObject({ code: 'not-found' })
  })
})

describe('a token', () => {
  test('is taken from every place where a client puts it', async () => {
    const token = await t.token('ann')
    const places: Record<string, string>[] = [
      { authorization: `Bearer ${token}` },
      { authorization: `bearer ${token}` },
      { authorization: `Bearer  ${token} ` },
      { authorization: `token ${token}` },
      { authorization: basic('__token__', token) },
      { authorization: basic('anything', token) },
      { authorization: basic('', token) },
      { authorization: basic(token, 'x-auth-token') },
      { 'x-api-key': token },
      { 'x-auth': token },
    ]
    for (const headers of places) {
      expect({ headers, status: await statusWith(headers) }).toEqual({ headers, status: 200 })
    }
  })

  test('in the path opens what it would open in a header, at both places where conda puts it', async () => {
    const token = await t.token('admin')
    const file = 'inner/noarch/repodata.json'

    expect(await statusWith({}, `/api/repo/${file}`)).toBe(401)
    expect(await statusWith({}, `/t/${token}/api/repo/${file}`)).toBe(200)
    expect(await statusWith({}, `/api/repo/t/${token}/${file}`)).toBe(200)
    expect(await statusWith({}, `/t/${token}/api/account`)).toBe(200)
    expect(await statusWith({}, `/t/${token}x/api/repo/${file}`)).toBe(401)
    expect(await statusWith({}, `/t/${await t.token('stranger')}/api/repo/${file}`)).toBe(404)
    expect(await statusWith({}, `/api/repo/inner/t/${token}/noarch/repodata.json`)).not.toBe(200)
  })

  test.each([
    'Bearer',
    'Bearer ',
    'Bearer tk-unknown-token',
    'Bearer null',
    'Basic',
    'Basic !!!',
    `Basic ${Buffer.from('no colon').toString('base64')}`,
    basic('admin', 'password of admin'),
    'Digest username="admin"',
    'token',
    `Bearer ${'a'.repeat(5000)}`,
    "Bearer ' or 1=1 --",
    `Bearer ${'0'.repeat(64)}`,
  ])('is asked for when there is none in: %s', async (authorization) => {
    expect(await statusWith({ authorization })).toBe(401)
  })

  test('is not opened by its digest: what the database holds is no token', async () => {
    await t.token('ann')
    const { secret_sha256: digest } = await t.parts.db
      .selectFrom('tokens')
      .select('secret_sha256')
      .limit(1)
      .executeTakeFirstOrThrow()

    expect(await statusWith({ authorization: `Bearer ${digest}` })).toBe(401)
  })

  test('has letters, digits and hyphens only, and much chance', async () => {
    const ann = await t.as('ann')
    const made = await Promise.all(
      Array.from({ length: 3 }, () => ann.post('/api/account/tokens', { name: 'x' })),
    )
    const tokens = made.map((response) => response.json<{ token: string }>().token)

    for (const token of tokens) {
      expect(token).toMatch(TOKEN_PATTERN)
      expect(token.length).toBeGreaterThanOrEqual(48)
    }
    expect(new Set(tokens).size).toBe(3)
  })

  test('is shown once: lists have no secret', async () => {
    const ann = await t.as('ann')
    const { token, id } = (await ann.post('/api/account/tokens', { name: 'once', days: 3 })).json<{
      token: string
      id: string
    }>()

    const list = await ann.get('/api/account/tokens')

    expect(list.json<{ items: unknown[] }>().items).toContainEqual(
      expect.objectContaining({ id, name: 'once' }),
    )
    expect(list.body).not.toContain(token)
    expect(list.body).not.toContain(token.slice(3, 20))
  })

  test('ends when it runs out, when it is dropped, and with its owner', async () => {
    const bob = await t.as('bob')
    const make = async (days: number): Promise<{ token: string; id: string }> =>
      (await bob.post('/api/account/tokens', { name: 'x', days })).json()
    const [short, dropped, owned] = [await make(1), await make(5), await make(5)]
    const status = (token: string): Promise<number> => statusWith({ authorization: `Bearer ${token}` })
    expect(await Promise.all([short, dropped, owned].map(({ token }) => status(token)))).toEqual([
      200, 200, 200,
    ])

    t.advance(DAY_MS + 1000)
    expect(await status(short.token)).toBe(401)

    expect((await bob.delete(`/api/account/tokens/${dropped.id}`)).statusCode).toBe(204)
    expect(await status(dropped.token)).toBe(401)
    expect((await bob.delete(`/api/account/tokens/${dropped.id}`)).statusCode).toBe(404)

    // T-OIDC-08, T-OIDC-09
    await t.parts.access.change(async (tx) => {
      await tx.updateTable('users').set({ is_disabled: 1 }).where('name', '=', 'bob').execute()
    })
    expect(await status(owned.token)).toBe(401)
  })

  test.each([0, -1, 367, 1.5, '30', null])('cannot live %j days', async (days) => {
    const ann = await t.as('ann')
    expect((await ann.post('/api/account/tokens', { name: 'x', days })).statusCode).toBe(400)
  })
})

// T-SEC-13, I-13
describe('secrets', () => {
  test('are in no answer, no log line, no audit event and not in clear in the database', async () => {
    const password = 'canary-password-of-carol'
    const carol = await t.as('carol')
    await resetPassword(t.parts.db, 'carol', t.now)
    const token = carol.token ?? ''
    const answers = [
      await t.nobody().post('/api/auth/login', { username: 'carol', password }),
      await t.nobody().get(`/t/${token}/api/repo/none/noarch/x`),
      await t.nobody().get(`/t/${token}/no/such/page`),
      await t.nobody().get(`/t/${token}`),
      await t.nobody().get(`/api/repo/t/${token}/%zz`),
      await t.nobody().get(`/api/repo/none/t/${token}/x`),
      await t.nobody().get(`/no/such/page?token=1`, { authorization: `Bearer ${token}` }),
      await carol.get('/api/account'),
      await carol.get('/api/account/tokens'),
      await carol.post('/api/channels', { name: 'inner' }),
    ]
    for (const answer of answers) {
      expect(answer.body).not.toContain(token)
      expect(JSON.stringify(answer.headers)).not.toContain(token)
      expect(answer.body).not.toContain(password)
    }

    const { db } = t.parts
    const rows = JSON.stringify([
      await db.selectFrom('users').selectAll().execute(),
      await db.selectFrom('tokens').selectAll().execute(),
      await db.selectFrom('sessions').selectAll().execute(),
      await db.selectFrom('audit_events').selectAll().execute(),
    ])
    expect(rows).not.toContain(token)
    expect(rows).not.toContain(password)
    expect(JSON.stringify(t.log)).not.toContain(token)
  })

  test('the log of requests has no path token', async () => {
    const lines: string[] = []
    const original = t.parts.log.debug
    t.parts.log.debug = (...line: unknown[]) => void lines.push(JSON.stringify(line))
    const token = await t.token('ann')

    await t.nobody().get(`/t/${token}/api/repo/none/noarch/x`)
    await t.nobody().get(`/api/repo/none/t/${token}/x`)

    t.parts.log.debug = original
    expect(lines).toHaveLength(2)
    expect(lines.join()).not.toContain(token)
  })

  test('print as [secret] in every way that a program prints', () => {
    const secret = new Secret('hunter2')

    expect(String(secret)).toBe('[secret]')
    expect(inspect({ secret })).toContain('[secret]')
    expect(inspect({ secret }, { showHidden: true, depth: 9 })).not.toContain('hunter2')
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}')
    expect(Object.values(secret)).toEqual([])
  })
})
