/**
 * People and programs sign in with a real Keycloak: its set-up by our command, a browser, the command line, and
 * what happens here when something changes there. Without Keycloak the part that any provider must do runs against
 * one written in JavaScript (oidc-provider.e2e.ts).
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Directory, hasDirectory } from './support/directory.ts'
import { freePort, hasKeycloak, Keycloak } from './support/keycloak.ts'
import { runTerrarium, startTerrarium, temporaryFolder, until, type Terrarium } from './support/terrarium.ts'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const LAUNCHER = fileURLToPath(new URL('../cli/bin/terrarium.cjs', import.meta.url))
const PASSWORD = 'canary-password-of-ann-in-keycloak'
const folder = temporaryFolder('keycloak')
const secretFile = join(folder, 'client-secret')

let keycloak: Keycloak
let directory: Directory | undefined
let terrarium: Terrarium
let publicUrl: string
let browser: Browser
let groupId: string
const userIds = new Map<string, string>()

interface Account {
  readonly username: string
  readonly groups: { readonly name: string }[]
  readonly roles: string[]
}

async function keycloakCommand(verb: 'setup' | 'doctor', ...more: string[]): Promise<string> {
  const options = ['--url', keycloak.url, '--public-url', publicUrl]
  const output = ['--json', 'keycloak', verb, ...options, ...more]
  return runTerrarium(output, { KEYCLOAK_PASSWORD: keycloak.adminPassword })
}

async function setUp(): Promise<{ made: string[]; configuration: string }> {
  return JSON.parse(await keycloakCommand('setup', '--secret-file', secretFile)) as {
    made: string[]
    configuration: string
  }
}

async function makeUser(username: string): Promise<void> {
  await keycloak.admin('POST', '/terrarium/users', {
    username,
    enabled: true,
    email: `${username}@example.org`,
    emailVerified: true,
    firstName: username,
    lastName: 'Test',
    credentials: [{ type: 'password', value: PASSWORD, temporary: false }],
  })
  const [user] = await keycloak.admin<{ id: string }[]>('GET', `/terrarium/users?username=${username}`)
  userIds.set(username, user?.id ?? '')
}

async function signInAtKeycloak(page: Page, username: string): Promise<void> {
  await page.locator('#username').fill(username)
  await page.locator('#password').fill(PASSWORD)
  await page.locator('#kc-login').click()
}

/** A browser of its own that signed in. */
async function signedIn(username: string): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`${publicUrl}/sign-in?from=/channels`)
  await page.getByRole('link', { name: 'Sign in with Keycloak' }).click()
  await signInAtKeycloak(page, username)
  await page.waitForURL(`${publicUrl}/channels`)
  return { context, page }
}

async function accountOf(context: BrowserContext): Promise<Account | undefined> {
  const response = await context.request.get(`${publicUrl}/api/account`)
  return response.ok() ? ((await response.json()) as Account) : undefined
}

/** The command line under way, with what it printed so far. */
function login(...options: string[]) {
  const home = join(folder, `home-${options.join('')}`)
  mkdirSync(home, { recursive: true })
  const child = spawn(process.execPath, [LAUNCHER, '--server', publicUrl, 'login', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, XDG_CONFIG_HOME: home, BROWSER: 'true' },
  })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { home, ended, said: () => text }
}

async function finishedLogin(started: ReturnType<typeof login>): Promise<Account> {
  expect([await started.ended, started.said()]).toEqual([0, expect.stringContaining('as ann')])
  const file = join(started.home, 'terrarium/credentials.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const { [publicUrl]: token } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  const response = await fetch(`${publicUrl}/api/account`, { headers: { authorization: `Bearer ${token}` } })
  return (await response.json()) as Account
}

/** What a section of docs/KEYCLOAK.md has kcadm.sh create, in its order. */
function examplesOf(section: string): Readonly<Record<string, unknown>>[] {
  const page = readFileSync(new URL('../docs/KEYCLOAK.md', import.meta.url), 'utf8')
  const text = page.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? ''
  return [...text.matchAll(/<<'?END'?\n([^]*?)\nEND$/gm)].map(
    ([, json]) => JSON.parse(json ?? '') as Record<string, unknown>, // each is an object of JSON
  )
}

/** @returns its id */
async function makeComponent(example: object | undefined, config: object): Promise<string> {
  const component = { ...(example as { name: string; config: object }) }
  const whole = { ...component, config: { ...component.config, ...config } }
  await keycloak.admin('POST', '/terrarium/components', whole)
  const query = new URLSearchParams({ name: component.name })
  const [made] = await keycloak.admin<{ id: string }[]>('GET', `/terrarium/components?${query.toString()}`)
  return made?.id ?? ''
}

/** Another realm stands for the company that speaks SAML: one person, in one group. */
async function makeOtherSide(username: string, group: string): Promise<void> {
  await keycloak.admin('POST', '', { realm: 'corporate', enabled: true, sslRequired: 'none' })
  await keycloak.admin('POST', '/corporate/groups', { name: group })
  await keycloak.admin('POST', '/corporate/users', {
    ...{ username, enabled: true, email: `${username}@corp.example`, firstName: 'Cleo', lastName: 'Test' },
    ...{ groups: [`/${group}`], credentials: [{ type: 'password', value: PASSWORD, temporary: false }] },
  })
}

/** Gives the other side our descriptor, and has it tell who somebody is. */
async function introduce(descriptor: string): Promise<void> {
  const client = await keycloak.admin<object>('POST', '/corporate/client-description-converter', descriptor)
  const properties = ['email', 'firstName', 'lastName', 'username'].map((name) => ({
    ...{ name, protocol: 'saml', protocolMapper: 'saml-user-property-mapper' },
    config: { 'user.attribute': name, 'attribute.name': name, 'attribute.nameformat': 'Basic' },
  }))
  const groups = {
    ...{ name: 'groups', protocol: 'saml', protocolMapper: 'saml-group-membership-mapper' },
    config: {
      ...{ 'attribute.name': 'groups', 'attribute.nameformat': 'Basic' },
      ...{ single: 'true', 'full.path': 'false' },
    },
  }
  await keycloak.admin('POST', '/corporate/clients', {
    ...client,
    protocolMappers: [...properties, groups],
  })
}

async function signedInBySaml(username: string): Promise<BrowserContext> {
  const context = await browser.newContext()
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  await page.goto(`${publicUrl}/api/auth/authorize?provider=kc&return_to=/channels`)
  await page.locator('#social-corporate').click()
  await signInAtKeycloak(page, username)
  await page.waitForURL(`${publicUrl}/channels`)
  return context
}

describe.skipIf(!hasKeycloak)('with Keycloak', () => {
  beforeAll(async () => {
    const port = await freePort()
    publicUrl = `http://127.0.0.1:${port}`
    mkdirSync(join(folder, 'database'))
    ;[keycloak, browser] = await Promise.all([
      Keycloak.start(join(folder, 'database')),
      chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] }),
    ])
    const { configuration } = await setUp()
    const file = join(folder, 'terrarium.yaml')
    writeFileSync(file, `${configuration}\n    recheck_seconds: 5\n`)
    await keycloak.admin('POST', '/terrarium/groups', { name: 'team-a' })
    const groups = await keycloak.admin<{ id: string }[]>('GET', '/terrarium/groups')
    groupId = groups[0]?.id ?? ''
    for (const name of ['ann', 'bob']) await makeUser(name)
    await keycloak.admin('PUT', `/terrarium/users/${userIds.get('ann')}/groups/${groupId}`)
    const [client] = await keycloak.admin<{ id: string }[]>('GET', '/terrarium/clients?clientId=terrarium')
    const role = await keycloak.admin('GET', `/terrarium/clients/${client?.id}/roles/terrarium-curator`)
    await keycloak.admin(
      'POST',
      `/terrarium/users/${userIds.get('ann')}/role-mappings/clients/${client?.id}`,
      [role],
    )
    terrarium = await startTerrarium({
      data: join(folder, 'data'),
      port,
      environment: { TERRARIUM_CONFIG: file },
    })
  })

  afterAll(async () => {
    await browser?.close()
    await terrarium?.stop()
    await keycloak?.stop()
    await directory?.stop()
  })

  test('the set-up is done once, and the doctor names what somebody took away', async () => {
    expect((await setUp()).made).toEqual([])
    expect(await keycloakCommand('doctor')).toBe('[]\n')
    const [client] = await keycloak.admin<{ id: string; protocolMappers: { id: string; name: string }[] }[]>(
      'GET',
      '/terrarium/clients?clientId=terrarium-cli',
    )
    const mapper = client?.protocolMappers.find(({ name }) => name === 'groups')
    await keycloak.admin('DELETE', `/terrarium/clients/${client?.id}/protocol-mappers/models/${mapper?.id}`)
    await keycloak.admin('PUT', `/terrarium/clients/${client?.id}`, {
      ...client,
      protocolMappers: undefined,
      redirectUris: [],
    })
    const found = await keycloakCommand('doctor').catch((error: unknown) => String(error))
    expect(found).toContain('client terrarium-cli: redirectUris')
    expect(found).toContain('mapper \\"groups\\"')
    expect((await setUp()).made).toEqual([
      'client terrarium-cli: redirectUris',
      'client terrarium-cli: mapper "groups"',
    ])
    expect(await keycloakCommand('doctor')).toBe('[]\n')
  })

  test('the realm file can be imported instead', async () => {
    const file = join(folder, 'realm.json')
    await keycloakCommand('setup', '--realm', 'imported', '--write-realm', file)
    await keycloak.admin('POST', '', JSON.parse(readFileSync(file, 'utf8')))
    expect(await keycloakCommand('doctor', '--realm', 'imported')).toBe('[]\n')
  })

  test('somebody signs in with a browser, with groups and roles, and signs out on both sides', async () => {
    const { context, page } = await signedIn('ann')
    expect(await accountOf(context)).toMatchObject({
      username: 'ann',
      groups: [{ name: '/team-a'.slice(1) }],
      roles: ['author', 'curator'],
    })
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('link', { name: 'Sign in' }).first().waitFor() // back from Keycloak
    expect(await accountOf(context)).toBeUndefined()
    // Keycloak asks again, so that its own session is over too
    await page.goto(`${publicUrl}/api/auth/authorize`)
    await page.locator('#password').waitFor()
    await context.close()
  })

  test('the command line signs in by a code and over loopback', async () => {
    const { context, page } = await signedIn('ann')
    const device = login('--device')
    const address = await until(async () => /or open (\S+)/.exec(device.said())?.[1])
    await page.goto(address)
    await page.locator('[name=accept]').click()
    expect(await finishedLogin(device)).toMatchObject({ username: 'ann', groups: [{ name: 'team-a' }] })
    const loopback = login('--browser')
    await page.goto(await until(async () => /^(http\S+)$/m.exec(loopback.said())?.[1]))
    expect(await finishedLogin(loopback)).toMatchObject({ username: 'ann', roles: ['author', 'curator'] })
    await context.close()
  })

  test('a group that is taken away there is gone here at the next check', async () => {
    const { context } = await signedIn('ann')
    await keycloak.admin('DELETE', `/terrarium/users/${userIds.get('ann')}/groups/${groupId}`)
    await until(async () => ((await accountOf(context))?.groups.length === 0 ? true : undefined))
    await context.close()
  })

  test('signing out there ends the session here', async () => {
    const { context } = await signedIn('ann')
    const sessions = await context.request.get(`${publicUrl}/api/account/sessions`)
    const { items } = (await sessions.json()) as { items: { id: string; current: boolean }[] }
    const id = items.find(({ current }) => current)?.id ?? ''
    await keycloak.admin('POST', `/terrarium/users/${userIds.get('ann')}/logout`)
    await until(async () => ((await accountOf(context)) === undefined ? true : undefined))
    const events = (await terrarium.client.getText('/api/audit/export')).split('\n')
    // Keycloak tells of one session and has ended all of them; the others are asked about then
    expect(events.find((line) => line.includes('session.ended') && line.includes(id))).toMatch(
      /signed out at the provider|the provider ended it/,
    )
    await context.close()
  })

  test('somebody who is disabled there is signed out here', async () => {
    const { context } = await signedIn('ann')
    const user = await keycloak.admin<object>('GET', `/terrarium/users/${userIds.get('ann')}`)
    await keycloak.admin('PUT', `/terrarium/users/${userIds.get('ann')}`, { ...user, enabled: false })
    await until(async () => ((await accountOf(context)) === undefined ? true : undefined))
    await context.close()
  })

  test.skipIf(!hasDirectory)(
    'people and groups of a directory (LDAP) come as the documentation sets it up, and a group that goes there goes here',
    async () => {
      const [directoryExample, groupsExample] = examplesOf('LDAP and Active Directory')
      directory = await Directory.start(folder, { name: 'lea', password: PASSWORD }, ['team-ldap', 'other'])
      const connection = { connectionUrl: [directory.url], bindCredential: [directory.readerPassword] }
      const id = await makeComponent(directoryExample, connection)
      const mapper = await makeComponent({ ...groupsExample, parentId: id }, {})
      const storage = `/terrarium/user-storage/${id}`
      await keycloak.admin('POST', `${storage}/sync?action=triggerFullSync`)
      await keycloak.admin('POST', `${storage}/mappers/${mapper}/sync?direction=fedToKeycloak`)

      const { context } = await signedIn('lea')
      expect(await accountOf(context)).toMatchObject({ username: 'lea', groups: [{ name: 'team-ldap' }] })
      await directory.takeOut('lea', 'team-ldap')
      await keycloak.admin('POST', `${storage}/sync?action=triggerFullSync`)
      await until(async () => ((await accountOf(context))?.groups.length === 0 ? true : undefined))
      await context.close()
    },
  )

  test('people of another side that speaks SAML come as the documentation sets it up', async () => {
    const [provider, attribute, ...mappers] = examplesOf('SAML')
    await makeOtherSide('cleo', 'team-a')
    const other = `${keycloak.url}/realms/corporate`
    const descriptor = await (await fetch(`${other}/protocol/saml/descriptor`)).text()
    const at = {
      ...{
        singleSignOnServiceUrl: `${other}/protocol/saml`,
        singleLogoutServiceUrl: `${other}/protocol/saml`,
      },
      ...{ idpEntityId: other, signingCertificate: /X509Certificate>([^<]+)</.exec(descriptor)?.[1] },
    }
    const config = { ...(provider?.['config'] as object), ...at }
    await keycloak.admin('POST', '/terrarium/identity-provider/instances', { ...provider, config })
    const each = ['email', 'firstName', 'lastName'].map(
      (name) => JSON.parse(JSON.stringify(attribute).replaceAll('$attribute', name)) as object,
    )
    for (const mapper of [...each, ...mappers])
      await keycloak.admin('POST', '/terrarium/identity-provider/instances/corporate/mappers', mapper)
    const broker = `${keycloak.url}/realms/terrarium/broker/corporate/endpoint/descriptor`
    await introduce(await (await fetch(broker)).text())

    const first = await signedInBySaml('cleo')
    expect(await accountOf(first)).toMatchObject({ username: 'cleo', groups: [{ name: 'team-a' }] })
    await first.close()
    const [user] = await keycloak.admin<{ id: string }[]>('GET', '/corporate/users?username=cleo')
    const [group] = await keycloak.admin<{ id: string }[]>('GET', '/corporate/groups')
    await keycloak.admin('DELETE', `/corporate/users/${user?.id}/groups/${group?.id}`)
    const second = await signedInBySaml('cleo')
    expect(await accountOf(second)).toMatchObject({ username: 'cleo', groups: [] })
    await second.close()
  })

  test('new keys are taken up, and while Keycloak is down sessions go on and new sign-ins say why', async () => {
    const [realm] = await keycloak
      .admin<{ id: string }[]>('GET', '')
      .then((realms) => realms.filter((one) => (one as unknown as { realm: string }).realm === 'terrarium'))
    await keycloak.admin('POST', '/terrarium/components', {
      name: 'new-key',
      providerId: 'rsa-generated',
      providerType: 'org.keycloak.keys.KeyProvider',
      parentId: realm?.id,
      config: { priority: ['1000'], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
    })
    const { context } = await signedIn('bob')
    expect(await accountOf(context)).toMatchObject({ username: 'bob' })
    await keycloak.stop()
    const other = await browser.newContext()
    const page = await other.newPage()
    // what Keycloak said of itself is remembered, so that the browser is sent to where nothing answers
    const begun = await other.request.get(`${publicUrl}/api/auth/authorize`)
    const { redirect_url: address } = (await begun.json()) as { redirect_url: string }
    const state = new URL(address).searchParams.get('state') ?? ''
    const callback = new URL(`${publicUrl}/api/auth/callback/kc`)
    callback.search = new URLSearchParams({
      code: 'x',
      state,
      iss: `${keycloak.url}/realms/terrarium`,
    }).toString()
    await page.goto(callback.href)
    expect(page.url()).toBe(`${publicUrl}/sign-in?error=provider-unreachable`)
    await page.getByText('The identity provider does not answer').waitFor()
    expect(await accountOf(context)).toMatchObject({ username: 'bob' })
    await Promise.all([context.close(), other.close()])
  })

  test('no secret is in the database or the audit log', async () => {
    const events = await terrarium.client.getText('/api/audit/export')
    await terrarium.stop()
    const text = ['terrarium.db', 'terrarium.db-wal']
      .map((name) => join(terrarium.data, name))
      .flatMap((file) => {
        try {
          return readFileSync(file, 'latin1')
        } catch {
          return [] // the journal goes with the last connection
        }
      })
      .join('')
    expect(text.length).toBeGreaterThan(10_000)
    for (const secret of [
      readFileSync(secretFile, 'utf8').trim(),
      PASSWORD,
      keycloak.adminPassword,
      'eyJhbGciOi',
    ])
      expect([secret, text.includes(secret), events.includes(secret)]).toEqual([secret, false, false])
  })
})
