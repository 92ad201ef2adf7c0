import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newId } from '../platform/ids.ts'
import { activateImport, takeBackImports } from './activate-import.ts'
import { listEffects } from './effect-store.ts'
import { importAdvisories, type ImportResult, type ImportSource } from './import-advisories.ts'
import { pypaRecord, startTestDatabase, type TestDatabase } from './testing/database.ts'
import { readVerdicts } from './testing/verdicts.ts'
import { listActiveImports, listFaults } from './version-store.ts'

let t: TestDatabase
beforeEach(async () => {
  t = await startTestDatabase()
  await t.importNames({ demo: ['demo'], lib: ['lib'] })
  await t.holdVersions({ demo: ['1.0', '2.0', '3.0'], lib: ['1.0'] })
})
afterEach(() => t.close())

function sourceOf(over: Partial<ImportSource> = {}): ImportSource {
  return { id: newId(), kind: 'osv', isAutomatic: true, isWhole: false, marker: '{}', ...over }
}

const changed = (id: string, fixed: string): object =>
  pypaRecord(id, fixed, { modified: '2024-01-01T00:00:00Z' })

async function takeBack(result: ImportResult): Promise<readonly string[]> {
  const move = { kind: 'advisories' as const, at: new Date(2_000), epssBounds: [] }
  return t.db
    .transaction()
    .execute(
      async (tx) => (await takeBackImports(tx, { ...move, importIds: [result.importId] })).touchedNames,
    )
}

describe('an import', () => {
  test('writes down what it changes, and that is what changes', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0'), pypaRecord('PYSEC-2', '2.0')])
    const before = await readVerdicts(t.db)
    const { importId, effects } = await t.importRecords([
      changed('PYSEC-1', '3.0'),
      pypaRecord('PYSEC-2', '2.0', { modified: '2024-01-01T00:00:00Z', withdrawn: '2024-01-01T00:00:00Z' }),
    ])
    expect(effects).toEqual({ newly_affected: 1, no_longer_affected: 1 })
    const { items } = await listEffects(t.db, importId, { offset: 0, limit: 10 })
    expect(items).toMatchObject([
      {
        condaName: 'demo',
        version: '1.0',
        vulnerabilityId: 'PYSEC-2',
        before: { verdict: 'affected' },
        after: null,
      },
      {
        condaName: 'demo',
        version: '2.0',
        vulnerabilityId: 'PYSEC-1',
        before: null,
        after: { verdict: 'affected' },
      },
    ])
    const after = await readVerdicts(t.db)
    expect(before.get('demo 1.0 PYSEC-2')).toBeDefined()
    expect(after.get('demo 1.0 PYSEC-2')).toBeUndefined()
    expect(before.get('demo 2.0 PYSEC-1')).toBeUndefined()
    expect(after.get('demo 2.0 PYSEC-1')).toBeDefined()
  })

  test('that is taken back brings every verdict as it was, and names what that touches', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
    const before = await readVerdicts(t.db)
    const second = await t.importRecords([changed('PYSEC-1', '3.0'), pypaRecord('PYSEC-2', '9.0')])
    expect(await readVerdicts(t.db)).not.toEqual(before)

    expect(await takeBack(second)).toEqual(['demo'])
    expect(await readVerdicts(t.db)).toEqual(before)
  })

  test('taken back leaves what another source says of the same record', async () => {
    const [first, second] = [sourceOf(), sourceOf()]
    const one = await t.importRecords([changed('PYSEC-1', '3.0')], { source: first })
    await t.importRecords([changed('PYSEC-1', '3.0')], { source: second })
    await takeBack(one)
    expect((await readVerdicts(t.db)).get('demo 2.0 PYSEC-1')).toBeDefined()
  })

  test('of a release that kept no versions can be gone back to', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
    await t.db.deleteFrom('advisory_versions').execute()
    const before = await readVerdicts(t.db)
    await takeBack(await t.importRecords([changed('PYSEC-1', '3.0')]))
    expect(await readVerdicts(t.db)).toEqual(before)
  })

  test('of a source that is not automatic waits, and is applied as it was previewed', async () => {
    const source = sourceOf({ isAutomatic: false })
    const held = await t.importRecords([pypaRecord('PYSEC-1', '2.0')], { source })
    expect(held).toMatchObject({
      state: 'held',
      findings: [{ code: 'needs-approval' }],
      effects: { newly_affected: 1 },
    })
    expect((await readVerdicts(t.db)).size).toBe(0)
    await t.db.transaction().execute((tx) =>
      activateImport(tx, {
        kind: 'advisories',
        importId: held.importId,
        at: new Date(3_000),
        epssBounds: [],
      }),
    )
    expect([...(await readVerdicts(t.db)).keys()]).toEqual(['demo 1.0 PYSEC-1'])
  })
})

describe('a feed that is not what it should be un-blocks nothing', () => {
  const source = sourceOf()
  const many = Array.from({ length: 40 }, (_, index) => pypaRecord(`PYSEC-${index}`, '2.0'))

  async function verdictsStay(work: () => Promise<unknown>): Promise<void> {
    await t.importRecords(many, { source, filename: 'all.jsonl' })
    const before = await readVerdicts(t.db)
    expect(before.size).toBe(40)
    await work()
    expect(await readVerdicts(t.db)).toEqual(before)
    expect(await listActiveImports(t.db, 'advisories', source.id)).toHaveLength(1)
  }

  async function importText(
    name: string,
    text: string,
    over: Partial<ImportSource> = {},
  ): Promise<ImportResult> {
    const path = t.writeFile(name, text)
    const own = { ...source, ...over }
    return importAdvisories(t.db, { path, sourceName: 'feed', now: new Date(5_000), source: own })
  }

  test.each([
    ['empty', 'all.json', '', /all\.json: it is empty/],
    ['an empty list', 'all.json', '[]', /all\.json holds no record we can read: it is empty/],
    ['an error page', 'all.json', '<!DOCTYPE html><h1>502</h1>', /it is HTML or XML where JSON was expected/],
    [
      'of another schema',
      'all.jsonl',
      '{"hello":1}\n{"hello":2}',
      /line 1: unknown format with the fields hello/,
    ],
    [
      'of another source',
      'all.jsonl',
      JSON.stringify({
        id: 'CVE-2024-1',
        vulnStatus: 'Analyzed',
        descriptions: [],
        lastModified: '2024-01-01T00:00:00Z',
      }),
      /CVE-2024-1 is a record of nvd; this source holds records of osv, pypa/,
    ],
    [
      'short of what it says it holds',
      'nvd.json',
      '{\n"resultsPerPage": 2000,\n"startIndex": 0,\n"totalResults": 5,\n"vulnerabilities": [{"cve":{"id":"CVE-2024-1"}}\n]}',
      /it says that it holds 5 records and has 1: it was cut/,
    ],
  ])('%s', async (_, name, text, message) => {
    await verdictsStay(async () => {
      await expect(importText(name, text)).rejects.toMatchObject({
        code: 'invalid-advisories',
        message: expect.stringMatching(message) as string,
      })
    })
  })

  test('cut in the middle of a record', async () => {
    const text = JSON.stringify(
      many.map((record) => ({
        ...record,
        modified: '2024-01-01T00:00:00Z',
        withdrawn: '2024-01-01T00:00:00Z',
      })),
      undefined,
      1,
    )
    await verdictsStay(async () => {
      const { findings } = await importText('all.json', text.slice(0, -50))
      expect(findings.map(({ code }) => code)).toContain('cut')
    })
  })

  test('with records that cannot be read, which are kept with line and field', async () => {
    await verdictsStay(async () => {
      const lines = [
        ...many.slice(1),
        { id: 'PYSEC-0', modified: 'yesterday', affected: 7 },
        { aliases: [], modified: 'x' },
      ]
      const { state, importId, findings } = await importText(
        'all.jsonl',
        lines.map((line) => JSON.stringify({ ...line, withdrawn: '2024-01-01T00:00:00Z' })).join('\n'),
      )
      expect([state, findings[0]?.code]).toEqual(['held', 'bad-records'])
      const { items } = await listFaults(t.db, importId, { offset: 0, limit: 10 })
      expect(items[0]).toMatchObject({
        line: expect.any(Number) as number,
        reason: expect.stringContaining('id') as string,
        record: expect.stringContaining('aliases') as string,
      })
    })
  })

  test('that has shrunk', async () => {
    await verdictsStay(async () => {
      const { findings } = await importText(
        'all.jsonl',
        many
          .slice(0, 30)
          .map((line) => JSON.stringify(line))
          .join('\n'),
        { isWhole: true },
      )
      expect(findings).toEqual([
        { code: 'shrunk', message: 'it holds 30 records, and the one before held 40: over 2 % fewer' },
      ])
    })
  })

  test('that withdraws a part of what it said at once', async () => {
    await verdictsStay(async () => {
      const ended = many
        .slice(0, 10)
        .map((record) => ({ ...record, modified: '2024-01-01T00:00:00Z', withdrawn: '2024-01-01T00:00:00Z' }))
      const { findings } = await importText(
        'some.jsonl',
        ended.map((line) => JSON.stringify(line)).join('\n'),
      )
      expect(findings[0]).toEqual({
        code: 'records-lost',
        message: 'it ends 10 of 40 records of this source at once: over 2 %',
      })
    })
  })

  test('of last year', async () => {
    await verdictsStay(async () => {
      const old = many.map((record) => ({ ...record, modified: '2021-01-01T00:00:00Z', affected: [] }))
      const { findings } = await importText('all.jsonl', old.map((line) => JSON.stringify(line)).join('\n'))
      expect(findings).toEqual([
        {
          code: 'older',
          message: 'its newest date is 2021-01-01, and we have that of 2023-01-01: an old copy',
        },
      ])
    })
  })
})

describe('KEV and EPSS', () => {
  const kev = (count: number, ...cves: string[]): string =>
    JSON.stringify({
      catalogVersion: '1',
      dateReleased: '2024-01-01T00:00:00Z',
      count,
      vulnerabilities: cves.map((cveID) => ({
        cveID,
        dateAdded: '2024-01-01',
        knownRansomwareCampaignUse: 'Known',
      })),
    })

  async function importSignals(
    kind: 'kev' | 'epss',
    text: string,
    bounds: readonly number[] = [],
  ): Promise<ImportResult> {
    const path = t.writeFile(kind, text)
    return importAdvisories(t.db, { path, kind, sourceName: kind, now: new Date(6_000), epssBounds: bounds })
  }

  beforeEach(async () => {
    await t.importRecords([
      pypaRecord('PYSEC-1', '2.0', { aliases: ['CVE-2024-0001'] }),
      pypaRecord('PYSEC-2', '2.0', { aliases: ['CVE-2024-0002'] }),
    ])
  })

  test('a listed CVE touches its names and shows in the facts; taken back it is as before', async () => {
    const before = await readVerdicts(t.db)
    const listed = await importSignals('kev', kev(2, 'CVE-2024-0001', 'CVE-1999-0001'))
    expect(listed).toMatchObject({ state: 'active', touchedNames: ['demo'], effects: { kev_listed: 1 } })
    expect((await readVerdicts(t.db)).get('demo 1.0 CVE-2024-0001')).toContain('"isRansomware":true')
    expect((await importSignals('kev', kev(2, 'CVE-2024-0001', 'CVE-1999-0001'))).touchedNames).toEqual([])

    await t.db.transaction().execute((tx) =>
      takeBackImports(tx, {
        kind: 'kev',
        importIds: [listed.importId],
        at: new Date(7_000),
        epssBounds: [],
      }),
    )
    expect(await readVerdicts(t.db)).toEqual(before)
  })

  test('a catalogue that was cut is refused, and one that lost entries is held', async () => {
    await expect(importSignals('kev', kev(3, 'CVE-2024-0001'))).rejects.toMatchObject({
      message: 'kev: the KEV catalogue says it has 3 entries and has 1: it was cut',
    })
    const cves = Array.from({ length: 50 }, (_, index) => `CVE-2020-${1000 + index}`)
    await importSignals('kev', kev(51, 'CVE-2024-0001', ...cves))
    const shrunk = await importSignals('kev', kev(1, 'CVE-2020-1000'))
    expect([shrunk.state, ...shrunk.findings.map(({ code }) => code)]).toEqual([
      'held',
      'shrunk',
      'records-lost',
    ])
    expect((await readVerdicts(t.db)).get('demo 1.0 CVE-2024-0001')).toContain('isRansomware')
  })

  test('an entry that is not listed any more is gone', async () => {
    const cves = Array.from({ length: 99 }, (_, index) => `CVE-2020-${1000 + index}`)
    await importSignals('kev', kev(100, 'CVE-2024-0001', ...cves))
    const removed = await importSignals('kev', kev(99, ...cves))
    expect(removed).toMatchObject({ state: 'active', touchedNames: ['demo'], effects: { kev_removed: 1 } })
  })

  test('EPSS touches only names of CVEs that cross a bound of a policy', async () => {
    const day = (first: number, second: number): string =>
      `#model_version:v1,score_date:2024-01-01T00:00:00+0000\ncve,epss,percentile\nCVE-2024-0001,${first},0.5\nCVE-2024-0002,${second},0.5\n`
    await importSignals('epss', day(0.1, 0.2), [0.5])
    const drifted = await importSignals('epss', day(0.2, 0.3), [0.5])
    expect(drifted).toMatchObject({ changed: 2, touchedNames: [], effects: {} })
    expect((await readVerdicts(t.db)).get('demo 1.0 CVE-2024-0001')).toContain('"probability":0.2')
    const crossed = await importSignals('epss', day(0.2, 0.5), [0.5])
    expect(crossed).toMatchObject({ touchedNames: ['demo'], effects: { epss_changed: 1 } })
  })
})
