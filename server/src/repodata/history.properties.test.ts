/**
 * After any sequence of uploads, removals, policies, freezes and rollbacks, the past is what was served when it
 * was the present, and storage is consistent.
 */
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { removeFiles } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { findChannelByName } from '../channels/store.ts'
import { findAll } from '../doctor/testing/find-all.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { indexesOf, takePicture, type ServedPicture } from './testing/served-picture.ts'

const SUBDIRS = ['noarch', 'linux-64'] as const
const RUNS = 3
const STEPS = 12

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('upload' as const),
      name: fc.constantFrom('a', 'b', 'c'),
      version: fc.constantFrom('1', '2', '3'),
      subdir: fc.constantFrom(...SUBDIRS),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('remove' as const), pick: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('policy' as const),
      deny: fc.constantFrom('a', 'b 1', 'c >=2', 'zzz'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('freeze' as const),
      behavior: fc.constantFrom('frozen', 'default'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('rollback' as const), pick: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('serve' as const), pick: fc.nat(20) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

let t: TestApp
let admin: TestClient
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
})
afterAll(() => t.close())

interface Shown {
  readonly revision: number
  readonly newest_revision: number
}

async function show(channel: string): Promise<Shown> {
  return (await admin.get(`/api/channels/${channel}`)).json()
}

async function take(channel: string, todo: Step): Promise<void> {
  const { db, now } = t.parts
  const { newest_revision: newest } = await show(channel)
  switch (todo.kind) {
    case 'upload':
      await t.upload(channel, { name: `${channel}-${todo.name}`, version: todo.version, subdir: todo.subdir })
      return
    case 'remove': {
      const { id } = (await findChannelByName(db, channel))!
      const files = await db
        .selectFrom('channel_files')
        .select(['subdir', 'name', 'filename'])
        .where('channel_id', '=', id)
        .where('state', '=', 'present')
        .orderBy('filename')
        .execute()
      const file = files[todo.pick % Math.max(1, files.length)]
      if (!file) return
      await removeFiles(db, id, [file], now())
      await markStale(db, id, [file.name], { kind: 'removal', by: 'x', file: file.filename })
      await enqueuePublish(db, id, now())
      return
    }
    case 'policy':
      await admin.post('/api/policies', {
        document: `name: p-${channel}\ndeny: [package: "${channel}-${todo.deny}"]`,
      })
      await admin.put(`/api/channels/${channel}/policies/p-${channel}`)
      return
    case 'freeze':
      await admin.put(`/api/channels/${channel}`, { indexing_behavior: todo.behavior })
      return
    case 'rollback':
    case 'serve':
      await admin.post(`/api/channels/${channel}/revisions/${todo.pick % (newest + 1)}/${todo.kind}`)
  }
}

test('the past is what the present was', async () => {
  let count = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: STEPS, maxLength: STEPS }), async (steps) => {
      const channel = `p${(count += 1)}`
      await t.channel(channel)
      const seen: { at: Date; revision: number; picture: ServedPicture }[] = []
      for (const todo of steps) {
        t.advance(60_000)
        await take(channel, todo)
        await t.settle()
        const { revision } = await show(channel)
        seen.push({ at: t.now, revision, picture: await takePicture(t, channel, SUBDIRS) })
      }
      t.advance(60_000)
      for (const { at, revision, picture } of seen) {
        for (const place of [`${channel}@${revision}`, `${channel}@${at.toISOString()}`]) {
          const past = await takePicture(t, place, SUBDIRS)
          expect(indexesOf(past)).toEqual(indexesOf(picture))
          // a package is the same or refused by what is in force today, never gone and never another
          for (const [path, bytes] of Object.entries(picture))
            if (past[path] !== '403' && bytes !== '403') expect(past[path]).toBe(bytes)
        }
      }
    }),
    { numRuns: RUNS, seed: 20, endOnFailure: true },
  )
  const findings = await findAll({
    ...t.parts,
    dataFolder: t.parts.configuration.data,
    blobFolder: join(t.parts.configuration.data, 'blobs'),
  })
  expect(findings.filter(({ code }) => code !== 'unreferenced-blob')).toEqual([])
}, 300_000)
