import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findVulnerabilities, projectMatches } from './find-vulnerabilities.ts'
import { importAdvisories } from './import-advisories.ts'
import { importMapping } from './import-mapping.ts'
import { findIdentities, namesOfIdentities } from './store.ts'
import { nvdRecord, pypaRecord, startTestDatabase, type TestDatabase } from './testing/database.ts'
import { toVulnerabilityFacts } from './vulnerability-fact.ts'

let t: TestDatabase
beforeEach(async () => {
  t = await startTestDatabase()
  await t.importNames({ demo: ['demo'], 'demo-base': ['demo'], other: null })
})
afterEach(() => t.close())

/** `CVE-2023-1 7.5` for each thing known against a version. */
async function known(version: string, name = 'demo'): Promise<string[]> {
  const found = await findVulnerabilities(t.db, name, [version])
  return toVulnerabilityFacts(found.get(version) ?? [], { subdir: 'noarch' }).map(
    (fact) => `${fact.id} ${fact.score ?? 'unscored'}`,
  )
}

describe('an import', () => {
  test('counts what is new, changed and unchanged, and names what it touches', async () => {
    const first = await t.importRecords([pypaRecord('PYSEC-1', '2.0'), pypaRecord('PYSEC-2', '3.0')])
    const again = await t.importRecords([
      pypaRecord('PYSEC-1', '2.0'),
      pypaRecord('PYSEC-2', '3.1', { modified: '2023-02-01T00:00:00Z' }),
    ])

    expect(first).toMatchObject({
      records: 2,
      new: 2,
      changed: 0,
      unchanged: 0,
      skippedCount: 0,
      state: 'active',
      touchedIdentities: ['pypi:demo'],
      touchedNames: ['demo', 'demo-base'],
    })
    expect(again).toMatchObject({ records: 2, new: 0, changed: 1, unchanged: 1 })
    expect(await known('3.0')).toEqual(['PYSEC-2 unscored'])
    expect(await known('3.0', 'demo-base')).toEqual(['PYSEC-2 unscored'])
  })

  test('of the same again touches nothing', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
    expect(await t.importRecords([pypaRecord('PYSEC-1', '2.0')])).toMatchObject({
      unchanged: 1,
      touchedIdentities: [],
      touchedNames: [],
    })
  })

  test('of an older record does not undo a newer one', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0', { modified: '2024-01-01T00:00:00Z' })])
    const older = await t.importRecords([pypaRecord('PYSEC-1', '9.0', { modified: '2020-01-01T00:00:00Z' })])
    expect(older.unchanged).toBe(1)
    expect(await known('3.0')).toEqual([])
  })

  test('touches what a package was linked to before, too', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
    const moved = pypaRecord('PYSEC-1', '2.0', {
      modified: '2024-01-01T00:00:00Z',
      affected: [{ package: { ecosystem: 'PyPI', name: 'elsewhere' }, versions: ['1'] }],
    })
    expect((await t.importRecords([moved])).touchedIdentities).toEqual(['pypi:demo', 'pypi:elsewhere'])
    expect(await known('1')).toEqual([])
  })

  test('skips broken lines and unusable records, and reports each', async () => {
    const result = await t.importRecords([
      pypaRecord('PYSEC-1', '2.0'),
      '{"id": oops}',
      { hello: 'world' },
      pypaRecord('PYSEC-2', '2.0'),
    ])
    expect(result).toMatchObject({ state: 'held', records: 2, skippedCount: 2, touchedNames: [] })
    expect(result.findings).toEqual([
      {
        code: 'bad-records',
        message: '2 of 4 records cannot be read; more than 0.1 % stop an import',
      },
    ])
    expect(await known('1.0')).toEqual([])
    expect(result.skipped).toEqual([
      { line: 2, reason: expect.stringContaining('not valid JSON') as string },
      { line: 3, reason: 'unknown format with the fields hello' },
    ])
  })

  test('of a file without one usable record is refused with the first reason', async () => {
    await expect(t.importRecords([{ cveID: 'CVE-1' }, { cveID: 'CVE-2' }])).rejects.toMatchObject({
      code: 'invalid-advisories',
      message: expect.stringContaining('line 1: a record of the KEV catalogue') as string,
    })
  })

  test('that fails half-way leaves everything as it was', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
    const failing = t.importRecords(
      [pypaRecord('PYSEC-1', '9.0', { modified: '2024-01-01T00:00:00Z' }), pypaRecord('PYSEC-2', '9.0')],
      {
        inTransaction: () => Promise.reject(new Error('the disk is full')),
      },
    )
    await expect(failing).rejects.toThrow('the disk is full')
    expect(await known('3.0')).toEqual([])
    expect(await known('1.0')).toEqual(['PYSEC-1 unscored'])
    expect(await t.importRecords([pypaRecord('PYSEC-2', '9.0')])).toMatchObject({ new: 1 })
  })

  test('that was stopped has changed nothing', async () => {
    const records = Array.from({ length: 1000 }, (_, index) => pypaRecord(`PYSEC-${index}`, '9.0'))
    const stop = new AbortController()
    const stopped = t.importRecords(records, { signal: stop.signal, onProgress: () => stop.abort() })
    await expect(stopped).rejects.toThrow()
    expect(await known('1.0')).toEqual([])
  })

  test('hands its result to what must happen in the same transaction', async () => {
    let seen: readonly string[] = []
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')], {
      inTransaction: async (tx, result) => {
        seen = result.touchedNames
        expect(await namesOfIdentities(tx, result.touchedIdentities)).toEqual(result.touchedNames)
      },
    })
    expect(seen).toEqual(['demo', 'demo-base'])
  })

  test('with one record twice keeps the last', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0'), pypaRecord('PYSEC-1', '3.0')])
    expect(await known('2.5')).toEqual(['PYSEC-1 unscored'])
  })
})

describe('advisories about one vulnerability', () => {
  const named = (id: string, ...aliases: string[]): object => pypaRecord(id, '2.0', { aliases })

  test('are one, under the CVE, with the score of whoever has one', async () => {
    await t.importRecords([named('PYSEC-1', 'CVE-2023-1', 'GHSA-1')])
    const scored = await t.importRecords([nvdRecord('CVE-2023-1', 7.5)])
    expect(await known('1.0')).toEqual(['CVE-2023-1 7.5'])
    expect(scored.touchedNames).toEqual(['demo', 'demo-base'])
  })

  test('in any order of import', async () => {
    await t.importRecords([nvdRecord('CVE-2023-1', 7.5)])
    await t.importRecords([named('PYSEC-1', 'CVE-2023-1')])
    expect(await known('1.0')).toEqual(['CVE-2023-1 7.5'])
  })

  test('through a third record, whichever comes last', async () => {
    const chain = [named('PYSEC-1', 'GHSA-1'), named('GHSA-1', 'CVE-2023-1'), nvdRecord('CVE-2023-1', 7.5)]
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [2, 1, 0],
      [0, 2, 1],
    ]) {
      const own = await startTestDatabase()
      await own.importNames({ demo: ['demo'] })
      for (const index of order) await own.importRecords([chain[index]])
      const found = (await findVulnerabilities(own.db, 'demo', ['1.0'])).get('1.0') ?? []
      expect(found.map((match) => [match.vulnerability.id, match.vulnerability.preferred.score])).toEqual([
        ['CVE-2023-1', 7.5],
      ])
      await own.close()
    }
  })

  test('two CVEs stay two, even where a shared alias connects them', async () => {
    await t.importRecords([
      named('PYSEC-1', 'CVE-2023-1', 'GHSA-1'),
      named('PYSEC-2', 'CVE-2023-2', 'GHSA-1'),
      named('PYSEC-3', 'GHSA-1'),
      nvdRecord('CVE-2023-1', 7.5),
      nvdRecord('CVE-2023-2', 5),
    ])
    expect(await known('1.0')).toEqual(['CVE-2023-1 7.5', 'CVE-2023-2 5'])
  })

  test('part again when the alias is taken back', async () => {
    await t.importRecords([named('PYSEC-1', 'CVE-2023-1'), nvdRecord('CVE-2023-1', 7.5)])
    await t.importRecords([pypaRecord('PYSEC-1', '2.0', { modified: '2024-01-01T00:00:00Z' })])
    expect(await known('1.0')).toEqual(['PYSEC-1 unscored'])
  })

  test('a score that changes touches the names, a summary that changes does not touch others', async () => {
    await t.importRecords([named('PYSEC-1', 'CVE-2023-1'), nvdRecord('CVE-2023-1', 7.5)])
    const rescored = await t.importRecords([
      nvdRecord('CVE-2023-1', 9.8, { lastModified: '2024-01-01T00:00:00Z' }),
    ])
    const reworded = await t.importRecords([
      nvdRecord('CVE-2023-1', 9.8, { lastModified: '2024-02-01T00:00:00Z', descriptions: [] }),
    ])
    expect(rescored.touchedNames).toEqual(['demo', 'demo-base'])
    expect(reworded).toMatchObject({ changed: 1, touchedNames: [] })
  })

  test('a withdrawn record stops matching, and comes back when it is withdrawn no more', async () => {
    const withdrawn = { modified: '2024-01-01T00:00:00Z', withdrawn: '2024-01-01T00:00:00Z' }
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
    const result = await t.importRecords([pypaRecord('PYSEC-1', '2.0', withdrawn)])
    expect(result.touchedNames).toEqual(['demo', 'demo-base'])
    expect(await known('1.0')).toEqual([])
    await t.importRecords([pypaRecord('PYSEC-1', '2.0', { modified: '2024-02-01T00:00:00Z' })])
    expect(await known('1.0')).toEqual(['PYSEC-1 unscored'])
  })

  test('a CVE that NVD rejected matches nothing, whoever else lists it', async () => {
    await t.importRecords([named('PYSEC-1', 'CVE-2023-1'), nvdRecord('CVE-2023-1', 7.5)])
    const rejected = await t.importRecords([
      nvdRecord('CVE-2023-1', 7.5, { vulnStatus: 'Rejected', lastModified: '2024-01-01T00:00:00Z' }),
    ])
    expect(rejected.touchedNames).toEqual(['demo', 'demo-base'])
    expect(await known('1.0')).toEqual([])
  })

  test('a disputed one is marked so', async () => {
    const tags = { cveTags: [{ tags: ['disputed'] }] }
    await t.importRecords([named('PYSEC-1', 'CVE-2023-1'), nvdRecord('CVE-2023-1', 7.5, tags)])
    const found = (await findVulnerabilities(t.db, 'demo', ['1.0'])).get('1.0') ?? []
    expect(toVulnerabilityFacts(found, { subdir: 'linux-64' })).toMatchObject([{ status: 'disputed' }])
  })

  test('an override replaces what NVD says of its CVE, even where it names other software', async () => {
    const configurations = (criteria: string): object[] => [
      { nodes: [{ operator: 'OR', cpeMatch: [{ vulnerable: true, criteria }] }] },
    ]
    await t.importRecords([
      nvdRecord('CVE-2023-2', 5, { configurations: configurations('cpe:2.3:a:zlib:zlib:1.2:*:*:*:*:*:*:*') }),
    ])
    expect(await known('1.2', 'zlib')).toEqual(['CVE-2023-2 5'])
    const override = {
      _annotation: { cve_id: 'CVE-2023-2' },
      cve: { configurations: configurations('cpe:2.3:a:demo:demo:1.2:*:*:*:*:*:*:*') },
    }
    expect((await t.importRecords([override])).touchedNames).toContain('zlib')
    expect(await known('1.2', 'zlib')).toEqual([])
  })
})

describe('a mapping', () => {
  test('says what is mapped, what is known to be nothing, and what nobody has looked at', async () => {
    expect((await findIdentities(t.db, 'demo')).state).toBe('linked')
    expect((await findIdentities(t.db, 'other')).state).toBe('none')
    expect((await findIdentities(t.db, 'never-heard-of')).state).toBe('unmapped')
  })
  test('replaces what it said before, and names what changed', async () => {
    await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
    const touched = await t.importNames({ demo: ['another'], 'demo-base': ['demo'], fresh: ['demo'] })
    expect(touched).toEqual(['demo', 'fresh', 'other'])
    expect(await known('1.0')).toEqual([])
    expect(await known('1.0', 'fresh')).toEqual(['PYSEC-1 unscored'])
  })
  test.each([
    ['page.json', '<html>'],
    ['list.json', '[]'],
    ['empty.json', '{}'],
  ])('%s is refused', async (name, content) => {
    const importing = importMapping(t.db, {
      path: t.writeFile(name, content),
      sourceName: 'x',
      now: new Date(),
    })
    await expect(importing).rejects.toMatchObject({
      code: 'invalid-mapping',
      message: expect.stringContaining(name) as string,
    })
  })
})

test('the listed matches are those that are found, and follow them', async () => {
  await t.importRecords([pypaRecord('PYSEC-1', '2.0')])
  const list = (): Promise<unknown> =>
    t.db
      .selectFrom('vulnerability_matches')
      .select(['version', 'vulnerability_id', 'verdict', 'platforms'])
      .execute()
  await projectMatches(t.db, 'demo', ['1.0', '2.0'], new Date(2_000))
  expect(await list()).toEqual([
    { version: '1.0', vulnerability_id: 'PYSEC-1', verdict: 'affected', platforms: '' },
  ])
  await projectMatches(t.db, 'demo', ['2.0'], new Date(3_000))
  expect(await list()).toEqual([])
})

test('importing in any pieces gives the same as importing at once', async () => {
  const records = Array.from({ length: 40 }, (_, index) =>
    pypaRecord(`PYSEC-${index}`, `${index}.0`, {
      aliases: [`CVE-2023-${index % 15}`, ...(index % 4 === 0 ? [`GHSA-${index % 6}`] : [])],
    }),
  )
  const dump = async (own: TestDatabase): Promise<unknown> => [
    await own.db.selectFrom('vulnerabilities').selectAll().orderBy('id').execute(),
    await own.db.selectFrom('advisories').select(['key', 'vulnerability_id']).orderBy('key').execute(),
  ]
  await t.importRecords(records)
  const pieces = await startTestDatabase()
  for (const start of [30, 10, 0, 20])
    await pieces.importRecords(records.slice(start, start + 10).toReversed())
  expect(await dump(pieces)).toEqual(await dump(t))
  await pieces.close()
})

test('a file that is not there is refused', async () => {
  const importing = importAdvisories(t.db, { path: '/nowhere/at-all.json', sourceName: 'x', now: new Date() })
  await expect(importing).rejects.toMatchObject({ code: 'invalid-advisories' })
})
