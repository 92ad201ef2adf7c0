/** What conda names are upstream, over HTTP: the links with their evidence, what nobody has linked, and people's word. */
import { z } from 'zod'
import type { Actor } from '../identity/actor.ts'
import { reachOf } from '../identity/reach.ts'
import { mayDo, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { AppError } from '../vocabulary/errors.ts'
import { identityKey } from './advisory.ts'
import { ruleIdentity, withdrawRuling } from './rule-identity.ts'
import { findRulings, isNameVisible, listUsedNames } from './ruling-store.ts'
import { findIdentities, findIdentitiesOfNames, findUnmapped } from './store.ts'

const tags = ['identities']
const nameParams = z.object({ name: z.string().min(1).max(200) })
const linkBody = z.object({
  identity: z.string().describe('pypi:requests'),
  relation: z.enum(['is', 'contains', 'wraps']),
  confidence: z.number(),
  evidence: z.string(),
  origin: z.enum(['curated', 'package', 'mapping', 'name-rule', 'person']),
})
const states = z.enum(['linked', 'none', 'unmapped'])
const nameBody = z.object({
  name: z.string(),
  state: states,
  links: z.array(linkBody),
  rulings: z.array(
    z.object({
      identity: z.string().describe('Empty: no project at all'),
      ruling: z.enum(['linked', 'refused']),
      relation: z.enum(['is', 'contains', 'wraps', 'none']),
      reason: z.string(),
      by: z.string(),
      at: z.string(),
    }),
  ),
})

export function identityOfNamesRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  const { db } = parts

  const describe = async (name: string): Promise<z.output<typeof nameBody>> => {
    const { links, state } = await findIdentities(db, name)
    const rulings = (await findRulings(db, [name])).get(name) ?? []
    return {
      name,
      state,
      links: links.map((link) => ({
        identity: identityKey(link.identity),
        relation: link.relation,
        confidence: link.confidence,
        evidence: link.evidence,
        origin: link.origin,
      })),
      rulings: rulings.map(({ identity, ruling, relation, reason, author, at }) => ({
        ...{ identity, ruling, relation, reason },
        by: author,
        at: at.toISOString(),
      })),
    }
  }

  const requireVisible = async (actor: Actor, name: string): Promise<void> => {
    requirePermission(actor, 'vulnerability:read')
    // its evidence names files
    if (mayDo(actor, 'curation:read') || (await isNameVisible(db, reachOf(actor), name))) return
    throw new AppError('not-found', `no channel you may see has ${name}`)
  }

  app.get(
    '/api/identities',
    {
      schema: {
        summary: 'Names of packages one may see, the most used first, and whether anybody has linked them',
        tags,
        querystring: pageQuery.extend({
          state: z.enum(['unmapped', 'mapped']).optional(),
          q: z.string().max(200).optional(),
        }),
        response: {
          200: pageOf(
            z.object({
              name: z.string(),
              state: states,
              files_count: z.number().int(),
              downloads: z.number().int(),
              identities: z.array(z.string()),
            }),
          ).extend({ unmapped_count: z.number().int() }),
        },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'vulnerability:read')
      const { state, q, offset, limit } = request.query
      const used = await listUsedNames(db, reachOf(request.actor), q)
      const unmapped = await findUnmapped(
        db,
        used.map(({ name }) => name),
      )
      const wanted = used.filter(
        ({ name }) => state === undefined || unmapped.has(name) === (state === 'unmapped'),
      )
      const page = wanted.slice(offset, offset + limit)
      const found = await findIdentitiesOfNames(
        db,
        page.map(({ name }) => name),
      )
      return {
        total_count: wanted.length,
        unmapped_count: unmapped.size,
        items: page.map(({ name, files, downloads }) => ({
          name,
          state: found.get(name)?.state ?? 'unmapped',
          files_count: files,
          downloads,
          identities: (found.get(name)?.links ?? []).map(({ identity }) => identityKey(identity)),
        })),
      }
    },
  )

  app.get(
    '/api/identities/:name',
    {
      schema: {
        summary: 'What a conda name is upstream: each link with its evidence, and what people say',
        tags,
        params: nameParams,
        response: { 200: nameBody },
      },
    },
    async (request) => {
      await requireVisible(request.actor, request.params.name)
      return describe(request.params.name)
    },
  )

  app.put(
    '/api/identities/:name/rulings',
    {
      schema: {
        summary: 'Confirm or add a link, refuse one, or say that the name is no project; no import undoes it',
        tags,
        params: nameParams,
        body: z.object({
          identity: z.string().max(300).default('').describe('pypi:requests, cpe:haxx:curl, conda:libcurl …'),
          ruling: z.enum(['linked', 'refused']).default('linked'),
          relation: z.enum(['is', 'contains', 'wraps', 'none']).default('is'),
          reason: z.string().trim().min(1).max(2000),
        }),
        response: { 200: nameBody },
      },
    },
    async (request) => {
      const condaName = request.params.name.toLowerCase()
      await ruleIdentity({ ...parts, actor: request.actor }, { ...request.body, condaName })
      return describe(condaName)
    },
  )

  app.delete(
    '/api/identities/:name/rulings',
    {
      schema: {
        summary: 'Take back what people say of a link; what machines find counts again',
        tags,
        params: nameParams,
        querystring: z.object({ identity: z.string().max(300).default('') }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      await withdrawRuling(ctx, request.params.name.toLowerCase(), request.query.identity)
      return reply.code(204).send(null)
    },
  )
}
