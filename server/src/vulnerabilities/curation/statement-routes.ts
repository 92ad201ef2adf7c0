/** VEX and curated statuses of others, in and out. */
import { z } from 'zod'
import { requirePermission } from '../../identity/require-permission.ts'
import type { App } from '../../platform/http/app.ts'
import { newId } from '../../platform/ids.ts'
import { instantQuery } from '../instant.ts'
import { cveId, curationContext, type CurationParts } from './routes.ts'
import { importStatements } from './import-statements.ts'
import { listCurations, resolveVulnerability } from './curation-store.ts'
import { writeCsaf, writeOpenVex } from './write-statements.ts'
import type { Curation } from './curation.ts'

const MAX_BYTES = 20 * 1024 * 1024
const MAX_EXPORTED = 100_000
const tags = ['cves']

const importBody = z.object({
  format: z.enum(['openvex', 'csaf', 'cyclonedx', 'anaconda']),
  author: z.string(),
  trusted: z.boolean(),
  in_force: z.number().int(),
  proposed: z.number().int(),
  unchanged: z.number().int().describe('Said already in these words'),
  skipped_count: z.number().int(),
  skipped: z.array(z.string()).describe('The first 200, each with its place and why'),
  not_here_count: z.number().int(),
  not_here: z.array(z.string()).describe('Kept, and about packages that no channel has; the first 200'),
})
const SHOWN = 200

export function statementRoutes(app: App, parts: CurationParts): void {
  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: MAX_BYTES },
      (_request, payload, parsed) => parsed(null, payload),
    )
    scope.withTypeProvider<import('fastify-type-provider-zod').ZodTypeProvider>().post(
      '/api/curations/import',
      {
        bodyLimit: MAX_BYTES,
        schema: {
          summary:
            'Bring in OpenVEX, CSAF or CycloneDX, or curated statuses of Anaconda; the body is the file',
          tags,
          consumes: ['application/json', 'application/octet-stream'],
          querystring: z.object({
            filename: z
              .string()
              .min(1)
              .max(200)
              .regex(/^[^/\\\u0000-\u001f]+$/, 'must be a plain file name')
              .default('statements.json'),
          }),
          response: { 200: importBody },
        },
      },
      async (request) => {
        requirePermission(request.actor, 'vulnerability:edit')
        const result = await importStatements(curationContext(parts, request.actor), {
          text: typeof request.body === 'string' ? request.body : '',
          filename: request.query.filename,
          trusted: parts.configuration.curation_trusted_authors,
        })
        return {
          format: result.format,
          author: result.author,
          trusted: result.isTrusted,
          in_force: result.inForce,
          proposed: result.proposed,
          unchanged: result.unchanged,
          skipped_count: result.skipped.length,
          skipped: result.skipped.slice(0, SHOWN),
          not_here_count: result.notHere.length,
          not_here: result.notHere.slice(0, SHOWN),
        }
      },
    )
    done()
  })

  app.get(
    '/api/curations/export',
    {
      schema: {
        summary: 'What holds, or held on a past day, as OpenVEX or as CSAF in its VEX profile',
        tags,
        querystring: z.object({
          format: z.enum(['openvex', 'csaf']).default('openvex'),
          cve: cveId.optional(),
          package: z.string().max(200).optional(),
          author: z.string().min(1).max(200).optional().describe('Whose document it is'),
          at: instantQuery,
        }),
        response: { 200: z.record(z.string(), z.unknown()) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'curation:read')
      const { format, cve, package: condaName, author, at } = request.query
      const { items } = await listCurations(parts.db, {
        vulnerabilityId: cve && ((await resolveVulnerability(parts.db, cve))?.id ?? cve),
        condaName,
        at: at === undefined ? undefined : new Date(at),
        states: at === undefined ? ['in_force'] : undefined,
        offset: 0,
        limit: MAX_EXPORTED,
      })
      const head = {
        id: `urn:uuid:${newId()}`,
        author: author ?? parts.configuration.public_url ?? 'Terrarium',
        at: parts.now(),
      }
      const write: (head: Parameters<typeof writeCsaf>[0], all: readonly Curation[]) => object =
        format === 'csaf' ? writeCsaf : writeOpenVex
      return { ...write(head, items) }
    },
  )
}
