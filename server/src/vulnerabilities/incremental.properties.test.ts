/**
 * Whatever comes in whatever order, and is taken back again, what is matched against is what importing everything that
 * stands anew gives; and the names that a step does not touch have the verdicts they had.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { takeBackImports } from './activate-import.ts'
import { importAdvisories, type ImportResult, type ImportSource } from './import-advisories.ts'
import { pypaRecord, startTestDatabase, type TestDatabase } from './testing/database.ts'
import { readVerdicts } from './testing/verdicts.ts'
import { listActiveImports } from './version-store.ts'

const NAMES = ['demo', 'lib', 'tool']
const VERSIONS = ['1.0', '2.0', '3.0', '4.0']

interface Change {
  readonly id: number
  readonly name: number
  readonly fixed: number
  readonly alias: number | null
  readonly isWithdrawn: boolean
  readonly day: number
}

const change: fc.Arbitrary<Change> = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  name: fc.integer({ min: 0, max: NAMES.length - 1 }),
  fixed: fc.integer({ min: 0, max: VERSIONS.length - 1 }),
  alias: fc.option(fc.integer({ min: 1, max: 4 })),
  isWithdrawn: fc.boolean(),
  day: fc.integer({ min: 1, max: 9 }),
})

type Step =
  | { readonly kind: 'import'; readonly source: number; readonly changes: readonly Change[] }
  | { readonly kind: 'take-back'; readonly source: number; readonly depth: number }

const source = fc.integer({ min: 0, max: 1 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('import' as const),
      source,
      changes: fc.array(change, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('take-back' as const),
      source,
      depth: fc.integer({ min: 0, max: 2 }),
    }),
  },
)

function recordOf({ id, name, fixed, alias, isWithdrawn, day }: Change): object {
  const modified = `2023-01-0${day}T00:00:00Z`
  return pypaRecord(`PYSEC-${id}`, '', {
    modified,
    ...(alias !== null && { aliases: [`CVE-2023-000${alias}`] }),
    ...(isWithdrawn && { withdrawn: modified }),
    affected: [
      {
        package: { ecosystem: 'PyPI', name: NAMES[name] },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: VERSIONS[fixed] }] }],
      },
    ],
  })
}

const sources: readonly ImportSource[] = ['first', 'second'].map((id) => ({
  id,
  kind: 'osv',
  isAutomatic: true,
  isWhole: false,
  marker: '{}',
}))

async function startWorld(): Promise<TestDatabase> {
  const t = await startTestDatabase()
  await t.importNames(Object.fromEntries(NAMES.map((name) => [name, [name]])))
  await t.holdVersions(Object.fromEntries(NAMES.map((name) => [name, VERSIONS])))
  return t
}

interface Given {
  readonly source: ImportSource
  readonly changes: readonly Change[]
  readonly at: Date
}

async function importChanges(t: TestDatabase, { source: own, changes, at }: Given): Promise<ImportResult> {
  const path = t.writeFile(
    `feed-${at.getTime()}.jsonl`,
    changes.map((one) => JSON.stringify(recordOf(one))).join('\n'),
  )
  const made = await importAdvisories(t.db, { path, sourceName: own.id, now: at, source: own })
  expect(made.findings).toEqual([])
  return made
}

/**
 * @param given what each import was given, by its id
 * @returns names the step says it touches
 */
async function take(
  t: TestDatabase,
  taken: Step,
  at: Date,
  given: Map<string, Given>,
): Promise<readonly string[]> {
  const own = sources[taken.source]! // the sources are two, and the step names one
  if (taken.kind === 'import') {
    const what = { source: own, changes: taken.changes, at }
    const { importId, touchedNames } = await importChanges(t, what)
    given.set(importId, what)
    return touchedNames
  }
  const active = await listActiveImports(t.db, 'advisories', own.id)
  const importIds = active.slice(0, taken.depth + 1).map(({ id }) => id)
  if (importIds.length === 0) return []
  for (const id of importIds) given.delete(id)
  const move = { kind: 'advisories' as const, importIds, at, epssBounds: [] }
  return t.db.transaction().execute(async (tx) => (await takeBackImports(tx, move)).touchedNames)
}

/** What the imports that stand were given, into a world where nothing else ever was. */
async function recompute(given: ReadonlyMap<string, Given>): Promise<Map<string, string>> {
  const fresh = await startWorld()
  try {
    for (const what of given.values()) await importChanges(fresh, what)
    return await readVerdicts(fresh.db)
  } finally {
    await fresh.close()
  }
}

test('the result equals a full recompute', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const t = await startWorld()
      try {
        const given = new Map<string, Given>()
        let before = await readVerdicts(t.db)
        for (const [index, one] of steps.entries()) {
          const touched = new Set(await take(t, one, new Date(1_000 + index), given))
          const after = await readVerdicts(t.db)
          for (const key of new Set([...before.keys(), ...after.keys()])) {
            const [name = ''] = key.split(' ')
            if (!touched.has(name)) expect(after.get(key), `${key}, not touched`).toBe(before.get(key))
          }
          before = after
        }
        expect(before).toEqual(await recompute(given))
      } finally {
        await t.close()
      }
    }),
    { numRuns: 10, seed: 20_261_125 },
  )
})
