import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

let t: TestApp
let admin: TestClient
const FILE = '/api/repo/main/noarch/tool-1.0-0.conda'
const mapping = JSON.stringify({ tool: ['flawed'], other: ['other'] })

beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  await t.importFile('mapping', mapping)
  await t.importFile(
    'advisories',
    JSON.stringify({
      id: 'PYSEC-2099-1',
      aliases: ['CVE-2099-0001'],
      modified: '2026-01-01T00:00:00Z',
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      affected: [
        {
          package: { ecosystem: 'PyPI', name: 'flawed' },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
        },
      ],
    }),
  )
  await t.channel('main')
  for (const name of ['tool', 'in-house', 'lib']) await t.upload('main', { name, version: '1.0' })
  await t.policy('main', "name: strict\ndeny: [cve: '>= 7']")
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

async function rule(name: string, body: object): Promise<{ status: number; text: string }> {
  const response = await admin.put(`/api/identities/${name}/rulings`, { reason: 'we know it', ...body })
  await t.settle()
  return { status: response.statusCode, text: response.body }
}

async function show(name: string) {
  return (await admin.get(`/api/identities/${name}`)).json<{
    state: string
    links: { identity: string; confidence: number; origin: string; evidence: string }[]
  }>()
}

async function download(url = FILE): Promise<number> {
  return (await admin.head(url)).statusCode
}

test('a link that a person refuses is gone at once, and no import brings it back', async () => {
  expect(await download()).toBe(403)
  expect((await rule('tool', { identity: 'pypi:flawed', ruling: 'refused' })).status).toBe(200)
  expect(await show('tool')).toMatchObject({ state: 'none', links: [] })
  expect(await download()).toBe(200)
  expect((await admin.get('/api/channels/main/revisions?limit=1')).json()).toMatchObject({
    items: [{ causes: [{ kind: 'mapping', by: 'admin' }] }],
  })
  await t.importFile('mapping', mapping)
  expect(await download()).toBe(200)

  expect((await admin.delete('/api/identities/tool/rulings?identity=pypi:flawed')).statusCode).toBe(204)
  await t.settle()
  expect(await download()).toBe(403)
})

test('a link that a person confirms is sure, and stays when the mapping forgets it', async () => {
  expect((await show('tool')).links).toMatchObject([{ confidence: 0.9, origin: 'mapping' }])
  await rule('tool', { identity: 'pypi:flawed' })
  expect((await show('tool')).links).toMatchObject([
    { confidence: 1, origin: 'person', evidence: /admin says so: we know it/ },
  ])
  await t.importFile('mapping', JSON.stringify({ other: ['other'] }))
  expect(await download()).toBe(403)
  await admin.delete('/api/identities/tool/rulings?identity=pypi:flawed')
  await t.settle()
  expect(await download()).toBe(200)
  await t.importFile('mapping', mapping)
})

test('a person links a name that nobody knew, by another name of conda too', async () => {
  expect(await show('lib')).toMatchObject({ state: 'unmapped' })
  await rule('lib', { identity: 'conda:tool' })
  expect(await show('lib')).toMatchObject({ state: 'linked', links: [{ identity: 'pypi:flawed' }] })
  expect(await download('/api/repo/main/noarch/lib-1.0-0.conda')).toBe(403)
  // what is said of the one name holds for the other
  await rule('tool', { identity: 'pypi:flawed', ruling: 'refused' })
  expect(await download('/api/repo/main/noarch/lib-1.0-0.conda')).toBe(200)
  await admin.delete('/api/identities/tool/rulings?identity=pypi:flawed')
  await t.settle()
})

test('names that lead round in a circle are refused, and the circle named', async () => {
  const round = await rule('tool', { identity: 'conda:lib' })
  expect(round.status).toBe(400)
  expect(round.text).toContain('that would go round in a circle: tool → lib → tool')
  expect((await rule('tool', { identity: 'conda:tool' })).text).toContain('tool → tool')
})

test('what nobody has linked is counted, and listed by use', async () => {
  const list = async () =>
    (await admin.get('/api/identities?state=unmapped')).json<{
      unmapped_count: number
      items: { name: string; files_count: number }[]
    }>()
  expect(await list()).toMatchObject({ unmapped_count: 1, items: [{ name: 'in-house', files_count: 1 }] })
  await rule('in-house', { relation: 'none' })
  expect(await list()).toMatchObject({ unmapped_count: 0, items: [] })
  expect(await show('in-house')).toMatchObject({ state: 'none' })
})

test.each([
  ['requests', /begin with pypi:/],
  ['pypi:', /no name of pypi/],
  ['cpe:curl', /cpe:haxx:curl/],
  ['toString:x', /begin with/],
])('the identity %s is refused, and the message says what would do', async (identity, message) => {
  const { status, text } = await rule('tool', { identity })
  expect(status).toBe(400)
  expect(text).toMatch(message)
})

test('it is in the audit log, and a reader may not', async () => {
  const rows = await t.parts.db
    .selectFrom('audit_events')
    .select('action')
    .where('target', '=', 'lib')
    .execute()
  expect(rows.map(({ action }) => action)).toContain('identity.linked')
  const reader = await t.as('reader')
  const body = { identity: 'pypi:x', reason: 'x' }
  expect((await reader.put('/api/identities/lib/rulings', body)).statusCode).toBe(403)
  expect((await reader.get('/api/identities/lib')).statusCode).toBe(200)
  expect((await reader.get('/api/identities/nothing')).statusCode).toBe(404)
})

test('the evidence of a match names identity, range, score and whose word decides', async () => {
  const url = '/api/channels/main/cves/PYSEC-2099-1/evidence?file=noarch/tool-1.0-0.conda'
  expect((await admin.get(url)).json()).toMatchObject({
    cve: 'CVE-2099-0001',
    identity: { state: 'linked', links: [{ identity: 'pypi:flawed', relation: 'is' }] },
    matches: [
      {
        verdict: 'affected',
        status: 'reported',
        status_basis: 'automatic',
        statements: [{ advisory: 'PYSEC-2099-1', order: 'pep440', verdict: 'affected' }],
        overlays: [],
        curations: [],
      },
    ],
    score: { preferred: { score: 9.8 }, maximum: { score: 9.8 } },
    sources: [{ source: 'test.json', imported_at: t.now.toISOString(), age: 'stale' }],
  })
  expect((await admin.get(url.replace('tool-1.0', 'tool-2.0'))).statusCode).toBe(404)
})

test('the queue has what nobody has looked at, what is in use first', async () => {
  const queue = async (kind: string) =>
    (await admin.get(`/api/cve-queue?kind=${kind}`)).json<{
      counts: Record<string, number>
      items: { match: { package: string; downloads: number } | null; curation: { id: string } | null }[]
    }>()
  const names = async () => (await queue('undecided')).items.map(({ match }) => match?.package)
  expect(await names()).toEqual(['lib', 'tool'])
  await admin.post('/api/cves/CVE-2099-0001/statuses', { status: 'cleared', reason: 'x', package: 'lib' })
  await admin.post('/api/cves/CVE-2099-0001/statuses', {
    status: 'active',
    reason: 'x',
    package: 'tool',
    expires_at: new Date(t.now.getTime() + 86_400_000).toISOString(),
  })
  await t.settle()
  const { counts } = await queue('proposed')
  expect(counts).toEqual({ undecided: 1, indeterminate: 0, proposed: 1, outgrown: 0, expiring: 1 })
  expect(await names()).toEqual(['lib'])
  expect((await queue('expiring')).items).toMatchObject([{ curation: { package: 'tool' } }])
})
