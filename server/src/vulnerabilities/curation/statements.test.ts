import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../../testing/test-app.ts'

const CRITICAL = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
const TRUSTED = 'The vendor'

let t: TestApp
let admin: TestClient
let sha256: string
beforeAll(async () => {
  t = await world()
  admin = await t.as('admin')
  const file = await t.parts.db.selectFrom('channel_files').select('sha256').executeTakeFirstOrThrow()
  sha256 = file.sha256
})
afterAll(() => t.close())

async function world(): Promise<TestApp> {
  const app = await startTestApp({ configuration: { curation_trusted_authors: [TRUSTED, 'Anaconda'] } })
  await app.importFile('mapping', JSON.stringify({ requests: ['requests'] }))
  await app.importFile(
    'advisories',
    ['CVE-2099-0001', 'CVE-2099-0002', 'CVE-2099-0003']
      .map((id, index) => advisory(id, index === 2))
      .join('\n'),
  )
  await app.channel('main')
  await app.upload('main', { name: 'requests', version: '2.30.0' })
  return app
}

function advisory(id: string, isGrave: boolean): string {
  return JSON.stringify({
    id: id.replace('CVE', 'PYSEC'),
    aliases: [id],
    modified: '2026-01-01T00:00:00Z',
    severity: isGrave ? [{ type: 'CVSS_V3', score: CRITICAL }] : [],
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'requests' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }] }],
      },
    ],
  })
}

interface Imported {
  format: string
  in_force: number
  proposed: number
  unchanged: number
  skipped: string[]
  not_here: string[]
}

async function bring(document: unknown, by = admin, app = t) {
  const response = await by.send('POST', '/api/curations/import?filename=a.json', {
    payload: typeof document === 'string' ? document : JSON.stringify(document),
    headers: { 'content-type': 'application/json' },
  })
  await app.settle()
  return { status: response.statusCode, text: response.body, body: response.json<Imported>() }
}

function openVex(author: string, statements: readonly object[]): object {
  return {
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': `https://example.org/${author.length}`,
    author,
    timestamp: '2026-01-01T00:00:00Z',
    version: 1,
    statements,
  }
}

const cleared = (cve: string, product = 'pkg:conda/requests@2.30.0'): object => ({
  vulnerability: { name: cve },
  products: [{ '@id': product }],
  status: 'not_affected',
  justification: 'vulnerable_code_not_present',
  impact_statement: 'It is not built',
})

async function statusOf(cve: string): Promise<string[]> {
  const response = await admin.get(`/api/cves/${cve}`)
  return Object.keys(response.json<{ statuses: object }>().statuses)
}

describe('a VEX document', () => {
  test('of an author nobody trusts waits, and counts when a person agrees', async () => {
    const { body } = await bring(openVex('A stranger', [cleared('CVE-2099-0001')]))
    expect(body).toMatchObject({ format: 'openvex', proposed: 1, in_force: 0, skipped: [], not_here: [] })
    expect(await statusOf('CVE-2099-0001')).toEqual(['reported'])
    const waiting = (await admin.get('/api/curations?state=proposed')).json<{ items: { id: string }[] }>()
    await admin.post(`/api/curations/${waiting.items[0]?.id}/approve`, {})
    await t.settle()
    expect(await statusOf('CVE-2099-0001')).toEqual(['cleared'])
  })

  test('of a trusted author counts at once, and a second time changes nothing', async () => {
    const document = openVex(TRUSTED, [cleared('CVE-2099-0002')])
    expect((await bring(document)).body).toMatchObject({ in_force: 1, unchanged: 0 })
    expect(await statusOf('CVE-2099-0002')).toEqual(['cleared'])
    expect((await bring(document)).body).toMatchObject({ in_force: 0, unchanged: 1 })
  })

  test('never talks a grave CVE away alone, whatever author it names', async () => {
    expect((await bring(openVex(TRUSTED, [cleared('CVE-2099-0003')]))).body).toMatchObject({ proposed: 1 })
    expect(await statusOf('CVE-2099-0003')).toEqual(['reported'])
  })

  test('of what we do not have says which statement, and nothing else is lost', async () => {
    const { body } = await bring(
      openVex(TRUSTED, [
        cleared('CVE-2099-0001', 'pkg:conda/elsewhere@1.0'),
        cleared('CVE-2099-0001', 'pkg:oci/image@sha256:1'),
        cleared('CVE-2099-0001', 'pkg:conda/requests@2.30.0?build_number=4-1'),
        cleared('CVE-2099-0001', 'pkg:conda/requests@2.30.0?build_number=7'),
        {
          ...cleared('CVE-2099-0001', 'file'),
          products: [{ '@id': 'file', hashes: { 'sha-256': '0'.repeat(64) } }],
        },
        { vulnerability: { name: 'CVE-2099-0001' }, products: [{ '@id': 'x' }], status: 'fine' },
      ]),
    )
    expect(body.in_force).toBe(2)
    expect(body.not_here).toEqual([
      'statements[0] (CVE-2099-0001): no channel has elsewhere 1.0; kept for when one does',
    ])
    expect(body.skipped).toHaveLength(4)
    for (const [index, pattern] of [
      [1, /pkg:oci\/image.*no conda package/],
      [2, /build_number "4-1"/],
      [4, /no channel has a file with the sha256 0{64}/],
      [5, /field "status" of CVE-2099-0001 is "fine"/],
    ] as const) {
      const line = body.skipped.find((text) => text.startsWith(`statements[${index}]`))
      expect(line).toMatch(pattern)
    }
  })
})

test("Anaconda's curated statuses are taken by sha256, and reported ones say nothing", async () => {
  const { body } = await bring({
    items: [
      {
        sha256,
        cves: [
          { id: 'CVE-2099-0002', status: 'mitigated', curated: true },
          { id: 'CVE-2099-0001', status: 'reported', curated: false },
        ],
      },
      {
        id: 'CVE-2099-0001',
        curated: true,
        packages: [
          { blob_sha256: sha256, cve_status: 'active', ckey: 'noarch/x.conda', common_name: 'requests' },
          { blob_sha256: 'zz', cve_status: 'active', common_name: 'requests' },
          { blob_sha256: sha256, cve_status: 'odd', common_name: 'requests' },
        ],
      },
      { other: 1 },
    ],
  })
  expect(body).toMatchObject({ format: 'anaconda', in_force: 2 })
  expect(body.skipped).toHaveLength(3)
  // a feed before a vendor, a person before a feed
  expect(await statusOf('CVE-2099-0002')).toEqual(['mitigated'])
  expect(await statusOf('CVE-2099-0001')).toEqual(['cleared'])
})

describe('what is no such document is refused with the reason', () => {
  test.each<[string, unknown, RegExp]>([
    ['a web page', '<!doctype html><p>Sign in', /is no JSON: it begins with .*doctype/],
    ['a document that was cut', '{"@context": "https://open', /is no JSON/],
    ['another kind', { a: 1 }, /neither OpenVEX, CSAF nor CycloneDX.*\ba\b/],
    ['OpenVEX without an author', { ...openVex('', []), author: undefined }, /"author" is missing/],
    ['a list', [], /no JSON object/],
  ])('%s', async (_name, document, message) => {
    const { status, text } = await bring(document)
    expect(status).toBe(400)
    expect(text.replaceAll('\\"', '"')).toMatch(message)
  })
})

test.each(['openvex', 'csaf'])(
  'written out as %s and read into an empty server, nothing is lost',
  async (format) => {
    for (const body of [
      {
        status: 'disputed',
        package: 'requests',
        version: '2.30.0',
        build_from: 0,
        build_to: 3,
        subdir: 'noarch',
      },
      { status: 'active', sha256, links: ['https://example.org/a'] },
      {
        status: 'mitigated',
        package: 'requests',
        version: '2.30.0',
        build: '0',
        channel: 'main',
        expires_at: null,
      },
      { status: 'reported', package: 'requests', version: '2.30.0', build_to: 2 },
      {
        status: 'cleared',
        package: 'requests',
        justification: 'component_not_present',
        expires_at: '2027-01-01T00:00:00Z',
      },
    ]) {
      const said = await admin.post('/api/cves/CVE-2099-0001/statuses', {
        reason: `that is ${body.status}`,
        ...body,
      })
      expect(said.statusCode).toBe(201)
    }
    await t.settle()
    const base = `/api/curations/export?format=${format}`
    const url = `${base}&author=${encodeURIComponent(TRUSTED)}`
    const exported = (await admin.get(url)).json<object>()
    // to the server that wrote it, it says nothing new
    const again = await bring((await admin.get(base)).json<object>())
    expect(again.body).toMatchObject({ in_force: 0, proposed: 0, skipped: [] })
    const other = await world()
    try {
      const root = await other.as('admin')
      const { body } = await bring(exported, root, other)
      expect(body.skipped).toEqual([])
      const list = async (by: TestClient) =>
        (await by.get('/api/curations?state=in_force&limit=1000'))
          .json<{ items: Record<string, unknown>[] }>()
          .items.map(({ cve, scope, status, reason, author, justification, links, expires_at: expires }) =>
            JSON.stringify({ cve, scope, status, reason, author, justification, links, expires }),
          )
      const here = new Set(await list(admin))
      const there = await list(root)
      // of two that say something of the very same files, the one that decides is written out
      expect(there.filter((one) => !here.has(one))).toEqual([])
      const scopes = (all: Iterable<string>) =>
        new Set(
          [...all].map(
            (one) =>
              `${(JSON.parse(one) as { cve: string }).cve} ${(JSON.parse(one) as { scope: string }).scope}`,
          ),
        )
      expect(scopes(there)).toEqual(scopes(here))
      await other.requireQuiet()
    } finally {
      await other.close()
    }
  },
)
