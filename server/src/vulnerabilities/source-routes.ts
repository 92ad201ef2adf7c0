import { z } from 'zod'
import { getChannel } from '../channels/manage-channels.ts'
import { mayDo, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import type { OutboundClient } from '../platform/outbound/outbound-client.ts'
import { AppError } from '../vocabulary/errors.ts'
import { listEffects } from './effect-store.ts'
import { effectChanges } from './import-effect.ts'
import { discardImport, startApproval, startRollback } from './manage-imports.ts'
import { changeSource, createSource, removeSource, requireSource, startRefresh } from './manage-sources.ts'
import { sourceKinds } from './source-kinds.ts'
import { ageOf, currentAt, fetchMethods, sourceAges, sourceResults, type Source } from './source.ts'
import { listSources } from './source-store.ts'
import { findHeldImport, findImport, listFaults, listImports, type StoredImport } from './version-store.ts'

const tags = ['vulnerabilities']

const sourceBody = z.object({
  source_id: z.string(),
  name: z.string(),
  kind: z.enum(sourceKinds),
  method: z.enum(fetchMethods),
  address: z.string().nullable(),
  file_pattern: z.string(),
  licence: z.string(),
  automatic: z.boolean(),
  paused: z.boolean(),
  refresh_minutes: z.number(),
  next_refresh_at: z.string().nullable(),
  attempted_at: z.string().nullable(),
  current_at: z.string().nullable().describe('The time that its data is of, as far as we know'),
  data_at: z.string().nullable().describe('The newest date its data names'),
  age: z.enum(sourceAges).describe('fresh up to 2 days, aging to 7, old to 14, then stale'),
  result: z.enum(sourceResults).nullable(),
  message: z.string().nullable(),
  held_import_id: z.string().nullable(),
})

async function toSourceBody(
  db: Db,
  source: Source,
  now: Date,
  /** Addresses of this network and what went wrong there are for who looks after them. */
  isShort = false,
): Promise<z.output<typeof sourceBody>> {
  const held = await findHeldImport(db, source.id)
  return {
    source_id: source.id,
    name: source.name,
    kind: source.kind,
    method: source.method,
    address: isShort ? null : source.address,
    file_pattern: source.filePattern,
    licence: source.licence,
    automatic: source.isAutomatic,
    paused: source.isPaused,
    refresh_minutes: source.refreshMinutes,
    next_refresh_at: source.isPaused || held ? null : (source.nextRefreshAt?.toISOString() ?? null),
    attempted_at: source.attemptedAt?.toISOString() ?? null,
    current_at: currentAt(source)?.toISOString() ?? null,
    data_at: source.dataAt?.toISOString() ?? null,
    age: ageOf(source, now),
    result: source.result,
    message: isShort ? null : source.message,
    held_import_id: isShort ? null : (held?.id ?? null),
  }
}

const importBody = z.object({
  import_id: z.string(),
  kind: z.enum(['advisories', 'kev', 'epss', 'mapping']),
  source_id: z.string().nullable().describe('Null for what was sent by hand'),
  source: z.string(),
  filename: z.string(),
  state: z.enum(['staging', 'held', 'active', 'rolled_back', 'discarded']),
  imported_at: z.string(),
  activated_at: z.string().nullable(),
  data_at: z.string().nullable(),
  records: z.number(),
  new: z.number(),
  changed: z.number(),
  unchanged: z.number(),
  skipped: z.number(),
  findings: z.array(z.object({ code: z.string(), message: z.string() })).describe('Why it was held'),
  effects: z.record(z.string(), z.number()).describe('How many changes of each kind to what channels have'),
})

function toImportBody(found: StoredImport): z.output<typeof importBody> {
  return {
    import_id: found.id,
    kind: found.kind,
    source_id: found.sourceId,
    source: found.sourceName,
    filename: found.filename,
    state: found.state,
    imported_at: found.importedAt.toISOString(),
    activated_at: found.activatedAt?.toISOString() ?? null,
    data_at: found.dataAt?.toISOString() ?? null,
    records: found.records,
    new: found.added,
    changed: found.changed,
    unchanged: found.unchanged,
    skipped: found.skipped,
    findings: [...found.findings],
    effects: { ...found.effects },
  }
}

const knownMatch = z.object({
  verdict: z.enum(['affected', 'indeterminate']),
  confidence: z.number(),
  score: z.number().nullable(),
  severity: z.string(),
  epss: z.number().nullable().optional(),
})

const addressField = z
  .url({ protocol: /^https?$/ })
  .max(2000)
  .nullable()
  .describe('Null: only from the watched folder')
const patternField = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[^/\\]+$/, 'must be a plain file name, with * for anything')
const editFields = {
  file_pattern: patternField
    .optional()
    .describe('Names in the watched folder; by default its name and anything'),
  licence: z.string().max(500).optional(),
  automatic: z.boolean().optional().describe('Applied when nothing is wrong; otherwise held for a person'),
  refresh_minutes: z.number().int().min(5).max(10_080).optional(),
}

export function sourceRoutes(
  app: App,
  routeParts: { db: Db; now: () => Date; upstreamRules: { outbound: OutboundClient } },
): void {
  const { db, now } = routeParts
  const parts = { db, now, outbound: routeParts.upstreamRules.outbound }
  const sourceParams = z.object({ sourceId: z.string().max(100) })

  app.get(
    '/api/advisory-sources',
    {
      schema: {
        summary:
          'Where advisories, KEV and EPSS come from, how old each is, and how the last look there went',
        tags,
        querystring: pageQuery,
        response: { 200: pageOf(sourceBody) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'vulnerability:read')
      const isShort = !mayDo(request.actor, 'vulnerability:edit')
      const { total, items } = await listSources(db, request.query)
      return {
        total_count: total,
        items: await Promise.all(items.map((source) => toSourceBody(db, source, now(), isShort))),
      }
    },
  )

  app.post(
    '/api/advisory-sources',
    {
      schema: {
        summary: 'Make a source; one that we know needs its name alone',
        tags,
        body: z.strictObject({
          name: z
            .string()
            .max(100)
            .regex(/^[a-z0-9][a-z0-9._-]*$/, 'must be lower-case letters, digits, ".", "_" and "-"'),
          kind: z.enum(sourceKinds).optional(),
          method: z.enum(fetchMethods).optional(),
          address: addressField.optional(),
          ...editFields,
        }),
        response: { 201: sourceBody },
      },
    },
    async (request, reply) => {
      const { file_pattern: filePattern, automatic, refresh_minutes: refreshMinutes, ...rest } = request.body
      const source = await createSource(
        { ...parts, actor: request.actor },
        { ...rest, filePattern, isAutomatic: automatic, refreshMinutes },
      )
      return reply.code(201).send(await toSourceBody(db, source, now()))
    },
  )

  app.put(
    '/api/advisory-sources/:sourceId',
    {
      schema: {
        summary: 'Change a source, pause it or resume it',
        tags,
        params: sourceParams,
        body: z.strictObject({
          address: addressField.optional(),
          paused: z.boolean().optional(),
          ...editFields,
        }),
        response: { 200: sourceBody },
      },
    },
    async (request) => {
      const { body } = request
      const source = await changeSource({ ...parts, actor: request.actor }, request.params.sourceId, {
        ...(body.address !== undefined && { address: body.address }),
        ...(body.licence !== undefined && { licence: body.licence }),
        ...(body.file_pattern !== undefined && { filePattern: body.file_pattern }),
        ...(body.automatic !== undefined && { isAutomatic: body.automatic }),
        ...(body.paused !== undefined && { isPaused: body.paused }),
        ...(body.refresh_minutes !== undefined && { refreshMinutes: body.refresh_minutes }),
      })
      return toSourceBody(db, source, now())
    },
  )

  app.delete(
    '/api/advisory-sources/:sourceId',
    {
      schema: {
        summary: 'Remove a source; what it brought stays',
        tags,
        params: sourceParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await removeSource({ ...parts, actor: request.actor }, request.params.sourceId)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/advisory-sources/:sourceId/refresh',
    {
      schema: {
        summary: 'Look at a source now',
        tags,
        params: sourceParams,
        body: z.strictObject({
          restart: z.boolean().default(false).describe('Everything again, not what changed'),
        }),
        response: { 202: z.object({ job_id: z.string() }) },
      },
    },
    async (request, reply) => {
      const context = { ...parts, actor: request.actor }
      const jobId = await startRefresh(context, request.params.sourceId, request.body)
      return reply.code(202).send({ job_id: jobId })
    },
  )

  importRoutes(app, parts)
}

function importRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  const { db } = parts
  const importParams = z.object({ importId: z.string().max(100) })

  app.get(
    '/api/advisory-imports',
    {
      schema: {
        summary: 'What came in, the newest first: each a snapshot that stands, waits, or was taken back',
        tags,
        querystring: pageQuery.extend({
          source_id: z.string().max(100).optional(),
          state: z.enum(['held', 'active', 'rolled_back', 'discarded']).optional(),
        }),
        response: { 200: pageOf(importBody) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'vulnerability:edit')
      const { source_id: sourceId, ...query } = request.query
      if (sourceId !== undefined) await requireSource(db, sourceId)
      const { total, items } = await listImports(db, { ...query, sourceId })
      return { total_count: total, items: items.map(toImportBody) }
    },
  )

  app.get(
    '/api/advisory-imports/:importId',
    {
      schema: { summary: 'One import', tags, params: importParams, response: { 200: importBody } },
    },
    async (request) => {
      requirePermission(request.actor, 'vulnerability:edit')
      return toImportBody(await requireKnown(request.params.importId))
    },
  )

  app.get(
    '/api/advisory-imports/:importId/faults',
    {
      schema: {
        summary: 'Records of an import that could not be read, each with its line and field',
        tags,
        params: importParams,
        querystring: pageQuery,
        response: { 200: pageOf(z.object({ line: z.number(), reason: z.string(), record: z.string() })) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'vulnerability:edit')
      const { id } = await requireKnown(request.params.importId)
      const { total, items } = await listFaults(db, id, request.query)
      return { total_count: total, items }
    },
  )

  app.get(
    '/api/advisory-imports/:importId/effects',
    {
      schema: {
        summary: 'What an import changes, or would change, of the package versions in channels',
        tags,
        params: importParams,
        querystring: pageQuery.extend({
          channel: z.string().max(200).optional(),
          change: z.enum(effectChanges).optional(),
        }),
        response: {
          200: pageOf(
            z.object({
              package: z.string(),
              version: z.string(),
              cve: z.string(),
              change: z.enum(effectChanges),
              before: knownMatch.nullable(),
              after: knownMatch.nullable(),
            }),
          ),
        },
      },
    },
    async (request) => {
      const { channel: channelName, ...query } = request.query
      // without a channel it names packages of all of them
      const channel =
        channelName === undefined
          ? undefined
          : await getChannel({ ...parts, actor: request.actor }, channelName)
      if (channel) requirePermission(request.actor, 'vulnerability:read', channel)
      else requirePermission(request.actor, 'vulnerability:edit')
      const { id } = await requireKnown(request.params.importId)
      const { total, items } = await listEffects(db, id, { ...query, channelId: channel?.id })
      return {
        total_count: total,
        items: items.map((effect) => ({
          package: effect.condaName,
          version: effect.version,
          cve: effect.vulnerabilityId,
          change: effect.change,
          before: effect.before,
          after: effect.after,
        })),
      }
    },
  )

  const noteBody = z.strictObject({
    note: z.string().trim().min(1).max(2000).describe('Why; for the audit log'),
  })
  const started = { 202: z.object({ job_id: z.string() }) }

  app.post(
    '/api/advisory-imports/:importId/approve',
    {
      schema: {
        summary: 'Let a held import through',
        tags,
        params: importParams,
        body: noteBody,
        response: started,
      },
    },
    async (request, reply) => {
      const context = { ...parts, actor: request.actor }
      const jobId = await startApproval(context, request.params.importId, request.body.note)
      return reply.code(202).send({ job_id: jobId })
    },
  )

  app.post(
    '/api/advisory-imports/:importId/discard',
    {
      schema: {
        summary: 'Throw a held import away',
        tags,
        params: importParams,
        body: noteBody,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const context = { ...parts, actor: request.actor }
      await discardImport(context, request.params.importId, request.body.note)
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/api/advisory-imports/:importId/roll-back',
    {
      schema: {
        summary: 'Take an import back, and with it what its source brought later',
        tags,
        params: importParams,
        body: noteBody,
        response: started,
      },
    },
    async (request, reply) => {
      const context = { ...parts, actor: request.actor }
      const jobId = await startRollback(context, request.params.importId, request.body.note)
      return reply.code(202).send({ job_id: jobId })
    },
  )

  async function requireKnown(id: string): Promise<StoredImport> {
    const found = await findImport(db, id)
    if (!found) throw new AppError('not-found', `there is no import ${id}`)
    return found
  }
}
