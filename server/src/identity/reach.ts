/** Which channels an actor may see, for lists, where the database has to choose them: as `mayRead` says. */
import { reaches } from '../vocabulary/permissions.ts'
import type { Actor } from './actor.ts'

export type Reach =
  | 'all'
  | {
      /** Public channels, as anybody. */
      readonly anybody: boolean
      /** What the account may see beyond that; undefined for nothing. */
      readonly own: OwnReach | undefined
      /** Ids of channels a token is limited to: of `own` only these. */
      readonly only: readonly string[] | undefined
    }

export type OwnReach =
  | 'all'
  | {
      readonly privacies: readonly ('public' | 'authenticated')[]
      readonly ownerId: string
      /** Shared with the account. */
      readonly channelIds: readonly string[]
    }

export function reachOf(actor: Actor): Reach {
  const anybody = reaches(actor.rights.everyone.channel ?? 'none', 'read')
  if (actor.kind === 'nobody') return { anybody, own: undefined, only: undefined }
  const everywhere = reaches(actor.rights.all.channel ?? 'none', 'read')
  const only = actor.limit?.channels && [...actor.limit.channels.keys()]
  if (everywhere) return only ? { anybody, own: 'all', only } : 'all'
  if (!reaches(actor.rights.own.channel ?? 'none', 'read')) return { anybody, own: undefined, only }
  return {
    anybody,
    own: {
      privacies: ['public', 'authenticated'],
      ownerId: actor.id,
      channelIds: [...actor.shares.keys()],
    },
    only,
  }
}
