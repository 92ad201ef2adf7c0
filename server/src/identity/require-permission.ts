/**
 * The one question "may this actor do that". Every operation asks it itself, so that HTTP, jobs and
 * admin verbs cannot forget it. What an actor may not see does not exist for them (404); what they may
 * see but not do is refused (403); whoever is nobody is asked who they are (401).
 */
import { AppError } from '../vocabulary/errors.ts'
import type { Permission } from '../vocabulary/permissions.ts'
import type { Actor } from './actor.ts'

/** What the answer depends on, of the channel that is asked about. */
export interface GuardedChannel {
  readonly name: string
  readonly privacy: 'public' | 'authenticated' | 'private'
  readonly ownerId: string
}

export function mayRead(actor: Actor, channel: GuardedChannel): boolean {
  if (channel.privacy === 'public') return true
  if (actor.kind === 'nobody') return false
  return channel.privacy === 'authenticated' || actor.isAdmin || actor.id === channel.ownerId
}

/** @throws AppError unauthenticated, permission-denied */
export function requirePermission(actor: Actor, permission: Permission, channel?: GuardedChannel): void {
  if (permission === 'channel:read' && channel) {
    requireRead(actor, channel)
    return
  }
  if (channel) requireRead(actor, channel)
  if (actor.kind === 'nobody') throw unauthenticated()
  if (actor.isAdmin) return
  if (channel && actor.id === channel.ownerId) return
  if (!channel && permission === 'channel:create') return
  throw new AppError('permission-denied', `you may not do this: it needs ${permission}`, {
    details: { permission },
  })
}

function requireRead(actor: Actor, channel: GuardedChannel): void {
  if (mayRead(actor, channel)) return
  // 401 and not 404: a client that sees 404 remembers for days that the channel has no shards
  if (actor.kind === 'nobody') throw unauthenticated()
  throw new AppError('not-found', `there is no channel ${channel.name}`)
}

function unauthenticated(): AppError {
  return new AppError('unauthenticated', 'this needs a token: none came with the request, or it is not valid')
}
