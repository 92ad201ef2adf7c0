import { beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../testing/test-app.ts'

const DAY = 86_400_000

let t: TestApp
beforeEach(async () => {
  t = await startTestApp()
  await t.channel('main')
})

async function listed(): Promise<string[]> {
  const response = await t.nobody().get('/api/repo/main/noarch/repodata.json')
  return Object.keys(response.json<{ 'packages.conda': object }>()['packages.conda']).sort()
}

async function statusOf(file: string): Promise<number> {
  return (await t.nobody().head(`/api/repo/main/noarch/${file}`)).statusCode
}

const hold = "name: wait\nrules: [{id: week, effect: hold, when: {age: '< 7 days'}}]"

test('a package that comes of age appears without anybody asking, in the index and at the gate', async () => {
  await t.policy('main', hold)
  await t.upload('main', { name: 'demo', version: '1.0' })
  expect(await listed()).toEqual([])
  expect(await statusOf('demo-1.0-0.conda')).toBe(403)

  t.advance(7 * DAY - 1)
  await t.settle()
  expect(await listed()).toEqual([])

  t.advance(1)
  expect(await statusOf('demo-1.0-0.conda')).toBe(200) // before any job has run
  await t.settle()
  expect(await listed()).toEqual(['demo-1.0-0.conda'])
  const { causes } = await t.parts.db
    .selectFrom('revisions')
    .select('causes')
    .orderBy('number', 'desc')
    .executeTakeFirstOrThrow()
  expect(JSON.parse(causes)).toEqual([{ kind: 'time' }])
  await t.close()
})

test('what came due while no server ran is done at the next start', async () => {
  await t.policy('main', hold)
  await t.upload('main', { name: 'demo', version: '1.0' })
  await t.stop()

  t = await startTestApp({ folder: t.folder, startAt: new Date(t.now.getTime() + 8 * DAY) })
  await t.settle()
  expect(await listed()).toEqual(['demo-1.0-0.conda'])
  await t.close()
})

test('every change of a decision is written down with its cause', async () => {
  await t.upload('main', { name: 'demo', version: '1.0' })
  await t.policy('main', hold)
  t.advance(7 * DAY)
  await t.settle()
  const changes = await t.parts.db.selectFrom('decision_changes').selectAll().orderBy('id').execute()
  expect(changes.map(({ before, after, causes }) => [before, after, JSON.parse(causes) as unknown])).toEqual([
    ['allow', 'hold', [{ kind: 'policy', policy: 'wait', change: 'assigned', by: 'admin' }]],
    ['hold', 'allow', [{ kind: 'time' }]],
  ])
  await t.close()
})
