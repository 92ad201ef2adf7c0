import { z } from 'zod'
import { getChannel } from '../channels/manage-channels.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { assignPolicy, deletePolicy, getPolicy, unassignPolicy, writePolicy } from './manage-policies.ts'
import { listChannelPolicies, listPolicies, type StoredPolicy } from './store.ts'

const policyBody = z.object({
  id: z.string(),
  name: z.string(),
  version: z.number().int(),
  document: z.string().describe('YAML or JSON as its author wrote it'),
  created_at: z.string(),
  updated_at: z.string(),
})

function toBody(policy: StoredPolicy): z.output<typeof policyBody> {
  return {
    id: policy.id,
    name: policy.name,
    version: policy.version,
    document: policy.document,
    created_at: policy.createdAt.toISOString(),
    updated_at: policy.updatedAt.toISOString(),
  }
}

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
        }),
        response: { 200: policyBody },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      return toBody(await writePolicy(ctx, request.body.document, request.body.filename))
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
    '/api/channels/:channel/policies',
    {
      schema: {
        summary: 'Policies a channel is under',
        tags,
        params: channelParams,
        response: { 200: z.object({ total_count: z.number(), items: z.array(policyBody) }) },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      requirePermission(request.actor, 'policy:read', channel)
      const items = (await listChannelPolicies(parts.db, channel.id)).map(toBody)
      return { total_count: items.length, items }
    },
  )

  app.put(
    '/api/channels/:channel/policies/:name',
    {
      schema: {
        summary: 'Put a channel under a policy; it acts at once',
        tags,
        params: assignment,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      await assignPolicy(ctx, await getChannel(ctx, request.params.channel), request.params.name)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/channels/:channel/policies/:name',
    {
      schema: {
        summary: 'Take a policy off a channel; what it blocked comes back at once',
        tags,
        params: assignment,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const ctx = { ...parts, actor: request.actor }
      await unassignPolicy(ctx, await getChannel(ctx, request.params.channel), request.params.name)
      return reply.code(204).send(null)
    },
  )
}
