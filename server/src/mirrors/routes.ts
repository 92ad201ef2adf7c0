import { z } from 'zod'
import type { Channel } from '../channels/channel.ts'
import { getChannel } from '../channels/manage-channels.ts'
import type { Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { findJob } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import {
  createMirror,
  deleteMirror,
  getMirror,
  startMirrorRun,
  stopMirrorRun,
  updateMirror,
} from './manage-mirrors.ts'
import { judgedFilters, mirrorFiltersSchema, mirrorModes, shownSourceRoot, type Mirror } from './mirror.ts'
import { findNotes } from '../policies/psm-differences.ts'
import { listMirrors, listRejections } from './store.ts'
import type { UpstreamRules } from './upstream.ts'

const progressBody = z.object({
  step: z.string(),
  files_done: z.number(),
  files_total: z.number(),
  bytes_done: z.number(),
  bytes_total: z.number(),
  bytes_per_second: z.number(),
  seconds_remaining: z.number().nullable(),
  rejected: z.number(),
  current_file: z.string().nullable(),
})

const modeField = z
  .enum(mirrorModes)
  .describe('`active` brings the bytes in its run, `passive` each when somebody asks for it')

const mirrorBody = z.object({
  mirror_id: z.string(),
  mirror_name: z.string(),
  source_root: z.string(),
  mirror_type: z.literal('conda'),
  mirror_mode: modeField,
  filters: mirrorFiltersSchema,
  filter_policy: z
    .string()
    .nullable()
    .describe(
      'The policy that applies the filters for licences, CVEs, dates and signatures; null without such',
    ),
  filter_notes: z.array(z.string()).describe('Where that policy is not word for word what the filters say'),
  cron: z.string().nullable(),
  state: z.enum(['pending', 'running', 'completed', 'failed', 'stopped']),
  cause: z.string().nullable(),
  job_id: z.string().nullable(),
  progress: progressBody.nullable(),
  result: z
    .object({
      added: z.number(),
      renewed: z.number(),
      removed: z.number(),
      unchanged: z.number(),
      rejected: z.number(),
      filtered: z.number(),
      bytes: z.number(),
    })
    .nullable(),
  last_run_at: z.string().nullable(),
  next_run_at: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
})

async function toBody(db: Db, mirror: Mirror): Promise<z.output<typeof mirrorBody>> {
  const job = mirror.lastJobId === undefined ? undefined : await findJob(db, mirror.lastJobId)
  return {
    mirror_id: mirror.id,
    mirror_name: mirror.name,
    source_root: shownSourceRoot(mirror.sourceRoot),
    mirror_type: 'conda',
    mirror_mode: mirror.mode,
    filters: mirror.filters,
    filter_policy: mirror.filterPolicy ?? null,
    filter_notes: findNotes(judgedFilters(mirror.filters)),
    cron: mirror.cron ?? null,
    state: mirror.state,
    cause: mirror.cause ?? null,
    job_id: mirror.lastJobId ?? null,
    // only runMirror writes what a job of this kind reports and returns
    progress: (job?.progress as z.output<typeof progressBody> | undefined) ?? null,
    result: (job?.result as z.output<typeof mirrorBody>['result'] | undefined) ?? null,
    last_run_at: mirror.lastRunAt?.toISOString() ?? null,
    next_run_at: mirror.nextRunAt?.toISOString() ?? null,
    created_at: mirror.createdAt.toISOString(),
    updated_at: mirror.updatedAt.toISOString(),
  }
}

const cronField = z
  .string()
  .max(200)
  .transform((text) => text.trim() || null) // clients of the contract always send one, if only an empty one
  .nullable()
  .describe('When it runs by itself: five fields of cron, in UTC; null or empty for never')

const tags = ['mirrors']
const channelParams = z.object({ channel: z.string().max(200) })
const mirrorParams = channelParams.extend({ mirrorId: z.string().max(100) })

export function mirrorRoutes(
  app: App,
  parts: { db: Db; now: () => Date; upstreamRules: UpstreamRules },
): void {
  const channelOf = async (request: { actor: Actor; params: { channel: string } }): Promise<Channel> =>
    getChannel({ ...parts, actor: request.actor }, request.params.channel)

  app.get(
    '/api/channels/:channel/mirrors',
    {
      schema: {
        summary: 'Mirrors of a channel',
        tags,
        params: channelParams,
        querystring: pageQuery,
        response: { 200: pageOf(mirrorBody) },
      },
    },
    async (request) => {
      const channel = await channelOf(request)
      requirePermission(request.actor, 'mirror:edit', channel)
      const { total, items } = await listMirrors(parts.db, channel.id, request.query)
      return { total_count: total, items: await Promise.all(items.map((mirror) => toBody(parts.db, mirror))) }
    },
  )

  app.post(
    '/api/channels/:channel/mirrors',
    {
      schema: {
        summary: 'Make a mirror, and run it when run_now is set',
        tags,
        params: channelParams,
        body: z.object({
          mirror_name: z
            .string()
            .max(200)
            .regex(/^[A-Za-z0-9_\-/.].*$/, 'must start with a letter, a digit, "_", "-", "/" or "."'),
          source_root: z.string().min(1).max(2000),
          mirror_type: z.literal('conda').default('conda'),
          mirror_mode: modeField.default('active'),
          filters: mirrorFiltersSchema.default({}),
          cron: cronField.default(null),
          run_now: z.boolean().default(false),
        }),
        response: { 201: mirrorBody },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await channelOf(request)
      const { body } = request
      const mirror = await createMirror(ctx, channel, {
        name: body.mirror_name,
        sourceRoot: body.source_root,
        mode: body.mirror_mode,
        filters: body.filters,
        cron: body.cron ?? undefined,
      })
      if (body.run_now) await startMirrorRun(ctx, channel, mirror.id, { acceptShrink: false })
      return reply.code(201).send(await toBody(parts.db, await getMirror(parts.db, channel, mirror.id)))
    },
  )

  app.get(
    '/api/channels/:channel/mirrors/:mirrorId',
    {
      schema: {
        summary: 'One mirror, with how far its run is',
        tags,
        params: mirrorParams,
        response: { 200: mirrorBody },
      },
    },
    async (request) => {
      const channel = await channelOf(request)
      requirePermission(request.actor, 'mirror:edit', channel)
      return toBody(parts.db, await getMirror(parts.db, channel, request.params.mirrorId))
    },
  )

  app.put(
    '/api/channels/:channel/mirrors/:mirrorId',
    {
      schema: {
        summary: 'Change a mirror; with run_now run it',
        tags,
        params: mirrorParams,
        body: z.object({
          source_root: z.string().min(1).max(2000).optional(),
          mirror_mode: modeField.optional(),
          filters: mirrorFiltersSchema.optional(),
          cron: cronField.optional(),
          run_now: z.boolean().default(false),
          accept_shrink: z
            .boolean()
            .default(false)
            .describe('Believe an upstream index that lost most of its files'),
        }),
        response: { 202: mirrorBody },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await channelOf(request)
      const { source_root: sourceRoot, mirror_mode: mode, filters, cron } = request.body
      const { run_now: runNow, accept_shrink: acceptShrink } = request.body
      requirePermission(request.actor, 'mirror:edit', channel)
      let mirror = await getMirror(parts.db, channel, request.params.mirrorId)
      const change = { sourceRoot, mode, filters, cron }
      if (Object.values(change).some((value) => value !== undefined)) {
        mirror = await updateMirror(ctx, channel, mirror.id, change)
      }
      if (runNow) await startMirrorRun(ctx, channel, mirror.id, { acceptShrink })
      return reply.code(202).send(await toBody(parts.db, await getMirror(parts.db, channel, mirror.id)))
    },
  )

  app.delete(
    '/api/channels/:channel/mirrors/:mirrorId',
    {
      schema: {
        summary: 'Drop a mirror; what it brought stays',
        tags,
        params: mirrorParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteMirror(
        { ...parts, actor: request.actor },
        await channelOf(request),
        request.params.mirrorId,
      )
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/channels/:channel/mirrors/:mirrorId/stop_mirror_sync',
    { schema: { summary: 'Stop the run', tags, params: mirrorParams, response: { 202: z.null() } } },
    async (request, reply) => {
      await stopMirrorRun(
        { ...parts, actor: request.actor },
        await channelOf(request),
        request.params.mirrorId,
      )
      return reply.code(202).send(null)
    },
  )

  app.get(
    '/api/channels/:channel/mirrors/:mirrorId/rejections',
    {
      schema: {
        summary: 'Records of the upstream that the last run did not take, and why',
        tags,
        params: mirrorParams,
        querystring: pageQuery,
        response: {
          200: pageOf(
            z.object({ subdir: z.string(), filename: z.string(), code: z.string(), message: z.string() }),
          ),
        },
      },
    },
    async (request) => {
      const channel = await channelOf(request)
      requirePermission(request.actor, 'mirror:edit', channel)
      const mirror = await getMirror(parts.db, channel, request.params.mirrorId)
      const { total, items } = await listRejections(parts.db, mirror.id, request.query)
      return { total_count: total, items }
    },
  )
}
