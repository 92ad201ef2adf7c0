/** What nodes remember of rights, and how soon they forget it. */
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Secret } from '../platform/secret.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'
import { Access } from './access.ts'

let t: TestApp
let ann: TestClient
beforeEach(async () => {
  t = await startTestApp()
  ann = await t.as('ann')
})
afterEach(() => t.close())

/** Another node on the same database, with a clock that is moved by hand. */
function anotherNode() {
  const clock = { ms: 0 }
  const access = new Access({ db: t.parts.db, now: () => t.now, monotonicMs: () => clock.ms })
  return { access, clock }
}

test('a token that is dropped here is known to be dropped on every other node within two seconds', async () => {
  const { access, clock } = anotherNode()
  const { id, token } = (await ann.post('/api/account/tokens', { name: 'x' })).json<{
    id: string
    token: string
  }>()
  const secret = new Secret(token)
  expect(await access.find(secret)).toMatchObject({ name: 'ann' })

  await ann.delete(`/api/account/tokens/${id}`)

  expect((await t.withToken(token).get('/api/account')).statusCode).toBe(401)
  clock.ms += 2000
  expect(await access.find(secret)).toBeUndefined()
})

test('so is a role that is taken away, a group that is left and a share that is taken back', async () => {
  const { access, clock } = anotherNode()
  const admin = await t.as('admin')
  const { user_id: id } = (await ann.get('/api/account')).json<{ user_id: string }>()
  const secret = new Secret(ann.token ?? '')
  const rolesLater = async () => {
    clock.ms += 2000
    const actor = await access.find(secret)
    return actor?.kind === 'user'
      ? [...actor.roles, ...actor.groups.map(({ name }) => name), actor.shares.size]
      : []
  }
  await admin.post('/api/channels', { name: 'c' })
  const group = (await admin.post('/api/groups', { name: 'team', description: '' })).json<{ id: string }>().id
  expect(await rolesLater()).toEqual(['author', 0])

  await admin.post('/api/roles/curator/grants', { subject_kind: 'user', subject_id: id })
  await admin.post(`/api/groups/${group}/users`, { user_id: id, permission: 'read' })
  await admin.post('/api/channels/c/groups', { group_id: group, permission: 'read' })
  expect(await rolesLater()).toEqual(['author', 'curator', 'team', 1])

  await admin.delete(`/api/roles/curator/grants/user/${id}`)
  expect(await rolesLater()).toEqual(['author', 'team', 1])
  await admin.delete(`/api/channels/c/groups/${group}`)
  expect(await rolesLater()).toEqual(['author', 'team', 0])
  await admin.delete(`/api/groups/${group}/users/${id}`)
  expect(await rolesLater()).toEqual(['author', 0])
})

test('what is remembered costs no query', async () => {
  const { access } = anotherNode()
  const secret = new Secret(ann.token ?? '')
  const first = await access.find(secret)
  await t.parts.db.deleteFrom('tokens').execute() // behind its back

  for (let ask = 0; ask < 100; ask += 1) expect(await access.find(secret)).toBe(first)
})

test('what was being read while rights changed is not remembered', async () => {
  const { access } = anotherNode()
  const secret = new Secret(ann.token ?? '')
  const [reading] = await Promise.all([
    access.find(secret),
    access.change(async (tx) => {
      await tx.updateTable('users').set({ is_disabled: 1 }).where('name', '=', 'ann').execute()
    }),
  ])
  expect(reading === undefined || reading.kind === 'user').toBe(true)
  expect(await access.find(secret)).toBeUndefined()
})

test('a change that fails leaves rights as they were', async () => {
  const { access } = anotherNode()
  await expect(
    access.change(async (tx) => {
      await tx.updateTable('users').set({ is_disabled: 1 }).where('name', '=', 'ann').execute()
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  expect(await access.find(new Secret(ann.token ?? ''))).toMatchObject({ name: 'ann' })
})

test('a session in use on one node is not called idle by another', async () => {
  const signedIn = await t.nobody().post('/api/auth/login', { username: 'ann', password: 'password of ann' })
  const secret = new Secret(signedIn.json<{ token: string }>().token)
  const { access, clock } = anotherNode()
  const hours = (count: number) => t.advance(count * 3600 * 1000)
  expect(await access.find(secret)).toMatchObject({ name: 'ann' })
  hours(7)
  await t.withToken(secret.reveal()).get('/api/account')
  await t.parts.access.flushUses()
  hours(7)
  clock.ms += 2000
  expect(await access.find(secret)).toMatchObject({ name: 'ann' })
  hours(9)
  expect(await access.find(secret)).toBeUndefined()
})
