/**
 * Two dates of NVD, anchore's overrides and KEV as successive snapshots: what was known then, cut by the records' own
 * dates, and what is known now. What the preview lists is what changes, and taking the update back brings every verdict.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { expect, test } from 'vitest'
import { activateImport, takeBackImports } from './activate-import.ts'
import { listEffects } from './effect-store.ts'
import { importAdvisories, type ImportResult, type ImportSource } from './import-advisories.ts'
import type { SourceKind } from './source-kinds.ts'
import { startTestDatabase, type TestDatabase } from './testing/database.ts'
import { readVerdicts } from './testing/verdicts.ts'
import { kindRules } from './source-kinds.ts'

const THEN = '2019-06-30'
const KEV_THEN = '2023-12-31'

function lines<Row>(relative: string): Row[] {
  const text = gunzipSync(readFileSync(sharedPath(relative))).toString('utf8')
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}

interface Kev {
  readonly count: number
  readonly dateReleased: string
  readonly vulnerabilities: readonly { readonly dateAdded: string }[]
}

function kevAt(catalogue: Kev, day: string): Kev {
  const vulnerabilities = catalogue.vulnerabilities.filter(({ dateAdded }) => dateAdded <= day)
  return { ...catalogue, dateReleased: `${day}T00:00:00Z`, count: vulnerabilities.length, vulnerabilities }
}

/** Versions that the labelled rows speak of: real ones, of packages that these advisories are about. */
function labelledVersions(): Record<string, string[]> {
  const { rows } = JSON.parse(readFileSync(sharedPath('vectors/cve-truth.json'), 'utf8')) as {
    readonly rows: readonly { readonly package: string; readonly version: string }[]
  }
  const byName = Map.groupBy(rows, (row) => row.package)
  return Object.fromEntries(
    [...byName].map(([name, own]) => [name, [...new Set(own.map(({ version }) => version))]]),
  )
}

const sources = {
  nvd: sourceOf('nvd'),
  overrides: sourceOf('nvd-override'),
  kev: sourceOf('kev'),
}

function sourceOf(kind: SourceKind): ImportSource {
  return { id: kind, kind, isAutomatic: true, isWhole: false, marker: '{}' }
}

let imports = 0

async function importText(t: TestDatabase, source: ImportSource, text: string): Promise<ImportResult> {
  const path = t.writeFile(`${source.id}-${(imports += 1)}.json`, text)
  // the clock of the day the data is of, or it would be refused as years old
  const now = new Date(Date.parse(imports <= 3 ? '2019-07-01' : '2021-10-01') + imports)
  const made = await importAdvisories(t.db, { path, sourceName: source.id, now, source })
  if (made.state === 'active') return made
  // two years at once are a mass change, and corrections take away much of what NVD said: a person lets them through
  expect(['matches-lost', 'mass-change']).toEqual(
    expect.arrayContaining(made.findings.map(({ code }) => code)),
  )
  const { feed: kind } = kindRules[source.kind]
  await t.db
    .transaction()
    .execute((tx) => activateImport(tx, { kind, importId: made.importId, at: now, epssBounds: [] }))
  return made
}

test.skipIf(!hasSharedData)(
  'the preview of an update is what changes, and taking it back brings every verdict',
  { timeout: 120_000 },
  async () => {
    const t = await startTestDatabase()
    try {
      const held = labelledVersions()
      await t.holdVersions(held)
      const names = Object.keys(held)
      const nvd = lines<{ lastModifiedDate: string }>('data/advisories/nvd/nvd-1.1-relevant.jsonl.gz').filter(
        // all of them take half a minute
        (record) => {
          const text = JSON.stringify(record)
          return names.some((name) => text.includes(`:${name}:`))
        },
      )
      const overrides = lines<{ _annotation: { cve_id: string } }>(
        'data/advisories/nvd/anchore-nvd-overrides-relevant.jsonl.gz',
      )
      const kevText = gunzipSync(
        readFileSync(sharedPath('data/advisories/kev/known_exploited_vulnerabilities-2025-08-25.json.gz')),
      ).toString('utf8')
      await importText(t, sources.nvd, jsonl(nvd.filter((record) => record.lastModifiedDate <= THEN)))
      await importText(
        t,
        sources.overrides,
        jsonl(overrides.filter(({ _annotation: { cve_id: id } }) => id < 'CVE-2024')),
      )
      await importText(t, sources.kev, JSON.stringify(kevAt(JSON.parse(kevText) as Kev, KEV_THEN)))
      const before = await readVerdicts(t.db)

      const updates: ImportResult[] = []
      for (const [source, text] of [
        [sources.nvd, jsonl(nvd)],
        [sources.overrides, jsonl(overrides)],
        [sources.kev, kevText],
      ] as const) {
        const was = await readVerdicts(t.db)
        const update = await importText(t, source, text)
        updates.push(update)
        const is = await readVerdicts(t.db)
        const changed = [...new Set([...was.keys(), ...is.keys()])].filter(
          (key) => was.get(key) !== is.get(key),
        )
        const { items } = await listEffects(t.db, update.importId, { offset: 0, limit: 100_000 })
        const listed = items.map(
          ({ condaName, version, vulnerabilityId }) => `${condaName} ${version} ${vulnerabilityId}`,
        )
        expect(listed.toSorted()).toEqual(changed.toSorted())
        expect(listed.length).toBeGreaterThan(0)
      }
      expect(await readVerdicts(t.db)).not.toEqual(before)

      for (const [index, { importId }] of updates.entries()) {
        const { kind } = Object.values(sources)[index]! // as many as updates
        await t.db.transaction().execute((tx) =>
          takeBackImports(tx, {
            kind: kindRules[kind].feed,
            importIds: [importId],
            at: new Date('2021-11-01T00:00:00Z'),
            epssBounds: [],
          }),
        )
      }
      expect(await readVerdicts(t.db)).toEqual(before)
    } finally {
      await t.close()
    }
  },
)

function jsonl(records: readonly unknown[]): string {
  return records.map((record) => JSON.stringify(record)).join('\n')
}
