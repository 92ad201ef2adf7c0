/** What the REST interface answers about people and what they may do. */
import type { Answer, Item } from '@terrarium/api/shapes.ts'

export type Session = Item<'GET /api/account/sessions'>
export type LinkedIdentity = Item<'GET /api/account/identities'>

export type SecondFactorState = Answer<'GET /api/account/second-factor'>

export const levels = ['none', 'read', 'write', 'manage'] as const
export type Level = (typeof levels)[number]
export type ShareLevel = Exclude<Level, 'none'>

export type TokenResource = NonNullable<TokenInfo['resources']>[number]

export type TokenInfo = Item<'GET /api/account/tokens'>

export interface NewToken {
  readonly name: string
  readonly days: number
  readonly scopes?: readonly string[]
  readonly resources?: readonly TokenResource[]
}

export type CreatedToken = Answer<'POST /api/account/tokens'>

/** Beyond the names only for whoever looks after accounts. */
export type Person = Item<'GET /api/users'>

export type Invitation = Item<'GET /api/invitations'>

export type Group = Item<'GET /api/groups'>

export type Member = Item<'GET /api/groups/{groupId}/users'>

export type Role = Item<'GET /api/roles'>

export type Grant = Item<'GET /api/roles/{roleId}/grants'>

export interface Share {
  readonly kind: 'group' | 'user'
  readonly subject_id: string
  readonly name: string
  readonly permission: ShareLevel
  readonly name_patterns: readonly string[] | null
  readonly created_at: string
}

export type ServiceAccount = Item<'GET /api/service-accounts'>

export type Rights = Answer<'GET /api/users/{userId}/rights/{channel}'>

export type AuditEvent = Item<'GET /api/audit/events'>

export type ChainReport = Answer<'GET /api/audit/verify'>

/** What an account holds, each with where it comes from. */
export type Holdings = Answer<'GET /api/users/{userId}/rights'>
