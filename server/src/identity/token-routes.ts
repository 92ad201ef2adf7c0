/** Tokens, as the contract has them: one's own, those of other accounts, many at once. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../platform/http/app.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { IdentityContext, IdentityParts } from './context.ts'
import * as tokens from './manage-tokens.ts'
import { requireUser } from './require-account.ts'
import type { TokenRow } from './token-store.ts'

const resource = z.strictObject({
  resource_type: z.enum(['channel', 'subchannel', 'artifact']),
  resource_id: z
    .string()
    .min(1)
    .max(300)
    .describe('A channel by id or name; for an artifact channel/name, where the name may be a pattern'),
  permission: z.enum(['read', 'write', 'manage']),
})

const limits = {
  name: z.string().min(1).max(200),
  metadata: z.record(z.string(), z.unknown()).optional(),
  expires_at: z.string().max(20).optional().describe('The last day it is good on: 2027-03-31'),
  days: z.number().int().optional().describe('In place of expires_at: so many days from now'),
  scopes: z.array(z.string().max(100)).min(1).max(200).optional(),
  resources: z.array(resource).min(1).max(100).optional(),
}
// strict: a limit that was misspelt would be no limit
const createBody = z.strictObject(limits)
const changeBody = z.strictObject({ ...limits, name: limits.name.optional() })

const tokenInfo = z.object({
  id: z.string(),
  name: z.string(),
  type: z.enum(['scope', 'resource', 'account']).describe('What it is limited by; account: by nothing'),
  metadata: z.record(z.string(), z.unknown()),
  created_at: z.string(),
  expires_at: z.string(),
  last_used_at: z.string().nullable(),
  last_used_address: z.string().nullable(),
  scopes: z.array(z.string()).optional(),
  resources: z.array(resource).optional(),
})
export const tokenList = z.object({ total_count: z.number(), items: z.array(tokenInfo) })
export const tokenCreated = z.object({ id: z.string(), token: z.string(), expires_at: z.string() })
const tokenChanged = z.object({ token: z.string().nullable().describe('Null when it was not reissued') })
const reissueQuery = z.object({ reissue_token: z.enum(['true', 'false']).default('true') })

const tags = ['tokens']

function toInfo(token: TokenRow): z.output<typeof tokenInfo> {
  return {
    id: token.id,
    name: token.name,
    type: token.resources ? 'resource' : token.scopes ? 'scope' : 'account',
    metadata: { ...token.metadata },
    created_at: token.createdAt.toISOString(),
    expires_at: token.expiresAt.toISOString(),
    last_used_at: token.lastUsedAt?.toISOString() ?? null,
    last_used_address: token.lastUsedAddress ?? null,
    ...(token.scopes && { scopes: [...token.scopes] }),
    ...(token.resources && {
      resources: token.resources.map(({ type, given, level }) => ({
        resource_type: type,
        resource_id: given,
        permission: level as 'read' | 'write' | 'manage', // made from such a request
      })),
    }),
  }
}

function expiryOf(body: { expires_at?: string | undefined; days?: number | undefined }) {
  if (body.expires_at !== undefined && body.days !== undefined) {
    throw new AppError('bad-request', 'give expires_at or days, not both')
  }
  if (body.days !== undefined) return { days: body.days }
  return body.expires_at === undefined ? undefined : { lastDay: body.expires_at }
}

export async function sendCreated(
  reply: FastifyReply,
  created: Promise<tokens.NewToken>,
): Promise<FastifyReply> {
  const { id, secret, expiresAt } = await created
  return reply
    .header('cache-control', 'no-store')
    .send({ id, token: secret.reveal(), expires_at: expiresAt.toISOString() })
}

/** Both kinds of addresses do the same: `me` picks the account. */
export function tokenRoutes(app: App, parts: IdentityParts): void {
  const contextOf = (request: FastifyRequest): IdentityContext => ({ ...parts, actor: request.actor })
  const me = (request: FastifyRequest): string => requireUser(request.actor).id
  ownerRoutes(app, contextOf, '/api/account', me, z.object({}), 'my own')
  ownerRoutes(
    app,
    contextOf,
    '/api/users/:userId',
    (request) => (request.params as { userId: string }).userId, // the schema below has parsed it
    z.object({ userId: z.string().max(100) }),
    'an account',
  )
  bulkRoutes(app, contextOf)

  app.delete(
    '/api/users/:userId/tokens',
    {
      schema: {
        summary: 'Drop all tokens of an account, at once',
        tags,
        params: z.object({ userId: z.string().max(100) }),
        response: { 200: z.object({ dropped: z.number() }) },
      },
    },
    async (request) => ({ dropped: await tokens.deleteTokensOf(contextOf(request), request.params.userId) }),
  )

  app.get(
    '/api/account/token-info',
    {
      schema: {
        summary: 'The token that asks: how long it is good and what it is limited by',
        tags,
        response: {
          200: z.object({
            expires_at: z.string(),
            default_channel_name: z.string(),
            type: z.enum(['scope', 'resource', 'account']),
          }),
        },
      },
    },
    async (request) => {
      const { credential, limit, name } = requireUser(request.actor)
      if (!credential) throw new AppError('unauthenticated', 'this needs a token')
      const type = limit?.channels ? 'resource' : limit?.scopes ? 'scope' : 'account'
      return { expires_at: credential.expiresAt.toISOString(), default_channel_name: name, type } as const
    },
  )
}

function ownerRoutes(
  app: App,
  contextOf: (request: FastifyRequest) => IdentityContext,
  prefix: string,
  ownerOf: (request: FastifyRequest) => string,
  ownerParams: z.ZodObject,
  whose: string,
): void {
  const tokenParams = ownerParams.extend({ tokenId: z.string().max(100) })
  const tokenOf = (request: FastifyRequest): string => (request.params as { tokenId: string }).tokenId

  app.get(
    `${prefix}/tokens`,
    {
      schema: {
        summary: `Tokens of ${whose}; a secret is shown once, when it is made`,
        tags,
        params: ownerParams,
        response: { 200: tokenList },
      },
    },
    async (request) => {
      const items = await tokens.listTokensOf(contextOf(request), ownerOf(request))
      return { total_count: items.length, items: items.map(toInfo) }
    },
  )

  app.post(
    `${prefix}/tokens`,
    {
      schema: {
        summary: `Make a token for ${whose}`,
        tags,
        params: ownerParams,
        body: createBody,
        response: { 200: tokenCreated },
      },
    },
    async (request, reply) =>
      sendCreated(
        reply,
        tokens.createTokenOf(contextOf(request), ownerOf(request), {
          ...request.body,
          expiry: expiryOf(request.body),
        }),
      ),
  )

  app.put(
    `${prefix}/tokens/:tokenId`,
    {
      schema: {
        summary: `Change a token of ${whose}; it gets a new secret unless told not to`,
        tags,
        params: tokenParams,
        querystring: reissueQuery,
        body: changeBody,
        response: { 200: tokenChanged },
      },
    },
    async (request, reply) => {
      const secret = await tokens.changeTokenOf(
        contextOf(request),
        ownerOf(request),
        tokenOf(request),
        { ...request.body, expiry: expiryOf(request.body) },
        request.query.reissue_token === 'true',
      )
      return reply.header('cache-control', 'no-store').send({ token: secret?.reveal() ?? null })
    },
  )

  app.delete(
    `${prefix}/tokens/:tokenId`,
    {
      schema: {
        summary: `Drop a token of ${whose}, at once`,
        tags,
        params: tokenParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await tokens.deleteTokenOf(contextOf(request), ownerOf(request), tokenOf(request))
      return reply.code(204).send(null)
    },
  )

  app.put(
    `${prefix}/tokens/:tokenId/metadata`,
    {
      schema: {
        summary: `Write notes to a token of ${whose}`,
        tags,
        params: tokenParams,
        body: z.record(z.string().max(100), z.unknown()),
        response: { 200: tokenChanged },
      },
    },
    async (request) => {
      const change = { metadata: request.body }
      await tokens.changeTokenOf(contextOf(request), ownerOf(request), tokenOf(request), change, false)
      return { token: null }
    },
  )
}

function bulkRoutes(app: App, contextOf: (request: FastifyRequest) => IdentityContext): void {
  app.post(
    '/api/users/tokens',
    {
      schema: {
        summary: 'Tokens of many accounts',
        tags,
        body: z.object({ users_ids: z.array(z.string().max(100)).max(1000) }),
        response: {
          200: z.object({ items: z.array(z.object({ user_id: z.string(), tokens: z.array(tokenInfo) })) }),
        },
      },
    },
    async (request) => {
      const found = await tokens.listTokensOfMany(contextOf(request), request.body.users_ids)
      const byUser = Map.groupBy(found, ({ userId }) => userId)
      return {
        items: [...byUser].map(([userId, own]) => ({ user_id: userId, tokens: own.map(toInfo) })),
      }
    },
  )

  app.put(
    '/api/users/tokens',
    {
      schema: {
        summary: 'Change the end or the resources of many tokens',
        tags,
        body: z.object({
          token_ids: z.array(z.string().max(100)).max(1000),
          expires_at: limits.expires_at,
          resources: limits.resources,
        }),
        response: {
          200: z.object({
            tokens: z.array(z.string()),
            successful_updated_users: z.array(z.string()),
          }),
        },
      },
    },
    async (request) => {
      const changed = await tokens.changeManyTokens(contextOf(request), request.body.token_ids, {
        resources: request.body.resources,
        expiry: expiryOf(request.body),
      })
      return {
        tokens: changed.map(({ id }) => id),
        successful_updated_users: [...new Set(changed.map(({ userId }) => userId))],
      }
    },
  )
}
