import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const DAY = 24 * 3600 * 1000
const ID = 'CVE-2099-0001'
const HIGH = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N' // 7.5
const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' // 9.8

let t: TestApp
const evenings: Date[] = []

async function learn(day: number, vector: string | undefined): Promise<void> {
  const record = {
    ...{ id: 'PYSEC-2099-1', aliases: [ID], summary: 'A flaw', published: '2025-12-01T00:00:00Z' },
    modified: `2026-01-0${day}T00:00:00Z`,
    ...(vector !== undefined && { severity: [{ type: 'CVSS_V3', score: vector }] }),
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'demo' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }],
      },
    ],
  }
  await t.importFile('advisories', JSON.stringify(record))
  t.advance(DAY / 2)
  evenings.push(t.now)
  t.advance(DAY / 2)
}

beforeAll(async () => {
  t = await startTestApp()
  await t.channel('main')
  await t.importFile('mapping', JSON.stringify({ demo: ['demo'] }))
  await t.upload('main', { name: 'demo', version: '1.0' })
  await learn(1, undefined)
  await learn(2, HIGH)
  await learn(3, CRITICAL)
  await learn(4, HIGH)
})
afterAll(() => t.close())

const then = (evening: number): string => `at=${evenings[evening]?.toISOString() ?? ''}`
const story = [
  { score: null, severity: 'unscored' },
  { score: 7.5, severity: 'high' },
  { score: 9.8, severity: 'critical' },
  { score: 7.5, severity: 'high' },
]

test.each([`/api/channels/main/cve-matches?`, `/api/channels/main/cves?`])(
  '%s has the scores of that day',
  async (path) => {
    for (const [evening, expected] of story.entries()) {
      const response = await t.nobody().get(`${path}${then(evening)}`)
      expect(response.json()).toMatchObject({ total_count: 1, items: [expected] })
    }
  },
)

test('filters, counts and the order take them too', async () => {
  const count = async (query: string, evening: number): Promise<number> => {
    const path = `/api/channels/main/cves?${query}&${then(evening)}`
    return (await t.nobody().get(path)).json<{ total_count: number }>().total_count
  }
  expect(await Promise.all([0, 1, 2, 3].map((evening) => count('min_score=9', evening)))).toEqual([
    0, 0, 1, 0,
  ])
  expect(await Promise.all([0, 1, 2, 3].map((evening) => count('max_score=8', evening)))).toEqual([
    0, 1, 0, 1,
  ])
})

test('the page of the vulnerability says what it was', async () => {
  for (const [evening, expected] of story.entries()) {
    const response = await t.nobody().get(`/api/cves/${ID}?${then(evening)}`)
    expect(response.json()).toMatchObject(expected)
  }
  expect((await t.nobody().get(`/api/cves/${ID}`)).json()).toMatchObject(story[3]!)
})

test('whether it was disputed is of that day too', async () => {
  const { db } = t.parts
  const at = evenings[2]!.getTime()
  await db
    .insertInto('vulnerability_changes')
    .values({
      id: 'x',
      vulnerability_id: ID,
      at,
      kind: 'disputed',
      old_score: 9.8,
      new_score: 9.8,
      old_severity: null,
    })
    .execute()
  await db.updateTable('vulnerabilities').set({ is_disputed: 1 }).where('id', '=', ID).execute()
  const statuses = async (evening: number): Promise<string[]> => {
    const response = await t.nobody().get(`/api/channels/main/cve-matches?${then(evening)}`)
    return response.json<{ items: { statuses: string[] }[] }>().items.flatMap((item) => item.statuses)
  }
  expect([await statuses(1), await statuses(2)]).toEqual([['reported'], ['disputed']])
})
