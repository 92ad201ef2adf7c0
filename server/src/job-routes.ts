/** How far a job is, for whoever asked for it. Up here, because jobs themselves know nothing of people. */
import { z } from 'zod'
import type { Db } from './platform/database/db.ts'
import type { App } from './platform/http/app.ts'
import { requireUser } from './identity/accounts.ts'
import { mayDo } from './identity/require-permission.ts'
import { AppError } from './vocabulary/errors.ts'
import { findJob } from './jobs/queue.ts'

export function jobRoutes(app: App, parts: { db: Db }): void {
  app.get(
    '/api/jobs/:jobId',
    {
      schema: {
        summary: 'How far a job is',
        tags: ['jobs'],
        params: z.object({ jobId: z.string().max(100) }),
        response: {
          200: z.object({
            id: z.string(),
            kind: z.string(),
            state: z.enum(['queued', 'running', 'done', 'failed', 'stopped']),
            progress: z.unknown(),
            result: z.unknown(),
            error: z.string().nullable(),
            created_at: z.string(),
            started_at: z.string().nullable(),
            finished_at: z.string().nullable(),
          }),
        },
      },
    },
    async (request) => {
      const user = requireUser(request.actor)
      const job = await findJob(parts.db, request.params.jobId)
      // what somebody else asked for may name things the reader must not see
      if (!job || (job.actorId !== user.id && !mayDo(user, 'job:read'))) {
        throw new AppError('not-found', `there is no job ${request.params.jobId}`)
      }
      return {
        id: job.id,
        kind: job.kind,
        state: job.state,
        progress: job.progress ?? null,
        result: job.result ?? null,
        error: job.error ?? null,
        created_at: job.createdAt.toISOString(),
        started_at: job.startedAt?.toISOString() ?? null,
        finished_at: job.finishedAt?.toISOString() ?? null,
      }
    },
  )
}
