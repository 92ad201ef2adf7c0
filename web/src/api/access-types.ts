/** What the REST interface answers about people and what they may do. */

export interface Session {
  readonly id: string
  readonly method: string
  readonly created_at: string
  readonly last_seen_at: string
  readonly expires_at: string
  readonly address: string | null
  readonly user_agent: string | null
  readonly current: boolean
}

export interface SecondFactorState {
  readonly enabled: boolean
  readonly recovery_codes_left: number
}

export const levels = ['none', 'read', 'write', 'manage'] as const
export type Level = (typeof levels)[number]
export type ShareLevel = Exclude<Level, 'none'>

export interface TokenResource {
  readonly resource_type: 'channel' | 'subchannel' | 'artifact'
  readonly resource_id: string
  readonly permission: ShareLevel
}

export interface TokenInfo {
  readonly id: string
  readonly name: string
  readonly type: 'scope' | 'resource' | 'account'
  readonly created_at: string
  readonly expires_at: string
  readonly last_used_at: string | null
  readonly last_used_address: string | null
  readonly scopes?: readonly string[]
  readonly resources?: readonly TokenResource[]
}

export interface NewToken {
  readonly name: string
  readonly days: number
  readonly scopes?: readonly string[]
  readonly resources?: readonly TokenResource[]
}

export interface CreatedToken {
  readonly id: string
  readonly token: string
  readonly expires_at: string
}

/** Beyond the names only for whoever looks after accounts. */
export interface Person {
  readonly id: string
  readonly username: string
  readonly display_name: string
  readonly email?: string | null
  readonly is_disabled?: boolean
  readonly created_at?: string
  readonly last_login_at?: string | null
  readonly locked_until?: string | null
  readonly has_second_factor?: boolean
}

export interface Invitation {
  readonly id: string
  readonly username: string
  readonly email: string | null
  readonly roles: readonly string[]
  readonly groups: readonly string[]
  readonly created_at: string
  readonly expires_at: string
}

export interface Group {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly members_count?: number
  readonly user_permission: 'read' | 'manage'
  /** Comes from a directory. */
  readonly remote: boolean
  readonly created_at: string
}

export interface Member {
  readonly id: string
  readonly username: string
  readonly permission: 'read' | 'manage'
  /** `local`, or the issuer whose claim says so. */
  readonly source: string
}

export interface Role {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Came with the product. */
  readonly persistent: boolean
  readonly reach: 'own' | 'all'
  readonly given_to: 'everyone' | 'accounts' | 'granted'
  readonly permissions: Readonly<Partial<Record<string, Level>>>
}

export interface Grant {
  readonly subject_kind: 'user' | 'group'
  readonly subject_id: string
  readonly name: string
  readonly source: string
}

export interface Share {
  readonly kind: 'group' | 'user'
  readonly subject_id: string
  readonly name: string
  readonly permission: ShareLevel
  readonly name_patterns: readonly string[] | null
  readonly created_at: string
}

export interface ServiceAccount {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly channel: string | null
  readonly is_disabled: boolean
  readonly created_at: string
}

export interface Rights {
  readonly user: { readonly id: string; readonly name: string }
  readonly channel: string
  readonly rights: readonly {
    readonly resource: string
    readonly level: Level
    readonly reasons: readonly { readonly level: Level; readonly text: string }[]
  }[]
}

export interface AuditEvent {
  readonly id: string
  readonly seq: number | null
  readonly at: string
  readonly actor_id: string | null
  readonly actor_name: string | null
  readonly credential_id: string | null
  readonly action: string
  readonly target: string
  readonly address: string | null
  readonly request_id: string | null
  readonly details: unknown
  readonly before: unknown
  readonly after: unknown
  readonly hash: string | null
}

export interface ChainReport {
  readonly events: number
  readonly unchained: number
  readonly head: { readonly seq: number; readonly hash: string }
  readonly faults: readonly string[]
}
