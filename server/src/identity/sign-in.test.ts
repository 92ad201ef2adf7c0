import * as OTPAuth from 'otpauth'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bodyOfAny, startTestApp, type TestApp } from '../testing/test-app.ts'
import { lockMsAfter } from './lock-out.ts'

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
})
afterEach(() => t.close())

const MINUTE_MS = 60_000

interface Answer {
  readonly statusCode: number
  readonly body: string
  readonly headers: Readonly<Record<string, unknown>>
}

const login = (username: string, password: string, code?: string): Promise<Answer> =>
  t.nobody().post('/api/auth/login', { username, password, ...(code !== undefined && { code }) })

/** A browser that keeps the cookie it is given. */
async function browser(username: string, headers: Record<string, string> = {}) {
  const response = await t.nobody().send('POST', '/api/auth/session', {
    payload: { username, password: `password of ${username}` },
    headers,
  })
  const cookie = String(response.headers['set-cookie']).split(';')[0] ?? ''
  return { response, cookie }
}

describe('guessing a password', () => {
  // T-AUTHZ-09
  test('is locked out after five attempts, with a name that has an account as with one that has none', async () => {
    await t.as('ann')
    const answers = async (name: string): Promise<string[]> => {
      const got: string[] = []
      for (let attempt = 0; attempt < 7; attempt += 1) {
        const answer = await login(name, 'wrong')
        got.push(`${answer.statusCode} ${bodyOfAny(answer)}`)
      }
      return got
    }

    const known = await answers('ann')

    expect(known.map((answer) => answer.slice(0, 3))).toEqual([
      '401',
      '401',
      '401',
      '401',
      '401',
      '429',
      '429',
    ])
    expect(await answers('no-one')).toEqual(known)
    expect((await login('ann', 'password of ann')).statusCode).toBe(429)
  })

  test('is let go on when the time is over, for twice as long after each further one', async () => {
    await t.as('ann')
    for (let attempt = 0; attempt < 5; attempt += 1) await login('ann', 'wrong')
    const first = await login('ann', 'wrong')
    expect(first.headers['retry-after']).toBe('30')

    t.advance(31_000)
    expect((await login('ann', 'wrong')).statusCode).toBe(401)
    t.advance(31_000)
    expect((await login('ann', 'password of ann')).statusCode).toBe(429)
    t.advance(30_000)
    expect((await login('ann', 'password of ann')).statusCode).toBe(200)

    // whoever got in starts anew
    expect((await login('ann', 'wrong')).statusCode).toBe(401)
    expect((await login('ann', 'password of ann')).statusCode).toBe(200)
  })

  test('many at once get no more attempts than one by one', async () => {
    await t.as('ann')

    const answers = await Promise.all(Array.from({ length: 20 }, () => login('ann', 'wrong')))

    expect(answers.filter(({ statusCode }) => statusCode === 401)).toHaveLength(5)
  })

  test('is seen in the audit log, without the name that was typed when there is no such account', async () => {
    await t.as('ann')
    await login('ann', 'wrong')
    await login('my secret password', 'oops')

    const admin = await t.as('admin')
    const events = await admin.get('/api/audit/events?action=login.failed')

    expect(events.json<{ items: { target: string }[] }>().items.map(({ target }) => target)).toEqual([
      'unknown account',
      'ann',
    ])
    expect(events.body).not.toContain('my secret password')
  })

  test('an administrator lets somebody in again', async () => {
    const ann = await t.as('ann')
    for (let attempt = 0; attempt < 5; attempt += 1) await login('ann', 'wrong')
    const { user_id: id } = (await ann.get('/api/account')).json<{ user_id: string }>()
    expect((await login('ann', 'password of ann')).statusCode).toBe(429)

    const admin = await t.as('admin')
    expect((await admin.post(`/api/users/${id}/unlock`)).statusCode).toBe(204)

    expect((await login('ann', 'password of ann')).statusCode).toBe(200)
  })

  test('from one address is limited over all names', async () => {
    const limited = await startTestApp({ limited: true, configuration: { sign_ins_per_minute: 10 } })
    const attempt = async (name: string) =>
      (await limited.nobody().post('/api/auth/login', { username: name, password: 'x' })).statusCode
    const statuses: number[] = []
    for (let name = 0; name < 11; name += 1) statuses.push(await attempt(`name-${name}`))
    expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429])
    limited.advance(6_000)
    expect(await attempt('another')).toBe(401)
    await limited.close()
  })

  test('locks grow to a quarter of an hour and no further', () => {
    const minutes = Array.from({ length: 14 }, (_, failures) => lockMsAfter(failures) / MINUTE_MS)
    expect(minutes).toEqual([0, 0, 0, 0, 0, 0.5, 1, 2, 4, 8, 15, 15, 15, 15])
    expect(lockMsAfter(1e9)).toBe(15 * MINUTE_MS)
  })
})

test('a page asks who is signed in, and an answer of nobody is no error', async () => {
  const ask = async (headers: Record<string, string>) => t.nobody().get('/api/auth/session', headers)
  await t.as('ann')
  const { cookie } = await browser('ann')
  expect((await ask({ cookie })).json()).toMatchObject({ account: { username: 'ann' } })
  for (const headers of [{}, { cookie: `${cookie}x` }, { authorization: 'Bearer x' }]) {
    const answer = await ask(headers)
    expect([answer.statusCode, answer.json()]).toEqual([200, { account: null }])
    expect(answer.headers['cache-control']).toBe('no-store')
  }
})

describe('a session in a cookie', () => {
  test('opens what its account may, and is out of reach for scripts and other sites', async () => {
    await t.as('ann')
    const { response, cookie } = await browser('ann')

    expect(response.json()).toMatchObject({ username: 'ann' })
    expect(response.headers['set-cookie']).toMatch(
      /^terrarium-session=trmx-\S+; Path=\/; Max-Age=86400; HttpOnly; SameSite=Lax$/,
    )
    expect(response.body).not.toContain(cookie.split('=')[1])
    const account = await t.nobody().get('/api/account', { cookie })
    expect(account.json()).toMatchObject({ username: 'ann' })
  })

  test('over TLS has the prefix that keeps neighbours of the same domain from planting one', async () => {
    const secure = await startTestApp({ configuration: { public_url: 'https://packages.example' } })
    await secure.as('ann')
    const sent = await secure
      .nobody()
      .post('/api/auth/session', { username: 'ann', password: 'password of ann' })
    const cookie = String(sent.headers['set-cookie'])

    expect(cookie).toMatch(/^__Host-terrarium=\S+; .*; Secure$/)
    expect(sent.headers['strict-transport-security']).toBe('max-age=31536000')
    const value = cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';'))
    const status = async (header: string) =>
      (await secure.nobody().get('/api/account', { cookie: header })).statusCode
    expect(await status(`__Host-terrarium=${value}`)).toBe(200)
    expect(await status(`terrarium-session=${value}`)).toBe(401)
    expect(await status(`__Host-terrarium=${value}; __Host-terrarium=planted`)).toBe(401)
    await secure.close()
  })

  // T-CSRF-01
  test.each<[string, Record<string, string>, number]>([
    ['a page of ours', { 'sec-fetch-site': 'same-origin' }, 201],
    ['an older browser on a page of ours', { origin: 'http://localhost:80' }, 201],
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }, 403],
    [
      'a page of another site that lies about itself',
      { 'sec-fetch-site': 'cross-site', origin: 'http://localhost:80' },
      403,
    ],
    ['a form of another site', { origin: 'https://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['a client that says nothing', {}, 403],
  ])('may be used to change something by %s', async (_who, headers, status) => {
    await t.as('ann')
    const { cookie } = await browser('ann')

    const response = await t.nobody().send('POST', '/api/channels', {
      payload: { name: 'made' },
      headers: { host: 'localhost:80', cookie, ...headers },
    })

    expect(response.statusCode).toBe(status)
    const there = await (await t.as('ann')).get('/api/channels/made')
    expect(there.statusCode).toBe(status === 201 ? 200 : 404)
  })

  test('another site cannot sign a browser in as somebody else', async () => {
    await t.as('mallory')
    const { response } = await browser('mallory', { 'sec-fetch-site': 'cross-site' })
    expect(response.statusCode).toBe(403)
    expect(response.headers['set-cookie']).toBeUndefined()
  })

  test('is new at each sign-in, and the one before it ends: a planted one is worth nothing', async () => {
    await t.as('ann')
    const planted = (await browser('ann')).cookie

    const { cookie } = await browser('ann', { cookie: planted, 'sec-fetch-site': 'same-origin' })

    expect(cookie).not.toBe(planted)
    expect((await t.nobody().get('/api/account', { cookie: planted })).statusCode).toBe(401)
    expect((await t.nobody().get('/api/account', { cookie })).statusCode).toBe(200)
  })

  test('ends on the server when its owner signs out', async () => {
    await t.as('ann')
    const { cookie } = await browser('ann')

    const out = await t.nobody().send('POST', '/api/auth/logout', {
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    })

    expect(out.statusCode).toBe(204)
    expect(out.headers['set-cookie']).toMatch(/^terrarium-session=; .*Max-Age=0/)
    expect(out.headers['clear-site-data']).toBe('"cache", "storage"')
    expect((await t.nobody().get('/api/account', { cookie })).statusCode).toBe(401)
  })

  test('ends after hours without a request, and after a day in any case', async () => {
    await t.as('ann')
    const [idle, busy] = [(await browser('ann')).cookie, (await browser('ann')).cookie]
    const status = async (cookie: string) => (await t.nobody().get('/api/account', { cookie })).statusCode
    for (let hours = 0; hours < 21; hours += 7) {
      t.advance(7 * 60 * MINUTE_MS)
      expect(await status(busy)).toBe(200)
    }
    expect(await status(idle)).toBe(401)
    t.advance(3 * 60 * MINUTE_MS + 1)
    expect(await status(busy)).toBe(401)
  })

  test('is not a token: what stands in a header does not open through the cookie', async () => {
    const token = await t.token('ann')
    expect((await t.nobody().get('/api/account', { cookie: `terrarium-session=${token}` })).statusCode).toBe(
      401,
    )
  })

  test('is seen by its owner, and ended alone, with all others, or by an administrator', async () => {
    await t.as('ann')
    const [one, two, three] = [await browser('ann'), await browser('ann'), await browser('ann')]
    const own = { cookie: one.cookie, 'sec-fetch-site': 'same-origin' }
    const listed = (await t.nobody().get('/api/account/sessions', own)).json<{
      items: { id: string; current: boolean }[]
    }>().items
    expect(listed.map(({ current }) => current)).toEqual([false, false, true])
    const status = async (cookie: string) => (await t.nobody().get('/api/account', { cookie })).statusCode

    const last = listed[0]?.id ?? ''
    await t.nobody().send('DELETE', `/api/account/sessions/${last}`, { headers: own })
    expect(await Promise.all([one, two, three].map(({ cookie }) => status(cookie)))).toEqual([200, 200, 401])
    await t.nobody().send('DELETE', '/api/account/sessions', { headers: own })
    expect(await Promise.all([one, two].map(({ cookie }) => status(cookie)))).toEqual([200, 401])

    // T-AUTHZ-02
    const bob = await t.as('bob')
    const mine = listed.find(({ current }) => current)?.id ?? ''
    expect((await bob.delete(`/api/account/sessions/${mine}`)).statusCode).toBe(404)

    const { user_id: id } = (await t.nobody().get('/api/account', own)).json<{ user_id: string }>()
    await (await t.as('admin')).delete(`/api/users/${id}/sessions`)
    expect(await status(one.cookie)).toBe(401)
  })

  test('a new password ends every session but the one that asks', async () => {
    await t.as('ann')
    const [here, there] = [await browser('ann'), await browser('ann')]
    const change = (old: string, wanted: string) =>
      t.nobody().send('PUT', '/api/account/password', {
        payload: { old_password: old, new_password: wanted },
        headers: { cookie: here.cookie, 'sec-fetch-site': 'same-origin' },
      })

    expect((await change('wrong', 'a better password')).statusCode).toBe(401)
    expect((await change('password of ann', 'short')).statusCode).toBe(400)
    expect((await change('password of ann', 'a better password')).statusCode).toBe(204)

    expect((await t.nobody().get('/api/account', { cookie: here.cookie })).statusCode).toBe(200)
    expect((await t.nobody().get('/api/account', { cookie: there.cookie })).statusCode).toBe(401)
    expect((await login('ann', 'password of ann')).statusCode).toBe(401)
    expect((await login('ann', 'a better password')).statusCode).toBe(200)
  })
})

describe('the second factor', () => {
  async function setUp(): Promise<{ code: () => string; recovery: string[] }> {
    const ann = await t.as('ann')
    const started = await ann.post('/api/account/second-factor', { password: 'password of ann' })
    const { secret, uri } = started.json<{ secret: string; uri: string }>()
    expect(uri).toMatch(/^otpauth:\/\/totp\/Terrarium:ann\?/)
    const totp = new OTPAuth.TOTP({ secret: OTPAuth.Secret.fromBase32(secret) })
    const code = (): string => totp.generate({ timestamp: t.now.getTime() })
    const confirmed = await ann.post('/api/account/second-factor/confirm', { code: code() })
    expect(confirmed.statusCode).toBe(200)
    return { code, recovery: confirmed.json<{ recovery_codes: string[] }>().recovery_codes }
  }

  test('counts once it is confirmed, and then every sign-in needs it', async () => {
    const ann = await t.as('ann')
    await ann.post('/api/account/second-factor', { password: 'password of ann' })
    expect((await login('ann', 'password of ann')).statusCode).toBe(200)
    expect((await ann.post('/api/account/second-factor/confirm', { code: '123' })).statusCode).toBe(401)

    const { code } = await setUp()
    t.advance(MINUTE_MS)

    const without = await login('ann', 'password of ann')
    expect(without.statusCode).toBe(401)
    expect(JSON.parse(without.body)).toMatchObject({ code: 'second-factor-needed' })
    expect((await login('ann', 'password of ann', code())).statusCode).toBe(200)
  })

  test('a code is good once, and for a minute around its time', async () => {
    const { code } = await setUp()
    t.advance(MINUTE_MS)
    const seen = code()
    expect((await login('ann', 'password of ann', seen)).statusCode).toBe(200)
    expect((await login('ann', 'password of ann', seen)).statusCode).toBe(401)
    t.advance(5 * MINUTE_MS)
    const old = code()
    t.advance(2 * MINUTE_MS)
    expect((await login('ann', 'password of ann', old)).statusCode).toBe(401)
    expect((await login('ann', 'password of ann', code())).statusCode).toBe(200)
  })

  test('guessing codes is locked out, also by who asks without one in between', async () => {
    await setUp()
    const statuses: number[] = []
    for (let guess = 0; guess < 7; guess += 1) {
      await login('ann', 'password of ann')
      statuses.push((await login('ann', 'password of ann', String(100_000 + guess))).statusCode)
    }
    expect(statuses.filter((status) => status === 401)).toHaveLength(5)
    expect(statuses.at(-1)).toBe(429)
  })

  test('a recovery code is good once', async () => {
    const { recovery } = await setUp()
    expect(recovery).toHaveLength(10)
    const written = (recovery[0] ?? '').toUpperCase().replaceAll('-', ' ')

    expect((await login('ann', 'password of ann', written)).statusCode).toBe(200)
    expect((await login('ann', 'password of ann', written)).statusCode).toBe(401)
    expect((await login('ann', 'password of ann', recovery[1])).statusCode).toBe(200)
    const left = await (await t.as('ann')).get('/api/account/second-factor')
    expect(left.json()).toEqual({ enabled: true, recovery_codes_left: 8 })
  })

  test('is taken off by an administrator alone, and the password stays', async () => {
    await setUp()
    const ann = await t.as('ann')
    const admin = await t.as('admin')
    const { user_id: id } = (await ann.get('/api/account')).json<{ user_id: string }>()
    expect((await ann.delete(`/api/users/${id}/second-factor`)).statusCode).toBe(403)
    expect((await admin.delete(`/api/users/${id}/second-factor`)).statusCode).toBe(204)
    expect((await login('ann', 'password of ann')).statusCode).toBe(200)
    expect((await admin.delete(`/api/users/${id}/second-factor`)).statusCode).toBe(404)
    const events = await admin.get('/api/audit/events?action=user.second_factor_removed&target=ann')
    expect(events.json()).toMatchObject({ total_count: 1, items: [{ actor_name: 'admin' }] })
  })

  test('takes the password to remove, or an administrator', async () => {
    const { code } = await setUp()
    const ann = await t.as('ann')
    expect((await ann.post('/api/account/second-factor/remove', { password: 'wrong' })).statusCode).toBe(401)
    expect((await ann.post('/api/account/second-factor', { password: 'password of ann' })).statusCode).toBe(
      409,
    )
    expect(
      (await ann.post('/api/account/second-factor/remove', { password: 'password of ann' })).statusCode,
    ).toBe(204)
    expect((await login('ann', 'password of ann')).statusCode).toBe(200)
    expect(code()).toMatch(/^\d{6}$/)

    await setUp()
    const { user_id: id } = (await ann.get('/api/account')).json<{ user_id: string }>()
    const reset = await (
      await t.as('admin')
    ).post(`/api/users/${id}/password-reset`, { drop_second_factor: true })
    const { password } = reset.json<{ password: string }>()
    expect((await login('ann', password)).statusCode).toBe(200)
  })
})
