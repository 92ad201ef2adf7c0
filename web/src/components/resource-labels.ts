/** What kinds of things are called for people; one that is not here goes by its own name. */
const labels: Readonly<Partial<Record<string, string>>> = {
  channel: 'Channels',
  'channel.default-channel': 'Default channel',
  'channel.group': 'Sharing of a channel',
  'channel.mirror': 'Mirrors of a channel',
  'channel.routes-filtered': 'Files filtered out of a channel',
  subchannel: 'Subchannels',
  'subchannel.group': 'Sharing of a subchannel',
  'subchannel.mirror': 'Mirrors of a subchannel',
  mirror: 'Mirrors over all channels',
  artifact: 'Packages',
  cve: 'Vulnerabilities',
  'cve-notifications': 'Notices about vulnerabilities',
  policy: 'Policies',
  'policy.exception': 'Exceptions from policies',
  role: 'Roles',
  user: 'People',
  group: 'Groups',
  'service-account': 'Service accounts',
  'user.token': 'Tokens',
  job: 'Jobs',
  'audit-logs': 'Audit log',
  system: 'The server itself',
  'system.metrics': 'Metrics',
  'system.settings': 'Settings',
  'system.license': 'Licence of the server',
}

export function resourceLabel(resource: string): string {
  return labels[resource] ?? resource
}
