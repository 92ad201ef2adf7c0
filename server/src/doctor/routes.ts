/** The storage as people look after it: garbage collection, checks, and what is in use. */
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { sumArtifacts } from '../artifacts/store.ts'
import { countCondemned } from '../blobs/condemned-store.ts'
import { sumFilesByChannel } from '../channels/list-contents.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { findJob, listJobsOfKind, requestStopOfKey, type Job } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { AppError } from '../vocabulary/errors.ts'
import { listFindings } from './findings-store.ts'
import { CHECK_KEY, checkPayload, checkResult, enqueueCheck } from './run-check.ts'
import { collectionResult, collectPayload, enqueueCollection } from './run-collection.ts'

export interface StorageRouteParts {
  readonly db: Db
  readonly now: () => Date
  /** Looks for due jobs now. */
  readonly wake: () => void
}

const tags = ['system']
const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a sha256 in lower-case hex')
const MAX_DIGESTS = 10_000
const job = z.object({ job_id: z.string() })
/** Well within what proxies wait for. */
const WAIT_MS = 25_000
const POLL_MS = 50
/** Among these is one that was no dry run. */
const COLLECTIONS_LOOKED_AT = 20

export function storageRoutes(app: App, parts: StorageRouteParts): void {
  checkRoutes(app, parts)
  app.post(
    '/api/system/collect',
    {
      schema: {
        summary: 'Collect garbage: a job whose result says what went, or with dry_run what would',
        tags,
        body: z.object({ dry_run: z.boolean().default(false) }),
        response: { 202: job },
      },
    },
    async (request, reply) => {
      requirePermission(request.actor, 'storage:collect')
      const id = await enqueueCollection(parts.db, parts.now(), {
        dryRun: request.body.dry_run,
        actorId: actorId(request.actor),
      })
      parts.wake()
      return reply.code(202).send({ job_id: id })
    },
  )

  const cleanup = {
    200: collectionResult,
    202: job.describe('It takes longer than a request should: see how far the job is'),
  }
  app.delete(
    '/api/system/blob_cleanup',
    { schema: { summary: 'Collect garbage and wait for the end', tags, response: cleanup } },
    async (request, reply) => {
      const ended = await collectNow(parts, request.actor)
      return 'job_id' in ended ? reply.code(202).send(ended) : reply.code(200).send(ended)
    },
  )
  app.post(
    '/api/system/blob_cleanup',
    {
      schema: {
        summary: 'The same, deleting none but the named blobs; those that something names stay',
        tags,
        body: z.array(sha256).max(MAX_DIGESTS),
        response: cleanup,
      },
    },
    async (request, reply) => {
      const ended = await collectNow(parts, request.actor, request.body)
      return 'job_id' in ended ? reply.code(202).send(ended) : reply.code(200).send(ended)
    },
  )
}

/** What the worker of a check tells on its way. */
const checkProgress = z.object({
  step: z.string(),
  done: z.number().describe('Things looked at in this step'),
  bytes: z.number().optional(),
  bytes_per_second: z.number().optional(),
  seconds_remaining: z.number().nullish(),
})

const checkItem = z.object({
  id: z.string(),
  state: z.enum(['queued', 'running', 'done', 'failed', 'stopped']),
  deep: z.boolean(),
  repair: z.boolean(),
  created_at: z.string(),
  finished_at: z.string().nullable(),
  progress: checkProgress.nullable(),
  error: z.string().nullable(),
  result: checkResult.nullable(),
})

const findingItem = z.object({
  kind: z.string().describe('corrupt, missing, inconsistent or stray'),
  code: z.string(),
  where: z.string(),
  message: z.string(),
  outcome: z.enum(['repaired', 'aside', 'left']).nullable().describe('Null where no repair was asked for'),
  repair: z.string().nullable().describe('What was done, in words'),
})

const storageBody = z.object({
  artifact_count: z.number().int().describe('Packages whose bytes are here, each once for all channels'),
  artifact_bytes: z.number().int(),
  condemned_count: z.number().int().describe('Blobs that nothing names, on their way out'),
  last_collection: collectionResult.nullable(),
  last_collection_at: z.string().nullable(),
  channels: pageOf(
    z.object({
      name: z.string(),
      file_count: z.number().int(),
      bytes: z.number().int().describe('Of its packages, also those that other channels have too'),
    }),
  ),
})

function checkRoutes(app: App, parts: StorageRouteParts): void {
  app.get(
    '/api/system/checks',
    {
      schema: {
        summary: 'Checks of the storage, the newest first',
        tags,
        querystring: pageQuery,
        response: { 200: pageOf(checkItem) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'storage:read')
      const { total, items } = await listJobsOfKind(parts.db, 'storage.check', request.query)
      return { total_count: total, items: items.map(checkBody) }
    },
  )
  app.post(
    '/api/system/checks',
    {
      schema: {
        summary: 'Check the storage: a job. Deep reads every blob; repair mends what it finds',
        tags,
        body: z.object({ deep: z.boolean().default(false), repair: z.boolean().default(false) }),
        response: { 202: job },
      },
    },
    async (request, reply) => {
      requirePermission(request.actor, 'storage:repair')
      const { deep, repair } = request.body
      const id = await enqueueCheck(parts.db, parts.now(), { deep, repair, actorId: actorId(request.actor) })
      parts.wake()
      return reply.code(202).send({ job_id: id })
    },
  )
  app.get(
    '/api/system/checks/:checkId/findings',
    {
      schema: {
        summary: 'What a check found, and what was done about it',
        tags,
        params: z.object({ checkId: z.string().max(100) }),
        querystring: pageQuery,
        response: { 200: pageOf(findingItem) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'storage:read')
      const { checkId } = request.params
      const found = await findJob(parts.db, checkId)
      if (found?.kind !== 'storage.check') throw new AppError('not-found', `there is no check ${checkId}`)
      const { total, items } = await listFindings(parts.db, checkId, request.query)
      return { total_count: total, items }
    },
  )
  app.post(
    '/api/system/checks/stop',
    {
      schema: {
        summary: 'Stop the check that runs, and those that wait',
        tags,
        response: { 200: z.object({ stopped: z.number().int() }) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'storage:repair')
      const { waiting, running } = await requestStopOfKey(parts.db, CHECK_KEY, parts.now())
      return { stopped: waiting + running }
    },
  )
  app.get(
    '/api/system/storage',
    {
      schema: {
        summary: 'What is stored, by channel, and what waits to be collected',
        tags,
        querystring: pageQuery,
        response: { 200: storageBody },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'storage:read')
      return describeStorage(parts.db, request.query)
    },
  )
}

function checkBody(check: Job): z.output<typeof checkItem> {
  const { deep, repair } = checkPayload.parse(check.payload)
  return {
    id: check.id,
    state: check.state,
    deep,
    repair,
    created_at: check.createdAt.toISOString(),
    finished_at: check.finishedAt?.toISOString() ?? null,
    progress: check.progress === undefined ? null : checkProgress.parse(check.progress),
    error: check.error ?? null,
    result: check.state === 'done' ? checkResult.parse(check.result) : null,
  }
}

async function describeStorage(
  db: Db,
  page: { offset: number; limit: number },
): Promise<z.output<typeof storageBody>> {
  const artifacts = await sumArtifacts(db)
  const collections = await listJobsOfKind(db, 'blobs.collect', { offset: 0, limit: COLLECTIONS_LOOKED_AT })
  const last = collections.items.find(
    ({ state, payload }) => state === 'done' && !collectPayload.parse(payload).dry_run,
  )
  const result = collectionResult.safeParse(last?.result)
  const { total, items } = await sumFilesByChannel(db, page)
  return {
    artifact_count: artifacts.count,
    artifact_bytes: artifacts.bytes,
    condemned_count: await countCondemned(db),
    last_collection: result.success ? result.data : null,
    last_collection_at: last?.finishedAt?.toISOString() ?? null,
    channels: { total_count: total, items },
  }
}

async function collectNow(
  parts: StorageRouteParts,
  actor: Actor,
  only?: readonly string[],
): Promise<z.output<typeof collectionResult> | { job_id: string }> {
  requirePermission(actor, 'storage:collect')
  const id = await enqueueCollection(parts.db, parts.now(), {
    actorId: actorId(actor),
    ...(only && { only }),
  })
  parts.wake()
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const found = await findJob(parts.db, id)
    if (found?.state === 'done') return collectionResult.parse(found.result)
    if (found?.state === 'failed' || found?.state === 'stopped')
      throw new AppError('conflict', `the collection ${found.state}: ${found.error ?? 'somebody stopped it'}`)
    await wait(POLL_MS)
  }
  return { job_id: id }
}
