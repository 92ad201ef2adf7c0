/** What a virtual channel is made of: where each name comes from, and its pins. */
import { z } from 'zod'
import { mayRead } from '../identity/require-permission.ts'
import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { getChannel } from './manage-channels.ts'
import { pinName, unpinName } from './manage-virtual.ts'
import { channelBody, toBody } from './routes.ts'
import { findPin } from './virtual-channel.ts'
import * as store from './virtual-store.ts'

const ownerBody = z.object({
  name: z.string(),
  member: z
    .string()
    .nullable()
    .describe('The channel that the package comes from, alone; null for one you may not see'),
  pinned: z.boolean().describe('A pin says so, whatever the order of the members'),
  left_out: z
    .array(z.string())
    .describe('Files of that member that clients know under the same name with other bytes, and do not get'),
})

const pinBody = z.object({ name: z.string(), member: z.string().nullable() })

const params = z.object({ channel: z.string().max(200) })
const pinParams = params.extend({ name: z.string().max(128) })
const tags = ['channels']

/** How the members of a virtual channel are called, for those who may see them. */
async function memberNames(db: Db, actor: Actor, channelId: string): Promise<Map<string, string>> {
  const members = await store.listMembers(db, channelId)
  return new Map(
    members.filter(({ channel }) => mayRead(actor, channel)).map(({ channel }) => [channel.id, channel.name]),
  )
}

export function virtualChannelRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  app.get(
    '/api/channels/:channel/virtual-channels',
    {
      schema: {
        summary: 'Virtual channels that show what a channel has',
        tags,
        params,
        querystring: pageQuery,
        response: { 200: pageOf(channelBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const seen = (await store.listVirtualsOf(parts.db, channel.id)).filter((one) =>
        mayRead(request.actor, one),
      )
      const { offset, limit } = request.query
      const items = seen.slice(offset, offset + limit)
      return {
        total_count: seen.length,
        items: await Promise.all(items.map((one) => toBody(parts.db, one, request.actor))),
      }
    },
  )

  app.get(
    '/api/channels/:channel/owners',
    {
      schema: {
        summary: 'Which member of a virtual channel each package comes from',
        tags,
        params,
        querystring: pageQuery.extend({ q: z.string().max(200).optional() }),
        response: { 200: pageOf(ownerBody) },
      },
    },
    async (request) => {
      const { db } = parts
      const { id } = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { total, names } = await store.listMemberNames(db, id, request.query)
      const owners = await store.findOwners(db, id, names)
      const pins = await store.listPins(db, id)
      const visible = await memberNames(db, request.actor, id)
      const leftOut = new Map<string, string[]>()
      for (const [ownerId, owned] of Map.groupBy(owners, ([, owner]) => owner)) {
        const ownNames = owned.map(([name]) => name)
        for (const [name, files] of await store.listLeftOut(db, id, ownerId, ownNames))
          leftOut.set(name, files)
      }
      return {
        total_count: total,
        items: names.map((name) => ({
          name,
          member: visible.get(owners.get(name) ?? '') ?? null,
          pinned: findPin(name, pins) !== undefined,
          left_out: leftOut.get(name) ?? [],
        })),
      }
    },
  )

  app.get(
    '/api/channels/:channel/pins',
    {
      schema: {
        summary:
          'Names and patterns of names that come from one member of a virtual channel, whatever the order',
        tags,
        params,
        querystring: pageQuery,
        response: { 200: pageOf(pinBody) },
      },
    },
    async (request) => {
      const { id } = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const pins = await store.listPins(parts.db, id)
      const visible = await memberNames(parts.db, request.actor, id)
      const { offset, limit } = request.query
      return {
        total_count: pins.length,
        items: pins
          .slice(offset, offset + limit)
          .map(({ name, memberId }) => ({ name, member: visible.get(memberId) ?? null })),
      }
    },
  )

  app.put(
    '/api/channels/:channel/pins/:name',
    {
      schema: {
        summary: 'Take a package, or all that a pattern matches, from one member of a virtual channel',
        tags,
        params: pinParams,
        body: z.object({ member: z.string().max(200).describe('The path of the channel') }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const { channel, name } = request.params
      await pinName(ctx, await getChannel(ctx, channel), name, request.body.member)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/channels/:channel/pins/:name',
    {
      schema: {
        summary: 'Let the order of the members decide again',
        tags,
        params: pinParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const { channel, name } = request.params
      await unpinName(ctx, await getChannel(ctx, channel), name)
      return reply.code(204).send(null)
    },
  )
}
