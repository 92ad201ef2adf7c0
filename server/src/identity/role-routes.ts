import { z } from 'zod'
import type { App } from '../platform/http/app.ts'
import { levels, resources, type Level, type Resource } from '../vocabulary/permissions.ts'
import type { IdentityParts } from './context.ts'
import * as roles from './manage-roles.ts'
import type { Role } from './role-store.ts'
import { contextOf } from './routes.ts'

const resourceKeys = Object.keys(resources) as [Resource, ...Resource[]] // a closed list with many
/** `null` and `none` say the same: the contract has the one, people write the other. */
const permissions = z.partialRecord(z.enum(resourceKeys), z.enum(levels).nullable())
const reach = z
  .enum(['own', 'all'])
  .describe('own: in channels one has access to; all: in every channel and for the whole server')
const givenTo = z.enum(['everyone', 'accounts', 'granted'])

const roleBody = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  persistent: z.boolean().describe('Came with the product and cannot be deleted'),
  reach,
  given_to: givenTo,
  permissions: z.partialRecord(z.enum(resourceKeys), z.enum(levels)),
})

function toBody(role: Role): z.output<typeof roleBody> {
  return {
    id: role.id,
    name: role.name,
    description: role.description,
    persistent: role.isBuiltIn,
    reach: role.reach,
    given_to: role.givenTo,
    permissions: { ...role.permissions },
  }
}

const roleParams = z.object({ roleId: z.string().max(100) })
const roleRequest = z.object({
  name: z.string().max(200),
  description: z.string().max(2000).optional(),
  reach: reach.optional(),
  given_to: givenTo.optional(),
  permissions,
})
const tags = ['roles']

function toRequest(body: z.output<typeof roleRequest>): roles.RoleRequest {
  const given = Object.entries(body.permissions) as [Resource, Level | null][]
  return {
    name: body.name,
    description: body.description,
    reach: body.reach,
    givenTo: body.given_to,
    permissions: Object.fromEntries(
      given.filter((entry): entry is [Resource, Level] => entry[1] !== null && entry[1] !== 'none'),
    ),
  }
}

export function roleRoutes(app: App, parts: IdentityParts): void {
  app.get(
    '/api/roles',
    {
      schema: {
        summary: 'Roles with the level each gives on each kind of thing',
        tags,
        response: { 200: z.object({ total_count: z.number(), items: z.array(roleBody) }) },
      },
    },
    async (request) => {
      const items = await roles.listRoles(contextOf(parts, request))
      return { total_count: items.length, items: items.map(toBody) }
    },
  )

  app.post(
    '/api/roles',
    { schema: { summary: 'Make a role', tags, body: roleRequest, response: { 200: roleBody } } },
    async (request) => toBody(await roles.createRole(contextOf(parts, request), toRequest(request.body))),
  )

  app.put(
    '/api/roles/:roleId',
    {
      schema: {
        summary: 'Change a role; those that came with the product keep their names',
        tags,
        params: roleParams,
        body: roleRequest,
        response: { 200: roleBody },
      },
    },
    async (request) => {
      const ctx = contextOf(parts, request)
      return toBody(await roles.updateRole(ctx, request.params.roleId, toRequest(request.body)))
    },
  )

  app.delete(
    '/api/roles/:roleId',
    { schema: { summary: 'Take a role away', tags, params: roleParams, response: { 204: z.null() } } },
    async (request, reply) => {
      await roles.deleteRole(contextOf(parts, request), request.params.roleId)
      return reply.code(204).send(null)
    },
  )

  const subject = {
    subject_kind: z.enum(['user', 'group']),
    subject_id: z.string().max(100),
  }

  app.get(
    '/api/roles/:roleId/grants',
    {
      schema: {
        summary: 'Accounts and groups that hold a role, and who says so',
        tags,
        params: roleParams,
        response: {
          200: z.object({
            total_count: z.number(),
            items: z.array(z.object({ ...subject, name: z.string(), source: z.string() })),
          }),
        },
      },
    },
    async (request) => {
      const grants = await roles.listGrants(contextOf(parts, request), request.params.roleId)
      const items = grants.map(({ subject: { kind, id }, name, source }) => ({
        ...{ subject_kind: kind, subject_id: id, name, source },
      }))
      return { total_count: items.length, items }
    },
  )

  app.post(
    '/api/roles/:roleId/grants',
    {
      schema: {
        summary: 'Give a role to an account or a group',
        tags,
        params: roleParams,
        body: z.object(subject),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { subject_kind: kind, subject_id: id } = request.body
      await roles.grantRole(contextOf(parts, request), request.params.roleId, { kind, id })
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/roles/:roleId/grants/:subject_kind/:subject_id',
    {
      schema: {
        summary: 'Take a role from an account or a group',
        tags,
        params: roleParams.extend(subject),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { roleId, subject_kind: kind, subject_id: id } = request.params
      await roles.revokeRole(contextOf(parts, request), roleId, { kind, id })
      return reply.code(204).send(null)
    },
  )
}
