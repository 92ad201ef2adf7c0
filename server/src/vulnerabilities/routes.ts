import { z } from 'zod'
import type { Staging } from '../blobs/staging.ts'
import { getChannel } from '../channels/manage-channels.ts'
import { actorId } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { enqueue } from '../jobs/queue.ts'
import type { Configuration } from '../platform/configuration.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { withRawBodies } from '../platform/http/raw-body.ts'
import { AppError } from '../vocabulary/errors.ts'
import { vulnerabilityStatuses } from './vulnerability-status.ts'
import { feedKinds } from './feed-version.ts'
import { instantQuery, readInstant } from './instant.ts'
import { listChannelCves } from './list-channel-cves.ts'

const MAX_IMPORT_BYTES = 2 * 1024 ** 3

const channelCveBody = z.object({
  package: z.string(),
  version: z.string(),
  cve: z.string(),
  summary: z.string(),
  score: z.number().nullable().describe('Null when nobody has scored it, which is not 0'),
  severity: z.string(),
  statuses: z.array(z.enum(vulnerabilityStatuses)).describe('Of its files, each once'),
  verdict: z.enum(['affected', 'indeterminate']),
  confidence: z.number(),
  why: z.string(),
  fixed_in: z.array(z.string()),
  published_at: z.string().nullable(),
  file_count: z.number(),
  blocked_count: z.number().describe('Of these files, those that policies keep from clients'),
})

const tags = ['vulnerabilities']

export function vulnerabilityRoutes(
  app: App,
  parts: { db: Db; now: () => Date; incoming: Staging; configuration: Configuration },
): void {
  app.get(
    '/api/channels/:channel/cve-matches',
    {
      schema: {
        summary: 'What matched in a channel, by package and version, gravest first, and why',
        tags,
        params: z.object({ channel: z.string().max(200) }),
        querystring: pageQuery.extend({
          package: z.string().max(200).optional(),
          min_score: z.coerce.number().min(0).max(10).optional(),
          q: z.string().max(200).optional(),
          at: instantQuery,
        }),
        response: { 200: pageOf(channelCveBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      requirePermission(request.actor, 'vulnerability:read', channel)
      const { min_score: minScore, at, ...query } = request.query
      const { total, items } = await listChannelCves(parts.db, channel.id, {
        ...query,
        minScore,
        at: readInstant(at, parts),
      })
      return {
        total_count: total,
        items: items.map((item) => ({
          package: item.name,
          version: item.version,
          cve: item.vulnerabilityId,
          summary: item.summary,
          score: item.score,
          severity: item.severity,
          statuses: [...item.statuses],
          verdict: item.verdict,
          confidence: item.confidence,
          why: item.why,
          fixed_in: [...item.fixedIn],
          published_at: item.publishedAt?.toISOString() ?? null,
          file_count: item.fileCount,
          blocked_count: item.blockedCount,
        })),
      }
    },
  )

  withRawBodies(app, MAX_IMPORT_BYTES, (scope) => {
    scope.post(
      '/api/advisories/import',
      {
        bodyLimit: MAX_IMPORT_BYTES,
        schema: {
          summary:
            'Bring in a file of advisories, KEV or EPSS, or the mapping of conda names; the body is the file',
          tags,
          consumes: ['application/octet-stream'],
          querystring: z.object({
            kind: z.enum([...feedKinds, 'mapping']).default('advisories'),
            filename: z
              .string()
              .min(1)
              .max(200)
              .regex(/^[^/\\\u0000-\u001f]+$/, 'must be a plain file name'),
          }),
          response: { 202: z.object({ job_id: z.string() }) },
        },
      },
      async (request, reply) => {
        requirePermission(request.actor, 'vulnerability:edit')
        const staged = await parts.incoming.receive(request.raw, MAX_IMPORT_BYTES)
        if (staged.size === 0) {
          await staged.discard()
          throw new AppError('bad-request', 'the request has no body; send the file as it is')
        }
        const jobId = await enqueue(parts.db, {
          kind: 'advisories.import',
          payload: { kind: request.query.kind, path: staged.path, filename: request.query.filename },
          now: parts.now(),
          actorId: actorId(request.actor),
          // one after the other: each sees what the one before it brought
          exclusiveKey: 'advisories.import',
        })
        return reply.code(202).send({ job_id: jobId })
      },
    )
  })
}
