/** What a virtual channel is made of: where each name comes from, and its pins. */
import { z } from 'zod'
import { mayDo, mayRead } from '../identity/require-permission.ts'
import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { getChannel } from './manage-channels.ts'
import { privacies, type Channel } from './channel.ts'
import { allowShowing, dismissMember, pinName, unpinName } from './manage-virtual.ts'
import { findPin } from './virtual-channel.ts'
import { maySeeMember } from './virtual-members.ts'
import * as store from './virtual-store.ts'

const ownerBody = z.object({
  name: z.string(),
  member: z
    .string()
    .nullable()
    .describe('The channel that the package comes from, alone; null for one you may not see'),
  lost: z
    .enum(['closed', 'deleted'])
    .nullable()
    .describe('What became of that member: the package comes from nowhere until it is back, or is dismissed'),
  pinned: z.boolean().describe('A pin says so, whatever the order of the members'),
  pin: z.string().nullable().describe('That pin: the name, or a pattern that matches it'),
  left_out: z
    .array(z.string())
    .describe('Files of that member that clients know under the same name with other bytes, and do not get'),
})

const pinBody = z.object({ name: z.string(), member: z.string().nullable() })

const showingBody = z.object({
  path: z.string().describe('The virtual channel'),
  privacy: z.enum(privacies),
  shown: z.boolean().describe('Its readers get what the channel has'),
  allowed: z.boolean().describe('Also while the channel is not public'),
})

const params = z.object({ channel: z.string().max(200) })
const pinParams = params.extend({ name: z.string().max(128) })
const tags = ['channels']

/** How the members of a virtual channel are called, for those who may know it. */
async function memberNames(db: Db, actor: Actor, virtual: Channel): Promise<Map<string, string>> {
  const members = await store.listMembers(db, virtual.id)
  return new Map(
    members.filter((member) => maySeeMember(actor, virtual, member)).map(({ id, name }) => [id, name]),
  )
}

export function virtualChannelRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  app.get(
    '/api/channels/:channel/virtual-channels',
    {
      schema: {
        summary:
          'Virtual channels that have a channel as a member: those you may see, and for whoever sees its shares all that may show it while it is not public',
        tags,
        params,
        querystring: pageQuery,
        response: { 200: pageOf(showingBody) },
      },
    },
    async (request) => {
      const { actor, query } = request
      const channel = await getChannel({ ...parts, actor }, request.params.channel)
      const seesShares = mayDo(actor, 'channel-share:read', channel)
      const seen = (await store.listMembershipsOf(parts.db, channel.id)).filter(
        ({ virtual, member }) => mayRead(actor, virtual) || (seesShares && member.isAllowed),
      )
      return {
        total_count: seen.length,
        items: seen.slice(query.offset, query.offset + query.limit).map(({ virtual, member }) => ({
          path: virtual.name,
          privacy: virtual.privacy,
          shown: member.lost === undefined,
          allowed: member.isAllowed,
        })),
      }
    },
  )

  for (const [method, isAllowed, summary] of [
    ['PUT', true, 'Let a virtual channel show a channel also while that is not public'],
    ['DELETE', false, 'Take that back: it shows the channel only while that is public'],
  ] as const) {
    app.route({
      method,
      url: '/api/channels/:channel/virtual-channels/:virtual',
      schema: {
        summary,
        tags,
        params: params.extend({ virtual: z.string().max(200).describe('The path of the virtual channel') }),
        response: { 204: z.null() },
      },
      handler: async (request, reply) => {
        const ctx = { ...parts, actor: request.actor }
        const { channel, virtual } = request.params
        await allowShowing(ctx, await getChannel(ctx, channel), virtual, isAllowed)
        return reply.code(204).send(null)
      },
    })
  }

  app.delete(
    '/api/channels/:channel/lost-members/:member',
    {
      schema: {
        summary: 'Take a lost member out of a virtual channel: its packages come from the next that has them',
        tags,
        params: params.extend({ member: z.string().max(64).describe('Its id') }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      await dismissMember(ctx, await getChannel(ctx, request.params.channel), request.params.member)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/channels/:channel/owners',
    {
      schema: {
        summary: 'Which member of a virtual channel each package comes from',
        tags,
        params,
        querystring: pageQuery.extend({
          q: z.string().max(200).optional(),
          lost: z.stringbool().default(false).describe('Only what lost members had'),
        }),
        response: { 200: pageOf(ownerBody) },
      },
    },
    async (request) => {
      const { db } = parts
      const virtual = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { total, names } = await store.listMemberNames(db, virtual.id, request.query)
      const owners = await store.findOwners(db, virtual.id, names)
      const pins = await store.listPins(db, virtual.id)
      const visible = await memberNames(db, request.actor, virtual)
      const leftOut = new Map<string, string[]>()
      for (const [owner, owned] of Map.groupBy(owners, ([, member]) => member)) {
        if (owner.lost) continue
        const ownNames = owned.map(([name]) => name)
        for (const [name, files] of await store.listLeftOut(db, virtual.id, owner.id, ownNames))
          leftOut.set(name, files)
      }
      return {
        total_count: total,
        items: names.map((name) => ({
          name,
          member: visible.get(owners.get(name)?.id ?? '') ?? null,
          lost: owners.get(name)?.lost?.how ?? null,
          pinned: findPin(name, pins) !== undefined,
          pin: findPin(name, pins)?.name ?? null,
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
      const virtual = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const pins = await store.listPins(parts.db, virtual.id)
      const visible = await memberNames(parts.db, request.actor, virtual)
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
