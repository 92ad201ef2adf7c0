import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bytesSource } from '@terrarium/conda/archive/byte-source.ts'
import { inspectPackage, type PackageInspection } from '@terrarium/conda/archive/inspect-package.ts'
import { writePackage } from '@terrarium/conda/archive/write-package.ts'
import { putFiles } from './contents-store.ts'
import { fileChange } from './file-change.ts'
import { readCauses, type Cause } from './stale-causes.ts'
import { isStaleAsAWhole, spreadStale } from './stale-channels.ts'
import {
  clearStale,
  countStale,
  enqueueForgottenPublishes,
  enqueuePublish,
  listStale,
  markAllStale,
  markStale,
} from './stale-names.ts'
import { findChannelByName } from './store.ts'
import { recordArtifacts } from '../artifacts/store.ts'
import type { Db } from '../platform/database/db.ts'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const NAMES = Array.from({ length: 601 }, (_, index) => `n${String(index).padStart(3, '0')}`)
const edited = { kind: 'policy', policy: 'p', change: 'edited' } as const

async function listCauses(): Promise<{ name: string; mark: string; causes: Cause[] }[]> {
  const stale = await listStale(t.parts.db, id)
  return stale.map(({ stored, ...one }) => ({ ...one, causes: readCauses(stored) }))
}

let t: TestApp
let id: string
let inspection: PackageInspection
let channels = 0
beforeAll(async () => {
  t = await startTestApp()
  const bytes = await writePackage({ name: 'sample', version: '1' }, 'conda')
  inspection = await inspectPackage(bytesSource(bytes), { filename: 'sample-1-0.conda' })
})
beforeEach(async () => {
  const name = `c${(channels += 1)}`
  await t.channel(name)
  id = (await findChannelByName(t.parts.db, name))!.id
})
afterEach(async () => {
  await enqueuePublish(t.parts.db, id, t.now)
  await t.settle()
  expect(await countStale(t.parts.db, id)).toBe(0)
})
afterAll(() => t.close())

/** Puts names into the channel, as a mirror would. */
async function put(names: readonly string[]): Promise<void> {
  const { db } = t.parts
  const artifacts = names.map((name) => ({
    ...{ sha256: Buffer.from(name.padEnd(32)).toString('hex'), md5: '0'.repeat(32), size: 1 },
    inspection,
  }))
  await db.transaction().execute(async (tx) => {
    await recordArtifacts(tx, artifacts, t.now)
    const files = names.map((name, index) =>
      fileChange({
        subdir: 'noarch',
        filename: `${name}-1-0.conda`,
        record: { name, version: '1', build: '0', build_number: 0, depends: [] },
        bytes: { ...artifacts[index]!, indexedMs: 1 },
        verifiedBy: 'sha256',
        origin: { kind: 'upload', id: 'u', name: 'u' },
      }),
    )
    await putFiles(tx, id, files, t.now)
    await markStale(tx, id, names, { kind: 'mapping' })
    await enqueuePublish(tx, id, t.now)
  })
  await t.settle()
}

/** The same database, where something happens before each statement that writes to `table` in this way. */
function before(verb: 'insertInto' | 'deleteFrom', table: string, act: () => void): Db {
  return new Proxy(t.parts.db, {
    get(db, property) {
      const value: unknown = Reflect.get(db, property)
      if (typeof value !== 'function') return value
      return (...names: unknown[]): unknown => {
        if (property === verb && names[0] === table) act()
        return Reflect.apply(value, db, names)
      }
    },
  })
}

describe('a change of all a channel has', () => {
  test('is one row whatever there is, and counts as stale from the first moment', async () => {
    await put(['a', 'b', 'c'])
    const { db } = t.parts

    await markAllStale(db, id, edited)
    await markAllStale(db, id, edited)

    const rows = await db.selectFrom('stale_channels').selectAll().where('channel_id', '=', id).execute()
    expect(rows).toHaveLength(1)
    expect(await listStale(db, id)).toEqual([])
    expect(await countStale(db, id)).toBe(1)
  })

  test('is spread to every name, some at a time', async () => {
    await put(NAMES)
    const { db } = t.parts
    await markAllStale(db, id, edited)
    let slices = 0
    await spreadStale(
      before('insertInto', 'stale_names', () => (slices += 1)),
      id,
    )

    const stale = await listCauses()
    expect(stale.map(({ name }) => name)).toEqual(NAMES)
    expect(stale.every(({ causes }) => causes.length === 1 && causes[0]?.kind === 'policy')).toBe(true)
    expect(Map.groupBy(stale, ({ mark }) => mark).size).toBe(3)
    expect(await isStaleAsAWhole(db, id)).toBe(false)
    expect(slices).toBe(3)
  })

  test('is begun again after a crash in the middle', async () => {
    await put(NAMES.slice(0, 301))
    const { db } = t.parts
    await markAllStale(db, id, edited)
    let slices = 0
    const crashing = before('insertInto', 'stale_names', () => {
      slices += 1
      if (slices === 2) throw new Error('killed')
    })
    await expect(spreadStale(crashing, id)).rejects.toThrow('killed')
    expect(await listStale(db, id)).toHaveLength(300)
    expect(await isStaleAsAWhole(db, id)).toBe(true)

    // as at the start of a server: nothing else says that there is work to do
    await db.deleteFrom('stale_names').where('channel_id', '=', id).execute()
    await enqueueForgottenPublishes(db, t.now)
    await t.settle()

    expect(await countStale(db, id)).toBe(0)
    const { causes } = await db
      .selectFrom('revisions')
      .select('causes')
      .where('channel_id', '=', id)
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(causes).toContain('mapping') // what was decided is what was before: no revision more
  })

  test('that comes again while it is spread stays', async () => {
    await put(['a', 'b'])
    const { db } = t.parts
    await markAllStale(db, id, edited)
    let again: Promise<void> | undefined
    const busy = before('deleteFrom', 'stale_channels', () => {
      again ??= markAllStale(db, id, { ...edited, policy: 'q' })
    })
    // the marking is asked for first, and one connection answers in order
    await spreadStale(busy, id)
    await again

    expect(await isStaleAsAWhole(db, id)).toBe(true)
  })

  test('makes a name stale that a publish is deciding already', async () => {
    await put(['a'])
    const { db } = t.parts
    await markStale(db, id, ['a'], { kind: 'mapping' })
    const seen = await listStale(db, id)

    await markAllStale(db, id, edited)
    await spreadStale(db, id)
    await clearStale(db, id, seen) // by the one that decided it under the policy before

    const [left] = await listCauses()
    expect(left).toMatchObject({ name: 'a', causes: [edited] }) // and not why it was stale before
  })

  test('forgets no cause of those that came before one publish', async () => {
    await put(['a', 'b'])
    const { db } = t.parts
    const byAlice = { kind: 'upload', by: 'alice', file: 'noarch/a-2-0.conda' } as const
    const byBob = { kind: 'upload', by: 'bob "\\n', file: 'noarch/a-3-0.conda' } as const
    await markStale(db, id, ['a'], byAlice)
    await markStale(db, id, ['a'], byBob)
    await markAllStale(db, id, edited)
    await markAllStale(db, id, { ...edited, policy: 'q' })
    await markAllStale(db, id, edited)

    await spreadStale(db, id)

    expect(await listCauses()).toMatchObject([
      { name: 'a', causes: [byAlice, byBob, { policy: 'q' }, edited] },
      { name: 'b', causes: [{ policy: 'q' }, edited] },
    ])
  })

  test('keeps a bounded number of causes of one name', async () => {
    await put(['a'])
    const { db } = t.parts
    const cause = (number: number) => ({ kind: 'upload', by: 'alice', file: `${number}` }) as const
    for (let number = 0; number < 150; number += 1) await markStale(db, id, ['a'], cause(number))

    const [stale] = await listCauses()
    expect(stale?.causes[0]).toEqual(cause(0))
    expect(stale?.causes.at(-1)).toEqual(cause(149))
    expect(stale?.causes.length).toBeLessThan(100)
  })

  test('spread by two publishers takes no later mark of a name away', async () => {
    await put(['a'])
    const { db } = t.parts
    await markAllStale(db, id, edited)
    const [row] = await db.selectFrom('stale_channels').selectAll().where('channel_id', '=', id).execute()
    await spreadStale(db, id)
    const seen = await listStale(db, id)
    await markStale(db, id, ['a'], { kind: 'mapping' })
    await db.insertInto('stale_channels').values(row!).execute() // as the other one has read it before
    await spreadStale(db, id)

    await clearStale(db, id, seen)

    expect((await listStale(db, id)).map(({ name }) => name)).toEqual(['a'])
  })
})
