/**
 * Signing in with an identity provider that is not Keycloak and that nobody here wrote: the browser, the device code,
 * and the way out. It stands in for Keycloak where that is not to be had, and says so.
 */
import { spawn } from 'node:child_process'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Provider from 'oidc-provider'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, hasKeycloak } from './support/keycloak.ts'
import { startTerrarium, temporaryFolder, until, type Terrarium } from './support/terrarium.ts'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const LAUNCHER = fileURLToPath(new URL('../cli/bin/terrarium.cjs', import.meta.url))
const folder = temporaryFolder('oidc-provider')

let server: Server
let terrarium: Terrarium
let publicUrl: string
let browser: Browser
let groups = ['team-a']

if (!hasKeycloak) process.stderr.write('no Keycloak is here: sign-in is tried with oidc-provider alone\n')

async function startProvider(port: number): Promise<string> {
  const issuer = `http://127.0.0.1:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'terrarium',
        client_secret: 'canary-secret',
        redirect_uris: [`${publicUrl}/api/auth/callback/kc`],
        post_logout_redirect_uris: [`${publicUrl}/`],
        grant_types: ['authorization_code', 'refresh_token'],
        backchannel_logout_uri: `${publicUrl}/api/auth/backchannel-logout/kc`,
        backchannel_logout_session_required: true,
      },
      {
        client_id: 'terrarium-cli',
        token_endpoint_auth_method: 'none',
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/callback'],
        grant_types: ['authorization_code', 'urn:ietf:params:oauth:grant-type:device_code'],
      },
    ],
    claims: { openid: ['sub', 'sid'], profile: ['preferred_username', 'groups'], email: ['email'] },
    conformIdTokenClaims: false,
    cookies: { keys: ['a key of this test'] },
    features: {
      deviceFlow: { enabled: true },
      backchannelLogout: { enabled: true },
      devInteractions: { enabled: true },
    },
    issueRefreshToken: async (_context, client) => client.clientId === 'terrarium',
    findAccount: async (_context, sub) => ({
      accountId: sub,
      claims: async () => ({ sub, preferred_username: sub, groups }),
    }),
  })
  const answer = provider.callback()
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return issuer
}

/** The provider's own pages of a developer: any name gets in, and allows what was asked. */
async function signInThere(page: Page, name = 'ann'): Promise<void> {
  await page.locator('[name=login]').fill(name)
  await page.locator('[name=password]').fill('any')
  await page.locator('[type=submit]').click()
  await page.locator('[type=submit]').click()
}

async function accountOf(page: Page): Promise<Record<string, unknown> | undefined> {
  const response = await page.context().request.get(`${publicUrl}/api/account`)
  return response.ok() ? ((await response.json()) as Record<string, unknown>) : undefined
}

describe('with oidc-provider', () => {
  beforeAll(async () => {
    const port = await freePort()
    publicUrl = `http://127.0.0.1:${port}`
    const issuer = await startProvider(await freePort())
    const settings = {
      title: 'the other one',
      issuer,
      client_id: 'terrarium',
      client_secret: 'canary-secret',
      cli_client_id: 'terrarium-cli',
      import_groups: ['*'],
      scopes: ['openid', 'profile', 'email'],
      recheck_seconds: 5,
    }
    terrarium = await startTerrarium({
      data: join(folder, 'data'),
      port,
      environment: { TERRARIUM_PUBLIC_URL: publicUrl, TERRARIUM_OIDC: JSON.stringify([settings]) },
    })
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
  })

  afterAll(async () => {
    await browser?.close()
    await terrarium?.stop()
    server?.closeAllConnections()
    server?.close()
  })

  test('somebody signs in, loses a group, and signs out on both sides', async () => {
    const page = await (await browser.newContext()).newPage()
    page.setDefaultTimeout(20_000)
    await page.goto(`${publicUrl}/api/auth/authorize?return_to=/channels`)
    await signInThere(page)
    await page.waitForURL(`${publicUrl}/channels`)
    expect(await accountOf(page)).toMatchObject({ username: 'ann', groups: [{ name: 'team-a' }] })
    groups = []
    await until(async () => {
      const account = await accountOf(page)
      return (account?.['groups'] as unknown[] | undefined)?.length === 0 ? true : undefined
    })
    groups = ['team-a']
    await page.goto(`${publicUrl}/api/auth/logout`)
    await page.locator('[name=logout]').first().click() // it asks, as the specification allows
    await page.waitForURL(`${publicUrl}/**`)
    expect(await accountOf(page)).toBeUndefined()
    await page.goto(`${publicUrl}/api/auth/authorize`)
    await page.locator('[name=login]').waitFor()
  })

  test('somebody links an account of this server, signs in with it at the provider, and unlinks it', async () => {
    const password = 'a long and good password'
    await terrarium.client.post('/api/users', { username: 'bea', password })
    const page = await (await browser.newContext()).newPage()
    page.setDefaultTimeout(20_000)
    await page.goto(`${publicUrl}/sign-in?from=/account/security`)
    await page.getByLabel('User name').fill('bea')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.getByRole('button', { name: 'Link the other one' }).click()
    await page.getByLabel('Your password here').fill('not this one')
    await page.getByRole('button', { name: 'Go on to the other one' }).click()
    await page.getByText('user name or password is wrong').waitFor()
    await page.getByLabel('Your password here').fill(password)
    await page.getByRole('button', { name: 'Go on to the other one' }).click()
    await signInThere(page, 'bea-there')
    await page.getByText('From now on you can sign in here with the other one').waitFor()
    await page.getByRole('table', { name: 'Linked identity providers' }).getByText('bea-there').waitFor()

    const other = await (await browser.newContext()).newPage()
    other.setDefaultTimeout(20_000)
    await other.goto(`${publicUrl}/api/auth/authorize?return_to=/channels`)
    await signInThere(other, 'bea-there')
    await other.waitForURL(`${publicUrl}/channels`)
    expect(await accountOf(other)).toMatchObject({ username: 'bea', groups: [{ name: 'team-a' }] })

    await page.getByRole('button', { name: 'Take the link' }).click()
    await page.getByRole('button', { name: 'Unlink it' }).click()
    await page.getByText('Linked to no identity provider').waitFor()
    expect(await accountOf(other)).toBeUndefined()
    expect(await accountOf(page)).toMatchObject({ username: 'bea', groups: [] })
  })

  test('the command line signs in by a code', async () => {
    const child = spawn(process.execPath, [LAUNCHER, '--server', publicUrl, 'login', '--device'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, XDG_CONFIG_HOME: folder },
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const address = await until(async () => /or open (\S+)/.exec(said)?.[1])
    const page = await (await browser.newContext()).newPage()
    page.setDefaultTimeout(20_000)
    await page.goto(address)
    await page.locator('[type=submit]').first().click() // "continue": the code is right
    await signInThere(page)
    expect([await ended, said]).toEqual([0, expect.stringContaining('as ann')])
  })
})
