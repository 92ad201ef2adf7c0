import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

let t: TestApp
beforeAll(async () => {
  t = await startTestApp()
  await t.importFile('mapping', JSON.stringify({ demo: ['demo'] }))
  const record = {
    id: 'PYSEC-2099-0001',
    aliases: ['CVE-2099-0001'],
    modified: '2026-01-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'demo' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: '2.0' }] }],
      },
    ],
  }
  await t.importFile('advisories', JSON.stringify(record))
  await t.channel('main')
  const made = await (await t.as('admin')).post('/api/channels/main/subchannels', { name: 'dev' })
  expect(made.statusCode).toBe(201)
  await t.upload('main%2Fdev', { name: 'demo', version: '1.0' })
})
afterAll(() => t.close())

const CVE = 'CVE-2099-0001'
const FILE = 'noarch/demo-1.0-0.conda'

test.each([
  ['cves', { items: [{ id: CVE, packages_count: 1 }] }],
  [`cves/${CVE}`, { id: CVE, packages_count: 1 }],
  [`cves/${CVE}/files`, [{ ckey: FILE, channel_name: 'dev', parent_channel_name: 'main' }]],
  ['artifacts/conda/demo/cves', { items: [{ id: CVE }] }],
  [`artifacts/conda/demo/cves/${CVE}`, { id: CVE, packages_count: 1 }],
  [`artifacts/conda/demo/cves/${CVE}/files`, [{ ckey: FILE }]],
  [`artifacts/conda/demo/file-cves/${FILE}`, { items: [{ id: CVE }] }],
  [`cves/${CVE}/evidence?file=${FILE}`, { matches: [{ verdict: 'affected' }] }],
])(
  'GET …/subchannels/dev/%s speaks of the subchannel, and its channel has none of it',
  async (path, expected) => {
    const admin = await t.as('admin')
    const below = await admin.get(`/api/channels/main/subchannels/dev/${path}`)
    expect(below.json()).toMatchObject(expected)
    const above = await admin.get(`/api/channels/main/${path}`)
    const found = above.json<{ items?: unknown[]; packages_count?: number } | unknown[]>()
    const count = Array.isArray(found) ? found.length : (found.items?.length ?? found.packages_count ?? 0)
    expect(count).toBe(0)
  },
)

test('the history of a subchannel is a list, as that of a channel', async () => {
  const response = await (await t.as('admin')).get('/api/channels/main/subchannels/dev/cves_history')
  expect([response.statusCode, Array.isArray(response.json())]).toEqual([200, true])
})
