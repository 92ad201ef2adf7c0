/** What people can change about accounts and rights: one function for each call. */
import type {
  ChainReport,
  CreatedToken,
  Group,
  Level,
  NewToken,
  Person,
  Role,
  ServiceAccount,
  ShareLevel,
} from './access-types.ts'
import { apiPath, request, requestPage } from './request.ts'

export function changePassword(body: { old_password: string; new_password: string }): Promise<unknown> {
  return request('/api/account/password', { method: 'PUT', body })
}

export function acceptInvitation(body: { token: string; password: string }): Promise<unknown> {
  return request('/api/auth/invitation', { method: 'POST', body })
}

export function beginSecondFactor(password: string): Promise<{ secret: string; uri: string }> {
  return request('/api/account/second-factor', { method: 'POST', body: { password } })
}

export function confirmSecondFactor(code: string): Promise<{ recovery_codes: readonly string[] }> {
  return request('/api/account/second-factor/confirm', { method: 'POST', body: { code } })
}

export function renewRecoveryCodes(password: string): Promise<{ recovery_codes: readonly string[] }> {
  return request('/api/account/second-factor/recovery-codes', { method: 'POST', body: { password } })
}

export function removeSecondFactor(password: string): Promise<unknown> {
  return request('/api/account/second-factor/remove', { method: 'POST', body: { password } })
}

/** @param owner id of an account; undefined for one's own */
export function identitiesPath(owner: string | undefined): string {
  return owner === undefined ? apiPath('account', 'identities') : apiPath('users', owner, 'identities')
}

/** @returns where the browser goes to sign in at the provider */
export async function beginLink(body: {
  provider: string
  password?: string
  code?: string
}): Promise<string> {
  const path = identitiesPath(undefined)
  return (await request<{ redirect_url: string }>(path, { method: 'POST', body })).redirect_url
}

export function unlink(owner: string | undefined, issuer: string): Promise<unknown> {
  return request(identitiesPath(owner), { method: 'DELETE', query: { issuer } })
}

export function endOneSession(id: string): Promise<unknown> {
  return request(apiPath('account', 'sessions', id), { method: 'DELETE' })
}

export function endOtherSessions(): Promise<unknown> {
  return request('/api/account/sessions', { method: 'DELETE' })
}

/** @param owner id of an account; undefined for one's own */
export function tokensPath(owner: string | undefined, ...rest: readonly string[]): string {
  return owner === undefined
    ? apiPath('account', 'tokens', ...rest)
    : apiPath('users', owner, 'tokens', ...rest)
}

export function createToken(owner: string | undefined, body: NewToken): Promise<CreatedToken> {
  return request(tokensPath(owner), { method: 'POST', body })
}

export function deleteToken(owner: string | undefined, id: string): Promise<unknown> {
  return request(tokensPath(owner, id), { method: 'DELETE' })
}

export function changePerson(
  id: string,
  body: { display_name?: string; email?: string | null; is_disabled?: boolean },
): Promise<Person> {
  return request(apiPath('users', id), { method: 'PUT', body })
}

export function deletePerson(id: string): Promise<unknown> {
  return request(apiPath('users', id), { method: 'DELETE' })
}

export function resetPassword(
  id: string,
  body: { drop_tokens: boolean; drop_second_factor: boolean },
): Promise<{ password: string }> {
  return request(apiPath('users', id, 'password-reset'), { method: 'POST', body })
}

export function unlockPerson(id: string): Promise<unknown> {
  return request(apiPath('users', id, 'unlock'), { method: 'POST' })
}

export function resetSecondFactor(id: string): Promise<unknown> {
  return request(apiPath('users', id, 'second-factor'), { method: 'DELETE' })
}

export function endSessionOf(id: string, session: string): Promise<unknown> {
  return request(apiPath('users', id, 'sessions', session), { method: 'DELETE' })
}

export function deleteTokensOf(id: string): Promise<unknown> {
  return request(apiPath('users', id, 'tokens'), { method: 'DELETE' })
}

export function endSessionsOf(id: string): Promise<unknown> {
  return request(apiPath('users', id, 'sessions'), { method: 'DELETE' })
}

/** @throws Error when nobody has exactly this name */
export async function findPerson(username: string): Promise<Person> {
  const wanted = username.trim()
  const found = await requestPage<Person>('/api/users', { query: { q: wanted, limit: 1000 } })
  const person = found.items.find((one) => one.username === wanted)
  if (!person) throw new Error(`there is no account ${wanted}`)
  return person
}

export function invite(body: {
  username: string
  email?: string
  roles: readonly string[]
  groups: readonly string[]
}): Promise<{ id: string; token: string; expires_at: string }> {
  return request('/api/invitations', { method: 'POST', body })
}

export function withdrawInvitation(id: string): Promise<unknown> {
  return request(apiPath('invitations', id), { method: 'DELETE' })
}

export function createGroup(body: { name: string; description: string }): Promise<Group> {
  return request('/api/groups', { method: 'POST', body })
}

export function deleteGroup(id: string): Promise<unknown> {
  return request(apiPath('groups', id), { method: 'DELETE' })
}

export function addMember(group: string, user: string, permission: 'read' | 'manage'): Promise<Group> {
  return request(apiPath('groups', group, 'users'), { method: 'POST', body: { user_id: user, permission } })
}

export function removeMember(group: string, user: string): Promise<Group> {
  return request(apiPath('groups', group, 'users', user), { method: 'DELETE' })
}

export interface RoleRequest {
  readonly name: string
  readonly description: string
  readonly reach: 'own' | 'all'
  readonly permissions: Readonly<Partial<Record<string, Level>>>
}

export function createRole(body: RoleRequest): Promise<Role> {
  return request('/api/roles', { method: 'POST', body })
}

export function changeRole(id: string, body: RoleRequest): Promise<Role> {
  return request(apiPath('roles', id), { method: 'PUT', body })
}

export function deleteRole(id: string): Promise<unknown> {
  return request(apiPath('roles', id), { method: 'DELETE' })
}

export function grantRole(role: string, kind: 'user' | 'group', id: string): Promise<unknown> {
  return request(apiPath('roles', role, 'grants'), {
    method: 'POST',
    body: { subject_kind: kind, subject_id: id },
  })
}

export function revokeRole(role: string, kind: 'user' | 'group', id: string): Promise<unknown> {
  return request(apiPath('roles', role, 'grants', kind, id), { method: 'DELETE' })
}

const sharePaths = { group: 'groups', user: 'users' } as const

export function shareChannel(
  channel: string,
  kind: 'user' | 'group',
  id: string,
  given: { permission: ShareLevel; name_patterns: readonly string[] | null },
): Promise<unknown> {
  return request(apiPath('channels', channel, sharePaths[kind]), {
    method: 'POST',
    body: { [`${kind}_id`]: id, ...given },
  })
}

export function unshareChannel(channel: string, kind: 'user' | 'group', id: string): Promise<unknown> {
  return request(apiPath('channels', channel, sharePaths[kind], id), { method: 'DELETE' })
}

export function createServiceAccount(body: {
  name: string
  description: string
  channel?: string
  permission: ShareLevel
}): Promise<ServiceAccount> {
  return request('/api/service-accounts', { method: 'POST', body })
}

export function changeServiceAccount(
  id: string,
  body: { description?: string; is_disabled?: boolean },
): Promise<ServiceAccount> {
  return request(apiPath('service-accounts', id), { method: 'PUT', body })
}

export function deleteServiceAccount(id: string): Promise<unknown> {
  return request(apiPath('service-accounts', id), { method: 'DELETE' })
}

export function verifyAuditLog(): Promise<ChainReport> {
  return request('/api/audit/verify')
}
