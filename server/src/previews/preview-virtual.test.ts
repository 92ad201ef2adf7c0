/** A preview of a virtual channel is what publishing it gives then: what its members decide counts, and its own policies. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

let t: TestApp
let admin: TestClient
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  await t.channel('ours')
  await t.channel('theirs')
  const gpl = { license: 'GPL-3.0-only' }
  const mit = { license: 'MIT' }
  await t.upload('ours', { name: 'app', version: '1.0', index: mit })
  await t.upload('ours', { name: 'app', version: '2.0', index: gpl })
  // the name is ours, so nobody sees this one
  await t.upload('theirs', { name: 'app', version: '9.0', index: gpl })
  await t.upload('theirs', { name: 'tool', version: '1.0', index: gpl })
  await t.upload('theirs', { name: 'tool', version: '2.0', index: mit })
  await t.upload('theirs', { name: 'lib', version: '1.0', index: mit })
  const made = await admin.post('/api/channels', {
    ...{ name: 'both', channel_type: 'virtual', privacy: 'public' },
    sources: [{ name: 'ours' }, { name: 'theirs' }],
  })
  if (made.statusCode !== 201) throw new Error(made.body)
  await t.settle()
  // what the member keeps back is kept back here too
  await t.policy('theirs', 'name: no-tool-1\nrules: [{id: old, effect: hide, when: {package: [tool ==1.0]}}]')
})
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

interface Preview {
  readonly file_count: number
  readonly name_count: number
  readonly newly_blocked: number
  readonly newly_unblocked: number
  readonly before: Readonly<Record<string, number>>
  readonly after: Readonly<Record<string, number>>
  readonly by_rule: readonly { policy: string; rule: string; newly_blocked: number }[]
}

async function preview(body: object): Promise<Preview> {
  const response = await admin.post('/api/channels/both/policy-preview', body)
  if (response.statusCode !== 200) throw new Error(response.body)
  return response.json()
}

/** How many files the channel has of each effect, as it was published. */
async function published(): Promise<Record<string, number>> {
  const { items } = (await admin.get('/api/channels/both/files')).json<{ items: { effect: string }[] }>()
  const counts: Record<string, number> = {}
  for (const { effect } of items) counts[effect] = (counts[effect] ?? 0) + 1
  return counts
}

function withoutZeros(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0))
}

const STRICT = 'name: strict\nrules: [{id: gpl, effect: deny, when: {licence: GPL}}]'

test('counts what the members keep back already, and not what no name of theirs shows', async () => {
  const found = await preview({ document: STRICT })
  expect(found).toMatchObject({ file_count: 5, name_count: 3 })
  expect(withoutZeros(found.before)).toEqual(await published())
  expect(withoutZeros(found.before)).toEqual({ allow: 4, hide: 1 })
  // tool 1.0 is hidden by the member before and after: it does not leave the index a second time
  expect(withoutZeros(found.after)).toEqual({ allow: 3, deny: 2 })
  expect(found.newly_blocked).toBe(1)
  expect(found.by_rule).toMatchObject([{ policy: 'strict', rule: 'gpl', newly_blocked: 1 }])
})

test('is what publishing gives then, and what taking it back would undo', async () => {
  const promised = await preview({ document: STRICT })
  await t.policy('both', STRICT)
  expect(await published()).toEqual(withoutZeros(promised.after))

  const back = await preview({ unassign: 'strict' })
  expect(back).toMatchObject({ newly_blocked: 0, newly_unblocked: 1 })
  await admin.delete('/api/channels/both/policies/strict')
  await t.settle()
  expect(await published()).toEqual(withoutZeros(back.after))
})

test('of a text of a policy that a member is under counts what it changes there', async () => {
  const text = 'name: no-tool-1\nrules: [{id: none, effect: deny, when: {package: lib}}]'
  await admin.put('/api/channels/both/policies/no-tool-1')
  await t.settle()

  const promised = await preview({ document: text })
  expect(promised).toMatchObject({ newly_blocked: 1, newly_unblocked: 1 })
  const written = await admin.post('/api/policies', { document: text })
  expect(written.statusCode, written.body).toBe(200)
  await t.settle()
  expect(await published()).toEqual(withoutZeros(promised.after))
})
