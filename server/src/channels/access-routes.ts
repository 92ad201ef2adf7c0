/** Channels by who has access to them: mine, and those of a group. */
import { z } from 'zod'
import type { Actor } from '../identity/actor.ts'
import { listChannelsOfGroup } from '../identity/share-store.ts'
import { getGroup } from '../identity/manage-groups.ts'
import type { IdentityParts } from '../identity/context.ts'
import { requireUser } from '../identity/require-account.ts'
import { mayDo, mayRead } from '../identity/require-permission.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import type { Permission } from '../vocabulary/permissions.ts'
import type { Channel } from './channel.ts'
import { channelBody, toBody } from './routes.ts'
import { findChannelById, listChannelsWithAccess } from './store.ts'

const neededFor = {
  read: 'artifact:read',
  write: 'artifact:create',
  manage: 'channel:edit',
} as const satisfies Record<string, Permission>

export function accessRoutes(app: App, parts: IdentityParts): void {
  const { db } = parts

  app.get(
    '/api/account/channels',
    {
      schema: {
        summary: 'Channels that are mine or shared with me',
        tags: ['account'],
        querystring: pageQuery.extend({ permission: z.enum(['read', 'write', 'manage']).default('read') }),
        response: { 200: pageOf(channelBody) },
      },
    },
    async (request) => {
      const user = requireUser(request.actor)
      const { offset, limit, permission } = request.query
      const own = await listChannelsWithAccess(db, user.id, [...user.shares.keys()])
      const matching = own.filter(
        (channel) => mayRead(user, channel) && mayDo(user, neededFor[permission], channel),
      )
      return pageOfChannels(request.actor, matching, offset, limit)
    },
  )

  app.get(
    '/api/groups/:groupId/channels',
    {
      schema: {
        summary: 'Channels that are shared with a group, of those I may see',
        tags: ['groups'],
        params: z.object({ groupId: z.string().max(100) }),
        querystring: pageQuery,
        response: { 200: pageOf(channelBody) },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const group = await getGroup(ctx, request.params.groupId)
      const channels: Channel[] = []
      for (const { channelId } of await listChannelsOfGroup(db, group.id)) {
        const channel = await findChannelById(db, channelId)
        if (channel && mayRead(request.actor, channel)) channels.push(channel)
      }
      return pageOfChannels(request.actor, channels, request.query.offset, request.query.limit)
    },
  )

  async function pageOfChannels(actor: Actor, channels: readonly Channel[], offset: number, limit: number) {
    const page = channels.slice(offset, offset + limit)
    return {
      total_count: channels.length,
      items: await Promise.all(page.map((channel) => toBody(db, channel, actor))),
    }
  }
}
