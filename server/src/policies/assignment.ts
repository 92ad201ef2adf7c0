/**
 * Where a policy holds: in the whole organisation (the baseline, which channels can only tighten), in a
 * channel with its subchannels, or for what comes by one mirror; enforced, or on trial. `assignment-store.ts` has the SQL,
 * `assign-policies.ts` the operations.
 */
import type { StoredPolicy } from './store.ts'

export const scopes = ['organisation', 'channel', 'mirror'] as const
export type Scope = (typeof scopes)[number]

/** `audit`: decides nothing, and writes down what it would have done. */
export const modes = ['enforce', 'audit'] as const
export type Mode = (typeof modes)[number]

export type Target =
  | { readonly scope: 'organisation' }
  | { readonly scope: 'channel'; readonly channelId: string }
  | { readonly scope: 'mirror'; readonly channelId: string; readonly mirrorId: string }

export interface AssignedPolicy extends StoredPolicy {
  readonly mode: Mode
  readonly target: Target
}

export function targetKey(target: Target): string {
  switch (target.scope) {
    case 'organisation':
      return ''
    case 'channel':
      return target.channelId
    case 'mirror':
      return target.mirrorId
  }
}
