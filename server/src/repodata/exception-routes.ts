/**
 * Exceptions over HTTP. Here and not with the policies because a request names files, and which rules keep
 * them back is the gate's to say (`find-lifts.ts`).
 */
import { z } from 'zod'
import { getChannel } from '../channels/manage-channels.ts'
import { findChannelById } from '../channels/store.ts'
import { requireUser } from '../identity/accounts.ts'
import type { Actor } from '../identity/actor.ts'
import { findUserNames } from '../identity/store.ts'
import { mayDo, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import {
  approveException,
  refuseException,
  releaseHold,
  revokeException,
} from '../policies/decide-exception.ts'
import {
  concernedCves,
  exceptionKinds,
  exceptionStates,
  type ExceptionRecord,
} from '../policies/exception.ts'
import { findException, listExceptions } from '../policies/exception-store.ts'
import { requestException, withdrawException } from '../policies/request-exception.ts'
import { cveId, filePath } from '../policies/schema-values.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { DownloadGate } from './download-gate.ts'
import { assessException, type ExceptionRisk } from './exception-risks.ts'
import { findHolds, findLifts, refuseWhatIsFixed } from './find-lifts.ts'

const MAX_FILES = 200

const lift = z.object({
  policy: z.string(),
  rule: z.string().nullable().describe('null: every rule of the policy'),
  cves: z.array(z.string()).nullable().describe('Only these are left out of account; null: all of the rule'),
})

const exceptionBody = z.object({
  id: z.string(),
  channel: z.string(),
  kind: z.enum(exceptionKinds),
  state: z.enum(exceptionStates),
  files: z.array(z.string()).nullable(),
  package: z.string().nullable(),
  lifts: z.array(lift),
  cves: z.array(z.string()),
  reason: z.string(),
  compensating_control: z.string().nullable(),
  until_fixed: z.boolean(),
  expires_at: z.string().nullable(),
  requested_by: z.string().describe('Id of the account'),
  requested_by_name: z.string(),
  requested_at: z.string(),
  decided_by: z.string().nullable(),
  decided_by_name: z.string().nullable(),
  decided_at: z.string().nullable(),
  decision_note: z.string().nullable(),
  ended_at: z.string().nullable(),
  end_cause: z.string().nullable(),
})

async function toBody(db: Db, record: ExceptionRecord): Promise<z.output<typeof exceptionBody>> {
  const [body] = await toBodies(db, [record])
  return body! // one for each
}

async function toBodies(
  db: Db,
  records: readonly ExceptionRecord[],
): Promise<z.output<typeof exceptionBody>[]> {
  const ids = records.flatMap(({ requestedBy, decidedBy }) => [
    requestedBy,
    ...(decidedBy ? [decidedBy] : []),
  ])
  const names = await findUserNames(db, [...new Set(ids)])
  return records.map((record) => nameBody(record, (id) => names.get(id) ?? id))
}

function nameBody(
  record: ExceptionRecord,
  nameOf: (userId: string) => string,
): z.output<typeof exceptionBody> {
  return {
    id: record.id,
    channel: record.channelName,
    kind: record.kind,
    state: record.state,
    files: record.files && [...record.files],
    package: record.package,
    lifts: record.lifts.map(({ policy, rule, cves }) => ({ policy, rule, cves: cves && [...cves] })),
    cves: concernedCves(record),
    reason: record.reason,
    compensating_control: record.control,
    until_fixed: record.untilFixed,
    expires_at: record.expiresAt?.toISOString() ?? null,
    requested_by: record.requestedBy,
    requested_by_name: nameOf(record.requestedBy),
    requested_at: record.requestedAt.toISOString(),
    decided_by: record.decidedBy,
    decided_by_name: record.decidedBy === null ? null : nameOf(record.decidedBy),
    decided_at: record.decidedAt?.toISOString() ?? null,
    decision_note: record.decisionNote,
    ended_at: record.endedAt?.toISOString() ?? null,
    end_cause: record.endCause,
  }
}

/** An exception in force with the risk it carries. */
const riskBody = exceptionBody.extend({
  risk: z.object({
    cves: z.array(
      z.object({
        id: z.string(),
        score: z.number().nullable(),
        severity: z.string().nullable(),
        kev: z.boolean().describe('Known to be exploited'),
        epss: z.number().nullable().describe('Probability of exploitation within 30 days, 0 to 1'),
      }),
    ),
    highest_score: z.number().nullable(),
    highest_epss: z.number().nullable(),
    kev: z.boolean().describe('Any of the CVEs is known to be exploited'),
    files: z.number().int().describe('Files of the channel that it is for'),
    downloads_since_granted: z.number().int(),
  }),
})

function toRiskBody(body: z.output<typeof exceptionBody>, risk: ExceptionRisk): z.output<typeof riskBody> {
  return {
    ...body,
    risk: {
      cves: [...risk.cves],
      highest_score: highest(risk.cves.map(({ score }) => score)),
      highest_epss: highest(risk.cves.map(({ epss }) => epss)),
      kev: risk.cves.some(({ kev }) => kev),
      files: risk.files,
      downloads_since_granted: risk.downloads,
    },
  }
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

const words = z.string().trim().min(1).max(2000)
const instant = z.iso.datetime({ offset: true }).describe('2027-01-31T12:00:00Z')

/** The same checks as in a policy, without their names: those are for its JSON Schema. */
const file = z
  .string()
  .max(400)
  .refine((text) => filePath.safeParse(text).success, { error: 'is no subdir/filename of a package' })
const cve = z
  .string()
  .max(100)
  .refine((text) => cveId.safeParse(text).success, { error: 'is no CVE id' })

const requestBody = z
  .object({
    files: z
      .array(file)
      .min(1)
      .max(MAX_FILES)
      .optional()
      .describe('subdir/filename, as in the block message'),
    package: z.string().max(256).optional().describe('A match spec: openssl 1.1.1*'),
    cves: z.array(cve).min(1).max(100).optional().describe('Only these; without it, what blocks now'),
    reason: words.describe('Why it is needed'),
    compensating_control: words.optional().describe('What is done instead, to carry the risk'),
    expires_at: instant.optional().describe('In 30 days without it, in 366 at most'),
    until_fixed: z
      .boolean()
      .default(true)
      .describe('It ends as soon as the channel allows a version without the CVEs'),
  })
  .refine((body) => body.files === undefined || body.package === undefined, {
    error: 'name files or a package, not both',
  })
  .refine((body) => [body.files, body.package, body.cves].some((one) => one !== undefined), {
    error: 'name files, a package or CVEs',
  })

const tags = ['exceptions']
const channelParams = z.object({ channel: z.string().max(200) })
const idParams = z.object({ id: z.string().max(64) })
const listQuery = pageQuery.extend({ state: z.enum(exceptionStates).optional() })

export interface ExceptionRouteParts {
  readonly db: Db
  readonly now: () => Date
  readonly gate: DownloadGate
}

export function exceptionRoutes(app: App, parts: ExceptionRouteParts): void {
  app.post(
    '/api/channels/:channel/exceptions',
    {
      schema: {
        summary: 'Ask for an exception: for files, a package or a CVE',
        tags,
        params: channelParams,
        body: requestBody,
        response: { 201: exceptionBody },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      requirePermission(request.actor, 'exception:request', channel)
      const { files = null, package: spec = null, cves, ...rest } = request.body
      const lifts = await findLifts(parts, channel, { files, package: spec, cves })
      if (rest.until_fixed) await refuseWhatIsFixed(parts, channel, { files, package: spec, lifts })
      const record = await requestException(ctx, channel, {
        files,
        package: spec,
        lifts,
        reason: rest.reason,
        control: rest.compensating_control ?? null,
        untilFixed: rest.until_fixed,
        expiresAt: rest.expires_at === undefined ? null : new Date(rest.expires_at),
      })
      return reply.code(201).send(await toBody(parts.db, record))
    },
  )

  app.get(
    '/api/channels/:channel/exceptions',
    {
      schema: {
        summary: "Exceptions of a channel: all for those who decide them, one's own for others",
        tags,
        params: channelParams,
        querystring: listQuery,
        response: { 200: pageOf(exceptionBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { id } = requireUser(request.actor)
      const seesAll =
        mayDo(request.actor, 'exception:approve', channel) || mayDo(request.actor, 'exception:read')
      const { total, items } = await listExceptions(parts.db, {
        ...request.query,
        channelId: channel.id,
        requestedBy: seesAll ? undefined : id,
      })
      return { total_count: total, items: await toBodies(parts.db, items) }
    },
  )

  app.get(
    '/api/exceptions',
    {
      schema: {
        summary: "Exceptions of all channels for those who oversee them, one's own for others",
        tags,
        querystring: listQuery,
        response: { 200: pageOf(exceptionBody) },
      },
    },
    async (request) => {
      const { id } = requireUser(request.actor)
      const seesAll = mayDo(request.actor, 'exception:read')
      const { total, items } = await listExceptions(parts.db, {
        ...request.query,
        requestedBy: seesAll ? undefined : id,
      })
      return { total_count: total, items: await toBodies(parts.db, items) }
    },
  )

  app.get(
    '/api/exceptions/risks',
    {
      schema: {
        summary:
          'The risk that exceptions in force carry: scores, KEV, EPSS, and downloads since they were granted',
        tags,
        querystring: pageQuery.extend({ channel: z.string().max(200).optional() }),
        response: { 200: pageOf(riskBody) },
      },
    },
    async (request) => {
      const { id } = requireUser(request.actor)
      const { channel: name, ...page } = request.query
      const channel =
        name === undefined ? undefined : await getChannel({ ...parts, actor: request.actor }, name)
      const seesAll =
        mayDo(request.actor, 'exception:read') ||
        (channel !== undefined && mayDo(request.actor, 'exception:approve', channel))
      const { total, items } = await listExceptions(parts.db, {
        ...page,
        state: 'approved',
        channelId: channel?.id,
        requestedBy: seesAll ? undefined : id,
      })
      const bodies = await toBodies(parts.db, items)
      const risks: ExceptionRisk[] = []
      for (const record of items) risks.push(await assessException(parts.db, record))
      return { total_count: total, items: bodies.map((body, index) => toRiskBody(body, risks[index]!)) } // one for each
    },
  )

  app.get(
    '/api/exceptions/:id',
    { schema: { summary: 'One exception', tags, params: idParams, response: { 200: exceptionBody } } },
    async (request) => toBody(parts.db, await getException(parts.db, request.actor, request.params.id)),
  )

  app.post(
    '/api/exceptions/:id/approve',
    {
      schema: {
        summary: 'Grant an exception that somebody else asked for; it acts at once',
        tags,
        params: idParams,
        body: z.object({
          note: words.optional(),
          expires_at: instant.optional().describe('Sooner or later than was asked for'),
          compensating_control: words.optional(),
        }),
        response: { 200: exceptionBody },
      },
    },
    async (request) => {
      const { note, expires_at: expires, compensating_control: control } = request.body
      const record = await getException(parts.db, request.actor, request.params.id)
      await approveException({ ...parts, actor: request.actor }, record, {
        note: note ?? null,
        expiresAt: expires === undefined ? undefined : new Date(expires),
        control,
      })
      return toBody(parts.db, await getException(parts.db, request.actor, record.id))
    },
  )

  for (const [verb, act, summary] of [
    ['refuse', refuseException, 'Refuse an exception, and say why'],
    ['revoke', revokeException, 'End an exception that is in force, and say why; it acts at once'],
  ] as const) {
    app.post(
      `/api/exceptions/:id/${verb}`,
      {
        schema: {
          summary,
          tags,
          params: idParams,
          body: z.object({ note: words }),
          response: { 200: exceptionBody },
        },
      },
      async (request) => {
        const record = await getException(parts.db, request.actor, request.params.id)
        await act({ ...parts, actor: request.actor }, record, request.body.note)
        return toBody(parts.db, await getException(parts.db, request.actor, record.id))
      },
    )
  }

  app.post(
    '/api/exceptions/:id/withdraw',
    {
      schema: {
        summary: "Take back one's own request",
        tags,
        params: idParams,
        response: { 200: exceptionBody },
      },
    },
    async (request) => {
      const record = await getException(parts.db, request.actor, request.params.id)
      await withdrawException({ ...parts, actor: request.actor }, record)
      return toBody(parts.db, await getException(parts.db, request.actor, record.id))
    },
  )

  app.post(
    '/api/channels/:channel/releases',
    {
      schema: {
        summary: 'Release files from a hold; it acts at once',
        tags,
        params: channelParams,
        body: z.object({ files: z.array(file).min(1).max(MAX_FILES), reason: words }),
        response: { 201: exceptionBody },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      requirePermission(request.actor, 'exception:approve', channel)
      const { files, reason } = request.body
      const lifts = await findHolds(parts, channel, files)
      return reply
        .code(201)
        .send(await toBody(parts.db, await releaseHold(ctx, channel, { files, lifts, reason })))
    },
  )
}

/** @throws AppError not-found also for those who may not see it */
async function getException(db: Db, actor: Actor, id: string): Promise<ExceptionRecord> {
  const user = requireUser(actor)
  const record = await findException(db, id)
  const channel = record && (await findChannelById(db, record.channelId))
  const maySee =
    channel &&
    (record.requestedBy === user.id ||
      mayDo(actor, 'exception:approve', channel) ||
      mayDo(actor, 'exception:read'))
  if (!maySee) throw new AppError('not-found', `there is no exception ${id}`)
  return record
}
