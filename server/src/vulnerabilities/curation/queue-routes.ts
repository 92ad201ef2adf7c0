/** The review queue over HTTP. */
import { z } from 'zod'
import { requirePermission } from '../../identity/require-permission.ts'
import type { App } from '../../platform/http/app.ts'
import { pageOf, pageQuery } from '../../platform/http/paging.ts'
import { curationBody, toCurationBodies } from './bodies.ts'
import type { CurationParts } from './routes.ts'
import { countQueue, listQueuedCurations, listQueuedMatches, queueKinds } from './review-queue.ts'

const matchBody = z.object({
  cve: z.string(),
  package: z.string(),
  summary: z.string(),
  score: z.number().nullable(),
  severity: z.string(),
  kev: z.boolean(),
  epss: z.number().nullable(),
  confidence: z.number(),
  versions_count: z.number().int(),
  files_count: z.number().int(),
  downloads: z.number().int().describe('In the last 90 days'),
  why: z.string(),
})

export function queueRoutes(app: App, parts: CurationParts): void {
  app.get(
    '/api/cve-queue',
    {
      schema: {
        summary: 'What waits for a curator: what is in use first, then what is exploited, then by score',
        tags: ['cves'],
        querystring: pageQuery.extend({ kind: z.enum(queueKinds).default('undecided') }),
        response: {
          200: pageOf(z.object({ match: matchBody.nullable(), curation: curationBody.nullable() })).extend({
            counts: z.record(z.enum(queueKinds), z.number().int()),
          }),
        },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'curation:read')
      const { kind, ...page } = request.query
      const now = parts.now()
      const clock = { now, secondApproverScore: parts.configuration.curation_second_approver_score }
      const counts = await countQueue(parts.db, clock)
      if (kind !== 'undecided' && kind !== 'indeterminate') {
        const { items } = await listQueuedCurations(parts.db, kind, clock, page)
        const bodies = await toCurationBodies(parts.db, items)
        return {
          total_count: counts[kind],
          counts,
          items: bodies.map((curation) => ({ match: null, curation })),
        }
      }
      const items = await listQueuedMatches(parts.db, kind, now, page)
      return {
        total_count: counts[kind],
        counts,
        items: items.map(({ condaName, versions, files, ...match }) => ({
          match: { ...match, package: condaName, versions_count: versions, files_count: files },
          curation: null,
        })),
      }
    },
  )
}
