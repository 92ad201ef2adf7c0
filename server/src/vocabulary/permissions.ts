/**
 * What may be asked of the one question "may this actor do that" (identity/require-permission.ts), and what
 * each question takes: a level on a resource, the two things a role is made of.
 *
 * A new permission is one line in `permissions`; a new kind of thing that roles can be given is one line in
 * `resources`, and then a level in the roles that come with the product (identity/built-in-roles.ts).
 */

/** How far a right goes; each holds the ones before it. */
export const levels = ['none', 'read', 'write', 'manage'] as const
export type Level = (typeof levels)[number]

/** What rights are about, as the matrix of a role spells it, with what people read beside it. */
export const resources = {
  channel: 'Channels',
  'channel.default-channel': 'Default channel',
  'channel.group': 'Groups and people a channel is shared with',
  'channel.mirror': 'Mirrors of a channel',
  'channel.routes-filtered': 'Files that were filtered out of a channel',
  subchannel: 'Subchannels',
  'subchannel.group': 'Groups and people a subchannel is shared with',
  'subchannel.mirror': 'Mirrors of a subchannel',
  mirror: 'Mirrors over all channels',
  artifact: 'Packages and other files',
  cve: 'Vulnerabilities and their curation',
  'cve-notifications': 'Notices about vulnerabilities',
  policy: 'Policies',
  'policy.exception': 'Exceptions from policies',
  role: 'Roles',
  user: 'People with an account',
  group: 'Groups',
  'service-account': 'Accounts of programs',
  'user.token': 'Tokens',
  job: 'Jobs',
  'audit-logs': 'The audit log and reports',
  system: 'The server itself',
  'system.metrics': 'Metrics of the server',
  'system.settings': 'Settings of the server',
  'system.license': 'Licence of the server',
} as const satisfies Record<string, string>
export type Resource = keyof typeof resources

/** What a channel's privacy opens for reading; all else of a channel takes a share of it. */
export const openedByPrivacy: ReadonlySet<Resource> = new Set([
  'channel',
  'subchannel',
  'artifact',
  'cve',
  'cve-notifications',
  'policy.exception',
])

export interface PermissionRule {
  readonly resource: Resource
  readonly level: Exclude<Level, 'none'>
  /**
   * Asked without a channel, it concerns what is the asker's own or everybody's, so that any role with the
   * level is enough. Without this mark it concerns the whole server, and takes a role that reaches all of it.
   */
  readonly anyRole?: true
  /** Scopes of a token that let it through, as the contract names them; the permission's own name by default. */
  readonly scopes?: readonly string[] | 'any'
}

export const permissions = {
  // seeing that it is there comes with whatever else a token may do in it
  'channel:read': { resource: 'channel', level: 'read', scopes: 'any' },
  'channel:create': {
    resource: 'channel',
    level: 'write',
    anyRole: true,
    scopes: ['channel:create', 'subchannel:create'],
  },
  'channel:edit': {
    resource: 'channel',
    level: 'manage',
    scopes: ['channel:edit', 'subchannel:edit', 'channel.default-channel:edit'],
  },
  'channel:delete': {
    resource: 'channel',
    level: 'manage',
    scopes: ['channel:delete', 'subchannel:delete'],
  },
  'channel:history': {
    resource: 'channel',
    level: 'manage',
    scopes: ['channel:history', 'subchannel:history'],
  },
  'revision:rollback': { resource: 'channel', level: 'manage' },
  // to own a channel does not put anybody above the policies it is under
  'revision:download-blocked': { resource: 'system', level: 'manage' },
  'channel-share:read': {
    resource: 'channel.group',
    level: 'read',
    scopes: ['channel.group:view', 'subchannel.group:view'],
  },
  'channel-share:edit': {
    resource: 'channel.group',
    level: 'manage',
    scopes: ['channel.group:edit', 'subchannel.group:edit'],
  },
  'artifact:read': {
    resource: 'artifact',
    level: 'read',
    scopes: ['artifact:download', 'artifact:view', 'channel:view', 'channel:view-artifacts'],
  },
  'artifact:create': { resource: 'artifact', level: 'write' },
  'artifact:delete': { resource: 'artifact', level: 'manage' },
  'mirror:edit': {
    resource: 'channel.mirror',
    level: 'manage',
    scopes: ['channel.mirror:edit', 'subchannel.mirror:edit'],
  },
  'policy:read': { resource: 'policy', level: 'read', scopes: ['policy:view'] },
  'policy:edit': { resource: 'policy', level: 'manage' },
  // always asked without a channel: what holds for all of them takes a role that reaches all
  'policy:baseline': { resource: 'policy', level: 'manage', scopes: ['policy:edit'] },
  // whoever may see a channel may ask; what was asked is shown to the asker and to who decides
  'exception:request': { resource: 'policy.exception', level: 'read', scopes: ['exception:request'] },
  'exception:read': { resource: 'policy.exception', level: 'read' },
  'exception:approve': { resource: 'policy.exception', level: 'manage' },
  'vulnerability:read': { resource: 'cve', level: 'read', anyRole: true, scopes: ['cve:view'] },
  'vulnerability:edit': { resource: 'cve', level: 'manage', scopes: ['cve:edit'] },
  // every curation, also of channels one may not see: takes a role that reaches all of them
  'curation:read': { resource: 'cve', level: 'read', scopes: ['cve:view'] },
  'job:read': { resource: 'job', level: 'read', scopes: ['job:view'] },
  'user:read': { resource: 'user', level: 'read', anyRole: true, scopes: ['user:view'] },
  'user:edit': { resource: 'user', level: 'manage' },
  'group:read': { resource: 'group', level: 'read', anyRole: true, scopes: ['group:view'] },
  'group:edit': { resource: 'group', level: 'manage' },
  'role:read': { resource: 'role', level: 'read', scopes: ['role:view'] },
  'role:edit': { resource: 'role', level: 'manage' },
  'own-token:edit': { resource: 'user.token', level: 'write', anyRole: true, scopes: ['user.token:create'] },
  'token:read': { resource: 'user.token', level: 'read', scopes: ['user.token:view'] },
  'token:edit': { resource: 'user.token', level: 'manage', scopes: ['user.token:edit'] },
  'service-account:read': {
    resource: 'service-account',
    level: 'read',
    scopes: ['service-account:view'],
  },
  'service-account:edit': { resource: 'service-account', level: 'manage' },
  'audit:read': { resource: 'audit-logs', level: 'read', scopes: ['audit-logs:view'] },
  'storage:read': { resource: 'system', level: 'read', scopes: ['system:view'] },
  'storage:collect': { resource: 'system', level: 'manage', scopes: ['system:edit'] },
  'storage:repair': { resource: 'system', level: 'manage', scopes: ['system:edit'] },
  'metrics:read': { resource: 'system.metrics', level: 'read', scopes: ['metrics:view'] },
  'settings:read': { resource: 'system.settings', level: 'read', scopes: ['system.settings:view'] },
  'settings:edit': { resource: 'system.settings', level: 'manage', scopes: ['system.settings:edit'] },
} as const satisfies Record<string, PermissionRule>

export type Permission = keyof typeof permissions

export function ruleOf(permission: Permission): PermissionRule {
  return permissions[permission]
}

/** The scopes that let a token through to a permission; undefined when any scope does. */
export function scopesOf(permission: Permission): readonly string[] | undefined {
  const { scopes = [permission] } = ruleOf(permission)
  return scopes === 'any' ? undefined : scopes
}

/** Every scope that a token can be limited to, sorted. */
export const allScopes: readonly string[] = [
  ...new Set((Object.keys(permissions) as Permission[]).flatMap((permission) => scopesOf(permission) ?? [])),
].sort()

const ranks: Readonly<Record<Level, number>> = { none: 0, read: 1, write: 2, manage: 3 }

export function reaches(level: Level, wanted: Level): boolean {
  return ranks[level] >= ranks[wanted]
}

export function higher(a: Level, b: Level): Level {
  return ranks[a] >= ranks[b] ? a : b
}

export function lower(a: Level, b: Level): Level {
  return ranks[a] <= ranks[b] ? a : b
}
