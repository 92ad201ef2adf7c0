/**
 * The roles that come with the product. Their matrices are in force until somebody edits the role; then the
 * edited one is (`roles.permissions`). `admin` cannot be edited, or nobody might be left who can.
 */
import { resources, type Level, type Resource } from '../vocabulary/permissions.ts'

export interface BuiltInRole {
  readonly description: string
  readonly reach: 'own' | 'all'
  /** `accounts`: to everyone who is signed in, without a grant. */
  readonly givenTo: 'everyone' | 'accounts' | 'granted'
  readonly permissions: Readonly<Partial<Record<Resource, Level>>>
}

const everything = (level: Level): Record<Resource, Level> =>
  // keys of a closed list come back as texts
  Object.fromEntries(Object.keys(resources).map((resource) => [resource, level])) as Record<Resource, Level>

const reader = {
  channel: 'read',
  subchannel: 'read',
  artifact: 'read',
  cve: 'read',
} as const satisfies BuiltInRole['permissions']

export const builtInRoles = {
  everyone: {
    description: 'Anybody, also without an account: reads public channels',
    reach: 'own',
    givenTo: 'everyone',
    permissions: reader,
  },
  author: {
    description:
      'Everybody with an account: makes channels, and does in a channel what its share or ownership allows',
    reach: 'own',
    givenTo: 'accounts',
    permissions: {
      ...reader,
      channel: 'manage',
      'channel.default-channel': 'manage',
      'channel.group': 'manage',
      'channel.mirror': 'manage',
      'channel.routes-filtered': 'read',
      subchannel: 'manage',
      'subchannel.group': 'manage',
      'subchannel.mirror': 'manage',
      artifact: 'manage',
      'cve-notifications': 'manage',
      policy: 'manage',
      'policy.exception': 'manage',
      'service-account': 'manage',
      'user.token': 'manage',
      user: 'read',
      group: 'read',
    },
  },
  curator: {
    description: 'Curates vulnerabilities, in every channel',
    reach: 'all',
    givenTo: 'granted',
    permissions: { ...reader, cve: 'manage', 'cve-notifications': 'manage', policy: 'read', job: 'read' },
  },
  approver: {
    description: 'Grants exceptions from policies, in every channel',
    reach: 'all',
    givenTo: 'granted',
    permissions: { ...reader, policy: 'read', 'policy.exception': 'manage' },
  },
  auditor: {
    description: 'Reads everything and changes nothing',
    reach: 'all',
    givenTo: 'granted',
    permissions: everything('read'),
  },
  admin: {
    description: 'Manages everything',
    reach: 'all',
    givenTo: 'granted',
    permissions: everything('manage'),
  },
} as const satisfies Record<string, BuiltInRole>

export type BuiltInRoleName = keyof typeof builtInRoles

export function builtInRole(name: string): BuiltInRole | undefined {
  return Object.hasOwn(builtInRoles, name) ? builtInRoles[name as BuiltInRoleName] : undefined
}
