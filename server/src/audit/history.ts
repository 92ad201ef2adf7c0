/** Audit events as the contract's histories have them, under the names it gives them. */
import { auditActions, type AuditAction } from '../vocabulary/audit-actions.ts'
import type { ListedEvent } from './store.ts'

/** Where the contract has a name of its own; else ours, spelled its way: `policy.updated` is `policy_updated`. */
const contractNames: Partial<Record<AuditAction, string>> = {
  'artifact.uploaded': 'artifact_registered',
  'mirror.created': 'mirror_registered',
  'mirror.started': 'mirroring_started',
  'mirror.stopped': 'mirroring_stopped',
  'mirror.completed': 'mirroring_completed',
  'mirror.failed': 'mirroring_failed',
  'token.created': 'user_token_created',
  'token.updated': 'user_token_updated',
  'token.deleted': 'user_token_revoked',
  'group.member_added': 'group_user_added',
  'group.member_removed': 'group_user_deleted',
  'channel.shared': 'channel_group_added',
  'channel.unshared': 'channel_group_deleted',
  'role.granted': 'auto_role_added',
  'role.revoked': 'auto_role_deleted',
}

function nameOf(action: string): string {
  return contractNames[action as AuditAction] ?? action.replace('.', '_')
}

/** Our actions for the contract's names; a name it has and we never write finds nothing. */
export function actionsOf(names: readonly string[]): AuditAction[] {
  return auditActions.filter((action) => names.includes(nameOf(action)))
}

export interface HistoryItem {
  readonly event_id: string
  readonly event_type: string
  readonly data: Record<string, unknown>
  readonly meta: Record<string, unknown>
  /** Seconds since 1970. */
  readonly created: number
}

export function historyItem(event: ListedEvent): HistoryItem {
  const parse = (json: string | null): unknown => (json === null ? undefined : JSON.parse(json))
  return {
    event_id: event.id,
    event_type: nameOf(event.action),
    data: {
      target: event.target,
      ...(parse(event.details) as Record<string, unknown>),
      ...(event.before !== null && { before: parse(event.before) }),
      ...(event.after !== null && { after: parse(event.after) }),
    },
    meta: {
      user_id: event.actor_id,
      username: event.actor_name,
      ip_address: event.address,
      request_id: event.request_id,
    },
    created: event.at / 1000,
  }
}
