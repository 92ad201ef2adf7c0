/** The history of a channel: what was when, what differs, and why. */
import { z } from 'zod'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import { getChannel } from '../channels/manage-channels.ts'
import { listServed } from '../channels/serving-periods.ts'
import type { Actor } from '../identity/actor.ts'
import { mayDo, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { AppError } from '../vocabulary/errors.ts'
import { requireRevision, resolveRevision } from './channel-view.ts'
import { fileChanges, RevisionDifferences } from './diff-revisions.ts'
import type { RenderParts } from './render-channel.ts'
import { rollBackChannel, serveRevision } from './roll-back-channel.ts'
import { describeSelectors, parseRevisionSelector } from './revision-selector.ts'
import { countRevisions, findRevision, listRevisions, listSubdirStates } from './revision-store.ts'

const cause = z
  .looseObject({ kind: z.string() })
  .describe('What made the change: an upload with its file, a mirror run, an edited policy')

const revisionBody = z.object({
  number: z.number().int(),
  created: z.string(),
  state: z
    .enum(['served', 'past', 'prepared', 'skipped'])
    .describe(
      'Served now, served before, made while the channel is frozen and not served yet, or made in such a time and overtaken by a newer one',
    ),
  causes: z
    .array(cause)
    .describe('Of a revision that was never served none, for whoever may not look into it'),
  changed_names: z.number().int().describe('Package names that differ from the revision before'),
  contents_count: z.number().int().describe('Files the channel has'),
  served_count: z.number().int().describe('Files that clients see'),
})

const subdirBody = z.object({
  subdir: z.string(),
  contents_sha256: z.string().describe('Digest of the index of everything'),
  served_sha256: z.string().describe('Digest of the shard index as served'),
  contents_count: z.number().int(),
  served_count: z.number().int(),
})

const differenceBody = z.object({
  name: z.string(),
  causes: z.array(z.object({ revision: z.number().int(), cause })),
  files: z.array(
    z.object({
      subdir: z.string(),
      filename: z.string(),
      change: z
        .enum(fileChanges)
        .describe(
          'added, removed, or changed in its record; shown or hidden: the channel has it in both, and the policies let it through in one',
        ),
      served: z.boolean().describe('Whether clients see it in the later revision'),
      fields: z.array(z.string()).describe('Of a changed record, the fields that differ'),
    }),
  ),
})

const tags = ['revisions']
const params = z.object({ channel: z.string().max(300) })
const selector = z.string().max(40).describe('A number, a date in UTC, or an instant')

export interface RevisionRouteParts {
  readonly db: Db
  readonly now: () => Date
  readonly blobs: BlobStore
  readonly rendering: RenderParts
}

export function revisionRoutes(app: App, parts: RevisionRouteParts): void {
  const differences = new RevisionDifferences(parts)
  app.get(
    '/api/channels/:channel/revisions',
    {
      schema: {
        summary: 'Revisions of a channel, newest first',
        tags,
        params,
        querystring: pageQuery,
        response: { 200: pageOf(revisionBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { total, items } = await listRevisions(parts.db, channel.id, request.query)
      return { total_count: total, items: await toBodies({ ...parts, actor: request.actor }, channel, items) }
    },
  )

  app.get(
    '/api/channels/:channel/revisions/:revision',
    {
      schema: {
        summary: 'One revision: the one of that number, or the one that was served at that time',
        tags,
        params: params.extend({ revision: selector }),
        response: { 200: revisionBody.extend({ subdirs: z.array(subdirBody) }) },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      const number = await numberOf(ctx, channel, request.params.revision)
      const revision = (await findRevision(parts.db, channel.id, number)) ?? {
        number: 0,
        createdAt: channel.createdAt,
        causes: [],
      }
      const [body] = await toBodies(ctx, channel, [revision])
      const subdirs = await listSubdirStates(parts.db, channel.id, number)
      return {
        ...body!, // one for each
        subdirs: subdirs.map((state) => ({
          subdir: state.subdir,
          contents_sha256: state.contentsSha256,
          served_sha256: state.servedSha256,
          contents_count: state.contentsCount,
          served_count: state.servedCount,
        })),
      }
    },
  )

  app.get(
    '/api/channels/:channel/revisions/:revision/diff',
    {
      schema: {
        summary: 'What differs between two revisions, by package name, and why',
        tags,
        params: params.extend({ revision: selector.describe('The later one') }),
        querystring: pageQuery.extend({
          from: selector.optional().describe('The earlier one; the one before when left out'),
        }),
        response: {
          200: pageOf(differenceBody).extend({ from: z.number().int(), to: z.number().int() }),
        },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      const to = await numberOf(ctx, channel, request.params.revision)
      const from = await earlierOf(ctx, channel, to, request.query.from)
      const { total, items } = await differences.list(channel.id, { from, to }, request.query)
      return {
        from,
        to,
        total_count: total,
        items: items.map((item) => ({
          ...item,
          causes: [...item.causes],
          files: item.files.map((file) => ({ ...file, fields: [...file.fields] })),
        })),
      }
    },
  )

  changingRoutes(app, parts)
}

function changingRoutes(app: App, parts: RevisionRouteParts): void {
  app.post(
    '/api/channels/:channel/revisions/:revision/rollback',
    {
      schema: {
        summary: 'Roll back: a new revision with the contents of that one, decided by the policies of today',
        tags,
        params: params.extend({ revision: selector }),
        response: {
          202: z.object({
            to: z.number().int(),
            changed_names: z.number().int(),
            restored_files: z.number().int().describe('In again, or with their record of then'),
            removed_files: z.number().int().describe('Came since, and are out again'),
            frozen: z.boolean().describe('Clients see it when the channel is unfrozen, and not before'),
          }),
        },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      requirePermission(ctx.actor, 'revision:rollback', channel)
      const to = await numberOf(ctx, channel, request.params.revision)
      const { names, restored, removed } = await rollBackChannel(ctx, channel, to)
      return reply.code(202).send({
        to,
        changed_names: names,
        restored_files: restored,
        removed_files: removed,
        frozen: channel.frozen,
      })
    },
  )

  app.post(
    '/api/channels/:channel/revisions/:revision/serve',
    {
      schema: {
        summary: 'Serve that revision as it was, at once, and freeze the channel there',
        tags,
        params: params.extend({ revision: selector }),
        response: { 200: z.object({ revision: z.number().int() }) },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      requirePermission(ctx.actor, 'revision:rollback', channel)
      const revision = await numberOf(ctx, channel, request.params.revision)
      await serveRevision(ctx, channel, revision)
      return { revision }
    },
  )
}

interface Context extends RevisionRouteParts {
  readonly actor: Actor
}

/** @throws AppError bad-request, not-found, revision-expired */
async function numberOf(ctx: Context, channel: Channel, text: string): Promise<number> {
  const parsed = parseRevisionSelector(text)
  if (!parsed) throw new AppError('bad-request', describeSelectors(text))
  return resolveRevision(ctx, channel, parsed)
}

async function earlierOf(
  ctx: Context,
  channel: Channel,
  to: number,
  from: string | undefined,
): Promise<number> {
  if (from !== undefined) return numberOf(ctx, channel, from)
  const before = Math.max(0, to - 1)
  await requireRevision(ctx, channel, before)
  return before
}

async function toBodies(
  { db, actor }: Context,
  channel: Channel,
  revisions: readonly { number: number; createdAt: Date; causes: readonly z.output<typeof cause>[] }[],
): Promise<z.output<typeof revisionBody>[]> {
  const numbers = revisions.map(({ number }) => number)
  const counts = await countRevisions(db, channel.id, numbers)
  const served = await listServed(db, channel.id, numbers)
  // causes name files, and what was prepared is for those who will show it
  const mayKnow = (number: number): boolean =>
    number === 0 || served.has(number) || mayDo(actor, 'channel:edit', channel)
  return revisions.map(({ number, createdAt, causes }) => ({
    number,
    created: createdAt.toISOString(),
    state:
      number === channel.revision
        ? ('served' as const)
        : served.has(number) || number === 0
          ? 'past'
          : number > channel.revision
            ? 'prepared'
            : 'skipped',
    causes: mayKnow(number) ? [...causes] : [],
    changed_names: counts.get(number)?.names ?? 0,
    contents_count: counts.get(number)?.contents ?? 0,
    served_count: counts.get(number)?.served ?? 0,
  }))
}
