/** What was decided on a past day is told, and comes out the same when it is made again. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

const DAY = 24 * 3600 * 1000

let t: TestApp
let admin: TestClient
let dev: TestClient
beforeAll(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  dev = await t.as('dev')
})
beforeEach(() => t.advance(DAY))
afterEach(() => t.requireQuiet())
afterAll(() => t.close())

interface Change {
  readonly id: string
  readonly at: string
  readonly before: string | null
  readonly after: string
}

interface Past {
  readonly revision: number
  readonly candidates: {
    readonly file: string
    readonly effect: string
    readonly listed: boolean
    readonly reasons: { readonly rule: string; readonly text: string }[]
    readonly change: Change | null
  }[]
}

interface Replayed {
  readonly outcome: string
  readonly problem: string | null
  readonly differences: { readonly path: string; readonly recorded: string; readonly replayed: string }[]
  readonly replayed: { readonly effect: string } | null
  readonly facts: { readonly licence: string } | null
  readonly policies: { readonly channel: string; readonly policy: string; readonly version: number }[]
}

async function policy(channel: string, name: string, rules: string, mode = 'enforce'): Promise<void> {
  const written = await admin.post('/api/policies', { document: `name: ${name}\nrules: [${rules}]` })
  expect([written.statusCode, written.body]).toEqual([expect.toSatisfy((code) => code < 300), written.body])
  const put = await admin.put(`/api/channels/${channel}/policies/${name}`, { mode })
  expect(put.statusCode).toBeLessThan(300)
  await t.settle()
}

async function history(channel: string, file: string): Promise<Change[]> {
  const answer = await dev.get(`/api/channels/${channel}/explain/${file}/history`)
  return answer.json<{ items: Change[] }>().items
}

async function replay(channel: string, id: string): Promise<Replayed> {
  return (await dev.get(`/api/channels/${channel}/decisions/${id}`)).json<Replayed>()
}

async function past(channel: string, spec: string, at: Date): Promise<Past> {
  const query = new URLSearchParams({ spec, at: at.toISOString() })
  return (await dev.get(`/api/channels/${channel}/decisions?${query.toString()}`)).json<Past>()
}

async function rollBack(channel: string, revision: number): Promise<void> {
  const answer = await admin.post(`/api/channels/${channel}/revisions/${revision}/rollback`)
  expect([answer.statusCode, answer.body]).toEqual([expect.toSatisfy((code) => code < 300), answer.body])
  await t.settle()
}

const GPL = '{ id: no-gpl, effect: deny, when: { licence: GPL } }'

test('a decision is made again from the policy and the facts of its day, whatever became of them', async () => {
  await t.channel('main')
  await t.upload('main', { name: 'demo', version: '1.0', index: { license: 'GPL-3.0-only' } })
  t.advance(DAY)
  await policy('main', 'strict', GPL)
  const blockedAt = t.now
  t.advance(DAY)
  await policy('main', 'strict', '{ id: no-mit, effect: deny, when: { licence: MIT } }')
  await admin.delete('/api/channels/main/policies/strict')
  expect((await admin.delete('/api/policies/strict')).statusCode).toBeLessThan(300)
  await t.settle()

  const [allowed, blocked] = await history('main', 'noarch/demo-1.0-0.conda')
  expect([blocked?.before, blocked?.after, allowed?.after]).toEqual(['allow', 'deny', 'allow'])
  expect(await replay('main', blocked!.id)).toMatchObject({
    outcome: 'same',
    problem: null,
    differences: [],
    replayed: { effect: 'deny', reasons: [{ policy: 'strict', rule: 'no-gpl' }] },
    facts: { licence: 'GPL-3.0-only' },
    policies: [{ channel: 'main', policy: 'strict', version: 1, mode: 'enforce' }],
  })
  expect(await replay('main', allowed!.id)).toMatchObject({ outcome: 'same', replayed: { effect: 'allow' } })

  const then = await past('main', 'demo', blockedAt)
  expect(then.candidates).toMatchObject([
    { file: 'noarch/demo-1.0-0.conda', effect: 'deny', listed: false, reasons: [{ rule: 'no-gpl' }] },
  ])
  const before = await past('main', 'demo 1.*', new Date(blockedAt.getTime() - 1))
  expect(before.candidates).toMatchObject([{ effect: 'allow', listed: true, reasons: [], change: null }])
  expect((await past('main', 'demo >2', blockedAt)).candidates).toEqual([])
})

test('what is changed where it is stored is called damaged, and what was never kept is said to be missing', async () => {
  await t.channel('tampered')
  await t.upload('tampered', { name: 'demo', version: '1.0', index: { license: 'GPL-3.0-only' } })
  await policy('tampered', 'tampered', GPL)
  const [change] = await history('tampered', 'noarch/demo-1.0-0.conda')
  const { db } = t.parts
  const { id: channelId } = await db
    .selectFrom('channels')
    .select('id')
    .where('name', '=', 'tampered')
    .executeTakeFirstOrThrow()

  await db
    .updateTable('decision_changes')
    .set({ after: 'warn' })
    .where('channel_id', '=', channelId)
    .execute()
  const different = await replay('tampered', change!.id)
  expect(different).toMatchObject({
    outcome: 'different',
    differences: [{ path: 'effect', recorded: '"warn"', replayed: '"deny"' }],
  })

  const pieces = await db
    .selectFrom('decision_inputs')
    .selectAll()
    .where('channel_id', '=', channelId)
    .execute()
  expect(pieces).toHaveLength(2) // the policies, and the facts
  await db
    .updateTable('decision_inputs')
    .set({ body: pieces[0]!.body })
    .where('channel_id', '=', channelId)
    .execute()
  expect(await replay('tampered', change!.id)).toMatchObject({ outcome: 'damaged', replayed: null })
  expect((await replay('tampered', change!.id)).problem).toContain('was changed')

  await db.updateTable('decision_changes').set({ inputs: null }).where('channel_id', '=', channelId).execute()
  expect(await replay('tampered', change!.id)).toMatchObject({ outcome: 'not_kept', problem: null })
})

test('a file that was blocked, went and came back is allowed from then on', async () => {
  await t.channel('back')
  await t.upload('back', { name: 'demo', version: '1.0', index: { license: 'GPL-3.0-only' } })
  const first = t.now
  t.advance(DAY)
  await policy('back', 'back', GPL)
  t.advance(DAY)
  await rollBack('back', 0)
  const gone = t.now
  await admin.delete('/api/channels/back/policies/back')
  t.advance(DAY)
  await rollBack('back', 1)

  const effects = (await history('back', 'noarch/demo-1.0-0.conda')).map(({ before, after }) => [
    before,
    after,
  ])
  expect(effects).toEqual([
    [null, 'allow'],
    ['allow', 'deny'],
  ])
  expect((await past('back', 'demo', gone)).candidates).toEqual([])
  const [now] = (await past('back', 'demo', t.now)).candidates
  expect(now).toMatchObject({ effect: 'allow', listed: true })
  expect((await past('back', 'demo', first)).candidates).toMatchObject([{ effect: 'allow', change: null }])
})

test('of a virtual channel the policies of the member are asked too', async () => {
  await t.channel('member')
  await t.upload('member', { name: 'demo', version: '1.0', index: { license: 'GPL-3.0-only' } })
  await policy('member', 'of-member', GPL)
  const made = await admin.post('/api/channels', {
    name: 'shown',
    privacy: 'public',
    channel_type: 'virtual',
    sources: [{ name: 'member' }],
  })
  expect([made.statusCode, made.body]).toEqual([201, made.body])
  await t.settle()
  await policy('shown', 'of-shown', '{ id: warned, effect: warn, when: { package: demo } }')

  const changes = await history('shown', 'noarch/demo-1.0-0.conda')
  expect(changes.map(({ after }) => after)).toEqual(['deny'])
  expect(await replay('shown', changes[0]!.id)).toMatchObject({
    outcome: 'same',
    policies: [{ channel: 'member', policy: 'of-member' }],
  })
  // from here on both are asked
  await admin.delete('/api/channels/member/policies/of-member')
  await t.settle()
  const [warned] = await history('shown', 'noarch/demo-1.0-0.conda')
  expect(await replay('shown', warned!.id)).toMatchObject({
    outcome: 'same',
    replayed: { effect: 'warn' },
    policies: [{ channel: 'shown', policy: 'of-shown' }],
  })
})

test('what cannot be asked is refused with what can', async () => {
  await t.channel('asked')
  await t.upload('asked', { name: 'demo', version: '1.0' })
  const cases = [
    ['spec=demo&at=yesterday', 400, 'is no instant: give a date (2026-10-01)'],
    ['spec=demo&at=3', 400, 'is no instant'],
    ['spec=d*&at=2026-10-01', 400, 'name one'],
    ['spec=demo&at=2199-01-01', 404, 'has not come yet'],
    ['spec=demo&at=1999-01-01', 404, 'there was no channel asked'],
    ['at=2026-10-01', 400, 'spec'],
  ] as const
  for (const [query, status, text] of cases) {
    const answer = await dev.get(`/api/channels/asked/decisions?${query}`)
    expect([query, answer.statusCode, answer.body]).toEqual([query, status, expect.stringContaining(text)])
  }
  expect((await dev.get('/api/channels/asked/decisions/none')).statusCode).toBe(404)
  expect((await dev.get('/api/channels/asked/explain/noarch/none-1-0.conda/history')).statusCode).toBe(404)
})
