/** Who asks in the walk over all routes (authorization.test.ts), and what a right means for each of them. */
import type { TestApp, TestClient } from '../../testing/test-app.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/**
 * Nobody; tokens that are none: made up, run out, revoked, of a disabled account; someone of another group,
 * without any right here; someone the channel is shared with for reading, through a group; the owner with a
 * token that is limited to something else; the owner; an administrator.
 */
export const askers = [
  ...(['nobody', 'garbage', 'expired', 'revoked', 'disabled'] as const),
  ...(['stranger', 'reader', 'small', 'owner', 'admin'] as const),
] as const
export type Asker = (typeof askers)[number]
export type Expected = Readonly<Record<Asker, number>>

export const everybody = (status: number): Expected => ({
  ...asNobody(status),
  stranger: status,
  reader: status,
  small: status,
  owner: status,
  admin: status,
})

/** All that are nobody get the same. */
export const asNobody = (status: number) => ({
  nobody: status,
  garbage: status,
  expired: status,
  revoked: status,
  disabled: status,
})

export const signedIn = (status: number): Expected => ({ ...everybody(status), ...asNobody(401) })
export const ownersOf = (status: number): Expected => ({
  ...signedIn(status),
  stranger: 403,
  reader: 403,
  small: 403,
})
export const admins = (status: number): Expected => ({ ...ownersOf(status), owner: 403 })
/** A stranger is told that a private channel is not there; nobody is asked who they are. */
export const hidden = (expected: Expected): Expected => ({ ...expected, ...asNobody(401), stranger: 404 })

export const privacies = ['public', 'authenticated', 'private'] as const
export type Privacy = (typeof privacies)[number]

export interface Case {
  readonly method: Method
  /** As in the OpenAPI document. */
  readonly route: string
  readonly url?: (channel: string) => string
  readonly body?: object | (() => object)
  readonly expected: (privacy: Privacy) => Expected
}

export const readers =
  (status = 200) =>
  (privacy: Privacy): Expected =>
    privacy === 'public'
      ? everybody(status)
      : privacy === 'authenticated'
        ? signedIn(status)
        : hidden(signedIn(status))

/** The bytes and the index: a token that is limited to something else does not fetch what is not public. */
export const downloads = (privacy: Privacy): Expected => ({
  ...readers()(privacy),
  small: privacy === 'public' ? 200 : 403,
})

export const owners =
  (status: number) =>
  (privacy: Privacy): Expected =>
    privacy === 'private' ? hidden(ownersOf(status)) : ownersOf(status)

/** What whoever the channel is shared with may see, too. */
export const sharers =
  (status: number) =>
  (privacy: Privacy): Expected => ({ ...owners(status)(privacy), reader: status })

const DAY_MS = 24 * 3600 * 1000

/** Clients for all askers; channels are made by `owner` and shared by `shareForReading`. */
export async function makeAskers(t: TestApp): Promise<Map<Asker, TestClient>> {
  const clients = new Map<Asker, TestClient>([
    ['nobody', t.nobody()],
    ['garbage', t.withToken('tk-of-nobody-at-all')],
    ['stranger', await t.as('stranger')],
    ['reader', await t.as('reader')],
    ['owner', await t.as('owner')],
    ['admin', await t.as('admin')],
  ])
  const admin = await t.as('admin')
  const make = async (client: TestClient, body: object): Promise<{ id: string; token: string }> =>
    (await client.post('/api/account/tokens', { name: 'walk', ...body })).json()
  const owner = await t.as('owner')

  const expired = await make(admin, { days: 1 })
  t.advance(DAY_MS + 1000)
  const revoked = await make(admin, {})
  await admin.delete(`/api/account/tokens/${revoked.id}`)
  const disabled = await make(await t.as('leaver'), {})
  const { user_id: leaver } = (await (await t.as('leaver')).get('/api/account')).json<{ user_id: string }>()
  await admin.post('/api/roles/admin/grants', { subject_kind: 'user', subject_id: leaver })
  await admin.put(`/api/users/${leaver}`, { is_disabled: true })
  const small = await make(owner, { scopes: ['job:view'] })
  clients.set('expired', t.withToken(expired.token))
  clients.set('revoked', t.withToken(revoked.token))
  clients.set('disabled', t.withToken(disabled.token))
  clients.set('small', t.withToken(small.token))

  await makeGroup(t, 'readers', 'reader')
  await makeGroup(t, 'others', 'stranger')
  await owner.post('/api/channels', { name: 'elsewhere', privacy: 'private' })
  await shareForReading(t, 'elsewhere', 'others')
  return clients
}

async function makeGroup(t: TestApp, name: string, member: string): Promise<void> {
  const admin = await t.as('admin')
  const { id } = (await admin.post('/api/groups', { name, description: '' })).json<{ id: string }>()
  const { user_id: userId } = (await (await t.as(member)).get('/api/account')).json<{ user_id: string }>()
  await admin.post(`/api/groups/${id}/users`, { user_id: userId, permission: 'read' })
}

export async function shareForReading(t: TestApp, channel: string, group = 'readers'): Promise<void> {
  const owner = await t.as('owner')
  const found = (await owner.get(`/api/groups?q=${group}`)).json<{ items: { id: string }[] }>()
  const response = await owner.post(`/api/channels/${channel}/groups`, {
    group_id: found.items[0]?.id,
    permission: 'read',
  })
  if (response.statusCode !== 204) throw new Error(response.body)
}
