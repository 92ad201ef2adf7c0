/** What machines ask about the server itself. */
import { z } from 'zod'
import { administratorFaults } from './identity/administrators.ts'
import type { App } from './platform/http/app.ts'
import type { Parts } from './parts.ts'
import { policyJsonSchema } from './policies/policy-schema.ts'
import { RELEASE } from './release.ts'

export function systemRoutes(app: App, parts: Parts): void {
  app.get(
    '/api/system',
    {
      schema: {
        summary: 'The server: release and health; errors name what somebody has to act on',
        tags: ['system'],
        response: {
          200: z.object({
            status: z.string(),
            service_name: z.literal('repo'),
            version: z.string(),
            product_version: z.string(),
            errors: z.array(z.string()),
          }),
        },
      },
    },
    async () => {
      const faults = [await parts.storage.fault(), await parts.ownBlobs.fault()].filter(
        (fault) => fault !== undefined,
      )
      return {
        status: faults.length === 0 ? 'ok' : 'degraded',
        service_name: 'repo' as const,
        version: RELEASE,
        product_version: RELEASE,
        errors: [...faults, ...(await administratorFaults(parts.db))],
      }
    },
  )
  app.get('/healthz', { schema: { hide: true } }, async () => ({ status: 'ok' }))
  app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
    await parts.db.selectFrom('settings').select('name').limit(1).execute()
    const missing = await parts.ownBlobs.fault()
    if (missing !== undefined)
      return reply.code(503).send({ status: 'not-ready', writes: false, warnings: [missing] })
    const full = await parts.storage.fault()
    // a server that nobody can manage serves all the same, and so does one with a full disk: to take it out would end
    // the reads too, and where all share a disk there would be none left
    return {
      status: full === undefined ? 'ready' : 'degraded',
      writes: full === undefined,
      warnings: [...(full === undefined ? [] : [full]), ...(await administratorFaults(parts.db))],
    }
  })
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger())
  app.get('/api/policy.schema.json', { schema: { hide: true } }, async () => policyJsonSchema())
}
