/** Groups, roles, shares, invitations and service accounts through HTTP, and what nobody gains by them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { packageFilename, writePackage } from '@terrarium/conda/archive/write-package.ts'
import { startTestApp, type TestApp, type TestClient } from '../testing/test-app.ts'

let t: TestApp
let admin: TestClient
let ann: TestClient
let bob: TestClient
beforeEach(async () => {
  t = await startTestApp()
  admin = await t.as('admin')
  ann = await t.as('ann')
  bob = await t.as('bob')
})
afterEach(() => t.close())

const idOf = async (client: TestClient): Promise<string> =>
  (await client.get('/api/account')).json<{ user_id: string }>().user_id

async function group(name: string, ...members: TestClient[]): Promise<string> {
  const { id } = (await admin.post('/api/groups', { name, description: '' })).json<{ id: string }>()
  for (const member of members)
    await admin.post(`/api/groups/${id}/users`, { user_id: await idOf(member), permission: 'read' })
  return id
}

async function role(name: string, permissions: object, reach: 'own' | 'all', ...holders: TestClient[]) {
  const { id } = (await admin.post('/api/roles', { name, permissions, reach })).json<{ id: string }>()
  for (const holder of holders)
    await admin.post(`/api/roles/${id}/grants`, { subject_kind: 'user', subject_id: await idOf(holder) })
  return id
}

const ok = async (answer: Promise<{ statusCode: number; body: string }>): Promise<void> => {
  const { statusCode, body } = await answer
  if (statusCode >= 300) throw new Error(body)
}
const status = async (answer: Promise<{ statusCode: number }>): Promise<number> => (await answer).statusCode

async function upload(client: TestClient, channel: string, name: string): Promise<number> {
  const spec = { name, version: '1.0' }
  const bytes = await writePackage(spec, 'conda')
  const { statusCode } = await client.upload(channel, packageFilename(spec, 'conda'), bytes)
  await t.settle()
  return statusCode
}

describe('sharing a channel', () => {
  test('with a group opens it to its members, as far as the share goes, and hides it from all others', async () => {
    await ok(ann.post('/api/channels', { name: 'team-a', privacy: 'private' }))
    const id = await group('team-a-dev', bob)
    const see = (client: TestClient) => status(client.get('/api/channels/team-a'))
    expect(await see(bob)).toBe(404)

    await ok(ann.post('/api/channels/team-a/groups', { group_id: id, permission: 'read' }))
    expect([await see(bob), await upload(bob, 'team-a', 'demo')]).toEqual([200, 403])
    const listed = await bob.get('/api/channels')
    expect(listed.json<{ items: { name: string }[] }>().items.map(({ name }) => name)).toEqual(['team-a'])
    expect((await bob.get('/api/account/channels')).json()).toMatchObject({ total_count: 1 })
    expect((await bob.get('/api/account/channels?permission=write')).json()).toMatchObject({ total_count: 0 })

    await ok(ann.put(`/api/channels/team-a/groups/${id}`, { permission: 'write' }))
    expect(await upload(bob, 'team-a', 'demo')).toBe(201)
    expect((await ann.get('/api/channels/team-a/groups')).json()).toMatchObject({
      total_count: 1,
      items: [{ group_id: id, name: 'team-a-dev', permission: 'write' }],
    })
    expect((await bob.get(`/api/groups/${id}/channels`)).json()).toMatchObject({
      items: [{ name: 'team-a' }],
    })

    await ok(ann.delete(`/api/channels/team-a/groups/${id}`))
    expect(await see(bob)).toBe(404)
    expect(await status(ann.delete(`/api/channels/team-a/groups/${id}`))).toBe(404)
    expect((await (await t.as('carol')).get('/api/channels')).json()).toMatchObject({ total_count: 0 })
  })

  test('for certain names takes uploads of these alone', async () => {
    await ok(ann.post('/api/channels', { name: 'c', privacy: 'private' }))
    const share = { user_id: await idOf(bob), permission: 'write', name_patterns: ['acme-*'] }
    await ok(ann.post('/api/channels/c/users', share))

    expect(await upload(bob, 'c', 'acme-core')).toBe(201)
    expect(await upload(bob, 'c', 'numpy')).toBe(403)
    expect(await upload(ann, 'c', 'numpy')).toBe(201)
    const wrong = { ...share, name_patterns: ['(a+)+$'] }
    expect(await status(ann.post('/api/channels/c/users', wrong))).toBe(400)
    expect(await status(ann.post('/api/channels/c/users', { ...share, permission: 'read' }))).toBe(400)
  })

  test('to manage makes a second owner in all but name; the owner can be changed', async () => {
    await ok(ann.post('/api/channels', { name: 'c', privacy: 'private' }))
    await ok(ann.post('/api/channels/c/users', { user_id: await idOf(bob), permission: 'manage' }))
    expect(await status(bob.put('/api/channels/c', { description: 'x' }))).toBe(200)

    await ok(bob.put('/api/channels/c/owner', { user_id: await idOf(bob) }))
    expect(await status(ann.get('/api/channels/c'))).toBe(404)
    expect(await status(bob.put('/api/channels/c/owner', { user_id: 'none' }))).toBe(404)
  })

  test('tells each person what they may do, and why', async () => {
    await ok(ann.post('/api/channels', { name: 'team-a', privacy: 'private' }))
    const id = await group('team-a-dev', bob)
    await ok(ann.post('/api/channels/team-a/groups', { group_id: id, permission: 'write' }))
    const rights = async (asker: TestClient, about: TestClient) => {
      const response = await asker.get(`/api/users/${await idOf(about)}/rights/team-a`)
      return response.json<{ rights: { resource: string; level: string; reasons: { text: string }[] }[] }>()
        .rights
    }
    const artifact = (await rights(bob, bob)).find(({ resource }) => resource === 'artifact')

    expect(artifact).toMatchObject({ level: 'write', reasons: [{ text: 'group team-a-dev has write' }] })
    expect(await rights(ann, bob)).toEqual(await rights(bob, bob))
    expect((await rights(ann, ann)).find(({ resource }) => resource === 'channel')).toMatchObject({
      level: 'manage',
      reasons: [{ text: 'ann owns the channel' }],
    })
    expect(
      (await rights(admin, admin)).find(({ resource }) => resource === 'channel')?.reasons[0]?.text,
    ).toBe('the role admin gives manage on channel in every channel')
    expect(await status(bob.get(`/api/users/${await idOf(ann)}/rights/team-a`))).toBe(403)
  })
})

describe('roles', () => {
  test('give what their matrix says, where they reach, through a group too', async () => {
    await ok(ann.post('/api/channels', { name: 'c', privacy: 'private' }))
    const id = await role('librarian', { channel: 'read', artifact: 'manage' }, 'all')
    const readers = await group('librarians', bob)
    expect(await upload(bob, 'c', 'demo')).toBe(404)

    await ok(admin.post(`/api/roles/${id}/grants`, { subject_kind: 'group', subject_id: readers }))
    expect(await upload(bob, 'c', 'demo')).toBe(201)
    expect(await status(bob.put('/api/channels/c', {}))).toBe(403)
    expect((await admin.get(`/api/roles/${id}/grants`)).json()).toMatchObject({
      items: [{ subject_kind: 'group', name: 'librarians', source: 'local' }],
    })

    await ok(admin.delete(`/api/roles/${id}`))
    expect(await status(bob.get('/api/channels/c'))).toBe(404)
  })

  test('that came with the product can be edited but for admin, and cannot be deleted', async () => {
    const listed = (await admin.get('/api/roles')).json<{ items: { name: string; persistent: boolean }[] }>()
    expect(listed.items.map(({ name }) => name)).toEqual([
      ...['admin', 'approver', 'auditor', 'author', 'curator', 'everyone'],
    ])
    await ok(admin.put('/api/roles/author', { name: 'author', permissions: { channel: 'read' } }))
    expect(await status(ann.post('/api/channels', { name: 'new' }))).toBe(403)
    expect(await status(ann.post('/api/account/tokens', { name: 'x' }))).toBe(403)
    await ok(ann.get('/api/account'))

    await ok(admin.put('/api/roles/everyone', { name: 'everyone', permissions: {} }))
    await ok(admin.post('/api/channels', { name: 'open', privacy: 'public' }))
    expect(await status(t.nobody().get('/api/channels/open'))).toBe(401)

    expect(await status(admin.put('/api/roles/admin', { name: 'admin', permissions: {} }))).toBe(409)
    expect(await status(admin.delete('/api/roles/curator'))).toBe(409)
    expect(await status(admin.put('/api/roles/curator', { name: 'other', permissions: {} }))).toBe(409)
    expect(await status(admin.post('/api/roles', { name: 'admin', permissions: {} }))).toBe(409)
    expect(await status(admin.post('/api/roles', { name: 'x', permissions: { nothing: 'read' } }))).toBe(400)
    expect(await status(admin.post('/api/roles', { name: 'x', permissions: { channel: 'own' } }))).toBe(400)
  })

  test('an auditor reads all and changes nothing', async () => {
    await ok(ann.post('/api/channels', { name: 'c', privacy: 'private' }))
    await ok(admin.post('/api/roles/auditor/grants', { subject_kind: 'user', subject_id: await idOf(bob) }))
    for (const url of [
      '/api/channels/c',
      '/api/channels/c/groups',
      '/api/audit/events',
      '/api/roles',
      '/api/policies',
    ])
      expect({ url, status: await status(bob.get(url)) }).toEqual({ url, status: 200 })
    expect(await status(bob.put('/api/channels/c', {}))).toBe(403)
    expect(await status(bob.post('/api/groups', { name: 'g', description: '' }))).toBe(403)
    expect(await upload(bob, 'c', 'demo')).toBe(403)
  })
})

describe('nobody gives themselves more', () => {
  // each holds a part of what an administrator has, and tries to make it the whole
  test('who manages roles gives no role beyond what they hold', async () => {
    await role('role-keeper', { role: 'manage' }, 'all', bob)
    const me = await idOf(bob)
    expect(await status(bob.post('/api/roles/admin/grants', { subject_kind: 'user', subject_id: me }))).toBe(
      403,
    )
    expect(await status(bob.post('/api/roles', { name: 'x', permissions: { user: 'manage' } }))).toBe(403)
    expect(
      await status(
        bob.put('/api/roles/author', { name: 'author', permissions: { 'system.settings': 'manage' } }),
      ),
    ).toBe(403)
    await ok(bob.post('/api/roles', { name: 'y', permissions: { role: 'read' } }))
  })

  test('who manages people becomes nobody who holds more', async () => {
    await role('user-keeper', { user: 'manage', 'user.token': 'manage' }, 'all', bob)
    const boss = await idOf(admin)
    expect(await status(bob.post(`/api/users/${boss}/password-reset`, {}))).toBe(403)
    expect(await status(bob.post(`/api/users/${boss}/tokens`, { name: 'x' }))).toBe(403)
    expect(await status(bob.put(`/api/users/${boss}`, { is_disabled: true }))).toBe(403)
    expect(await status(bob.delete(`/api/users/${boss}`))).toBe(403)
    expect(await status(bob.post('/api/invitations', { username: 'x', roles: ['admin'] }))).toBe(403)
    await ok(bob.post(`/api/users/${await idOf(ann)}/password-reset`, {}))
  })

  test('who manages a group that holds a role lets nobody into it', async () => {
    const id = await group('admins')
    await ok(admin.post(`/api/roles/admin/grants`, { subject_kind: 'group', subject_id: id }))
    await ok(admin.post(`/api/groups/${id}/users`, { user_id: await idOf(bob), permission: 'manage' }))
    await ok(admin.delete(`/api/roles/admin/grants/group/${id}`))
    expect(
      await status(bob.post(`/api/groups/${id}/users`, { user_id: await idOf(ann), permission: 'read' })),
    ).toBe(200)
    await role('small', { job: 'read' }, 'all')
    await ok(admin.post(`/api/roles/small/grants`, { subject_kind: 'group', subject_id: id }))
    const carol = await idOf(await t.as('carol'))
    expect(await status(bob.post(`/api/groups/${id}/users`, { user_id: carol, permission: 'read' }))).toBe(
      403,
    )
  })

  test('a service account hands its other channels to nobody', async () => {
    await ok(ann.post('/api/channels', { name: 'mine', privacy: 'private' }))
    await ok(bob.post('/api/channels', { name: 'theirs', privacy: 'private' }))
    const made = await ann.post('/api/service-accounts', { channel: 'mine', permission: 'write' })
    const { id } = made.json<{ id: string }>()
    await ok(ann.post(`/api/users/${id}/tokens`, { name: 'ci' }))
    await ok(bob.post('/api/channels/theirs/users', { user_id: id, permission: 'read' }))

    expect(await status(ann.post(`/api/users/${id}/tokens`, { name: 'more' }))).toBe(404)
    expect(await status(bob.post(`/api/users/${id}/tokens`, { name: 'more' }))).toBe(404)
    await ok(admin.post(`/api/users/${id}/tokens`, { name: 'more' }))
  })

  // T-AUTHZ-06
  test('fields that are not asked for are not taken', async () => {
    const me = await idOf(bob)
    await ok(
      bob.put(`/api/users/${me}`, { display_name: 'Bob', kind: 'service', is_admin: true, roles: ['admin'] }),
    )
    expect((await bob.get('/api/account')).json()).toMatchObject({ roles: ['author'], is_service: false })
    expect(await status(bob.put(`/api/users/${me}`, { is_disabled: true }))).toBe(403)
  })
})

describe('the last administrator', () => {
  test('cannot be disabled, taken away or left without the role', async () => {
    const me = await idOf(admin)
    expect(await status(admin.put(`/api/users/${me}`, { is_disabled: true }))).toBe(409)
    expect(await status(admin.delete(`/api/users/${me}`))).toBe(409)
    expect(await status(admin.delete(`/api/roles/admin/grants/user/${me}`))).toBe(409)
    await ok(admin.get('/api/roles'))

    await ok(admin.post('/api/roles/admin/grants', { subject_kind: 'user', subject_id: await idOf(ann) }))
    await ok(admin.delete(`/api/roles/admin/grants/user/${me}`))
    expect(await status(admin.get('/api/roles'))).toBe(403)
  })
})

describe('groups', () => {
  test('are made, named anew, filled, emptied and taken away, in the shapes of the contract', async () => {
    const made = await admin.post('/api/groups', { name: 'team', description: 'x' })
    expect(made.json()).toMatchObject({
      name: 'team',
      members_count: 0,
      user_permission: 'manage',
      remote: false,
    })
    const { id } = made.json<{ id: string }>()
    expect(await status(admin.post('/api/groups', { name: 'team', description: '' }))).toBe(409)

    await ok(admin.post(`/api/groups/${id}/users`, { user_id: await idOf(bob), permission: 'manage' }))
    expect((await bob.get(`/api/groups/${id}`)).json()).toMatchObject({
      members_count: 1,
      user_permission: 'manage',
    })
    await ok(bob.put(`/api/groups/${id}`, { name: 'team-b', description: 'y' }))
    expect((await ann.get('/api/groups')).json()).toMatchObject({
      items: [{ name: 'team-b', user_permission: 'read' }],
    })
    expect(await status(ann.put(`/api/groups/${id}`, { name: 'mine', description: '' }))).toBe(403)
    expect((await ann.get('/api/groups?with_user_counts=false')).body).not.toContain('members_count')
    expect(await status(bob.delete(`/api/groups/${id}`))).toBe(403)
    expect((await admin.get(`/api/groups/${id}/users`)).json()).toMatchObject({
      items: [{ username: 'bob', source: 'local' }],
    })
    await ok(admin.delete(`/api/groups/${id}/users/${await idOf(bob)}`))
    expect(await status(admin.delete(`/api/groups/${id}/users/${await idOf(bob)}`))).toBe(404)
    await ok(admin.delete(`/api/groups/${id}`))
    expect(await status(admin.get(`/api/groups/${id}`))).toBe(404)
  })
})

describe('invitations', () => {
  const accept = (token: string, password = 'a good long password') =>
    t.nobody().post('/api/auth/invitation', { token, password })

  test('make an account with what was promised, once', async () => {
    const id = await group('team')
    const sent = await admin.post('/api/invitations', { username: 'dora', roles: ['curator'], groups: [id] })
    const { token } = sent.json<{ token: string }>()
    expect(token).toMatch(/^trmi-/)
    expect((await admin.get('/api/invitations')).body).not.toContain(token)
    expect(await status(accept(token, 'short'))).toBe(400)

    const accepted = await accept(token)
    expect(accepted.headers['set-cookie']).toMatch(/^terrarium-session=trmx-/)
    const signedIn = await t
      .nobody()
      .post('/api/auth/login', { username: 'dora', password: 'a good long password' })
    const dora = t.withToken(signedIn.json<{ token: string }>().token)
    expect((await dora.get('/api/account')).json()).toMatchObject({
      roles: ['author', 'curator'],
      groups: [{ name: 'team' }],
    })
    expect(await status(accept(token))).toBe(401)
  })

  test('end when they are withdrawn, when their time is over and with who sent them', async () => {
    const second = await t.as('second')
    await ok(admin.post('/api/roles/admin/grants', { subject_kind: 'user', subject_id: await idOf(second) }))
    const send = async (username: string, client = admin) =>
      (await client.post('/api/invitations', { username, hours: 2 })).json<{ id: string; token: string }>()
    const [withdrawn, late, orphan] = [await send('a1'), await send('a2'), await send('a3', second)]
    await ok(admin.delete(`/api/invitations/${withdrawn.id}`))
    await ok(admin.put(`/api/users/${await idOf(second)}`, { is_disabled: true }))

    expect(await status(accept(withdrawn.token))).toBe(401)
    expect(await status(accept(orphan.token))).toBe(401)
    t.advance(2 * 3600 * 1000)
    expect(await status(accept(late.token))).toBe(401)
    expect((await admin.get('/api/invitations')).json()).toMatchObject({ total_count: 0 })
  })
})

describe('service accounts', () => {
  test('of a channel are made by who manages it, several with many tokens, and do what they are given', async () => {
    await ok(ann.post('/api/channels', { name: 'c', privacy: 'private' }))
    const make = async (name: string, permission: string) =>
      (await ann.post('/api/service-accounts', { channel: 'c', name, permission })).json<{
        id: string
        name: string
      }>()
    const [reader, writer] = [await make('', 'read'), await make('ci', 'write')]
    expect([reader.name, writer.name]).toEqual(['service-account-channel-c', 'service-account-channel-c-ci'])
    const token = async (id: string) =>
      t.withToken((await ann.post(`/api/users/${id}/tokens`, { name: 'x' })).json<{ token: string }>().token)

    const [one, two] = [await token(writer.id), await token(writer.id)]
    expect(two.token).toMatch(/^trms-/)
    expect(await upload(one, 'c', 'demo')).toBe(201)
    expect(await upload(await token(reader.id), 'c', 'other')).toBe(403)
    expect(await status((await token(reader.id)).get('/api/repo/c/noarch/repodata.json'))).toBe(200)
    expect(await status(one.post('/api/channels', { name: 'new' }))).toBe(403)
    expect(await status(one.post('/api/account/tokens', { name: 'x' }))).toBe(403)
    expect(await status(t.nobody().post('/api/auth/login', { username: writer.name, password: 'x' }))).toBe(
      401,
    )

    expect((await ann.get('/api/service-accounts?channel=c')).json()).toMatchObject({ total_count: 2 })
    expect(await status(ann.get('/api/service-accounts'))).toBe(403)
    expect(await status(bob.get(`/api/service-accounts/${writer.id}`))).toBe(404)
    expect(await status(bob.get('/api/service-accounts?channel=c'))).toBe(404)
    await ok(ann.put(`/api/service-accounts/${writer.id}`, { is_disabled: true }))
    expect(await status(one.get('/api/account'))).toBe(401)
    await ok(ann.delete(`/api/service-accounts/${writer.id}`))
    expect(await status(ann.get(`/api/service-accounts/${writer.id}`))).toBe(403)
  })

  test('may not be made with more than their maker holds', async () => {
    await ok(ann.post('/api/channels', { name: 'c', privacy: 'public' }))
    expect(await status(bob.post('/api/service-accounts', { channel: 'c', permission: 'read' }))).toBe(403)
    expect(await status(ann.post('/api/service-accounts', { name: 'everywhere' }))).toBe(403)
    await ok(admin.post('/api/service-accounts', { name: 'everywhere' }))
  })
})

describe('accounts', () => {
  test('are seen by name by everybody with an account, and in full by who looks after them', async () => {
    const made = await admin.post('/api/users', {
      username: 'dora',
      email: 'dora@example.org',
      display_name: 'Dora',
    })
    const { password, id } = made.json<{ password: string; id: string }>()
    expect(await status(t.nobody().post('/api/auth/login', { username: 'dora', password }))).toBe(200)

    const [seen] = (await ann.get('/api/users?q=dora')).json<object[]>()
    expect(seen).toEqual({ id, username: 'dora', display_name: 'Dora' })
    expect((await admin.get('/api/users?q=dora')).json()).toMatchObject([
      { email: 'dora@example.org', is_disabled: false },
    ])
    expect((await admin.get('/api/users')).headers['x-total-count']).toBe('4')
    expect(await status(admin.post('/api/users', { username: 'dora' }))).toBe(409)
  })

  test('that are disabled are out at once, and back when they are enabled', async () => {
    const id = await idOf(bob)
    await ok(admin.put(`/api/users/${id}`, { is_disabled: true }))
    expect(await status(bob.get('/api/account'))).toBe(401)
    await ok(admin.put(`/api/users/${id}`, { is_disabled: false }))
    expect(await status(bob.get('/api/account'))).toBe(200)
  })

  test('that own channels are not taken away', async () => {
    await ok(bob.post('/api/channels', { name: 'c' }))
    const id = await idOf(bob)
    expect(await status(admin.delete(`/api/users/${id}`))).toBe(409)
    await ok(admin.put('/api/channels/c/owner', { user_id: await idOf(ann) }))
    await ok(admin.delete(`/api/users/${id}`))
    expect(await status(bob.get('/api/account'))).toBe(401)
    const events = await admin.get('/api/audit/events?action=user.deleted')
    expect(events.json()).toMatchObject({ items: [{ target: 'bob' }] })
  })
})

describe('what an account holds', () => {
  interface Held {
    readonly user: object
    readonly roles: readonly { readonly name: string; readonly because: string }[]
    readonly channels: readonly object[]
    readonly rights: readonly {
      readonly resource: string
      readonly everywhere: string
      readonly with_access: string
      readonly reasons: readonly object[]
    }[]
  }

  test('is told with where each thing comes from, also while it is disabled', async () => {
    const team = await group('team-a-dev', bob)
    const id = await idOf(bob)
    await admin.post('/api/channels', { name: 'team-a', privacy: 'private' })
    await bob.post('/api/channels', { name: 'own' })
    await ok(admin.post('/api/channels/team-a/groups', { group_id: team, permission: 'write' }))
    await ok(admin.post('/api/roles/curator/grants', { subject_kind: 'group', subject_id: team }))
    await ok(admin.post('/api/roles/approver/grants', { subject_kind: 'user', subject_id: id }))

    const held = (await admin.get(`/api/users/${id}/rights`)).json<Held>()
    expect(held).toMatchObject({
      user: { name: 'bob', is_disabled: false },
      groups: [{ name: 'team-a-dev' }],
    })
    expect(new Map(held.roles.map(({ name, because }) => [name, because]))).toEqual(
      new Map([
        ['everyone', 'everybody has it'],
        ['author', 'every account has it'],
        ['curator', 'the group team-a-dev has it'],
        ['approver', 'it was granted to the account'],
      ]),
    )
    expect(held.channels).toEqual([
      { channel: 'own', level: 'manage', because: 'bob owns the channel' },
      { channel: 'team-a', level: 'write', because: 'group team-a-dev has write' },
    ])
    const on = (resource: string) => held.rights.find((one) => one.resource === resource)
    expect(on('cve')).toMatchObject({
      ...{ everywhere: 'manage', with_access: 'manage' },
    })
    expect(on('cve')?.reasons).toContainEqual({
      ...{ level: 'manage', text: 'the role curator of group team-a-dev gives manage everywhere' },
    })
    expect(on('artifact')).toMatchObject({ everywhere: 'read', with_access: 'manage' })
    expect(on('user.token')?.everywhere).toBe('none')

    await admin.put(`/api/users/${id}`, { is_disabled: true })
    const disabled = (await admin.get(`/api/users/${id}/rights`)).json<Held>()
    expect(disabled).toEqual({ ...held, user: { ...held.user, is_disabled: true } })
  })

  test('is for oneself and for whoever looks after roles', async () => {
    const id = await idOf(bob)
    expect(await status(bob.get(`/api/users/${id}/rights`))).toBe(200)
    expect(await status(ann.get(`/api/users/${id}/rights`))).toBe(403)
    expect(await status(ann.get('/api/users/none/rights'))).toBe(403)
    expect(await status(admin.get('/api/users/none/rights'))).toBe(404)
  })
})

test('all tokens of an account are dropped at once, each with an event, and none of others', async () => {
  const id = await idOf(bob)
  const made = await Promise.all(
    ['one', 'two'].map(async (name) =>
      (await bob.post('/api/account/tokens', { name })).json<{ token: string }>(),
    ),
  )
  expect(await status(ann.delete(`/api/users/${id}/tokens`))).toBe(403)
  const before = (await admin.get(`/api/users/${id}/tokens`)).json<{ total_count: number }>().total_count
  expect((await admin.delete(`/api/users/${id}/tokens`)).json()).toEqual({ dropped: before })
  for (const { token } of made) expect(await status(t.withToken(token).get('/api/account'))).toBe(401)
  expect(await status(ann.get('/api/account'))).toBe(200)
  const events = await admin.get('/api/audit/events?action=token.deleted&target=bob')
  expect(events.json()).toMatchObject({ total_count: before })
})
