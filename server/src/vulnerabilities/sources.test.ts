import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeZip } from '@terrarium/conda/archive/zip-writer.ts'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'
import { FeedServer } from './testing/feed-server.ts'
import { pypaRecord } from './testing/database.ts'
import { WatchedFolder } from './watched-folder.ts'

interface SourceBody {
  readonly source_id: string
  readonly name: string
  readonly age: string
  readonly result: string | null
  readonly message: string | null
  readonly paused: boolean
  readonly next_refresh_at: string | null
  readonly held_import_id: string | null
}

const HOUR_MS = 3_600_000
let feed: FeedServer
let t: TestApp
beforeEach(async () => {
  feed = await FeedServer.start()
  t = await startTestApp({ outboundPrivate: [feed.hostAndPort] })
})
afterEach(async () => {
  await t.close()
  await feed.stop()
})

async function add(body: Record<string, unknown>): Promise<SourceBody> {
  const response = await (await t.as('admin')).post('/api/advisory-sources', body)
  if (response.statusCode !== 201) throw new Error(response.body)
  await t.settle()
  return sourceNamed(String(body['name']))
}

async function sourceNamed(name: string): Promise<SourceBody> {
  const { items } = (await (await t.as('admin')).get('/api/advisory-sources')).json<{ items: SourceBody[] }>()
  const found = items.find((source) => source.name === name)
  if (!found) throw new Error(`no source ${name}`)
  return found
}

/** Moves the clock on and lets what is due run. */
async function later(ms: number): Promise<void> {
  t.advance(ms)
  await t.settle()
}

async function advisoryIds(): Promise<string[]> {
  const rows = await t.parts.db.selectFrom('advisories').select('id').orderBy('id').execute()
  return rows.map(({ id }) => id)
}

const lines = (...records: readonly unknown[]): string =>
  records.map((record) => JSON.stringify(record)).join('\n')

describe('a source with an address', () => {
  test('is fetched at once and every hour, and asked whether it changed', async () => {
    feed.files.set('/all.jsonl', lines(pypaRecord('PYSEC-1', '2.0')))
    const made = await add({ name: 'mine', kind: 'osv', address: feed.url('/all.jsonl') })
    expect(made).toMatchObject({ age: 'fresh', result: 'applied', message: null })
    expect(await advisoryIds()).toEqual(['PYSEC-1'])

    await later(HOUR_MS)
    expect(feed.asked).toEqual(['200 /all.jsonl', '304 /all.jsonl'])
    expect(await sourceNamed('mine')).toMatchObject({ result: 'unchanged' })

    feed.files.set('/all.jsonl', lines(pypaRecord('PYSEC-1', '2.0'), pypaRecord('PYSEC-2', '2.0')))
    await later(HOUR_MS)
    expect(await advisoryIds()).toEqual(['PYSEC-1', 'PYSEC-2'])
    await later(10 * 24 * HOUR_MS)
  })

  test('that answers with an error is asked less and less often, and says why', async () => {
    feed.answers.set('/kev.json', () => ({ status: 503, text: 'busy' }))
    const made = await add({ name: 'kev', address: feed.url('/kev.json') })
    expect(made).toMatchObject({ age: 'never', result: 'failed' })
    expect(made.message).toMatch(/answered 503/)
    await later(HOUR_MS)
    expect(feed.asked).toHaveLength(1)
    await later(HOUR_MS)
    expect(feed.asked).toHaveLength(2)
  })

  test('whose page is an error page changes nothing, and says so', async () => {
    feed.files.set('/all.jsonl', '<!DOCTYPE html><h1>moved</h1>')
    const made = await add({ name: 'mine', kind: 'osv', address: feed.url('/all.jsonl') })
    expect(made.message).toMatch(/all\.jsonl: it is HTML or XML where JSON was expected/)
    expect(await advisoryIds()).toEqual([])
  })

  test('that needs approval waits for a person; approved it is in use, rolled back it is not, and paused', async () => {
    feed.files.set('/all.jsonl', lines(pypaRecord('PYSEC-1', '2.0')))
    const made = await add({ name: 'mine', kind: 'osv', address: feed.url('/all.jsonl'), automatic: false })
    expect(made).toMatchObject({ result: 'held', next_refresh_at: null })
    const admin = await t.as('admin')
    const path = `/api/advisory-imports/${made.held_import_id ?? ''}`
    expect((await admin.post(`/api/advisory-sources/${made.source_id}/refresh`)).json()).toMatchObject({
      code: 'conflict',
    })
    expect((await admin.post(`${path}/approve`, { note: 'looked at it' })).statusCode).toBe(202)
    await t.settle()
    expect(await advisoryIds()).toEqual(['PYSEC-1'])
    expect((await admin.post(`${path}/approve`, { note: 'again' })).statusCode).toBe(409)

    expect((await admin.post(`${path}/roll-back`, { note: 'it was wrong' })).statusCode).toBe(202)
    await t.settle()
    expect(await advisoryIds()).toEqual([])
    expect(await sourceNamed('mine')).toMatchObject({ paused: true })
    await later(2 * HOUR_MS)
    expect(await advisoryIds()).toEqual([])
    const events = await t.parts.db.selectFrom('audit_events').select('action').execute()
    const actions = events.map(({ action }) => action)
    expect(actions).toEqual(
      expect.arrayContaining([
        'source.created',
        'advisories.held',
        'advisories.approved',
        'advisories.rolled_back',
      ]),
    )
  })

  test('whose held import is discarded is fetched anew', async () => {
    feed.files.set('/all.jsonl', lines(pypaRecord('PYSEC-1', '2.0')))
    const made = await add({ name: 'mine', kind: 'osv', address: feed.url('/all.jsonl'), automatic: false })
    const admin = await t.as('admin')
    await admin.post(`/api/advisory-imports/${made.held_import_id ?? ''}/discard`, { note: 'no' })
    await later(HOUR_MS)
    expect((await sourceNamed('mine')).held_import_id).not.toBe(made.held_import_id)
    expect((await sourceNamed('mine')).result).toBe('held')
  })

  test('that cannot be is refused', async () => {
    const admin = await t.as('admin')
    for (const [body, message] of [
      [{ name: 'mine' }, /mine.* is no source we know \(osv-pypi/],
      [{ name: 'kev', address: 'http://169.254.169.254/x' }, /link-local, metadata or reserved/],
      [{ name: 'kev', address: 'http://me:secret@example.org/x' }, /must not hold a password/],
      [{ name: 'kev', address: 'file:///etc/passwd' }, /address/],
    ] as const) {
      const response = await admin.post('/api/advisory-sources', body)
      expect(response.statusCode).toBe(400)
      expect(response.body).toMatch(message)
    }
  })
})

describe('changes only', () => {
  test('of osv.dev: the zip first, then the records that changed', async () => {
    const zip = (...records: readonly { id: string }[]): Uint8Array =>
      writeZip(
        records.map((record) => ({
          name: `${record.id}.json`,
          content: Buffer.from(JSON.stringify(record, undefined, 2)),
        })),
      )
    feed.files.set('/PyPI/all.zip', zip(pypaRecord('PYSEC-1', '2.0') as { id: string }))
    feed.files.set('/PyPI/modified_id.csv', '2023-01-01T00:00:00Z,PYSEC-1\n')
    await add({ name: 'osv-pypi', address: feed.url('/PyPI') })
    expect(await advisoryIds()).toEqual(['PYSEC-1'])

    feed.files.set('/PyPI/modified_id.csv', '2023-02-01T00:00:00.5Z,PYSEC-2\n2023-01-01T00:00:00Z,PYSEC-1\n')
    feed.files.set('/PyPI/PYSEC-2.json', JSON.stringify(pypaRecord('PYSEC-2', '3.0'), undefined, 2))
    feed.asked.length = 0
    await later(HOUR_MS)
    expect(feed.asked).toEqual(['200 /PyPI/modified_id.csv', '200 /PyPI/PYSEC-2.json'])
    expect(await advisoryIds()).toEqual(['PYSEC-1', 'PYSEC-2'])

    feed.files.set('/PyPI/all.zip', '<html>the bucket is not there</html>')
    const admin = await t.as('admin')
    const { source_id: id } = await sourceNamed('osv-pypi')
    await admin.post(`/api/advisory-sources/${id}/refresh`, { restart: true })
    await t.settle()
    expect((await sourceNamed('osv-pypi')).message).toMatch(/does not end as a zip does/)
  })

  test('of the NVD: every page first, then what changed since', async () => {
    const page = (records: number, total: number): string =>
      JSON.stringify({
        totalResults: total,
        vulnerabilities: Array.from({ length: records }, (_, index) => ({
          cve: {
            id: `CVE-2024-${1000 + index}`,
            lastModified: '2025-12-01T00:00:00.000',
            vulnStatus: 'Analyzed',
            descriptions: [],
          },
        })),
      })
    const queries: string[] = []
    feed.answers.set('/cves', (query) => {
      queries.push(query.get('lastModStartDate') ?? 'all')
      return { status: 200, text: query.has('lastModStartDate') ? page(0, 0) : page(3, 3) }
    })
    await add({ name: 'nvd', address: feed.url('/cves') })
    expect(await advisoryIds()).toHaveLength(3)
    await later(HOUR_MS)
    expect(queries).toEqual(['all', '2026-01-15T11:50:00.000Z'])
    expect((await sourceNamed('nvd')).result).toBe('unchanged')

    feed.answers.set('/cves', () => ({ status: 200, text: page(0, 7) }))
    await later(HOUR_MS)
    expect((await sourceNamed('nvd')).message).toMatch(/says that it has 7 records and gives 0/)
  })

  test('of the CVE list: what its log of changes names', async () => {
    const cve = {
      cveMetadata: { cveId: 'CVE-2025-0001', state: 'PUBLISHED', dateUpdated: '2026-01-15T10:00:00Z' },
      containers: { cna: { affected: [], descriptions: [] } },
    }
    const log = [
      { fetchTime: '2026-01-15T11:00:00.000Z', new: [{ cveId: 'CVE-2025-0001' }], updated: [] },
      { fetchTime: '2026-01-01T00:00:00.000Z', new: [{ cveId: 'CVE-2024-9999' }], updated: [] },
    ]
    feed.files.set('/cves/deltaLog.json', JSON.stringify(log))
    feed.files.set('/cves/2025/0xxx/CVE-2025-0001.json', JSON.stringify(cve, undefined, 2))
    await add({ name: 'cve', address: feed.url('/cves') })
    expect(await advisoryIds()).toEqual(['CVE-2025-0001'])
    expect(feed.asked).toEqual(['200 /cves/deltaLog.json', '200 /cves/2025/0xxx/CVE-2025-0001.json'])

    feed.files.set(
      '/cves/deltaLog.json',
      JSON.stringify([{ fetchTime: '2026-03-01T00:00:00.000Z', new: [] }]),
    )
    await later(HOUR_MS)
    expect((await sourceNamed('cve')).message).toMatch(/the log of changes reaches back to 2026-03-01/)
  })
})

describe('the watched folder', () => {
  let folder: string
  let watched: WatchedFolder
  beforeEach(() => {
    folder = join(t.folder, 'feeds')
    mkdirSync(folder)
    watched = new WatchedFolder({ ...t.parts, log: t.parts.log }, folder)
  })

  /** Looks twice, as far apart as a file has to be still. */
  async function look(): Promise<void> {
    await watched.look()
    t.advance(3_000)
    await watched.look()
    await t.settle()
  }

  test('a complete file is imported and put away; one that is being written is left', async () => {
    await add({ name: 'mine', kind: 'osv', address: null, file_pattern: 'osv-*' })
    writeFileSync(join(folder, 'osv-1.jsonl'), lines(pypaRecord('PYSEC-1', '2.0')))
    writeFileSync(join(folder, 'osv-2.jsonl.part'), 'half')
    symlinkSync('/etc/passwd', join(folder, 'osv-3.jsonl'))
    await watched.look()
    writeFileSync(
      join(folder, 'osv-1.jsonl'),
      lines(pypaRecord('PYSEC-1', '2.0'), pypaRecord('PYSEC-2', '2.0')),
    )
    t.advance(3_000)
    expect(await watched.look()).toBe(false)
    await look()

    expect(await advisoryIds()).toEqual(['PYSEC-1', 'PYSEC-2'])
    expect(readdirSync(folder).toSorted()).toEqual(['.taken', 'done', 'osv-2.jsonl.part', 'osv-3.jsonl'])
    expect(readdirSync(join(folder, 'done'))).toEqual([expect.stringMatching(/-osv-1\.jsonl$/)])
    expect(await sourceNamed('mine')).toMatchObject({ result: 'applied', age: 'stale' })
  })

  test.each([
    ['osv-1.jsonl', '', /osv-1\.jsonl: it is empty/],
    ['osv-1.jsonl', '<html>', /it is HTML or XML/],
    [
      'other.jsonl',
      '{}',
      /no source has a pattern that fits other\.jsonl; make one with: terrarium source add/,
    ],
  ])('%s with %j is refused with its reason', async (name, text, reason) => {
    await add({ name: 'mine', kind: 'osv', address: null, file_pattern: 'osv-*' })
    writeFileSync(join(folder, name), text)
    await look()
    const refused = readdirSync(join(folder, 'refused')).find((file) => file.endsWith('.reason.txt')) ?? ''
    expect(readFileSync(join(folder, 'refused', refused), 'utf8')).toMatch(reason)
  })

  test('what was taken when the server died is taken again', async () => {
    await add({ name: 'mine', kind: 'osv', address: null, file_pattern: 'osv-*' })
    mkdirSync(join(folder, '.taken'))
    writeFileSync(join(folder, '.taken', '1700000000000-osv-1.jsonl'), lines(pypaRecord('PYSEC-1', '2.0')))
    await watched.look()
    await look()
    expect(await advisoryIds()).toEqual(['PYSEC-1'])
  })
})
