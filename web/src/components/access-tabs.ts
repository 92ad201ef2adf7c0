/** Pages about accounts and rights, and what one must be allowed to find something there. */
import { levels, type Level } from '../api/access-types.ts'
import { paths } from '../paths.ts'

const tabs = [
  { label: 'People', to: paths.people(), resource: 'user', level: 'read' },
  { label: 'Invitations', to: paths.invitations(), resource: 'user', level: 'manage' },
  { label: 'Groups', to: paths.groups(), resource: 'group', level: 'read' },
  { label: 'Roles', to: paths.roles(), resource: 'role', level: 'read' },
  { label: 'Service accounts', to: paths.serviceAccounts(), resource: 'service-account', level: 'read' },
  { label: 'Audit log', to: paths.audit(), resource: 'audit-logs', level: 'read' },
] as const

/** @param held level on each kind of thing; undefined while it is not known */
export function accessTabs(held: ReadonlyMap<string, Level> | undefined): readonly (typeof tabs)[number][] {
  if (!held) return []
  return tabs.filter(({ resource, level }) => reaches(held.get(resource) ?? 'none', level))
}

export function reaches(level: Level, wanted: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(wanted)
}
