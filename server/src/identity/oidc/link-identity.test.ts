/** Linking an account of this server to a provider, through HTTP, and what somebody who means harm would try. */
import * as OTPAuth from 'otpauth'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'
import { CLI_CLIENT_ID, CLIENT_ID, CLIENT_SECRET, SmallProvider } from './testing/small-provider.ts'
import { PUBLIC, TestBrowser } from './testing/test-browser.ts'

let provider: SmallProvider
let t: TestApp

beforeAll(async () => {
  provider = await SmallProvider.start()
})
afterAll(() => provider.close())
beforeEach(async () => {
  provider.isDown = false
  provider.tamper = {}
  provider.people.clear()
  provider.people.set('sub-ann', { preferred_username: 'ann.lee', groups: ['/team-a'], roles: [] })
  provider.people.set('sub-eve', { preferred_username: 'eve', groups: [] })
  provider.subject = 'sub-ann'
  t = await startTestApp({
    startAt: new Date(),
    configuration: {
      public_url: PUBLIC,
      oidc: [
        {
          ...{ name: 'kc', title: 'Company login', issuer: provider.issuer, import_groups: ['team-*'] },
          ...{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, cli_client_id: CLI_CLIENT_ID },
          ...{ role_map: { admins: 'admin' }, recheck_seconds: 60 },
        },
      ],
    },
  })
})
afterEach(() => t.close())

/** A browser in which somebody is signed in with the built-in account of the name. */
async function browserOf(name: string): Promise<TestBrowser> {
  await t.token(name)
  const browser = new TestBrowser(t, provider)
  const answer = await browser.call('POST', '/api/auth/session', {
    ...{ username: name, password: `password of ${name}` },
  })
  expect(answer.statusCode).toBe(200)
  return browser
}

const begin = (browser: TestBrowser, name: string, more: object = {}) =>
  browser.call('POST', '/api/account/identities', {
    ...{ provider: 'kc', password: `password of ${name}`, ...more },
  })

async function callbackOf(answer: Awaited<ReturnType<typeof begin>>): Promise<string> {
  expect(answer.statusCode, answer.body).toBe(200)
  return (await provider.visit(answer.json<{ redirect_url: string }>().redirect_url)).href
}

async function link(browser: TestBrowser, name: string) {
  return browser.open(await callbackOf(await begin(browser, name)))
}

const linksOf = async (browser: TestBrowser): Promise<object[]> =>
  (await browser.open('/api/account/identities')).json<{ items: object[] }>().items
const nameOf = async (browser: TestBrowser): Promise<string> =>
  (await browser.account()).json<{ username: string }>().username
const goesTo = ({ headers }: { headers: Record<string, unknown> }): string => String(headers['location'])
const events = async (action: string): Promise<string[]> => {
  const answer = await (await t.as('admin')).get(`/api/audit/events?action=${action}`)
  return answer.json<{ items: object[] }>().items.map((event) => JSON.stringify(event))
}
const LINKED = '/account/security?linked=kc'
const expired = '/account/security?error=sign-in-expired'

async function idOf(name: string): Promise<string> {
  const query = t.parts.db.selectFrom('users').select('id').where('name', '=', name)
  return (await query.executeTakeFirstOrThrow()).id
}

describe('a person who is signed in', () => {
  test('links the account, and then signs in with the provider as the same', async () => {
    const browser = await browserOf('ann')
    const session = browser.cookies.get('terrarium-session')
    const begun = await begin(browser, 'ann')
    // the provider asks who it is, whoever is signed in there
    expect(new URL(begun.json<{ redirect_url: string }>().redirect_url).searchParams.get('prompt')).toBe(
      'login',
    )
    expect(goesTo(await browser.open(await callbackOf(begun)))).toBe(LINKED)

    expect(browser.cookies.get('terrarium-session')).toBe(session)
    expect(await linksOf(browser)).toMatchObject([
      { issuer: provider.issuer, subject: 'sub-ann', provider: 'kc', title: 'Company login' },
    ])
    // nothing of the provider's before it vouches for a session
    expect((await browser.account()).json()).toMatchObject({ username: 'ann', groups: [] })

    const other = new TestBrowser(t, provider)
    expect(goesTo(await other.signIn())).toBe('/')
    expect((await other.account()).json()).toMatchObject({ username: 'ann', groups: [{ name: 'team-a' }] })
    expect(await events('user.identity_linked')).toEqual([expect.stringContaining('ann.lee')])
  })

  test('takes the link away: what came with it goes, and its sessions end', async () => {
    const browser = await browserOf('ann')
    await link(browser, 'ann')
    const other = new TestBrowser(t, provider)
    await other.signIn()

    const query = new URLSearchParams({ issuer: provider.issuer }).toString()
    const gone = await browser.call('DELETE', `/api/account/identities?${query}`)
    expect(gone.statusCode).toBe(204)

    expect(await linksOf(browser)).toEqual([])
    expect((await other.account()).statusCode).toBe(401)
    expect((await browser.account()).json()).toMatchObject({ username: 'ann', groups: [] })
    expect(await events('user.identity_unlinked')).toEqual([expect.stringContaining('"sessions_ended":1')])
    const again = await browser.call('DELETE', `/api/account/identities?${query}`)
    expect(again.json()).toMatchObject({ code: 'not-found' })
    // whoever comes from there is somebody else now
    const third = new TestBrowser(t, provider)
    await third.signIn()
    expect(await nameOf(third)).toBe('ann.lee')
  })

  test('and came from the provider keeps the only way in', async () => {
    const browser = new TestBrowser(t, provider)
    await browser.signIn()
    const query = new URLSearchParams({ issuer: provider.issuer }).toString()
    const refused = await browser.call('DELETE', `/api/account/identities?${query}`)
    expect(refused.json()).toMatchObject({ code: 'conflict' })
    expect(await linksOf(browser)).toHaveLength(1)
  })

  test('is told when the identity is another account’s, or the account has one already', async () => {
    const first = new TestBrowser(t, provider)
    await first.signIn()
    const browser = await browserOf('ann')
    expect(goesTo(await link(browser, 'ann'))).toBe('/account/security?error=identity-taken')
    expect(await linksOf(browser)).toEqual([])
    expect(await events('user.identity_refused')).toEqual([
      expect.stringContaining('belongs to an account here already'),
    ])

    provider.subject = 'sub-eve'
    expect(goesTo(await link(browser, 'ann'))).toBe(LINKED)
    const second = await begin(browser, 'ann')
    expect(second.json()).toMatchObject({ code: 'conflict' })
    expect(second.body).toContain('linked to Company login already')
  })

  test('is not linked by the same name or address of mail', async () => {
    await t.token('ann')
    await t.parts.db
      .updateTable('users')
      .set({ email: 'ann@example.org' })
      .where('name', '=', 'ann')
      .execute()
    provider.people.set('sub-ann', {
      ...{ preferred_username: 'ann', email: 'ann@example.org', email_verified: true },
    })
    const browser = new TestBrowser(t, provider)
    await browser.signIn()
    expect(await nameOf(browser)).toBe('ann-kc')
  })
})

describe('an administrator', () => {
  test('sees links and takes them away; others do not', async () => {
    const browser = await browserOf('ann')
    await link(browser, 'ann')
    const path = `/api/users/${await idOf('ann')}/identities`
    const query = new URLSearchParams({ issuer: provider.issuer }).toString()
    const bob = await t.as('bob')
    expect((await bob.get(path)).statusCode).toBe(403)
    expect((await bob.delete(`${path}?${query}`)).statusCode).toBe(403)

    const admin = await t.as('admin')
    expect((await admin.get(path)).json()).toMatchObject({ items: [{ subject: 'sub-ann', provider: 'kc' }] })
    expect((await admin.delete(`${path}?${query}`)).statusCode).toBe(204)
    expect((await admin.get(path)).json()).toMatchObject({ total_count: 0 })
  })

  test('does not take away the last administrator’s only way in', async () => {
    provider.people.set('sub-ann', { preferred_username: 'ann', roles: ['admins'] })
    const browser = new TestBrowser(t, provider)
    await browser.signIn()
    const admin = await t.as('admin')
    await admin.post('/api/roles/admin/grants', { subject_kind: 'user', subject_id: await idOf('ann') })
    await t.parts.db.updateTable('users').set({ password_hash: null }).where('name', '=', 'admin').execute()
    const query = new URLSearchParams({ issuer: provider.issuer }).toString()
    const refused = await admin.delete(`/api/users/${await idOf('ann')}/identities?${query}`)
    expect(refused.json()).toMatchObject({ code: 'conflict' })
  })
})

describe('what somebody who means harm would try', () => {
  test('an open browser gives no link: it takes the password, and the code where there is a second factor', async () => {
    const browser = await browserOf('ann')
    expect((await begin(browser, 'ann', { password: undefined })).json()).toMatchObject({
      code: 'wrong-credentials',
    })
    expect((await begin(browser, 'ann', { password: 'a guess' })).json()).toMatchObject({
      code: 'wrong-credentials',
    })
    expect(browser.cookies.has('terrarium-sign-in')).toBe(false)

    const password = 'password of ann'
    const seed = await browser.call('POST', '/api/account/second-factor', { password })
    const totp = new OTPAuth.TOTP({
      secret: OTPAuth.Secret.fromBase32(seed.json<{ secret: string }>().secret),
    })
    const code = () => totp.generate({ timestamp: t.now.getTime() })
    await browser.call('POST', '/api/account/second-factor/confirm', { code: code() })
    t.advance(31_000)
    expect((await begin(browser, 'ann')).json()).toMatchObject({ code: 'second-factor-needed' })
    expect((await begin(browser, 'ann', { code: code() })).statusCode).toBe(200)
  })

  test('guessing the password there locks the account as at the front door', async () => {
    const browser = await browserOf('ann')
    const codes: string[] = []
    for (let i = 0; i < 6; i += 1) {
      const answer = await begin(browser, 'ann', { password: `guess ${i}` })
      codes.push(answer.json<{ code: string }>().code)
    }
    expect(codes.at(-1)).toBe('too-many-requests')
    expect((await begin(browser, 'ann')).json()).toMatchObject({ code: 'too-many-requests' })
  })

  test('an account without a password links in a fresh session alone', async () => {
    const browser = new TestBrowser(t, provider)
    await browser.signIn()
    await t.parts.db
      .updateTable('user_identities')
      .set({ issuer: 'https://before.example' })
      .where('subject', '=', 'sub-ann')
      .execute()
    t.advance(6 * 60_000)
    expect((await begin(browser, 'ann', { password: undefined })).json()).toMatchObject({
      code: 'permission-denied',
    })
    t.advance(-5 * 60_000)
    expect((await begin(browser, 'ann', { password: undefined })).statusCode).toBe(200)
  })

  test('a page of another site begins no link (CSRF)', async () => {
    const browser = await browserOf('ann')
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ]) {
      const answer = await browser.call(
        ...(['POST', '/api/account/identities'] as const),
        { provider: 'kc', password: 'password of ann' },
        headers,
      )
      expect(answer.json()).toMatchObject({ code: 'cross-site-request' })
    }
    // nor does the address that anybody can be sent to: it signs in, and ends the session
    provider.subject = 'sub-eve'
    await browser.signIn()
    expect(await nameOf(browser)).toBe('eve')
    expect(
      (await (await t.as('admin')).get(`/api/users/${await idOf('ann')}/identities`)).json(),
    ).toMatchObject({
      total_count: 0,
    })
  })

  test('an answer that another fetched at the provider links nothing in the victim’s browser', async () => {
    const attacker = await browserOf('eve')
    provider.subject = 'sub-eve'
    const callback = await callbackOf(await begin(attacker, 'eve'))
    const victim = await browserOf('ann')

    // without the cookie it is a sign-in that nobody began
    expect(goesTo(await victim.open(callback))).toBe('/sign-in?error=sign-in-expired')
    // with the victim's own attempt, the state is another
    await begin(victim, 'ann')
    expect(goesTo(await victim.open(callback))).toBe(expired)
    // with the attacker's cookie planted, the session is another
    victim.cookies.set('terrarium-sign-in', attacker.cookies.get('terrarium-sign-in')!)
    expect(goesTo(await victim.open(callback))).toBe(expired)
    expect(await linksOf(victim)).toEqual([])
    expect(await nameOf(victim)).toBe('ann')
    expect(await events('user.identity_refused')).toHaveLength(2)
  })

  test('a planted session gets no link of the victim, who began with their own (fixation)', async () => {
    const victim = await browserOf('ann')
    const callback = await callbackOf(await begin(victim, 'ann'))
    const attacker = await browserOf('eve')
    victim.cookies.set('terrarium-session', attacker.cookies.get('terrarium-session')!)
    expect(goesTo(await victim.open(callback))).toBe(expired)
    expect(await linksOf(attacker)).toEqual([])
  })

  test('a link that was begun ends with the session, and is good once and for ten minutes', async () => {
    const browser = await browserOf('ann')
    const callback = await callbackOf(await begin(browser, 'ann'))
    const sealed = browser.cookies.get('terrarium-sign-in')!
    await browser.call('POST', '/api/auth/logout')
    browser.cookies.set('terrarium-sign-in', sealed)
    expect(goesTo(await browser.open(callback))).toBe(expired)

    const again = await browserOf('ann')
    const own = await callbackOf(await begin(again, 'ann'))
    const kept = again.cookies.get('terrarium-sign-in')!
    expect(goesTo(await again.open(own))).toBe(LINKED)
    again.cookies.set('terrarium-sign-in', kept)
    expect(goesTo(await again.open(own))).toMatch(/^\/account\/security\?error=/)
    expect(await linksOf(again)).toHaveLength(1)

    const bob = await browserOf('bob')
    const late = await callbackOf(await begin(bob, 'bob'))
    t.advance(10 * 60_000 + 1000)
    expect(goesTo(await bob.open(late))).toBe('/sign-in?error=sign-in-expired')
    expect(await linksOf(bob)).toEqual([])
  })

  test('an attempt to link signs nobody in, and an attempt to sign in links nothing', async () => {
    const browser = await browserOf('ann')
    const callback = await callbackOf(await begin(browser, 'ann'))
    browser.cookies.delete('terrarium-session')
    expect(goesTo(await browser.open(callback))).toBe(expired)
    expect((await browser.account()).statusCode).toBe(401)
  })

  test('a token begins no link, not even one of everything', async () => {
    const ann = await t.as('ann')
    const answer = await ann.post('/api/account/identities', {
      ...{ provider: 'kc', password: 'password of ann' },
    })
    expect(answer.json()).toMatchObject({ code: 'permission-denied' })
  })

  test('a refresh that was under way when the link went gives nothing back', async () => {
    const browser = await browserOf('ann')
    await link(browser, 'ann')
    const other = new TestBrowser(t, provider)
    await other.signIn()
    provider.people.set('sub-ann', { preferred_username: 'ann.lee', groups: ['/team-b'] })
    await t.parts.db.deleteFrom('user_identities').execute()
    t.advance(90_000)
    await t.settle()
    expect((await other.account()).json()).toMatchObject({ groups: [{ name: 'team-a' }] })
  })
})

test('while the provider is down, linking says so', async () => {
  const browser = await browserOf('ann')
  provider.isDown = true
  const answer = await begin(browser, 'ann')
  expect([answer.statusCode, answer.json()]).toMatchObject([503, { code: 'provider-unreachable' }])
})
