/** Everything the audit log can say happened. */
export const auditActions = [
  'user.created',
  'user.password_changed',
  'token.created',
  'token.deleted',
  'channel.created',
  'channel.updated',
  'channel.deleted',
  'notice.created',
  'notice.deleted',
  'artifact.uploaded',
  'artifact.removed',
  'policy.created',
  'policy.updated',
  'policy.deleted',
  'policy.assigned',
  'policy.unassigned',
  'mirror.created',
  'mirror.updated',
  'mirror.deleted',
  'mirror.started',
  'mirror.stopped',
  'advisories.imported',
  'mapping.imported',
] as const

export type AuditAction = (typeof auditActions)[number]
