/** The web interface in a real browser: what a security officer sees after a mirror ran under a policy. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildSampleChannel } from '../cli/src/demo/build-sample-channel.ts'
import { startTerrarium, Story, temporaryFolder, type Terrarium } from './support/terrarium.ts'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const PASSWORD = 'correct horse battery staple'
const folder = temporaryFolder('web')

let terrarium: Terrarium
let browser: Browser
let page: Page
const faults: string[] = []

test.runIf(process.env['E2E_REQUIRE'] === '1')('a browser is there', () => {
  expect(existsSync(CHROMIUM)).toBe(true)
})

describe.skipIf(!existsSync(CHROMIUM))('the web interface', () => {
  beforeAll(async () => {
    const sample = await buildSampleChannel(join(folder, 'sample'))
    terrarium = await startTerrarium({
      data: join(folder, 'data'),
      environment: { TERRARIUM_MIRROR_FOLDERS: sample.channel, TERRARIUM_ADMIN_PASSWORD: PASSWORD },
    })
    const story = new Story(terrarium)
    await story.channel('main')
    await story.import('mapping', 'mapping.json', new Blob([await readFile(sample.mapping)]))
    await story.import('advisories', 'advisories.jsonl', new Blob([await readFile(sample.advisories)]))
    await story.runMirror('main', await story.createMirror('main', sample.channel, ['noarch', 'linux-64']))
    await story.writePolicy(
      'main',
      'version: 1\nname: house\nrules:\n  - { id: high, effect: deny, when: { cve: ">= 7" } }\n',
    )
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    page = await browser.newPage()
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
  })

  afterAll(async () => {
    await browser.close()
    await terrarium.stop()
    expect(faults).toEqual([])
  })

  test('shows the channel, its packages and the lines to paste to anybody', async () => {
    await page.goto(terrarium.url)
    await page.getByRole('link', { name: 'main' }).first().click()
    await page.getByRole('heading', { name: 'main' }).waitFor()
    await page.getByText(`${terrarium.url}/api/repo/main`).first().waitFor()
    await page.getByRole('link', { name: 'urllib3' }).waitFor()
  })

  test('lists everything that is blocked, with rule and CVE', async () => {
    await page.goto(`${terrarium.url}/channels/main/blocked`)
    const row = page.getByRole('row').filter({ hasText: 'urllib3-2.0.4' })
    await row.getByText(/CVE-2023-43804 has score 8\.1/).waitFor()
    await row.getByText('Blocked').waitFor()
  })

  test('lists known vulnerabilities with why they matched', async () => {
    await page.goto(`${terrarium.url}/channels/main/cves`)
    await page.getByText('CVE-2023-38545').first().waitFor()
    await page
      .getByText(/libcurl 8\.2\.1 is CPE haxx:libcurl/)
      .first()
      .waitFor()
  })

  test('an administrator signs in, takes the policy off, and sees that nothing is blocked any more', async () => {
    await page.goto(`${terrarium.url}/sign-in`)
    await page.getByLabel(/user/i).fill('admin')
    await page.getByRole('textbox', { name: /password/i }).fill(PASSWORD)
    await page.locator('form').getByRole('button', { name: 'Sign in' }).click()
    await page
      .getByRole('button', { name: /admin/ })
      .or(page.getByRole('link', { name: /admin/ }))
      .first()
      .waitFor()
    await page.goto(`${terrarium.url}/channels/main/policies`)
    await page.getByRole('button', { name: /take the policy house off main/i }).click()
    await page.getByRole('button', { name: 'Unassign it' }).click()
    await page
      .getByText(/no polic/i)
      .first()
      .waitFor()
    await new Story(terrarium).published('main')
    await page.goto(`${terrarium.url}/channels/main/blocked`)
    await page.getByText('Nothing is kept from clients').waitFor()
  })

  test('how a file was decided before is told, and comes out the same when it is decided again', async () => {
    await page.goto(`${terrarium.url}/channels/main/packages/urllib3`)
    await page
      .getByRole('link', { name: /urllib3-2\.0\.4/ })
      .first()
      .click()
    await page.getByText('How it was decided').click()
    const blocked = page.getByRole('row').filter({ hasText: /CVE-2023-43804 has score 8\.1/ })
    await blocked.getByText('Blocked').waitFor()
    await blocked.getByRole('button', { name: 'Decide it again' }).click()
    await blocked.getByText('The same').waitFor()
    await blocked.getByText(/policies: house version 1/).waitFor()
  })

  test('what going back would change is counted before anybody goes back', async () => {
    await page.goto(`${terrarium.url}/channels/main/history?revision=1`)
    await page.getByText(`${terrarium.url}/api/repo/main@1`).waitFor()
    await page.getByRole('button', { name: 'Make a new revision of main' }).click()
    await page.getByText(/From what clients get now, \d+ packages would change/).waitFor()
    await page.keyboard.press('Escape')
  })

  test('what a collection would take is told before anything is taken', async () => {
    await page.goto(`${terrarium.url}/system`)
    await page.getByRole('button', { name: 'Collect garbage' }).click()
    await page.getByText(/would go, for ever/).waitFor()
    await page.getByRole('button', { name: 'Keep', exact: true }).click()
  })

  test('an administrator invites somebody, shares a channel with their group, sees why they may, and the log of it', async () => {
    await page.goto(`${terrarium.url}/access/invitations`)
    await page.getByLabel('User name').fill('ann')
    await page.getByRole('button', { name: 'Invite' }).click()
    const link = await page.getByRole('region', { name: 'the invitation' }).innerText()

    const hers = await (await browser.newContext()).newPage()
    hers.setDefaultTimeout(30_000)
    await hers.goto(link.trim())
    await hers.getByLabel('New password', { exact: true }).fill('a long password of ann')
    await hers.getByLabel('The same again').fill('a long password of ann')
    await hers.getByRole('button', { name: 'Make the account' }).click()
    await hers.getByRole('link', { name: 'ann', exact: true }).waitFor()
    expect(hers.url()).not.toContain('trmi-')
    const [cookie] = await hers.context().cookies()
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
    expect(await hers.evaluate('sessionStorage.length + document.cookie.length')).toBe(0)

    await page.goto(`${terrarium.url}/access/groups`)
    await page.getByLabel('Name', { exact: true }).fill('team-a-dev')
    await page.getByRole('button', { name: 'Make the group' }).click()
    await page.getByLabel('User name').fill('ann')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByRole('row', { name: /ann/ }).waitFor()
    await page.goto(`${terrarium.url}/channels/main/sharing`)
    await page.getByLabel('Group', { exact: true }).selectOption('team-a-dev')
    await page.getByLabel('They may').selectOption('write')
    await page.getByLabel(/Uploads only of/).fill('acme-*')
    await page.getByRole('button', { name: 'Share', exact: true }).click()
    await page.getByRole('row', { name: /acme-\*/ }).waitFor()
    await page.getByLabel('User name').fill('ann')
    await page.getByRole('button', { name: 'Explain' }).click()
    await page
      .getByText(/group team-a-dev has write/)
      .first()
      .waitFor()

    // who may only write is shown no button for more
    const refused: string[] = []
    hers.on('response', (response) => {
      if (response.status() === 403) refused.push(response.url())
    })
    for (const part of ['history?revision=1', 'policies', 'sharing']) {
      for (const [who, most] of [
        [page, Infinity],
        [hers, 0],
      ] as const) {
        await who.goto(`${terrarium.url}/channels/main/${part}`, { waitUntil: 'networkidle' })
        const buttons = await who
          .getByRole('main')
          .getByRole('button', { name: /^(Keep what|Serve|Make a|Assign|Change$|Share$|Share main)/ })
          .count()
        expect([part, Math.min(buttons, most + 1)]).toEqual([part, most === 0 ? 0 : buttons || 'some'])
      }
    }
    expect(await page.getByRole('link', { name: 'Mirrors', exact: true }).count()).toBe(1)
    expect(await hers.getByRole('link', { name: 'Mirrors', exact: true }).count()).toBe(0)
    expect(refused).toEqual([])

    await page.goto(`${terrarium.url}/access/audit?action=channel.shared`)
    await page.getByText('1 event').waitFor()
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByText('The log is whole').waitFor()
  })

  test('an administrator sees what somebody holds and why, revokes their tokens and ends their sessions', async () => {
    const { client } = terrarium
    const people = await client.get<{ id: string; username: string }[]>('/api/users?q=ann')
    const id = people.find(({ username }) => username === 'ann')?.id ?? ''
    for (const name of ['laptop', 'ci']) await client.post(`/api/users/${id}/tokens`, { name })
    await page.goto(`${terrarium.url}/access/people/${id}`)
    await page.getByRole('table', { name: 'Roles' }).getByText('every account has it').waitFor()
    await page
      .getByRole('table', { name: 'Channels' })
      .getByText('group team-a-dev has write for acme-*')
      .waitFor()
    await page
      .getByText('the role author, which every account has, gives manage where there is access')
      .first()
      .waitFor()
    await page.getByRole('table', { name: 'Last sign-ins' }).getByText('signed in').waitFor()
    await page.getByRole('button', { name: 'Revoke all tokens of ann' }).click()
    await page.getByRole('button', { name: 'Revoke them' }).click()
    await page.getByText('No tokens').waitFor()
    await page.getByRole('button', { name: /End the session of/ }).click()
    await page.getByRole('button', { name: 'End it' }).click()
    await page.getByText('Signed in nowhere').waitFor()
  })

  test('an administrator lets jobs of a CI system in, tries which fit, changes the rule and removes it', async () => {
    await page.goto(`${terrarium.url}/channels/main`)
    await page.getByRole('link', { name: 'Trust rules' }).click()
    await page.getByLabel('Name').fill('nightly')
    await page.getByLabel('Claims', { exact: true }).fill('repository=*')
    await page.getByRole('button', { name: 'Make the rule' }).click()
    await page
      .getByRole('alert')
      .getByText(/whose jobs it trusts/)
      .waitFor()
    expect(faults.splice(0)).toEqual([expect.stringContaining('status of 400')]) // the browser says it, too
    await page.getByLabel('Claims', { exact: true }).fill('repository=acme/tools\nref=refs/heads/main')
    await page.getByRole('button', { name: 'Make the rule' }).click()
    await page.getByRole('row', { name: /nightly/ }).waitFor()

    const claims = {
      ...{ iss: 'https://token.actions.githubusercontent.com', repository: 'acme/tools' },
      ref: 'refs/heads/dev',
    }
    const token = ['{}', JSON.stringify(claims), 'signature'].map((part) =>
      Buffer.from(part).toString('base64url'),
    )
    await page.getByLabel('Claims of a job, or its token').fill(token.join('.'))
    await page.getByRole('button', { name: 'Try', exact: true }).click()
    await page.getByText('ref is refs/heads/dev, and has to be refs/heads/main').waitFor()

    await page.getByRole('button', { name: 'Edit the rule nightly' }).click()
    await page.getByLabel('Claims', { exact: true }).fill('repository=acme/tools\nref=refs/heads/*')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('row', { name: /ref = refs\/heads\/\*/ }).waitFor()
    await page.getByLabel('Claims of a job, or its token').fill(JSON.stringify(claims))
    await page.getByRole('button', { name: 'Try', exact: true }).click()
    await page.getByText('This job may upload').waitFor()

    await page.getByRole('button', { name: /Remove the rule nightly/ }).click()
    await page.getByRole('button', { name: 'Remove it' }).click()
    await page.getByText('A trust rule lets jobs').waitFor()
  })

  test('an administrator trusts a key and drops it', async () => {
    await page.goto(`${terrarium.url}/policies`)
    await page.getByRole('link', { name: 'Trusted keys' }).click()
    await page.getByText('No key is trusted').waitFor()
    await page.getByLabel('Label').fill('Acme')
    await page.getByLabel('Public key').fill('no key')
    await page.getByRole('button', { name: 'Trust the key' }).click()
    await page
      .getByRole('alert')
      .getByText(/64 hex digits/)
      .waitFor()
    expect(faults.splice(0)).toEqual([expect.stringContaining('status of 400')]) // the browser says it, too
    await page
      .getByLabel('Public key')
      .fill('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a') // of RFC 8032
    await page.getByRole('button', { name: 'Trust the key' }).click()
    await page.getByRole('row', { name: /Acme/ }).getByText('all channels').waitFor()

    await page.getByRole('button', { name: /Drop the key Acme/ }).click()
    await page.getByRole('button', { name: 'Drop it' }).click()
    await page.getByText('No key is trusted').waitFor()
  })

  test('an administrator describes a channel, keeps its past longer, tells its users something, and deletes it', async () => {
    const { client } = terrarium
    await client.post('/api/channels', { name: 'scratch', privacy: 'public' })
    await client.post('/api/channels/scratch/subchannels', { name: 'old' })
    await client.post('/api/channels', {
      ...{ name: 'all', privacy: 'public', channel_type: 'virtual', sources: [{ name: 'scratch' }] },
    })
    await page.goto(`${terrarium.url}/channels/scratch`)
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByLabel('Description').fill('For trying things out')
    await page.getByRole('button', { name: 'Save the description' }).click()
    await page.getByText('For trying things out').first().waitFor()
    await page.getByLabel('Days that a past revision').fill('365')
    await page.getByRole('button', { name: 'Save the days' }).click()
    await page.getByText('Nothing to change.').nth(1).waitFor()
    await page.getByLabel('Tell everybody').fill('It goes on Friday')
    await page.getByLabel('Level').selectOption('warning')
    await page.getByRole('button', { name: 'Add the notice' }).click()
    await page.getByRole('row', { name: /It goes on Friday/ }).waitFor()
    expect(await client.get('/api/channels/scratch')).toMatchObject({
      ...{ description: 'For trying things out', keep_days: 365 },
    })
    const served = await (await fetch(`${terrarium.url}/api/repo/scratch/notices.json`)).text()
    expect(served).toContain('It goes on Friday')
    await page.getByRole('button', { name: /Take the notice/ }).click()
    await page.getByRole('button', { name: 'Take it back' }).click()
    await page.getByText('No notices').waitFor()

    await page.getByText('Its subchannels go with it: scratch/old.').waitFor()
    await page.getByText('Virtual channels that lose it: all.').waitFor()
    const remove = page.getByRole('button', { name: 'Delete the channel' })
    await page.getByLabel('Name of the channel').fill('scratc')
    expect(await remove.isDisabled()).toBe(true)
    await page.getByLabel('Name of the channel').fill('scratch')
    await remove.click()
    await page.getByRole('heading', { name: 'Channels' }).waitFor()
    await expect(client.get('/api/channels/scratch')).rejects.toThrow(/there is no channel/)
    await client.delete('/api/channels/all')
  })

  test('what is not there is a true 404, and no page for a client of conda', async () => {
    for (const path of ['/api/repo/main/noarch/repodata.json.bz2', '/assets/none.js', '/repodata.json']) {
      const response = await fetch(terrarium.url + path)
      expect(response.status, path).toBe(404)
      expect(response.headers.get('content-type'), path).toContain('application/json')
    }
  })
})
