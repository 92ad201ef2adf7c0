/** What the pages about people and rights read, each with the key it is kept under. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { identitiesPath, tokensPath } from './access-actions.ts'
import type {
  AuditEvent,
  Grant,
  Group,
  Holdings,
  Invitation,
  Level,
  LinkedIdentity,
  Member,
  Person,
  Rights,
  Role,
  SecondFactorState,
  ServiceAccount,
  Session,
  Share,
  TokenInfo,
} from './access-types.ts'
import type { Search } from './queries.ts'
import { apiPath, request, requestPage } from './request.ts'
import { sessionQuery } from './session.ts'
import type { Channel, Page } from './types.ts'

const MAX_LIMIT = 1000

export function secondFactorQuery() {
  return queryOptions({
    queryKey: ['account', 'second-factor'],
    queryFn: ({ signal }) => request<SecondFactorState>('/api/account/second-factor', { signal }),
  })
}

export function sessionsQuery() {
  return queryOptions({
    queryKey: ['account', 'sessions'],
    queryFn: ({ signal }) => request<Page<Session>>('/api/account/sessions', { signal }),
  })
}

/** @param owner id of an account; undefined for one's own */
export function identitiesQuery(owner?: string) {
  return queryOptions({
    queryKey: owner === undefined ? ['account', 'identities'] : ['person', owner, 'identities'],
    queryFn: ({ signal }) => request<Page<LinkedIdentity>>(identitiesPath(owner), { signal }),
  })
}

/** @param owner id of an account; undefined for one's own */
export function tokensQuery(owner?: string) {
  return queryOptions({
    queryKey: [...tokensKey(owner)],
    queryFn: ({ signal }) => request<Page<TokenInfo>>(tokensPath(owner), { signal }),
  })
}

export function tokensKey(owner?: string): readonly string[] {
  return owner === undefined ? ['account', 'tokens'] : ['person', owner, 'tokens']
}

/** The level that roles give the person on each kind of thing, as far as it is not none. */
export function levelsQuery() {
  return queryOptions({
    queryKey: ['account', 'levels'],
    queryFn: async ({ signal }) => {
      const { items } = await request<{
        items: readonly { readonly resource_type: string; readonly action: Level }[]
      }>('/api/account/permissions', { signal })
      return new Map(items.map(({ resource_type: resource, action }) => [resource, action]))
    },
  })
}

export function scopesQuery() {
  return queryOptions({
    queryKey: ['account', 'scopes'],
    queryFn: ({ signal }) => request<{ scopes: readonly string[] }>('/api/account/scopes', { signal }),
  })
}

export function resourceTypesQuery() {
  return queryOptions({
    queryKey: ['resource-types'],
    queryFn: ({ signal }) => request<readonly string[]>('/api/system/resource_types', { signal }),
  })
}

export function peopleQuery(search: Search) {
  return queryOptions({
    queryKey: ['people', search],
    queryFn: ({ signal }) => requestPage<Person>('/api/users', { query: { ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

export function personQuery(id: string) {
  return queryOptions({
    queryKey: ['person', id],
    queryFn: ({ signal }) => request<Person>(apiPath('users', id), { signal }),
  })
}

export function sessionsOfQuery(id: string) {
  return queryOptions({
    queryKey: ['person', id, 'sessions'],
    queryFn: ({ signal }) => request<Page<Session>>(apiPath('users', id, 'sessions'), { signal }),
  })
}

export function holdingsQuery(id: string) {
  return queryOptions({
    queryKey: ['person', id, 'rights'],
    queryFn: ({ signal }) => request<Holdings>(apiPath('users', id, 'rights'), { signal }),
  })
}

const LAST_SIGN_INS = 10
const signInActions = ['login.succeeded', 'login.failed', 'login.locked'] as const

/** Each kind has its own list in the audit log; the newest of all of them, for whoever may read it. */
export function lastSignInsQuery(username: string) {
  return queryOptions({
    queryKey: ['audit', 'sign-ins', username],
    queryFn: async ({ signal }): Promise<readonly AuditEvent[]> => {
      const pages = await Promise.all(
        signInActions.map((action) =>
          request<Page<AuditEvent>>('/api/audit/events', {
            query: { action, target: username, limit: LAST_SIGN_INS },
            signal,
          }),
        ),
      )
      return pages
        .flatMap(({ items }) => items)
        .sort((a, b) => b.at.localeCompare(a.at))
        .slice(0, LAST_SIGN_INS)
    },
  })
}

export function invitationsQuery() {
  return queryOptions({
    queryKey: ['invitations'],
    queryFn: ({ signal }) => request<Page<Invitation>>('/api/invitations', { signal }),
  })
}

export function groupsQuery(search: Search) {
  return queryOptions({
    queryKey: ['groups', search],
    queryFn: ({ signal }) => request<Page<Group>>('/api/groups', { query: { ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

/** For choosing one: as many as a list may hold. */
export function allGroupsQuery() {
  return queryOptions({
    queryKey: ['groups', 'all'],
    queryFn: ({ signal }) =>
      request<Page<Group>>('/api/groups', {
        query: { limit: MAX_LIMIT, with_user_counts: 'false' },
        signal,
      }),
  })
}

export function groupQuery(id: string) {
  return queryOptions({
    queryKey: ['group', id],
    queryFn: ({ signal }) => request<Group>(apiPath('groups', id), { signal }),
  })
}

export function membersQuery(id: string) {
  return queryOptions({
    queryKey: ['group', id, 'members'],
    queryFn: ({ signal }) => request<Page<Member>>(apiPath('groups', id, 'users'), { signal }),
  })
}

export function channelsOfGroupQuery(id: string) {
  return queryOptions({
    queryKey: ['group', id, 'channels'],
    queryFn: ({ signal }) =>
      request<Page<Channel>>(apiPath('groups', id, 'channels'), { query: { limit: MAX_LIMIT }, signal }),
  })
}

export function rolesQuery() {
  return queryOptions({
    queryKey: ['roles'],
    queryFn: ({ signal }) => request<Page<Role>>('/api/roles', { signal }),
  })
}

export function grantsQuery(role: string) {
  return queryOptions({
    queryKey: ['roles', role, 'grants'],
    queryFn: ({ signal }) => request<Page<Grant>>(apiPath('roles', role, 'grants'), { signal }),
  })
}

type ShareAnswer = Omit<Share, 'kind' | 'subject_id'> & { group_id?: string; user_id?: string }

/** Groups first, then people. */
export function sharesQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'shares'],
    queryFn: async ({ signal }): Promise<readonly Share[]> => {
      const [groups, people] = await Promise.all([
        request<Page<ShareAnswer>>(apiPath('channels', channel, 'groups'), { signal }),
        request<Page<ShareAnswer>>(apiPath('channels', channel, 'users'), { signal }),
      ])
      return [
        ...groups.items.map((share) => ({
          ...share,
          kind: 'group' as const,
          subject_id: share.group_id ?? '',
        })),
        ...people.items.map((share) => ({
          ...share,
          kind: 'user' as const,
          subject_id: share.user_id ?? '',
        })),
      ]
    },
  })
}

export function rightsQuery(channel: string, user: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'rights', user],
    queryFn: ({ signal }) => request<Rights>(apiPath('users', user, 'rights', channel), { signal }),
  })
}

/** What one may do in a channel, as scopes. */
export function permissionsQuery(channel: string) {
  return queryOptions({
    queryKey: ['channel', channel, 'permissions'],
    queryFn: async ({ signal, client, queryKey }): Promise<readonly string[]> => {
      const path = apiPath('channels', channel, 'permissions')
      const { scopes } = await request<{ scopes: readonly string[] }>(path, { signal })
      // a session that ran out must not take away a form that somebody is filling in
      const isOver = client.getQueryData(sessionQuery().queryKey) === null
      return (isOver ? client.getQueryData<readonly string[]>(queryKey) : undefined) ?? scopes
    },
    staleTime: Infinity,
  })
}

/** What there are buttons for; the scope that the server asks for each. */
export type ChannelScope =
  | 'channel:edit'
  | 'channel:delete'
  | 'channel.group:view'
  | 'channel.group:edit'
  | 'channel.mirror:edit'
  | 'policy:edit'
  | 'revision:rollback'
  | 'service-account:view'
  | 'service-account:edit'

/** Whether there is any use in a button; nothing until the server said so, which judges each call anew. */
export function useMay(channel: string): (scope: ChannelScope) => boolean {
  const scopes = useQuery(permissionsQuery(channel)).data ?? []
  return (scope) => scopes.includes(scope)
}

/** @param channel name of a channel; undefined for all that one may see */
export function serviceAccountsQuery(channel: string | undefined, search: Search) {
  return queryOptions({
    queryKey: ['service-accounts', channel, search],
    queryFn: ({ signal }) =>
      request<Page<ServiceAccount>>('/api/service-accounts', { query: { channel, ...search }, signal }),
    placeholderData: keepPreviousData,
  })
}

export function serviceAccountQuery(id: string) {
  return queryOptions({
    queryKey: ['service-account', id],
    queryFn: ({ signal }) => request<ServiceAccount>(apiPath('service-accounts', id), { signal }),
  })
}

export interface AuditFilter {
  readonly action?: string | undefined
  readonly target?: string | undefined
  readonly actor_id?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

export function auditQuery(filter: AuditFilter, paging: { offset: number; limit: number }) {
  return queryOptions({
    queryKey: ['audit', filter, paging],
    queryFn: ({ signal }) =>
      request<Page<AuditEvent>>('/api/audit/events', { query: { ...filter, ...paging }, signal }),
    placeholderData: keepPreviousData,
  })
}

/** What an event can say happened. */
export function auditActionsQuery() {
  return queryOptions({
    queryKey: ['audit-actions'],
    queryFn: ({ signal }) => request<readonly string[]>('/api/audit/actions', { signal }),
    staleTime: Infinity,
  })
}
