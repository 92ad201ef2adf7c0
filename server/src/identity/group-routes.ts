import { z } from 'zod'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import type { IdentityParts } from './context.ts'
import * as groups from './manage-groups.ts'
import { contextOf } from './routes.ts'

const groupBody = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  members_count: z.number().int().optional(),
  user_permission: z.enum(['read', 'manage']).describe('What you may do with it'),
  remote: z.boolean().describe('Comes from a directory'),
  created_at: z.string(),
  updated_at: z.string(),
})

function toBody(group: groups.GroupView): z.output<typeof groupBody> {
  return {
    id: group.id,
    name: group.name,
    description: group.description,
    ...(group.members !== undefined && { members_count: group.members }),
    user_permission: group.permission,
    remote: group.isRemote,
    created_at: group.createdAt.toISOString(),
    updated_at: group.updatedAt.toISOString(),
  }
}

const groupParams = z.object({ groupId: z.string().max(100) })
const groupRequest = z.object({ name: z.string().max(300), description: z.string().max(2000) })
const tags = ['groups']

export function groupRoutes(app: App, parts: IdentityParts): void {
  app.get(
    '/api/groups',
    {
      schema: {
        summary: 'Groups, by name',
        tags,
        querystring: pageQuery.extend({
          q: z.string().max(200).optional(),
          with_user_counts: z.enum(['true', 'false']).default('true'),
        }),
        response: { 200: pageOf(groupBody) },
      },
    },
    async (request) => {
      const withCounts = request.query.with_user_counts === 'true'
      const { total, items } = await groups.listGroups(contextOf(parts, request), request.query, withCounts)
      return { total_count: total, items: items.map(toBody) }
    },
  )

  app.post(
    '/api/groups',
    { schema: { summary: 'Make a group', tags, body: groupRequest, response: { 200: groupBody } } },
    async (request) => toBody(await groups.createGroup(contextOf(parts, request), request.body)),
  )

  app.get(
    '/api/groups/:groupId',
    { schema: { summary: 'One group', tags, params: groupParams, response: { 200: groupBody } } },
    async (request) => toBody(await groups.getGroup(contextOf(parts, request), request.params.groupId)),
  )

  app.put(
    '/api/groups/:groupId',
    {
      schema: {
        summary: 'Name or describe a group anew',
        tags,
        params: groupParams,
        body: groupRequest,
        response: { 200: groupBody },
      },
    },
    async (request) => {
      const ctx = contextOf(parts, request)
      return toBody(await groups.updateGroup(ctx, request.params.groupId, request.body))
    },
  )

  app.delete(
    '/api/groups/:groupId',
    {
      schema: {
        summary: 'Take a group away with what it was given',
        tags,
        params: groupParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await groups.deleteGroup(contextOf(parts, request), request.params.groupId)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/groups/:groupId/users',
    {
      schema: {
        summary: 'Who is in a group, and who says so',
        tags,
        params: groupParams,
        response: {
          200: z.object({
            total_count: z.number(),
            items: z.array(
              z.object({
                id: z.string(),
                username: z.string(),
                permission: z.enum(['read', 'manage']),
                source: z.string().describe('local, or the issuer whose claim says so'),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const members = await groups.listMembers(contextOf(parts, request), request.params.groupId)
      const items = members.map(({ userId, name, permission, source }) => ({
        ...{ id: userId, username: name, permission, source },
      }))
      return { total_count: items.length, items }
    },
  )

  app.post(
    '/api/groups/:groupId/users',
    {
      schema: {
        summary: 'Put somebody in a group, or change what they may do with it',
        tags,
        params: groupParams,
        body: z.object({ user_id: z.string().max(100), permission: z.enum(['read', 'manage']) }),
        response: { 200: groupBody },
      },
    },
    async (request) => {
      const { user_id: userId, permission } = request.body
      const ctx = contextOf(parts, request)
      return toBody(await groups.addMember(ctx, request.params.groupId, userId, permission))
    },
  )

  app.delete(
    '/api/groups/:groupId/users/:userId',
    {
      schema: {
        summary: 'Take somebody out of a group',
        tags,
        params: groupParams.extend({ userId: z.string().max(100) }),
        response: { 200: groupBody },
      },
    },
    async (request) => {
      const { groupId, userId } = request.params
      return toBody(await groups.removeMember(contextOf(parts, request), groupId, userId))
    },
  )
}
