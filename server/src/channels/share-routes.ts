/** Who a channel is shared with, and what the asker may do in it. */
import { z } from 'zod'
import type { IdentityParts } from '../identity/context.ts'
import { scopesHeld } from '../identity/explain-rights.ts'
import * as sharing from '../identity/share-channel.ts'
import { sharePermissions, type ChannelShare } from '../identity/share-store.ts'
import type { App } from '../platform/http/app.ts'
import { AppError } from '../vocabulary/errors.ts'
import { changeOwner } from './change-owner.ts'
import { getChannel } from './manage-channels.ts'

const permission = z.enum(sharePermissions)
const namePatterns = z
  .array(z.string().max(200))
  .max(100)
  .nullable()
  .optional()
  .describe('Package names that may be written, as patterns such as acme-*; null or missing: all')

const shareFields = {
  name: z.string(),
  description: z.string(),
  permission,
  persistent: z.literal(false),
  name_patterns: z.array(z.string()).nullable(),
  created_at: z.string(),
  updated_at: z.string(),
}
const groupShare = z.object({ group_id: z.string(), ...shareFields })
const userShare = z.object({ user_id: z.string(), ...shareFields })
const listOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ total_count: z.number(), items: z.array(item) })

function toFields(share: ChannelShare) {
  return {
    name: share.name,
    description: share.description,
    permission: share.permission,
    persistent: false as const,
    name_patterns: share.namePatterns ? [...share.namePatterns] : null,
    created_at: share.createdAt.toISOString(),
    updated_at: share.updatedAt.toISOString(),
  }
}

const params = z.object({ channel: z.string().max(200) })
const tags = ['channels']

export function shareRoutes(app: App, parts: IdentityParts): void {
  const kinds = [
    { kind: 'group', path: 'groups', idName: 'group_id', item: groupShare },
    { kind: 'user', path: 'users', idName: 'user_id', item: userShare },
  ] as const
  for (const { kind, path, idName, item } of kinds) {
    const subjectParams = params.extend({ subjectId: z.string().max(100) })
    const list = listOf(item)
    const toItem = (share: ChannelShare) => ({ [idName]: share.subject.id, ...toFields(share) })

    app.get(
      `/api/channels/:channel/${path}`,
      {
        schema: {
          summary: `Which ${path} a channel is shared with`,
          tags,
          params,
          response: { 200: list },
        },
      },
      async (request) => {
        const ctx = { ...parts, actor: request.actor }
        const channel = await getChannel(ctx, request.params.channel)
        const shares = await sharing.listShares(ctx, channel, kind)
        return { total_count: shares.length, items: shares.map(toItem) } as z.output<typeof list>
      },
    )

    app.post(
      `/api/channels/:channel/${path}`,
      {
        schema: {
          summary: `Share a channel with a ${kind}`,
          tags,
          params,
          body: z.object({
            group_id: z.string().max(100).optional(),
            user_id: z.string().max(100).optional(),
            permission,
            name_patterns: namePatterns,
          }),
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        const ctx = { ...parts, actor: request.actor }
        const channel = await getChannel(ctx, request.params.channel)
        const { [idName]: id, permission: level, name_patterns: names } = request.body
        if (id === undefined) throw new AppError('bad-request', `the body is wrong: ${idName} is missing`)
        await sharing.shareChannel(
          ctx,
          channel,
          { kind, id },
          { permission: level, namePatterns: names ?? undefined },
        )
        return reply.code(204).send(null)
      },
    )

    app.put(
      `/api/channels/:channel/${path}/:subjectId`,
      {
        schema: {
          summary: `Change how a channel is shared with a ${kind}`,
          tags,
          params: subjectParams,
          body: z.object({ permission, name_patterns: namePatterns }),
          response: { 200: list },
        },
      },
      async (request) => {
        const ctx = { ...parts, actor: request.actor }
        const channel = await getChannel(ctx, request.params.channel)
        const subject = { kind, id: request.params.subjectId }
        const { permission: level, name_patterns: names } = request.body
        const before = await sharing.requireShared(ctx, channel, subject)
        await sharing.shareChannel(ctx, channel, subject, {
          permission: level,
          namePatterns: names === undefined && level !== 'read' ? before.namePatterns : (names ?? undefined),
        })
        const shares = await sharing.listShares(ctx, channel, kind)
        return { total_count: shares.length, items: shares.map(toItem) } as z.output<typeof list>
      },
    )

    app.delete(
      `/api/channels/:channel/${path}/:subjectId`,
      {
        schema: {
          summary: `Share a channel no more with a ${kind}`,
          tags,
          params: subjectParams,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        const ctx = { ...parts, actor: request.actor }
        const channel = await getChannel(ctx, request.params.channel)
        await sharing.unshareChannel(ctx, channel, { kind, id: request.params.subjectId })
        return reply.code(204).send(null)
      },
    )
  }

  app.get(
    '/api/channels/:channel/permissions',
    {
      schema: {
        summary: 'What I may do in a channel, as scopes',
        tags,
        params,
        response: { 200: z.object({ scopes: z.array(z.string()) }) },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      return { scopes: scopesHeld(request.actor, await getChannel(ctx, request.params.channel)) }
    },
  )

  app.put(
    '/api/channels/:channel/owner',
    {
      schema: {
        summary: 'Give a channel another owner',
        tags,
        params,
        body: z.object({ user_id: z.string().max(100) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      await changeOwner(ctx, channel, request.body.user_id)
      return reply.code(204).send(null)
    },
  )
}
