import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { forgetMatches } from './store.ts'

const DAY = 24 * 3600 * 1000

let t: TestApp
let admin: TestClient
/** The evenings of the days on which something was learnt. */
const evenings: Date[] = []

const evening = async (): Promise<void> => {
  await t.settle()
  t.advance(DAY / 2)
  evenings.push(t.now)
  t.advance(DAY / 2)
}

/** One advisory against the versions before `fixed`. */
async function learn(id: string, fixed: string, modified: string): Promise<string> {
  const record = {
    id: id.replace('CVE', 'PYSEC'),
    aliases: [id],
    summary: 'A flaw',
    modified,
    published: '2025-12-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'demo' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
  }
  const job = await t.importFile('advisories', JSON.stringify(record))
  return (job['result'] as { import_id: string }).import_id // what an import answers
}

beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  await t.channel('main')
  await t.importFile('mapping', JSON.stringify({ demo: ['demo'] }))
  await t.upload('main', { name: 'demo', version: '1.0' })
  await evening() // 0: nothing is known
  await learn('CVE-2099-0001', '3.0', '2026-01-01T00:00:00Z')
  await evening() // 1: it concerns 1.0
  await t.upload('main', { name: 'demo', version: '2.0' })
  await evening() // 2: and 2.0, which is here now
  const correction = await learn('CVE-2099-0001', '1.5', '2026-02-01T00:00:00Z')
  await evening() // 3: 2.0 never had it
  await admin.post(`/api/advisory-imports/${correction}/roll-back`, { note: 'was wrong' })
  await evening() // 4: or had it after all
})
afterAll(() => t.close())

async function versionsAt(at: Date | undefined): Promise<string[]> {
  const query = at === undefined ? '' : `?at=${at.toISOString()}`
  const response = await t.nobody().get(`/api/channels/main/cve-matches${query}`)
  return response.json<{ items: { version: string }[] }>().items.map(({ version }) => version)
}

test('what matched on any past day is read back, through corrections and roll-backs', async () => {
  const days: string[][] = []
  for (const at of evenings) days.push(await versionsAt(at))
  expect(days).toEqual([[], ['1.0'], ['1.0', '2.0'], ['1.0'], ['1.0', '2.0']])
  expect(await versionsAt(undefined)).toEqual(['1.0', '2.0'])
})

test('every view of a CVE reads the same past', async () => {
  const count = async (path: string, at: Date | undefined) => {
    const query = at === undefined ? '' : `?at=${at.toISOString()}`
    return (await t.nobody().get(`${path}${query}`)).json<{ packages_count: number }>().packages_count
  }
  for (const path of ['/api/cves/CVE-2099-0001', '/api/channels/main/cves/CVE-2099-0001'])
    for (const [day, files] of [0, 1, 2, 1, 2].entries()) expect(await count(path, evenings[day])).toBe(files)
  const list = await t.nobody().get(`/api/channels/main/cves?at=${evenings[0]?.toISOString() ?? ''}`)
  expect(list.json()).toMatchObject({ total_count: 0 })
})

test('a publish that finds the same leaves since when it is known', async () => {
  const since = () =>
    t.parts.db
      .selectFrom('vulnerability_matches')
      .select(['version', 'matched_at'])
      .where('conda_name', '=', 'demo')
      .orderBy('version')
      .execute()
  const before = await since()
  t.advance(DAY)
  await t.upload('main', { name: 'demo', version: '9.0' })
  expect(await since()).toEqual(before)
})

test.each([
  ['the future', DAY, /in the future/],
  ['what is not kept any more', -91 * DAY, /kept for 90 days/],
])('%s is refused, with the way out', async (_, shift, message) => {
  const at = new Date(t.now.getTime() + shift).toISOString()
  const response = await t.nobody().get(`/api/channels/main/cve-matches?at=${at}`)
  expect(response.statusCode).toBe(400)
  expect(response.json<{ message: string }>().message).toMatch(message)
})

test('what ended before the days that are kept is forgotten, and nothing else', async () => {
  const last = evenings.at(-1) ?? t.now
  expect(await forgetMatches(t.parts.db, new Date(0))).toBe(0)
  expect(await forgetMatches(t.parts.db, last)).toBeGreaterThan(0)
  expect(await versionsAt(undefined)).toEqual(['1.0', '2.0'])
})
