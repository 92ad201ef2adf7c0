import { z } from 'zod'
import { NOTICE_LEVELS, type ChannelNotice } from '@terrarium/conda/repodata/notices.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import type { Actor } from '../identity/actor.ts'
import { reachOf } from '../identity/reach.ts'
import { mayDo } from '../identity/require-permission.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import {
  channelKinds,
  MAX_KEEP_DAYS,
  MIN_KEEP_DAYS,
  privacies,
  splitChannelName,
  type Channel,
} from './channel.ts'
import {
  createChannel,
  createSubchannel,
  deleteChannel,
  getChannel,
  updateChannel,
  type NewChannel,
} from './manage-channels.ts'
import { changeMembers } from './manage-virtual.ts'
import { createNotice, deleteNotice, listNotices } from './notices.ts'
import { findServedAfter } from './serving-periods.ts'
import { countStale } from './stale-names.ts'
import { listChannels } from './store.ts'
import { MAX_MEMBERS } from './virtual-channel.ts'
import { maySeeMember } from './virtual-members.ts'
import { countLostNames, listMembers } from './virtual-store.ts'
import { AppError } from '../vocabulary/errors.ts'

const source = z.object({
  name: z.string().max(200),
  parent_name: z.string().max(200).optional().describe('Of a subchannel: the channel it belongs to'),
})
const sources = z
  .array(source)
  .max(MAX_MEMBERS)
  .describe('Members of a virtual channel: of those that are equally open, the first that has a name')

const memberBody = source.extend({
  before_public: z
    .boolean()
    .describe(
      'It was added or closed as not public by somebody who may edit the channel, and is asked before others',
    ),
  lost: z
    .literal('closed')
    .nullable()
    .describe('closed: it is not shown any more, and its names wait for it'),
})

const lostMemberBody = z.object({
  id: z.string(),
  path: z.string().describe('What it is called, or was'),
  how: z.enum(['closed', 'deleted']),
  lost_at: z.string(),
  names: z
    .number()
    .int()
    .describe('Packages that it had then; those that came from it come from nowhere now'),
})

function memberNames(list: readonly z.output<typeof source>[]): string[] {
  return list.map((one) => (one.parent_name === undefined ? one.name : `${one.parent_name}/${one.name}`))
}

export const channelBody = z.object({
  id: z.string(),
  name: z.string(),
  parent: z.string().optional().describe('Of a subchannel: the channel it belongs to'),
  path: z.string().describe('What it is called in addresses: the name, or parent/name'),
  description: z.string(),
  privacy: z.enum(privacies),
  channel_type: z.enum(channelKinds).describe('virtual: it shows what other channels have'),
  sources: z
    .array(memberBody)
    .optional()
    .describe('Of a virtual channel: its members that you may see, in order; all for those who may edit it'),
  lost_members: z
    .array(lostMemberBody)
    .optional()
    .describe(
      'Of a virtual channel, for those who may edit it: members that were closed or deleted, and hold names',
    ),
  indexing_behavior: z
    .enum(['default', 'frozen'])
    .describe('frozen: what is served stays as it is, while new revisions are prepared'),
  revision: z.number().int().describe('Number of the revision that is served'),
  newest_revision: z
    .number()
    .int()
    .describe('Number of the newest revision; a frozen channel serves an older one until it is unfrozen'),
  keep_days: z
    .number()
    .int()
    .nullable()
    .describe('Days that a past revision is kept; null for what the configuration says'),
  rendered_revision: z
    .number()
    .int()
    .describe('The revision that repodata.json shows; it follows the shards by a moment'),
  rendered_behind_since: z
    .string()
    .nullable()
    .describe('Since when repodata.json lacks something that is served; null when it shows all'),
  stale_names: z
    .number()
    .int()
    .describe('Package names whose change is not in the index yet; 0 when clients see everything'),
  created: z.string(),
  updated: z.string(),
})

export async function toBody(db: Db, channel: Channel, actor: Actor): Promise<z.output<typeof channelBody>> {
  const { parent, name } = splitChannelName(channel.name)
  const behindSince =
    channel.renderedRevision < channel.revision
      ? await findServedAfter(db, channel.id, channel.renderedRevision)
      : undefined
  return {
    id: channel.id,
    name,
    ...(parent === undefined ? {} : { parent }),
    path: channel.name,
    description: channel.description,
    privacy: channel.privacy,
    channel_type: channel.kind,
    ...(channel.kind === 'virtual' && (await toMembers(db, channel, actor))),
    indexing_behavior: channel.frozen ? 'frozen' : 'default',
    revision: channel.revision,
    newest_revision: channel.newestRevision,
    keep_days: channel.keepDays,
    rendered_revision: Math.min(channel.renderedRevision, channel.revision),
    rendered_behind_since: behindSince?.toISOString() ?? null,
    stale_names: await countStale(db, channel.id),
    created: channel.createdAt.toISOString(),
    updated: channel.updatedAt.toISOString(),
  }
}

async function toMembers(
  db: Db,
  virtual: Channel,
  actor: Actor,
): Promise<Pick<z.output<typeof channelBody>, 'sources' | 'lost_members'>> {
  const members = await listMembers(db, virtual.id)
  const sources = members
    .filter((member) => member.channel && maySeeMember(actor, virtual, member))
    .map((member) => {
      const { parent, name } = splitChannelName(member.name)
      return {
        name,
        ...(parent !== undefined && { parent_name: parent }),
        before_public: member.beforePublic,
        lost: member.lost ? ('closed' as const) : null,
      }
    })
  if (!mayDo(actor, 'channel:edit', virtual)) return { sources }
  const lost: z.output<typeof lostMemberBody>[] = []
  for (const { id, name, lost: loss } of members) {
    if (!loss) continue
    const names = await countLostNames(db, virtual.id, id)
    lost.push({ id, path: name, how: loss.how, lost_at: loss.at.toISOString(), names })
  }
  return { sources, lost_members: lost }
}

const noticeBody = z.object({
  id: z.string().describe('Clients show a notice once for each id'),
  message: z.string(),
  level: z.enum(NOTICE_LEVELS),
  created_at: z.string(),
  expires_at: z.string(),
})

function toNoticeBody({
  id,
  message,
  level,
  createdAt,
  expiresAt,
}: ChannelNotice): z.output<typeof noticeBody> {
  return { id, message, level, created_at: createdAt.toISOString(), expires_at: expiresAt.toISOString() }
}

const newChannelBody = z.object({
  name: z.string().max(200),
  description: z.string().max(10_000).default(''),
  privacy: z.enum(privacies).default('private'),
  channel_type: z.enum(channelKinds).default('default'),
  sources: sources.optional(),
})

/** @throws AppError bad-request */
function toNewChannel({
  channel_type: kind,
  sources: members,
  ...channel
}: z.output<typeof newChannelBody>): NewChannel {
  if (kind === 'default' && members !== undefined && members.length > 0)
    throw new AppError('bad-request', 'only a channel with channel_type virtual has sources')
  return { ...channel, members: kind === 'virtual' ? memberNames(members ?? []) : undefined }
}

const params = z.object({ channel: z.string().max(200) })
const tags = ['channels']

export function channelRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  app.get(
    '/api/channels',
    {
      schema: {
        summary: 'Channels I may see',
        tags,
        querystring: pageQuery.extend({
          q: z.string().max(200).optional(),
          include_subchannels: z.stringbool().default(false),
        }),
        response: { 200: pageOf(channelBody) },
      },
    },
    async (request) => {
      const { include_subchannels: withSubchannels, ...page } = request.query
      const { total, items } = await listChannels(parts.db, reachOf(request.actor), {
        ...page,
        subchannels: withSubchannels ? 'with' : 'without',
      })
      return {
        total_count: total,
        items: await Promise.all(items.map((channel) => toBody(parts.db, channel, request.actor))),
      }
    },
  )

  app.post(
    '/api/channels',
    {
      schema: {
        summary: 'Make a channel',
        tags,
        body: newChannelBody,
        response: { 201: channelBody },
      },
    },
    async (request, reply) => {
      const channel = await createChannel({ ...parts, actor: request.actor }, toNewChannel(request.body))
      return reply.code(201).send(await toBody(parts.db, channel, request.actor))
    },
  )

  app.get(
    '/api/channels/:channel/subchannels',
    {
      schema: {
        summary:
          'Subchannels I may see. Everything of a channel is there for them too, below /subchannels/{name}',
        tags,
        params,
        querystring: pageQuery.extend({ q: z.string().max(200).optional() }),
        response: { 200: pageOf(channelBody) },
      },
    },
    async (request) => {
      const parent = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { total, items } = await listChannels(parts.db, reachOf(request.actor), {
        ...request.query,
        subchannels: { of: parent.name },
      })
      return {
        total_count: total,
        items: await Promise.all(items.map((channel) => toBody(parts.db, channel, request.actor))),
      }
    },
  )

  app.post(
    '/api/channels/:channel/subchannels',
    {
      schema: {
        summary: 'Make a subchannel',
        tags,
        params,
        body: newChannelBody,
        response: { 201: channelBody },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const parent = await getChannel(ctx, request.params.channel)
      const channel = await createSubchannel(ctx, parent, toNewChannel(request.body))
      return reply.code(201).send(await toBody(parts.db, channel, request.actor))
    },
  )

  app.get(
    '/api/channels/:channel',
    { schema: { summary: 'One channel', tags, params, response: { 200: channelBody } } },
    async (request) =>
      toBody(
        parts.db,
        await getChannel({ ...parts, actor: request.actor }, request.params.channel),
        request.actor,
      ),
  )

  app.put(
    '/api/channels/:channel',
    {
      schema: {
        summary:
          'Describe a channel anew, change who may read it, freeze or unfreeze it, keep its past longer',
        tags,
        params,
        body: z.object({
          description: z.string().max(10_000).optional(),
          privacy: z.enum(privacies).optional(),
          indexing_behavior: z
            .enum(['default', 'frozen'])
            .optional()
            .describe('default unfreezes: what was prepared meanwhile appears in one step'),
          keep_days: z.number().int().min(MIN_KEEP_DAYS).max(MAX_KEEP_DAYS).nullable().optional(),
          sources: sources.optional(),
        }),
        response: { 200: channelBody },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      const { sources: members, ...rest } = request.body
      if (members) await changeMembers(ctx, channel, memberNames(members))
      const isAll = members !== undefined && Object.keys(rest).length === 0
      const updated = isAll
        ? channel
        : await updateChannel(ctx, channel, {
            description: rest.description,
            privacy: rest.privacy,
            keepDays: rest.keep_days,
            frozen: rest.indexing_behavior && rest.indexing_behavior === 'frozen',
          })
      return toBody(parts.db, updated, request.actor)
    },
  )

  app.delete(
    '/api/channels/:channel',
    {
      schema: {
        summary: 'Drop a channel with all it names',
        tags,
        params,
        querystring: z.object({
          subchannels: z.stringbool().default(false).describe('Its subchannels go with it'),
        }),
        response: { 202: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      await deleteChannel(ctx, await getChannel(ctx, request.params.channel), {
        withSubchannels: request.query.subchannels,
      })
      return reply.code(202).send(null)
    },
  )

  app.get(
    '/api/channels/:channel/notices',
    {
      schema: {
        summary: 'Notices that clients show to whoever uses the channel, expired ones too',
        tags,
        params,
        querystring: pageQuery,
        response: { 200: pageOf(noticeBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const notices = await listNotices(parts.db, channel.id)
      const { offset, limit } = request.query
      return {
        total_count: notices.length,
        items: notices.slice(offset, offset + limit).map(toNoticeBody),
      }
    },
  )

  app.post(
    '/api/channels/:channel/notices',
    {
      schema: {
        summary: 'Tell everybody who uses the channel something',
        tags,
        params,
        body: z.object({
          message: z.string().trim().min(1).max(2000),
          level: z.enum(NOTICE_LEVELS).default('info'),
          expires_at: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
        }),
        response: { 201: noticeBody },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      const { message, level, expires_at: expiresAt } = request.body
      return reply
        .code(201)
        .send(toNoticeBody(await createNotice(ctx, channel, { message, level, expiresAt })))
    },
  )

  app.delete(
    '/api/channels/:channel/notices/:notice',
    {
      schema: {
        summary: 'Take a notice back',
        tags,
        params: params.extend({ notice: z.string().max(64) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      await deleteNotice(ctx, await getChannel(ctx, request.params.channel), request.params.notice)
      return reply.code(204).send(null)
    },
  )
}
