/** The shape of the form for a new token, and the request that it becomes. */
import type { NewToken, ShareLevel, TokenResource } from '../api/access-types.ts'

export interface TokenForm {
  readonly name: string
  readonly days: string
  readonly limit: 'none' | 'scopes' | 'channels'
  readonly scopes: readonly string[]
  /** `team-a, team-b/acme-*` */
  readonly channels: string
  readonly level: ShareLevel
}

export const emptyTokenForm: TokenForm = {
  name: '',
  days: '90',
  limit: 'none',
  scopes: [],
  channels: '',
  level: 'read',
}

export const limitKinds: readonly { readonly value: TokenForm['limit']; readonly label: string }[] = [
  { value: 'none', label: 'All that its account may do' },
  { value: 'scopes', label: 'Only some things' },
  { value: 'channels', label: 'Only in some channels' },
]

/** Why it cannot be sent yet. */
export function tokenFault(form: TokenForm): string | undefined {
  return form.limit === 'scopes' && form.scopes.length === 0 ? 'Choose at least one scope' : undefined
}

export function toNewToken(form: TokenForm): NewToken {
  return {
    name: form.name.trim(),
    days: Number(form.days),
    ...(form.limit === 'scopes' && { scopes: form.scopes }),
    ...(form.limit === 'channels' && { resources: toResources(form) }),
  }
}

function toResources({ channels, level }: TokenForm): TokenResource[] {
  return channels
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map((one) => ({
      resource_type: one.includes('/') ? 'artifact' : 'channel',
      resource_id: one,
      permission: level,
    }))
}
