/**
 * The audit log: search, export, proof, and the contract's three histories. Up here, because the log itself
 * knows nothing of people and channels.
 */
import { Readable } from 'node:stream'
import { z } from 'zod'
import { appendEvent } from './audit/append-event.ts'
import { exportEvents } from './audit/export-events.ts'
import { eventBody, eventFormats, eventMediaTypes } from './audit/format-events.ts'
import { actionsOf, historyItem } from './audit/history.ts'
import { signHead, type HeadSigner } from './audit/sign-head.ts'
import { listEvents, readHead, type EventQuery } from './audit/store.ts'
import { verifyChain } from './audit/verify-chain.ts'
import { getChannel } from './channels/manage-channels.ts'
import { actorId } from './identity/actor.ts'
import { requireUser } from './identity/require-account.ts'
import { requirePermission } from './identity/require-permission.ts'
import type { Db } from './platform/database/db.ts'
import type { App } from './platform/http/app.ts'
import { pageOf, pageQuery } from './platform/http/paging.ts'
import { auditActions } from './vocabulary/audit-actions.ts'

const tags = ['audit']

const range = z.object({
  from: z.iso.datetime({ offset: true }).optional(),
  to: z.iso.datetime({ offset: true }).optional(),
  action: z.enum(auditActions).optional(),
  actor_id: z.string().max(100).optional(),
  target: z
    .string()
    .max(400)
    .optional()
    .describe('What it was done to, or what lies below that: a channel finds its packages'),
})

function queryOf(query: z.output<typeof range>): EventQuery {
  return {
    from: query.from === undefined ? undefined : new Date(query.from),
    to: query.to === undefined ? undefined : new Date(query.to),
    actions: query.action === undefined ? undefined : [query.action],
    actorId: query.actor_id,
    target: query.target,
  }
}

const notedHead = z.string().regex(/^\d{1,15}:[0-9a-f]{64}$/)
const MAX_NOTED = 100

const eventItem = z.object({
  id: z.string(),
  seq: z.number().nullable().describe('Its place in the chain; null for events from before the chain'),
  at: z.string(),
  actor_id: z.string().nullable(),
  actor_name: z.string().nullable(),
  credential_id: z.string().nullable().describe('Of the token or session'),
  action: z.string(),
  target: z.string(),
  address: z.string().nullable(),
  request_id: z.string().nullable(),
  details: z.unknown(),
  before: z.unknown(),
  after: z.unknown(),
  hash: z.string().nullable(),
})

export function auditRoutes(app: App, parts: { db: Db; heads: HeadSigner; now: () => Date }): void {
  const { db, heads, now } = parts

  app.get(
    '/api/audit/events',
    {
      schema: {
        summary: 'Audit events, the newest first',
        tags,
        querystring: pageQuery.extend(range.shape),
        response: { 200: pageOf(eventItem) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'audit:read')
      const { total, items } = await listEvents(db, queryOf(request.query), request.query)
      // as the table has it, with the JSON opened: nothing is added or left out
      return { total_count: total, items: items.map(eventBody) as z.output<typeof eventItem>[] }
    },
  )

  app.get(
    '/api/audit/actions',
    {
      schema: {
        summary: 'Everything an event can say happened',
        tags,
        response: { 200: z.array(z.string()) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'audit:read')
      return [...auditActions]
    },
  )

  app.get(
    '/api/audit/export',
    {
      schema: {
        summary: 'Audit events in their order, as JSON lines or CSV',
        tags,
        querystring: range.extend({ format: z.enum(eventFormats).default('jsonl') }),
      },
    },
    async (request, reply) => {
      requirePermission(request.actor, 'audit:read')
      const { format, ...query } = request.query
      await db.transaction().execute((tx) =>
        appendEvent(tx, {
          at: now(),
          actorId: actorId(request.actor),
          action: 'audit.exported',
          target: 'audit log',
          details: { format, ...query },
        }),
      )
      return reply
        .type(eventMediaTypes[format])
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="audit.${format}"`)
        .send(Readable.from(exportEvents(db, format, queryOf(query))))
    },
  )

  app.get(
    '/api/audit/verify',
    {
      schema: {
        summary: 'Whether the audit log was tampered with',
        tags,
        querystring: z.object({
          noted: z
            .union([notedHead, z.array(notedHead).max(MAX_NOTED)])
            .optional()
            .describe('Heads that were noted earlier, seq:hash; the log must still hold them'),
        }),
        response: {
          200: z.object({
            events: z.number(),
            unchained: z.number(),
            head: z.object({ seq: z.number(), hash: z.string() }),
            faults: z.array(z.string()),
          }),
        },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'audit:read')
      const noted = [request.query.noted ?? []].flat().map((head) => {
        const [seq = '', hash = ''] = head.split(':')
        return { seq: Number(seq), hash }
      })
      const report = await verifyChain(db, noted)
      return { ...report, faults: [...report.faults] }
    },
  )

  app.get(
    '/api/audit/head',
    {
      schema: {
        summary: 'The head of the audit log, signed by this server, to be kept elsewhere',
        tags,
        response: {
          200: z.object({
            seq: z.number(),
            hash: z.string(),
            note: z
              .string()
              .describe('The signed text (C2SP signed-note), as terrarium audit verify --head takes it'),
            verifier_key: z.string().describe('What checks the signature: note it once'),
          }),
        },
      },
    },
    async (request, reply) => {
      requirePermission(request.actor, 'audit:read')
      reply.header('cache-control', 'no-store')
      return { ...signHead(heads, await readHead(db), now()), verifier_key: heads.key.verifierKey }
    },
  )

  historyRoutes(app, parts)
}

const historyBody = z.object({
  items: z.array(
    z.object({
      event_id: z.string(),
      event_type: z.string(),
      data: z.record(z.string(), z.unknown()),
      meta: z.record(z.string(), z.unknown()),
      created: z.number().describe('Seconds since 1970'),
    }),
  ),
})
const eventTypes = z.union([z.string().max(100), z.array(z.string().max(100)).max(50)]).optional()
const historyQuery = pageQuery.extend({ event_types: eventTypes })

function historyRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  const history = async (query: z.output<typeof historyQuery>, filter: EventQuery) => {
    const types = query.event_types === undefined ? undefined : [query.event_types].flat()
    const { items } = await listEvents(parts.db, { ...filter, actions: types && actionsOf(types) }, query)
    return { items: items.map(historyItem) }
  }

  app.get(
    '/api/system/history',
    {
      schema: {
        summary: 'What happened, the newest first',
        tags,
        querystring: historyQuery.extend({ user_id: z.string().max(100).optional() }),
        response: { 200: historyBody },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'audit:read')
      return history(request.query, { actorId: request.query.user_id })
    },
  )

  app.get(
    '/api/account/history',
    {
      schema: {
        summary: 'What I did, the newest first',
        tags: ['account'],
        querystring: historyQuery,
        response: { 200: historyBody },
      },
    },
    async (request) => history(request.query, { actorId: requireUser(request.actor).id }),
  )

  app.get(
    '/api/channels/:channel/history',
    {
      schema: {
        summary: 'What happened in a channel, the newest first',
        tags: ['channels'],
        params: z.object({ channel: z.string().max(200) }),
        querystring: historyQuery,
        response: { 200: historyBody },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      requirePermission(request.actor, 'channel:history', channel)
      // not of another channel that had the name before
      return history(request.query, { target: channel.name, from: channel.createdAt })
    },
  )
}
