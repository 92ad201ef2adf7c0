/** Statuses that people set, over HTTP: set, agree, refuse, end, list. */
import { z } from 'zod'
import { requirePermission } from '../../identity/require-permission.ts'
import type { Actor } from '../../identity/actor.ts'
import type { Configuration } from '../../platform/configuration.ts'
import type { Db } from '../../platform/database/db.ts'
import type { App } from '../../platform/http/app.ts'
import { pageOf, pageQuery } from '../../platform/http/paging.ts'
import { instantQuery } from '../instant.ts'
import { vexJustifications } from '../vex.ts'
import { vulnerabilityStatuses } from '../vulnerability-status.ts'
import { curationBody, toCurationBodies, toCurationBody } from './bodies.ts'
import { curationStates, scopeText } from './curation.ts'
import { findUserNames, listCurations, listEvents, resolveVulnerability } from './curation-store.ts'
import {
  approveCuration,
  endCuration,
  getCuration,
  previewStatus,
  refuseCuration,
  setStatus,
  type CurationContext,
  type StatusRequest,
} from './set-status.ts'

const tags = ['cves']
const words = z.string().trim().min(1).max(2000)
export const cveId = z.string().min(1).max(100).describe('A CVE, or another name of it')
const buildNumber = z.number().int().min(0).max(1_000_000_000)

const statusRequest = z.object({
  status: z.enum(vulnerabilityStatuses),
  reason: words.describe('Why; everybody who sees the finding reads it'),
  justification: z.enum(vexJustifications).optional().describe("VEX's word for why it is not affected"),
  links: z
    .array(z.url({ protocol: /^https?$/ }).max(2000))
    .max(20)
    .default([]),
  package: z.string().min(1).max(200).optional().describe('Not needed where sha256 says which it is'),
  version: z.string().min(1).max(200).optional(),
  build: z.string().min(1).max(200).optional().describe('The build string'),
  build_from: buildNumber.optional(),
  build_to: buildNumber.optional(),
  subdir: z.string().min(1).max(50).optional(),
  channel: z.string().min(1).max(200).optional().describe('Only in this channel'),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case')
    .optional()
    .describe('Only this one file'),
  expires_at: z.iso
    .datetime({ offset: true })
    .nullable()
    .optional()
    .describe('null: never. Without it, cleared and disputed end in 180 days'),
})

function toRequest(cve: string, body: z.output<typeof statusRequest>): StatusRequest {
  const { expires_at: expires } = body
  return {
    vulnerability: cve,
    status: body.status,
    reason: body.reason,
    justification: body.justification ?? null,
    links: body.links,
    scope: {
      condaName: body.package ?? null,
      version: body.version ?? null,
      build: body.build ?? null,
      buildFrom: body.build_from ?? null,
      buildTo: body.build_to ?? null,
      subdir: body.subdir ?? null,
      channel: body.channel ?? null,
      sha256: body.sha256 ?? null,
    },
    ...(expires !== undefined && { expiresAt: expires === null ? null : new Date(expires) }),
  }
}

const idParams = z.object({ id: z.string().max(64) })
const cveParams = z.object({ cve_id: cveId })

export interface CurationParts {
  readonly db: Db
  readonly now: () => Date
  readonly configuration: Configuration
}

export function curationContext({ db, now, configuration }: CurationParts, actor: Actor): CurationContext {
  return { db, now, actor, secondApproverScore: configuration.curation_second_approver_score }
}

export function curationRoutes(app: App, parts: CurationParts): void {
  const contextOf = (actor: Actor): CurationContext => curationContext(parts, actor)

  app.post(
    '/api/cves/:cve_id/statuses',
    {
      schema: {
        summary: 'Say what a CVE is in some files; a grave one waits until somebody else agrees',
        tags,
        params: cveParams,
        body: statusRequest,
        response: { 201: curationBody },
      },
    },
    async (request, reply) => {
      const curation = await setStatus(
        contextOf(request.actor),
        toRequest(request.params.cve_id, request.body),
      )
      return reply.code(201).send(await toCurationBody(parts.db, curation))
    },
  )

  app.post(
    '/api/cves/:cve_id/statuses/preview',
    {
      schema: {
        summary: 'How many files a status would be about, and whether somebody else has to agree',
        tags,
        params: cveParams,
        body: statusRequest,
        response: {
          200: z.object({
            cve: z.string(),
            scope: z.string(),
            needs_second_approver: z.boolean(),
            expires_at: z.string().nullable(),
            files_count: z.number().int(),
            channels: z.array(z.object({ channel: z.string(), files_count: z.number().int() })),
          }),
        },
      },
    },
    async (request) => {
      const { content, channels } = await previewStatus(
        contextOf(request.actor),
        toRequest(request.params.cve_id, request.body),
      )
      return {
        cve: content.vulnerabilityId,
        scope: scopeText(content.scope),
        needs_second_approver: content.needsSecond,
        expires_at: content.expiresMs === null ? null : new Date(content.expiresMs).toISOString(),
        files_count: channels.reduce((sum, { files }) => sum + files, 0),
        channels: channels.map(({ channel, files }) => ({ channel, files_count: files })),
      }
    },
  )

  app.get(
    '/api/curations',
    {
      schema: {
        summary: 'What was said of CVEs in files, the newest first; or what held on a past day',
        tags,
        querystring: pageQuery.extend({
          cve: cveId.optional(),
          package: z.string().max(200).optional(),
          state: z.enum(curationStates).optional(),
          at: instantQuery,
        }),
        response: { 200: pageOf(curationBody) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'curation:read')
      const { cve, package: condaName, state, at, ...page } = request.query
      const { total, items } = await listCurations(parts.db, {
        ...page,
        vulnerabilityId: cve && ((await resolveVulnerability(parts.db, cve))?.id ?? cve),
        condaName,
        states: state && [state],
        at: at === undefined ? undefined : new Date(at),
      })
      return { total_count: total, items: await toCurationBodies(parts.db, items) }
    },
  )

  app.get(
    '/api/curations/:id',
    {
      schema: {
        summary: 'One of them, with everything that happened to it',
        tags,
        params: idParams,
        response: {
          200: curationBody.extend({
            events: z.array(
              z.object({
                at: z.string(),
                kind: z.string(),
                by: z.string().nullable(),
                note: z.string().nullable(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'curation:read')
      const curation = await getCuration(parts.db, request.params.id)
      const events = await listEvents(parts.db, curation.id)
      const names = await findUserNames(
        parts.db,
        events.map(({ actorId }) => actorId),
      )
      return {
        ...(await toCurationBody(parts.db, curation)),
        events: events.map((event) => ({
          at: new Date(event.atMs).toISOString(),
          kind: event.kind,
          by: event.actorId === null ? null : (names.get(event.actorId) ?? event.actorId),
          note: 'note' in event ? event.note : null,
        })),
      }
    },
  )

  app.post(
    '/api/curations/:id/approve',
    {
      schema: {
        summary: 'Agree to what was proposed; it acts at once',
        tags,
        params: idParams,
        body: z.object({ note: words.optional() }),
        response: { 200: curationBody },
      },
    },
    async (request) => {
      const note = request.body.note ?? null
      const curation = await approveCuration(contextOf(request.actor), request.params.id, note)
      return toCurationBody(parts.db, curation)
    },
  )

  for (const [verb, act, summary] of [
    ['refuse', refuseCuration, "Refuse what was proposed, or take back one's own proposal, and say why"],
    ['end', endCuration, 'End what is in force, and say why; it acts at once'],
  ] as const) {
    app.post(
      `/api/curations/:id/${verb}`,
      {
        schema: {
          summary,
          tags,
          params: idParams,
          body: z.object({ note: words }),
          response: { 200: curationBody },
        },
      },
      async (request) => {
        const curation = await act(contextOf(request.actor), request.params.id, request.body.note)
        return toCurationBody(parts.db, curation)
      },
    )
  }
}
