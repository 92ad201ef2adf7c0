/** The cases of accounts, groups, roles, tokens and the audit log for authorization.test.ts. */
import { admins, everybody, owners, readers, sharers, signedIn, type Case } from './authorization-askers.ts'

const own = (status: number) => () => signedIn(status)
/** What is one's own, and not for a token that is limited to something else. */
const ownWhole = (status: number) => () => ({ ...signedIn(status), small: 403 })
const admin = (status: number) => () => admins(status)

let names = 0
/** Names nobody tried before: after five wrong attempts one is locked. */
export const newName = (): string => `no-one-${(names += 1)}`

const wrongPassword = { password: 'wrong' }
const none = '/none'

const account: Case[] = [
  { method: 'GET', route: '/api/auth/session', expected: () => everybody(200) },
  {
    method: 'POST',
    route: '/api/auth/session',
    body: () => ({ username: newName(), password: 'y' }),
    expected: () => everybody(401),
  },
  {
    method: 'POST',
    route: '/api/auth/invitation',
    body: { token: 'trmi-none', password: 'a good long password' },
    expected: () => everybody(401),
  },
  {
    method: 'POST',
    route: '/api/oidc/mint_token',
    body: { token: 'x' },
    expected: () => everybody(400),
  },
  { method: 'GET', route: '/api/auth/providers', expected: () => everybody(200) },
  { method: 'GET', route: '/api/auth/authorize', expected: () => everybody(404) },
  {
    method: 'GET',
    route: '/api/auth/callback/{provider}',
    url: () => '/api/auth/callback/none',
    expected: () => everybody(404),
  },
  { method: 'GET', route: '/api/auth/logout', expected: () => everybody(302) },
  {
    method: 'POST',
    route: '/api/auth/backchannel-logout/{provider}',
    url: () => '/api/auth/backchannel-logout/none',
    body: { logout_token: 'x' },
    expected: () => everybody(404),
  },
  {
    method: 'POST',
    route: '/api/auth/exchange',
    body: { provider: 'none', id_token: 'x' },
    expected: () => everybody(404),
  },
  {
    method: 'POST',
    route: '/api/auth/test-claims',
    body: { provider: 'none', claims: {} },
    expected: admin(404),
  },
  { method: 'POST', route: '/api/auth/logout', expected: () => everybody(204) },
  { method: 'GET', route: '/api/account/scopes', expected: own(200) },
  { method: 'GET', route: '/api/account/permissions', expected: () => everybody(200) },
  { method: 'GET', route: '/api/account/channels', expected: own(200) },
  { method: 'GET', route: '/api/account/history', expected: own(200) },
  { method: 'GET', route: '/api/account/token-info', expected: own(200) },
  { method: 'GET', route: '/api/account/sessions', expected: ownWhole(200) },
  { method: 'DELETE', route: '/api/account/sessions', expected: ownWhole(204) },
  {
    method: 'DELETE',
    route: '/api/account/sessions/{sessionId}',
    url: () => '/api/account/sessions/none',
    expected: ownWhole(404),
  },
  { method: 'GET', route: '/api/account/identities', expected: ownWhole(200) },
  {
    method: 'POST',
    route: '/api/account/identities',
    body: { provider: 'none', password: 'wrong' },
    expected: ownWhole(404),
  },
  {
    method: 'DELETE',
    route: '/api/account/identities',
    url: () => '/api/account/identities?issuer=https://none.example',
    expected: ownWhole(404),
  },
  {
    method: 'PUT',
    route: '/api/account/password',
    body: { old_password: 'wrong', new_password: 'a good long password' },
    expected: () => ({ ...signedIn(401), small: 403 }),
  },
  { method: 'GET', route: '/api/account/second-factor', expected: own(200) },
  ...['', '/recovery-codes', '/remove'].map((end): Case => ({
    method: 'POST',
    route: `/api/account/second-factor${end}`,
    body: wrongPassword,
    expected: () => ({ ...signedIn(401), small: 403 }),
  })),
  {
    method: 'POST',
    route: '/api/account/second-factor/confirm',
    body: { code: '000000' },
    expected: ownWhole(404),
  },
  {
    method: 'PUT',
    route: '/api/account/tokens/{tokenId}',
    url: () => '/api/account/tokens/none',
    body: {},
    expected: ownWhole(404),
  },
  {
    method: 'PUT',
    route: '/api/account/tokens/{tokenId}/metadata',
    url: () => '/api/account/tokens/none/metadata',
    body: {},
    expected: ownWhole(404),
  },
  { method: 'GET', route: '/api/system/scopes', expected: own(200) },
  { method: 'GET', route: '/api/system/resource_types', expected: own(200) },
]

const people: Case[] = [
  { method: 'GET', route: '/api/users', expected: ownWhole(200) },
  { method: 'POST', route: '/api/users', body: { username: '_' }, expected: admin(400) },
  { method: 'GET', route: '/api/users/{userId}', url: () => '/api/users/none', expected: ownWhole(404) },
  ...(['PUT', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/users/{userId}',
    url: () => '/api/users/none',
    ...(method === 'PUT' && { body: {} }),
    expected: admin(404),
  })),
  {
    method: 'GET',
    route: '/api/users/{userId}/rights',
    url: () => '/api/users/none/rights',
    expected: admin(404),
  },
  {
    method: 'GET',
    route: '/api/users/{userId}/rights/{channel}',
    url: (channel) => `/api/users/none/rights/${channel}`,
    expected: owners(404),
  },
  {
    method: 'POST',
    route: '/api/users/{userId}/password-reset',
    url: () => '/api/users/none/password-reset',
    body: {},
    expected: admin(404),
  },
  {
    method: 'POST',
    route: '/api/users/{userId}/unlock',
    url: () => '/api/users/none/unlock',
    expected: admin(404),
  },
  ...(['GET', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/users/{userId}/sessions',
    url: () => '/api/users/none/sessions',
    expected: admin(404),
  })),
  {
    method: 'DELETE',
    route: '/api/users/{userId}/sessions/{sessionId}',
    url: () => '/api/users/none/sessions/none',
    expected: admin(404),
  },
  ...(['GET', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/users/{userId}/identities',
    url: () => '/api/users/none/identities?issuer=https://none.example',
    expected: admin(404),
  })),
  {
    method: 'DELETE',
    route: '/api/users/{userId}/second-factor',
    url: () => '/api/users/none/second-factor',
    expected: admin(404),
  },
  ...(['GET', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/users/{userId}/tokens',
    url: () => '/api/users/none/tokens',
    expected: admin(404),
  })),
  {
    method: 'POST',
    route: '/api/users/{userId}/tokens',
    url: () => '/api/users/none/tokens',
    body: { name: 'x' },
    expected: admin(404),
  },
  ...(['PUT', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/users/{userId}/tokens/{tokenId}',
    url: () => '/api/users/none/tokens/none',
    ...(method === 'PUT' && { body: {} }),
    expected: admin(404),
  })),
  {
    method: 'PUT',
    route: '/api/users/{userId}/tokens/{tokenId}/metadata',
    url: () => '/api/users/none/tokens/none/metadata',
    body: {},
    expected: admin(404),
  },
  { method: 'POST', route: '/api/users/tokens', body: { users_ids: [] }, expected: admin(200) },
  { method: 'PUT', route: '/api/users/tokens', body: { token_ids: [] }, expected: admin(200) },
  { method: 'GET', route: '/api/invitations', expected: admin(200) },
  { method: 'POST', route: '/api/invitations', body: { username: '_' }, expected: admin(400) },
  {
    method: 'DELETE',
    route: '/api/invitations/{invitationId}',
    url: () => '/api/invitations/none',
    expected: admin(404),
  },
  { method: 'GET', route: '/api/service-accounts', expected: admin(200) },
  { method: 'POST', route: '/api/service-accounts', body: { name: '_' }, expected: admin(400) },
  ...(['GET', 'PUT', 'DELETE'] as const).map((method): Case => ({
    method,
    route: '/api/service-accounts/{accountId}',
    url: () => '/api/service-accounts/none',
    ...(method === 'PUT' && { body: {} }),
    expected: admin(404),
  })),
]

const groups: Case[] = [
  { method: 'GET', route: '/api/groups', expected: ownWhole(200) },
  { method: 'POST', route: '/api/groups', body: { name: '!', description: '' }, expected: admin(400) },
  { method: 'GET', route: '/api/groups/{groupId}', url: () => `/api/groups${none}`, expected: ownWhole(404) },
  {
    method: 'PUT',
    route: '/api/groups/{groupId}',
    url: () => `/api/groups${none}`,
    body: { name: 'x', description: '' },
    expected: ownWhole(404),
  },
  { method: 'DELETE', route: '/api/groups/{groupId}', url: () => `/api/groups${none}`, expected: admin(404) },
  {
    method: 'GET',
    route: '/api/groups/{groupId}/users',
    url: () => `/api/groups${none}/users`,
    expected: ownWhole(404),
  },
  {
    method: 'POST',
    route: '/api/groups/{groupId}/users',
    url: () => `/api/groups${none}/users`,
    body: { user_id: 'none', permission: 'read' },
    expected: ownWhole(404),
  },
  {
    method: 'DELETE',
    route: '/api/groups/{groupId}/users/{userId}',
    url: () => `/api/groups${none}/users/none`,
    expected: ownWhole(404),
  },
  {
    method: 'GET',
    route: '/api/groups/{groupId}/channels',
    url: () => `/api/groups${none}/channels`,
    expected: ownWhole(404),
  },
]

const roles: Case[] = [
  { method: 'GET', route: '/api/roles', expected: admin(200) },
  { method: 'POST', route: '/api/roles', body: { name: '_', permissions: {} }, expected: admin(400) },
  {
    method: 'PUT',
    route: '/api/roles/{roleId}',
    url: () => '/api/roles/none',
    body: { name: 'x', permissions: {} },
    expected: admin(404),
  },
  { method: 'DELETE', route: '/api/roles/{roleId}', url: () => '/api/roles/none', expected: admin(404) },
  {
    method: 'GET',
    route: '/api/roles/{roleId}/grants',
    url: () => '/api/roles/none/grants',
    expected: admin(404),
  },
  {
    method: 'POST',
    route: '/api/roles/{roleId}/grants',
    url: () => '/api/roles/none/grants',
    body: { subject_kind: 'user', subject_id: 'none' },
    expected: admin(404),
  },
  {
    method: 'DELETE',
    route: '/api/roles/{roleId}/grants/{subject_kind}/{subject_id}',
    url: () => '/api/roles/none/grants/user/none',
    expected: admin(404),
  },
]

const shares: Case[] = ['groups', 'users'].flatMap((kind): Case[] => [
  { method: 'GET', route: `/api/channels/{channel}/${kind}`, expected: sharers(200) },
  {
    method: 'POST',
    route: `/api/channels/{channel}/${kind}`,
    body: { group_id: 'none', user_id: 'none', permission: 'read' },
    expected: owners(404),
  },
  {
    method: 'PUT',
    route: `/api/channels/{channel}/${kind}/{subjectId}`,
    url: (channel) => `/api/channels/${channel}/${kind}/none`,
    body: { permission: 'read' },
    expected: sharers(404),
  },
  {
    method: 'DELETE',
    route: `/api/channels/{channel}/${kind}/{subjectId}`,
    url: (channel) => `/api/channels/${channel}/${kind}/none`,
    expected: owners(404),
  },
])

const channels: Case[] = [
  ...shares,
  { method: 'GET', route: '/api/channels/{channel}/permissions', expected: readers() },
  {
    method: 'PUT',
    route: '/api/channels/{channel}/owner',
    body: { user_id: 'none' },
    expected: owners(404),
  },
  { method: 'GET', route: '/api/channels/{channel}/history', expected: owners(200) },
  { method: 'GET', route: '/api/channels/{channel}/trust-rules', expected: sharers(200) },
  {
    method: 'POST',
    route: '/api/channels/{channel}/trust-rules',
    body: { name: '_', issuer: 'x', claims: {} },
    expected: owners(400),
  },
  {
    method: 'POST',
    route: '/api/channels/{channel}/trust-rules/try',
    body: { claims: {} },
    expected: sharers(200),
  },
  {
    method: 'PUT',
    route: '/api/channels/{channel}/trust-rules/{rule}',
    url: (channel) => `/api/channels/${channel}/trust-rules/none`,
    body: { issuer: 'x', claims: {} },
    expected: owners(404),
  },
  {
    method: 'DELETE',
    route: '/api/channels/{channel}/trust-rules/{rule}',
    url: (channel) => `/api/channels/${channel}/trust-rules/none`,
    expected: owners(404),
  },
]

const audit: Case[] = [
  { method: 'GET', route: '/api/audit/events', expected: admin(200) },
  { method: 'GET', route: '/api/audit/actions', expected: admin(200) },
  { method: 'GET', route: '/api/audit/export', expected: admin(200) },
  { method: 'GET', route: '/api/audit/verify', expected: admin(200) },
  { method: 'GET', route: '/api/audit/head', expected: admin(200) },
  { method: 'GET', route: '/api/system/history', expected: admin(200) },
]

export const identityCases: readonly Case[] = [
  ...account,
  ...people,
  ...groups,
  ...roles,
  ...channels,
  ...audit,
]
