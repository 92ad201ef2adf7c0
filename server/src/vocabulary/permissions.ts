/** What may be asked of the one question "may this actor do that" (identity/require-permission.ts). */
export const permissions = [
  'channel:read',
  'channel:create',
  'channel:edit',
  'artifact:create',
  'artifact:delete',
  'mirror:edit',
  'policy:read',
  'policy:edit',
  'vulnerability:read',
  'vulnerability:edit',
  'job:read',
] as const

export type Permission = (typeof permissions)[number]
