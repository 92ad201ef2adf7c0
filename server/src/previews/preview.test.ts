import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { requestsAdvisory } from '../vulnerabilities/testing/builders.ts'

let t: TestApp
let admin: TestClient
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  await t.channel('main')
  await t.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await t.importFile('advisories', JSON.stringify(requestsAdvisory))
  for (const version of ['2.29.0', '2.30.0', '2.31.0']) await t.upload('main', { name: 'requests', version })
  await t.upload('main', { name: 'gpl', version: '1.0', index: { license: 'GPL-3.0-only' } })
  await t.upload('main', { name: 'twin', version: '1.0' }, 'tar.bz2')
  await t.upload('main', { name: 'twin', version: '1.0' })
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

interface Preview {
  newly_blocked: number
  newly_unblocked: number
  none_left_count: number
  downloads_30_days: number
  names: { name: string; remaining_versions: string[]; none_left: boolean; users: unknown[] }[]
}

async function preview(body: object): Promise<Preview> {
  const response = await admin.post('/api/channels/main/policy-preview', body)
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}

async function effects(): Promise<Record<string, string>> {
  const { items } = (await admin.get('/api/channels/main/files')).json<{
    items: { ckey: string; effect: string }[]
  }>()
  return Object.fromEntries(items.map(({ ckey, effect }) => [ckey, effect]))
}

describe('a preview', () => {
  const strict = "name: strict\nrules: [{id: cve, effect: deny, when: {cve: '>= 7'}}]\nhide: [licence: GPL]"

  test('says what would be blocked, by which rule, and what is left of each name', async () => {
    await admin.get('/api/repo/main/noarch/requests-2.30.0-0.conda')
    await admin.get('/api/repo/main/noarch/requests-2.30.0-0.conda', { range: 'bytes=0-3' })
    await t.nobody().get('/api/repo/main/noarch/gpl-1.0-0.conda')
    await t.until(async () => {
      await t.parts.requests.flush() // a download is counted once its last byte was sent
      const rows = await t.parts.db.selectFrom('file_requests').select('count').execute()
      return rows.length === 2
    })
    const before = await effects()
    expect(await preview({ document: strict })).toMatchObject({
      file_count: 6,
      name_count: 3,
      before: { allow: 6, deny: 0 },
      after: { allow: 3, hide: 1, deny: 2 },
      newly_blocked: 3,
      newly_unblocked: 0,
      downloads_30_days: 2,
      by_rule: [
        { policy: 'strict', rule: 'cve', effect: 'deny', newly_blocked: 2 },
        { policy: 'strict', rule: 'hide-licence', effect: 'hide', newly_blocked: 1 },
      ],
      by_subdir: [{ subdir: 'noarch', newly_blocked: 3, newly_unblocked: 0 }],
      names_count: 2,
      none_left_count: 1,
      names: [
        {
          name: 'gpl',
          none_left: true,
          remaining_versions: [],
          downloads_30_days: 1,
          users: [{ user: 'nobody', downloads: 1 }],
        },
        {
          name: 'requests',
          none_left: false,
          remaining_versions: ['2.31.0'],
          downloads_30_days: 1,
          users: [{ user: 'admin', downloads: 1 }],
        },
      ],
    })
    expect(await effects()).toEqual(before)
  })

  test('is what then happens, and what taking it back would undo', async () => {
    const promised = await preview({ document: strict })
    await t.policy('main', strict)
    const blocked = Object.values(await effects()).filter((effect) => effect === 'deny' || effect === 'hide')
    expect(blocked).toHaveLength(promised.newly_blocked)

    expect(await preview({ unassign: 'strict' })).toMatchObject({ newly_blocked: 0, newly_unblocked: 3 })
    expect(await preview({ document: 'name: strict\nhide: [licence: GPL]' })).toMatchObject({
      newly_blocked: 0,
      newly_unblocked: 2,
      by_rule: [{ rule: 'cve', newly_unblocked: 2 }],
    })
    await admin.delete('/api/channels/main/policies/strict')
    await t.settle()
  })

  test('sees what has come since the last one', async () => {
    expect((await preview({ document: strict })).newly_blocked).toBe(3)
    await t.upload('main', { name: 'requests', version: '2.28.0' })
    expect((await preview({ document: strict })).newly_blocked).toBe(4)
    await admin.delete('/api/channels/main/artifacts/conda/requests/files/noarch/requests-2.28.0-0.conda')
  })

  test('of a text with a fault names the line', async () => {
    const response = await admin.post('/api/channels/main/policy-preview', {
      document: 'name: x\nrules:\n  - {id: r, effect: denied, when: {package: a}}',
      filename: 'x.yaml',
    })
    expect(response.statusCode).toBe(400)
    expect(response.json<{ message: string }>().message).toContain('x.yaml:3:')
  })
})
