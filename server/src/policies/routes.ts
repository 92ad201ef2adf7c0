import { z } from 'zod'
import { getChannel } from '../channels/manage-channels.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { reachOf } from '../identity/reach.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { assignPolicy, unassignPolicy, type Place } from './assign-policies.ts'
import { modes, scopes, type AssignedPolicy } from './assignment.ts'
import { listChannelPolicies, pageAssignments } from './assignment-store.ts'
import { isExplaining, setExplaining } from './explaining.ts'
import { deletePolicy, findPolicyId, getPolicy, translateFilters, writePolicy } from './manage-policies.ts'
import type { PolicyContext } from './policy-context.ts'
import { psmFilters } from './psm-filter-object.ts'
import { words } from './schema-values.ts'
import { listPolicies, listVersions, type StoredPolicy } from './store.ts'

const policyBody = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().int(),
  document: z.string().describe('YAML or JSON as its author wrote it'),
  created_at: z.string(),
  updated_at: z.string(),
  mirror_owned: z
    .boolean()
    .optional()
    .describe('It is the filters of a mirror, and changed there; `…/assignments` says which'),
})

function toBody(policy: StoredPolicy): z.output<typeof policyBody> {
  return {
    id: policy.id,
    name: policy.name,
    version: policy.version,
    document: policy.document,
    created_at: policy.createdAt.toISOString(),
    updated_at: policy.updatedAt.toISOString(),
    ...(policy.mirrorId !== undefined && { mirror_owned: true }),
  }
}

const assignedBody = policyBody.extend({
  scope: z.enum(scopes).describe('organisation: the baseline, which channels can only tighten'),
  inherited: z
    .boolean()
    .optional()
    .describe('Assigned to the channel that this subchannel belongs to, and held by it'),
  mirror_id: z.string().optional(),
  mode: z.enum(modes).describe('audit: it decides nothing and only writes down what it would have done'),
})

function toAssignedBody(policy: AssignedPolicy, channelId: string): z.output<typeof assignedBody> {
  const { target, mode } = policy
  return {
    ...toBody(policy),
    scope: target.scope,
    ...(target.scope === 'channel' && target.channelId !== channelId && { inherited: true }),
    ...(target.scope === 'mirror' && { mirror_id: target.mirrorId }),
    mode,
  }
}

const reason = z.string().trim().min(1).max(1000).optional().describe('Why, for the record')
/** Both may be left out, and so may the whole body. */
const assignBody = z
  .object({ mode: z.enum(modes).default('enforce'), reason })
  .nullish()
  .transform((body) => body ?? { mode: 'enforce' as const, reason: undefined })

const tags = ['policies']
const nameParams = z.object({ name: z.string().max(200) })
const channelParams = z.object({ channel: z.string().max(200) })
const assignment = channelParams.extend({ name: z.string().max(200) })

export function policyRoutes(app: App, parts: { db: Db; now: () => Date }): void {
  app.get(
    '/api/policies',
    {
      schema: {
        summary: 'All policies',
        tags,
        querystring: pageQuery,
        response: { 200: pageOf(policyBody) },
      },
    },
    async (request) => {
      requirePermission(request.actor, 'policy:read')
      const { total, items } = await listPolicies(parts.db, request.query)
      return { total_count: total, items: items.map(toBody) }
    },
  )

  app.post(
    '/api/policies',
    {
      schema: {
        summary: 'Write a policy; the name stands in the document, and a known name gets a new version',
        tags,
        body: z.object({
          document: z.string().min(1).describe('YAML or JSON after /api/policy.schema.json'),
          filename: z.string().max(500).default('policy').describe('Named in the message when it is wrong'),
          reason,
          loosen: z
            .boolean()
            .optional()
            .describe('Needed for a baseline that would let more through than before, with a reason'),
        }),
        response: { 200: policyBody },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      return toBody(await writePolicy(ctx, request.body))
    },
  )

  app.post(
    '/api/policies/from-filters',
    {
      schema: {
        summary:
          'A filter object of Package Security Manager as a policy, to be previewed and written; it is not kept',
        tags,
        body: z.object({ name: words(100, { description: 'Of the policy' }), filters: psmFilters }),
        response: {
          200: z.object({
            document: z.string().describe('The policy, as JSON'),
            notes: z.array(z.string()).describe('Where it is not word for word what the filters said'),
          }),
        },
      },
    },
    (request) => {
      const { document, notes } = translateFilters({ ...parts, actor: request.actor }, request.body)
      return { document, notes: [...notes] }
    },
  )

  app.get(
    '/api/policies/:name',
    { schema: { summary: 'One policy', tags, params: nameParams, response: { 200: policyBody } } },
    async (request) => toBody(await getPolicy({ ...parts, actor: request.actor }, request.params.name)),
  )

  app.delete(
    '/api/policies/:name',
    {
      schema: {
        summary: 'Drop a policy that no channel uses',
        tags,
        params: nameParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deletePolicy({ ...parts, actor: request.actor }, request.params.name)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/policies/:name/versions',
    {
      schema: {
        summary: 'Every text a policy ever had, newest first; also of one that was deleted',
        tags,
        params: nameParams,
        querystring: pageQuery,
        response: {
          200: pageOf(
            z.object({
              version: z.number().int(),
              document: z.string(),
              actor_id: z.string().optional(),
              reason: z.string().optional(),
              created_at: z.string(),
            }),
          ),
        },
      },
    },
    async (request) => {
      const id = await findPolicyId({ ...parts, actor: request.actor }, request.params.name)
      const { total, items } = await listVersions(parts.db, id, request.query)
      return {
        total_count: total,
        items: items.map(({ version, document, actorId, reason: why, createdAt }) => ({
          version,
          document,
          ...(actorId !== undefined && { actor_id: actorId }),
          ...(why !== undefined && { reason: why }),
          created_at: createdAt.toISOString(),
        })),
      }
    },
  )

  app.get(
    '/api/policies/:name/assignments',
    {
      schema: {
        summary: 'Where a policy holds',
        tags,
        params: nameParams,
        querystring: pageQuery,
        response: {
          200: pageOf(
            z.object({
              scope: z.enum(scopes),
              channel: z.string().optional(),
              mirror_id: z.string().optional(),
              mode: z.enum(modes),
            }),
          ),
        },
      },
    },
    async (request) => {
      const { actor, query } = request
      const policy = await getPolicy({ ...parts, actor }, request.params.name)
      const { total, items } = await pageAssignments(parts.db, policy.id, reachOf(actor), query)
      return {
        total_count: total,
        items: items.map(({ target, mode, channelName }) => ({
          scope: target.scope,
          ...(channelName !== undefined && { channel: channelName }),
          ...(target.scope === 'mirror' && { mirror_id: target.mirrorId }),
          mode,
        })),
      }
    },
  )

  app.get(
    '/api/channels/:channel/policies',
    {
      schema: {
        summary:
          "Policies a channel is under: the organisation's, its own, those of its mirrors, and of the channel it is a subchannel of",
        tags,
        params: channelParams,
        querystring: pageQuery,
        response: { 200: pageOf(assignedBody) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      requirePermission(request.actor, 'policy:read', channel)
      const { offset, limit } = request.query
      const all = await listChannelPolicies(parts.db, channel.id) // a handful: each decides every file
      const items = all.slice(offset, offset + limit).map((policy) => toAssignedBody(policy, channel.id))
      return { total_count: all.length, items }
    },
  )

  app.get(
    '/api/channels/:channel/explaining',
    {
      schema: {
        summary: 'Whether the index keeps what is blocked, in a form no solver takes, to say why',
        tags,
        params: channelParams,
        response: { 200: z.object({ enabled: z.boolean() }) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      return { enabled: await isExplaining(parts.db, channel.id) }
    },
  )

  app.put(
    '/api/channels/:channel/explaining',
    {
      schema: {
        summary: 'Let the index say why builds are blocked, or let it keep silent about them',
        tags,
        params: channelParams,
        body: z.object({ enabled: z.boolean() }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      await setExplaining(ctx, await getChannel(ctx, request.params.channel), request.body.enabled)
      return reply.code(204).send(null)
    },
  )

  const places: readonly AssignRoute[] = [
    {
      url: '/api/policies/:name/baseline',
      params: nameParams,
      place: () => Promise.resolve({ scope: 'organisation' }),
      summary: 'Put every channel under a policy, which then can only be tightened',
    },
    {
      url: '/api/channels/:channel/policies/:name',
      params: assignment,
      place: async (ctx, params) => ({
        scope: 'channel',
        channel: await getChannel(ctx, params['channel'] ?? ''),
      }),
      summary: 'Put a channel under a policy; it acts at once',
    },
    {
      url: '/api/channels/:channel/mirrors/:mirror/policies/:name',
      params: assignment.extend({ mirror: z.string().max(64) }),
      place: async (ctx, params) => ({
        scope: 'mirror',
        channel: await getChannel(ctx, params['channel'] ?? ''),
        mirrorId: params['mirror'] ?? '',
      }),
      summary: 'Put what comes by a mirror under a policy; it acts at once',
    },
  ]
  for (const { url, params, place, summary } of places) {
    app.put(
      url,
      { schema: { summary, tags, params, body: assignBody, response: { 204: z.null() } } },
      async (request, reply) => {
        const ctx = { ...parts, actor: request.actor }
        const names = params.parse(request.params)
        await assignPolicy(ctx, await place(ctx, names), names['name'] ?? '', request.body)
        return reply.code(204).send(null)
      },
    )
    app.delete(
      url,
      {
        schema: {
          summary: 'Take it back; what the policy blocked comes back at once',
          tags,
          params,
          response: { 204: z.null() },
        },
      },
      async (request, reply) => {
        const ctx = { ...parts, actor: request.actor }
        const names = params.parse(request.params)
        await unassignPolicy(ctx, await place(ctx, names), names['name'] ?? '')
        return reply.code(204).send(null)
      },
    )
  }
}

/** One of the places a policy can hold in, as an address. */
interface AssignRoute {
  readonly url: string
  readonly params: z.ZodType<Record<string, string>>
  readonly place: (ctx: PolicyContext, params: Record<string, string>) => Promise<Place>
  readonly summary: string
}
