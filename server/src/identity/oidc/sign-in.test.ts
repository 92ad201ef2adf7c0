/** Signing in and out with a provider, through HTTP, against one on loopback that behaves. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../../testing/test-app.ts'
import { makeAdministrator } from '../accounts.ts'
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
  provider.subject = 'ann'
  provider.people.clear()
  provider.people.set('ann', {
    preferred_username: 'ann',
    name: 'Ann Lee',
    email: 'ann@example.org',
    email_verified: true,
    groups: ['/team-a', '/secret-project'],
    roles: ['package-curators', 'unheard-of'],
  })
  provider.people.set('bob', { preferred_username: 'bob', groups: [] })
  t = await startTestApp({
    // the provider and the library look at the real clock
    startAt: new Date(),
    configuration: { public_url: PUBLIC, oidc: [settings()] },
  })
})
afterEach(() => t.close())

function settings(name = 'kc') {
  return {
    name,
    title: 'Company login',
    issuer: provider.issuer,
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    cli_client_id: CLI_CLIENT_ID,
    import_groups: ['team-*'],
    role_map: { 'package-curators': 'curator', admins: 'admin' },
    recheck_seconds: 60,
  }
}

type Browser = TestBrowser
const newBrowser = (): Browser => new TestBrowser(t, provider)

async function signedIn(): Promise<Browser> {
  const browser = newBrowser()
  const back = await browser.signIn()
  expect([back.statusCode, back.headers.location]).toEqual([303, '/'])
  return browser
}

const errorOf = (response: { headers: Record<string, unknown> }): string =>
  String(response.headers['location'])

/** Refusals that the audit log holds, the newest first, as text. */
async function refusals(): Promise<string[]> {
  const admin = await t.as('admin')
  const events = await admin.get('/api/audit/events?action=login.failed')
  return events.json<{ items: object[] }>().items.map((event) => JSON.stringify(event))
}

async function recheck(): Promise<void> {
  t.advance(90_000)
  await t.settle()
}

describe('signing in', () => {
  test('makes an account with the groups and roles that are mapped, and says so in the audit log', async () => {
    const browser = await signedIn()
    expect((await browser.account()).json()).toMatchObject({
      username: 'ann',
      groups: [{ name: 'team-a' }],
      roles: ['author', 'curator'],
    })
    const admin = await t.as('admin')
    const events = (await admin.get('/api/audit/events?limit=100')).json<{
      items: { action: string; target: string }[]
    }>()
    const seen = events.items.map(({ action, target }) => `${action} ${target}`)
    expect(seen).toEqual(
      expect.arrayContaining([
        'user.created ann',
        'group.created team-a',
        'group.member_added team-a',
        'role.granted curator',
        'login.succeeded ann',
      ]),
    )
    const sessions = (await browser.open('/api/account/sessions')).json<{ items: object[] }>()
    expect(sessions.items).toMatchObject([{ method: provider.issuer, current: true }])
  })

  test('knows people by issuer and subject, never by name', async () => {
    await t.token('bob') // a built-in account of the name
    provider.subject = 'bob'
    const browser = await signedIn()
    const { username } = (await browser.account()).json<{ username: string }>()
    expect(username).toBe('bob-kc')
    provider.people.set('bob', { preferred_username: 'admin' })
    const again = (await (await signedIn()).account()).json<{ username: string }>()
    expect(again.username).toBe('bob-kc')
  })

  test('does not put anybody in a group that was made here, unless the configuration names it', async () => {
    const admin = await t.as('admin')
    await admin.post('/api/groups', { name: 'team-a', description: '' })
    const browser = await signedIn()
    expect((await browser.account()).json()).toMatchObject({ groups: [] })
    const tested = await admin.post('/api/auth/test-claims', { claims: { groups: ['/team-a'] } })
    expect(tested.json()).toMatchObject({
      groups: [{ value: '/team-a', name: null, reason: expect.stringContaining('made here') as string }],
    })
  })

  test('tells an administrator what claims would give, and why', async () => {
    const admin = await t.as('admin')
    const answer = await admin.post('/api/auth/test-claims', { claims: provider.people.get('ann') })
    expect(answer.json()).toMatchObject({
      provider: 'kc',
      username: 'ann',
      email: 'ann@example.org',
      groups: [
        { value: '/team-a', name: 'team-a', reason: expect.stringContaining('team-*') as string },
        { value: '/secret-project', name: null },
      ],
      roles: [
        { value: 'package-curators', name: 'curator' },
        { value: 'unheard-of', name: null },
      ],
      missing: [],
    })
    expect((await (await t.as('bob')).post('/api/auth/test-claims', { claims: {} })).statusCode).toBe(403)
  })

  test('a disabled account stays disabled', async () => {
    const browser = await signedIn()
    const { user_id: id } = (await browser.account()).json<{ user_id: string }>()
    await (await t.as('admin')).put(`/api/users/${id}`, { is_disabled: true })
    expect(errorOf(await newBrowser().signIn())).toBe('/sign-in?error=sign-in-refused')
    expect((await browser.account()).statusCode).toBe(401)
  })

  test('the session is new, and the one the browser came with ends (fixation)', async () => {
    const browser = newBrowser()
    const planted = await t.nobody().post('/api/auth/login', {
      username: 'bob',
      password: (await t.token('bob'), 'password of bob'),
    })
    const secret = planted.json<{ token: string }>().token
    browser.cookies.set('terrarium-session', secret)
    await browser.signIn()
    expect(browser.cookies.get('terrarium-session')).not.toBe(secret)
    expect((await t.withToken(secret).get('/api/account')).statusCode).toBe(401)
    expect((await browser.account()).json()).toMatchObject({ username: 'ann' })
  })
})

// the claims as these providers document them, with the configuration that docs/KEYCLOAK.md gives
describe('another provider, by configuration alone', () => {
  const group = '0f1e2d3c-4b5a-4697-8877-66554433aabb'
  const entra = {
    ...{
      oid: '00000000-0000-0000-66f3-3332eca7ea81',
      tid: '9188040d-6c67-4c5b-b112-36a304b66dad',
      ver: '2.0',
    },
    ...{ preferred_username: 'ann@corp.example', name: 'Ann Lee', email: 'ann@corp.example' },
  }
  const forEntra = {
    import_groups: [],
    group_map: { [group]: 'team-a' },
    role_map: { 'Terrarium.Curator': 'curator' },
  }
  const okta = {
    ...{
      preferred_username: 'ann@corp.example',
      name: 'Ann Lee',
      email: 'ann@corp.example',
      email_verified: true,
    },
    ...{ groups: ['Everyone', 'eng-core'], zoneinfo: 'America/Los_Angeles' },
  }
  test.each([
    {
      what: 'Entra ID: groups are ids, and app roles are roles',
      settings: forEntra,
      claims: {
        ...entra,
        groups: [group, '11111111-2222-4333-8444-555555555555'],
        roles: ['Terrarium.Curator'],
      },
      expected: {
        username: 'ann@corp.example',
        groups: ['team-a'],
        roles: ['author', 'curator'],
        email: null,
      },
    },
    {
      what: 'Entra ID of somebody in so many groups that it names none',
      settings: forEntra,
      claims: {
        ...entra,
        _claim_names: { groups: 'src1' },
        _claim_sources: { src1: { endpoint: 'https://graph.test' } },
      },
      expected: { username: 'ann@corp.example', groups: [], roles: ['author'], email: null },
    },
    {
      what: 'Okta: groups are names',
      settings: { import_groups: ['eng-*'], role_map: {} },
      claims: okta,
      expected: {
        username: 'ann@corp.example',
        groups: ['eng-core'],
        roles: ['author'],
        email: 'ann@corp.example',
      },
    },
    {
      what: 'Google: no name but the address',
      settings: { import_groups: [], role_map: {}, username_claim: 'email' },
      claims: { email: 'ann@corp.example', email_verified: true, name: 'Ann Lee', hd: 'corp.example' },
      expected: { username: 'ann@corp.example', groups: [], roles: ['author'], email: 'ann@corp.example' },
    },
  ])('$what', async ({ settings: more, claims, expected }) => {
    await t.close()
    provider.people.set('ann', claims)
    t = await startTestApp({
      startAt: new Date(),
      configuration: { public_url: PUBLIC, oidc: [{ ...settings(), ...more }] },
    })
    const browser = await signedIn()
    const account = (await browser.account()).json<{
      user_id: string
      username: string
      roles: string[]
      groups: { name: string }[]
    }>()
    const person = (await (await t.as('admin')).get(`/api/users/${account.user_id}`)).json<{
      email: string | null
    }>()
    expect({
      username: account.username,
      groups: account.groups.map(({ name }) => name),
      roles: account.roles,
      email: person.email,
    }).toEqual(expected)
  })
})

describe('coming back from the provider', () => {
  test.each([
    ['https://evil.test/'],
    ['//evil.test'],
    ['/\\evil.test'],
    ['\\\\evil.test'],
    ['/%5cevil.test/..//evil.test'.replace('%5c', '\\')],
    ['javascript:alert(1)'],
    ['/\tevil.test'],
    ['/\n/evil.test'],
    ['/..//evil.test'],
    ['/.//evil.test'],
    ['evil.test'],
    ['http:evil.test'],
    ['///evil.test'],
    ['/@evil.test/\r\nset-cookie: a=b'],
  ])('goes nowhere but here: %j', async (target) => {
    const browser = newBrowser()
    const back = await browser.signIn(`&return_to=${encodeURIComponent(target)}`)
    expect([back.statusCode, back.headers.location]).toEqual([303, '/'])
  })

  test('goes to the page that was asked for', async () => {
    const back = await newBrowser().signIn(`&return_to=${encodeURIComponent('/channels/main?q=a#b')}`)
    expect(back.headers.location).toBe('/channels/main?q=a#b')
  })

  test('only the browser that began may finish, once, in time, with what it was given', async () => {
    const browser = newBrowser()
    const address = await browser.atCallback()
    // somebody else's browser (login CSRF)
    expect(errorOf(await newBrowser().open(address.href))).toBe('/sign-in?error=sign-in-expired')
    const otherState = new URL(address)
    otherState.searchParams.set('state', 'of-somebody-else')
    const copy = new Map(browser.cookies)
    expect(errorOf(await browser.open(otherState.href))).toBe('/sign-in?error=sign-in-expired')
    expect(browser.cookies.size).toBe(0)
    for (const [name, value] of copy) browser.cookies.set(name, value)
    expect((await browser.open(address.href)).headers.location).toBe('/')
    for (const [name, value] of copy) browser.cookies.set(name, value)
    expect(errorOf(await browser.open(address.href))).toBe('/sign-in?error=sign-in-refused')
    const late = newBrowser()
    const lateAddress = await late.atCallback()
    t.advance(11 * 60_000)
    expect(errorOf(await late.open(lateAddress.href))).toBe('/sign-in?error=sign-in-expired')
  })

  test.each([
    ['another issuer answers (mix-up)', (url: URL) => url.searchParams.set('iss', 'https://evil.test')],
    ['no issuer is named where one has to be', (url: URL) => url.searchParams.delete('iss')],
    ['the state is missing', (url: URL) => url.searchParams.delete('state')],
    ['the code is missing', (url: URL) => url.searchParams.delete('code')],
    ['the state comes twice', (url: URL) => url.searchParams.append('state', 'x')],
    ['the code is another', (url: URL) => url.searchParams.set('code', 'x')],
    ['the provider refuses', (url: URL) => url.searchParams.set('error', 'access_denied')],
  ])('nobody is signed in when %s', async (_why, change) => {
    const browser = newBrowser()
    const address = await browser.atCallback()
    change(address)
    const back = await browser.open(address.href)
    expect([303, 400]).toContain(back.statusCode)
    if (back.statusCode === 303)
      expect(errorOf(back)).toMatch(/^\/sign-in\?error=sign-in-(?:expired|refused)$/)
    expect((await browser.account()).statusCode).toBe(401)
    const events = await refusals()
    expect(events).toHaveLength(back.statusCode === 303 ? 1 : 0)
    const given = [...address.searchParams].filter(([name]) => ['code', 'state'].includes(name))
    for (const [, value] of given.filter(([, text]) => text.length > 1))
      expect(events.join()).not.toContain(value)
  })

  test.each([
    ['nonce', { nonce: 'of another sign-in' }],
    ['audience', { aud: 'somebody-else' }],
    ['party', { azp: 'somebody-else' }],
    ['issuer', { iss: 'https://evil.test' }],
    ['end', { exp: 1000 }],
    ['kind', { typ: 'Bearer' }],
  ])('nobody is signed in with an ID token of a wrong %s', async (_what, claims) => {
    provider.tamper = claims
    const browser = newBrowser()
    const back = await browser.signIn()
    expect(errorOf(back)).toMatch(/^\/sign-in\?error=(?:invalid-assertion|sign-in-expired)$/)
    expect((await browser.account()).statusCode).toBe(401)
    const [event, ...others] = await refusals()
    expect(others).toEqual([])
    expect(event).toContain(provider.issuer)
    expect(event).toContain(Object.keys(claims)[0])
    expect(event).not.toMatch(/evil|somebody-else|eyJ/)
  })
})

describe('while somebody is signed in', () => {
  test('a group and a role that are taken away bite at the next check, for tokens too', async () => {
    const admin = await t.as('admin')
    const browser = await signedIn()
    const { user_id: userId } = (await browser.account()).json<{ user_id: string }>()
    const issued = await admin.post(`/api/users/${userId}/tokens`, { name: 'x' })
    const token = t.withToken(issued.json<{ token: string }>().token)
    await t.channel('hidden', 'private')
    const groups = (await admin.get('/api/groups')).json<{ items: { id: string; name: string }[] }>()
    const group = groups.items.find(({ name }) => name === 'team-a')
    const shared = await admin.post('/api/channels/hidden/groups', {
      group_id: group?.id,
      permission: 'read',
    })
    expect(shared.statusCode).toBeLessThan(300)
    expect((await token.get('/api/channels/hidden')).statusCode).toBe(200)
    provider.people.set('ann', { preferred_username: 'ann', groups: [], roles: [] })
    await recheck()
    expect((await browser.account()).json()).toMatchObject({ groups: [], roles: ['author'] })
    expect((await token.get('/api/channels/hidden')).statusCode).toBe(404)
  })

  test('a check that changes nothing moves nothing', async () => {
    await signedIn()
    const epoch = () => t.parts.db.selectFrom('access_epoch').select('value').executeTakeFirstOrThrow()
    const before = await epoch()
    await recheck()
    expect(await epoch()).toEqual(before)
  })

  test('somebody who is disabled at the provider is signed out at the next check', async () => {
    const browser = await signedIn()
    provider.revokeRefreshTokens()
    expect((await browser.account()).statusCode).toBe(200)
    await recheck()
    expect((await browser.account()).statusCode).toBe(401)
  })

  test('a provider that is down ends nothing, and new sign-ins say why', async () => {
    const browser = await signedIn()
    provider.isDown = true
    await recheck()
    expect((await browser.account()).statusCode).toBe(200)
    const fresh = newBrowser()
    const begun = await fresh.open('/api/auth/authorize?provider=kc')
    // what the provider said of itself is remembered; the code cannot be redeemed
    const address = new URL(
      `${PUBLIC}/api/auth/callback/kc?code=x&iss=${encodeURIComponent(provider.issuer)}`,
    )
    address.searchParams.set('state', new URL(String(begun.headers.location)).searchParams.get('state') ?? '')
    expect(errorOf(await fresh.open(address.href))).toBe('/sign-in?error=provider-unreachable')
    provider.isDown = false
    await recheck()
    expect((await browser.account()).statusCode).toBe(200)
  })

  test('a server that starts without the provider says so, and works when it is back', async () => {
    provider.isDown = true
    expect(errorOf(await newBrowser().open('/api/auth/authorize'))).toBe(
      '/sign-in?error=provider-unreachable',
    )
    const asProgram = await t.nobody().get('/api/auth/authorize')
    expect([asProgram.statusCode, asProgram.json<{ code: string }>().code]).toEqual([
      503,
      'provider-unreachable',
    ])
    provider.isDown = false
    await signedIn()
  })

  test('new keys are taken up, and unknown ones do not make us ask again and again', async () => {
    await signedIn()
    await provider.rotateKeys()
    const reads = provider.keyReads
    for (let index = 0; index < 5; index += 1) {
      const token = await provider.sign(provider.logoutClaims({ sub: 'ann' }))
      await t.nobody().send('POST', '/api/auth/backchannel-logout/kc', form(token))
    }
    expect(provider.keyReads - reads).toBeLessThanOrEqual(1)
  })

  test('what a provider said stands no longer than it may without being said again', async () => {
    const browser = await signedIn()
    const made = await browser.open('/api/account')
    const { user_id: id } = made.json<{ user_id: string }>()
    const admin = await t.as('admin')
    const issued = await admin.post(`/api/users/${id}/tokens`, { name: 'x', expires_at: undefined })
    const token = t.withToken(issued.json<{ token: string }>().token)
    expect((await token.get('/api/account')).json()).toMatchObject({ groups: [{ name: 'team-a' }] })
    provider.revokeRefreshTokens()
    t.advance(31 * 24 * 3600_000)
    await t.settle()
    expect((await token.get('/api/account')).json()).toMatchObject({ groups: [], roles: ['author'] })
  })
})

describe('the last administrator', () => {
  const rolesOf = async (browser: Browser): Promise<string[]> =>
    (await browser.account()).json<{ roles: string[] }>().roles
  const faults = async (): Promise<string[]> =>
    (await t.nobody().get('/api/system')).json<{ errors: string[] }>().errors
  const says = (roles: string[]): void => {
    provider.people.set('ann', { ...provider.people.get('ann'), roles })
  }

  test('whom a provider took the role from is none any more, and everybody who looks is told', async () => {
    const admin = await t.as('admin')
    says(['admins'])
    const browser = await signedIn()
    expect(await rolesOf(browser)).toContain('admin')
    // as on a server whose built-in administrator went before that was refused
    await t.parts.db.updateTable('users').set({ is_disabled: 1 }).where('name', '=', 'admin').execute()
    expect(await faults()).toEqual([])

    says([])
    await recheck()

    expect(await rolesOf(browser)).not.toContain('admin')
    const ready = await t.nobody().get('/readyz')
    expect([ready.statusCode, ready.json()]).toEqual([
      200,
      {
        status: 'ready',
        writes: true,
        warnings: [expect.stringContaining('terrarium make-admin') as string],
      },
    ])
    expect(await faults()).toEqual([expect.stringContaining('terrarium make-admin') as string])
    const lines = t.log.filter((line) => line['level'] === 50)
    expect(JSON.stringify(lines)).toContain('took the role admin from the last')

    const { password, isNew } = await makeAdministrator(t.parts.db, 'admin', t.now)
    expect(isNew).toBe(false)
    expect(await faults()).toEqual([])
    const login = await t.nobody().post('/api/auth/login', { username: 'admin', password: password.reveal() })
    expect(login.statusCode).toBe(200)
    t.advance(1100)
    const events = await admin.get('/api/audit/events?limit=8')
    expect(
      events.json<{ items: { action: string; target: string }[] }>().items.map((one) => one.action),
    ).toEqual(expect.arrayContaining(['role.last_administrator_lost', 'user.enabled', 'role.granted']))
    t.log.splice(0)
  })

  test('is not left to a provider alone by anything that people do', async () => {
    const admin = await t.as('admin')
    says(['admins'])
    const browser = await signedIn()
    const { user_id: ann } = (await browser.account()).json<{ user_id: string }>()
    const { user_id: own } = (await admin.get('/api/account')).json<{ user_id: string }>()
    const tries = () => admin.put(`/api/users/${own}`, { is_disabled: true })

    const refused = await tries()
    expect(refused.json()).toMatchObject({ code: 'conflict' })
    expect(refused.body).toContain('by the word of an identity provider')

    await admin.post('/api/roles/admin/grants', { subject_kind: 'user', subject_id: ann })
    expect((await tries()).statusCode).toBe(200)
    says([])
    await recheck()
    expect(await rolesOf(browser)).toContain('admin')
  })

  test('by a provider alone hinders nobody in what does not concern it', async () => {
    await t.as('admin')
    await t.token('bob')
    says(['admins'])
    const browser = await signedIn()
    await t.parts.db.updateTable('users').set({ is_disabled: 1 }).where('name', '=', 'admin').execute()
    const { id } = await t.parts.db
      .selectFrom('users')
      .select('id')
      .where('name', '=', 'bob')
      .executeTakeFirstOrThrow()
    const disabled = await t.nobody().send('PUT', `/api/users/${id}`, {
      headers: {
        cookie: `terrarium-session=${browser.cookies.get('terrarium-session')}`,
        'sec-fetch-site': 'same-origin',
        'content-type': 'application/json',
      },
      payload: JSON.stringify({ is_disabled: true }),
    })
    expect(disabled.statusCode, disabled.body).toBe(200)
  })
})

const form = (token: string) => ({
  payload: new URLSearchParams({ logout_token: token }).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
})

describe('signing out', () => {
  test('here leads on to the provider, which ends its own', async () => {
    const browser = await signedIn()
    const out = await browser.open('/api/auth/logout')
    const address = new URL(String(out.headers.location))
    expect(`${address.origin}${address.pathname}`).toBe(`${provider.issuer}/logout`)
    expect(address.searchParams.get('post_logout_redirect_uri')).toBe(`${PUBLIC}/`)
    expect(provider.secrets).toContain(address.searchParams.get('id_token_hint'))
    expect(browser.cookies.size).toBe(0)
  })

  test('the web interface is told where the provider ends its own', async () => {
    const browser = await signedIn()
    const headers = {
      cookie: `terrarium-session=${browser.cookies.get('terrarium-session')}`,
      'sec-fetch-site': 'same-origin',
    }
    const out = await t.nobody().send('POST', '/api/auth/logout', { headers })
    expect(out.json<{ redirect_to: string }>().redirect_to).toContain(`${provider.issuer}/logout?`)
    expect((await browser.account()).statusCode).toBe(401)
  })

  test('is not for pages of other sites', async () => {
    const browser = await signedIn()
    const cookie = `terrarium-session=${browser.cookies.get('terrarium-session')}`
    const headers = { cookie, 'sec-fetch-site': 'cross-site' }
    expect((await t.nobody().get('/api/auth/logout', headers)).statusCode).toBe(403)
    expect((await browser.account()).statusCode).toBe(200)
  })

  test.each([
    ['its session', { sid: 'sid-of-ann' }],
    ['everything of somebody', { sub: 'ann' }],
  ])('at the provider ends %s here, and the token is good once', async (_what, claims) => {
    const browser = await signedIn()
    provider.subject = 'bob'
    const other = await signedIn()
    const token = await provider.sign(provider.logoutClaims(claims), { typ: 'logout+jwt' })
    const tell = () => t.nobody().send('POST', '/api/auth/backchannel-logout/kc', form(token))
    expect((await tell()).statusCode).toBe(200)
    expect((await browser.account()).statusCode).toBe(401)
    expect((await other.account()).statusCode).toBe(200)
    expect((await tell()).json()).toMatchObject({ code: 'invalid-assertion' })
  })

  test('at the provider has the other sessions of somebody checked at once', async () => {
    const browser = await signedIn()
    provider.revokeRefreshTokens()
    const token = await provider.sign(provider.logoutClaims({ sub: 'ann', sid: 'of another device' }))
    expect((await t.nobody().send('POST', '/api/auth/backchannel-logout/kc', form(token))).statusCode).toBe(
      200,
    )
    await t.settle()
    expect((await browser.account()).statusCode).toBe(401)
  })

  test('forms are read at that address alone', async () => {
    const response = await t.nobody().send('POST', '/api/auth/login', form('x'))
    expect(response.statusCode).toBe(415)
  })
})

describe('the command line', () => {
  test('exchanges an ID token of its own client for a session, once', async () => {
    const token = await provider.sign(provider.idClaims('ann', CLI_CLIENT_ID))
    const exchange = () => t.nobody().post('/api/auth/exchange', { provider: 'kc', id_token: token })
    const first = await exchange()
    expect(first.json()).toMatchObject({ username: 'ann' })
    const client = t.withToken(first.json<{ token: string }>().token)
    expect((await client.get('/api/account')).json()).toMatchObject({ groups: [{ name: 'team-a' }] })
    expect((await exchange()).json()).toMatchObject({ code: 'invalid-assertion' })
    const [event, ...others] = await refusals()
    expect(others).toEqual([])
    expect(event).toContain('it was used before')
    expect(event).not.toContain(token)
  })

  test('does not get in with a token of the browser’s client', async () => {
    const token = await provider.sign(provider.idClaims('ann', CLIENT_ID))
    const answer = await t.nobody().post('/api/auth/exchange', { provider: 'kc', id_token: token })
    expect(answer.json()).toMatchObject({ code: 'invalid-assertion' })
    expect(await refusals()).toHaveLength(1)
  })
})

test('no secret of a provider is in the log, the database, the audit log or an answer', async () => {
  t.parts.log.level = 'trace'
  const browser = await signedIn()
  await recheck()
  const token = await provider.sign(provider.idClaims('ann', CLI_CLIENT_ID))
  const answers = [await t.nobody().post('/api/auth/exchange', { provider: 'kc', id_token: token })]
  provider.tamper = { aud: 'x' }
  answers.push(await newBrowser().signIn())
  answers.push(await t.nobody().post('/api/auth/exchange', { provider: 'kc', id_token: `${token}x` }))
  const admin = await t.as('admin')
  answers.push(await admin.get('/api/audit/export'), await admin.get('/api/auth/providers'))
  answers.push(await browser.open('/api/account/sessions'))
  const rows: unknown[] = []
  for (const { name } of await t.parts.db.introspection.getTables())
    rows.push(
      await t.parts.db
        .selectFrom(name as 'users')
        .selectAll()
        .execute(),
    )
  const places = {
    answers: answers.map(({ body, headers }) => body + JSON.stringify(headers)).join('\n'),
    log: JSON.stringify(t.log),
    database: JSON.stringify(rows),
  }
  const secrets = [...provider.secrets, token]
  expect(secrets.length).toBeGreaterThan(6)
  for (const [place, text] of Object.entries(places))
    expect([place, secrets.filter((secret) => text.includes(secret))]).toEqual([place, []])
  expect(t.log.length).toBeGreaterThan(0)
})
