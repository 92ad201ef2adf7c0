import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

let t: TestApp
let admin: TestClient
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  await t.channel('main')
  await t.upload('main', { name: 'demo', version: '1.0' })
  await t.upload('main', { name: 'other', version: '1.0' })
})
afterAll(() => t.close())

test('filters of Package Security Manager become a policy that is written and acts like them', async () => {
  const translated = await admin.post('/api/policies/from-filters', {
    name: 'their filters',
    filters: { exclude_specs: ['demo'], subdirs: ['linux-64'] },
  })
  expect(translated.statusCode).toBe(200)
  const { document, notes } = translated.json<{ document: string; notes: string[] }>()
  expect(notes).toEqual([expect.stringContaining('noarch')])
  expect((await admin.get('/api/policies')).json()).toMatchObject({ total_count: 0 })

  expect((await admin.post('/api/policies', { document })).statusCode).toBe(200)
  expect((await admin.put('/api/channels/main/policies/their%20filters', {})).statusCode).toBe(204)
  await t.settle()
  const index = await t.nobody().get('/api/repo/main/noarch/repodata.json')
  expect(Object.keys(index.json<{ 'packages.conda': object }>()['packages.conda'])).toEqual([
    'other-1.0-0.conda',
  ])
})

test.each<[object, string]>([
  [{ filters: { only_specs: ['a'], include_dependencies: true } }, 'include_dependencies'],
  [{ filters: { cve_treshold: 7 } }, 'cve_treshold'],
  [{ filters: { exclude_specs: ['a >=1,,<'] } }, 'filters.exclude_specs: "a >=1,,<"'],
  [{ filters: {}, name: 'x'.repeat(101) }, 'longer than 100 characters'],
  [{}, 'filters'],
])('%j is refused by name', async (body, named) => {
  const response = await admin.post('/api/policies/from-filters', { name: 'x', ...body })
  expect(response.statusCode).toBe(400)
  expect(response.json<{ message: string }>().message).toContain(named)
})
