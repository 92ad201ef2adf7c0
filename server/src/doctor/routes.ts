/** The storage as people look after it: garbage collection, checks, and what is in use. */
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { findJob } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { AppError } from '../vocabulary/errors.ts'
import { collectionResult, enqueueCollection } from './run-collection.ts'

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

export function storageRoutes(app: App, parts: StorageRouteParts): void {
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
