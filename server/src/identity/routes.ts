import { z } from 'zod'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { Secret } from '../platform/secret.ts'
import { createToken, deleteToken, MAX_TOKEN_DAYS, requireUser, signIn } from './accounts.ts'
import type { Access } from './access.ts'
import { listTokens } from './token-store.ts'

const tokenInfo = z.object({
  id: z.string(),
  name: z.string(),
  created_at: z.string(),
  expires_at: z.string(),
})

export function identityRoutes(app: App, parts: { db: Db; access: Access; now: () => Date }): void {
  const { access, db, now } = parts

  app.post(
    '/api/auth/login',
    {
      schema: {
        summary: 'Sign in with a built-in account; the token lives a day',
        tags: ['account'],
        body: z.object({ username: z.string().min(1).max(200), password: z.string().min(1).max(1000) }),
        response: { 200: z.object({ token: z.string() }) },
      },
    },
    async (request) => {
      const secret = await signIn(db, request.body.username, new Secret(request.body.password), now())
      return { token: secret.reveal() }
    },
  )

  app.get(
    '/api/account',
    {
      schema: {
        summary: 'Who the token speaks for',
        tags: ['account'],
        response: {
          200: z.object({
            user_id: z.string(),
            username: z.string(),
            default_channel_name: z.string(),
            roles: z.array(z.string()),
          }),
        },
      },
    },
    async (request) => {
      const user = requireUser(request.actor)
      return {
        user_id: user.id,
        username: user.name,
        default_channel_name: user.name,
        roles: [...user.roles],
      }
    },
  )

  app.get(
    '/api/account/tokens',
    {
      schema: {
        summary: 'My tokens; their secrets are shown once, when they are made',
        tags: ['account'],
        response: { 200: z.object({ total_count: z.number(), items: z.array(tokenInfo) }) },
      },
    },
    async (request) => {
      const tokens = await listTokens(db, requireUser(request.actor).id)
      const items = tokens.map((token) => ({
        id: token.id,
        name: token.name,
        created_at: token.createdAt.toISOString(),
        expires_at: token.expiresAt.toISOString(),
      }))
      return { total_count: items.length, items }
    },
  )

  app.post(
    '/api/account/tokens',
    {
      schema: {
        summary: 'Make a token for myself',
        tags: ['account'],
        body: z.object({
          name: z.string().min(1).max(200),
          days: z.number().int().min(1).max(MAX_TOKEN_DAYS).default(90),
        }),
        response: { 201: z.object({ id: z.string(), token: z.string(), expires_at: z.string() }) },
      },
    },
    async (request, reply) => {
      const created = await createToken(db, request.actor, request.body, now())
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ id: created.id, token: created.secret.reveal(), expires_at: created.expiresAt.toISOString() })
    },
  )

  app.delete(
    '/api/account/tokens/:tokenId',
    {
      schema: {
        summary: 'Drop one of my tokens',
        tags: ['account'],
        params: z.object({ tokenId: z.string() }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await deleteToken(access, request.actor, request.params.tokenId, now())
      return reply.code(204).send(null)
    },
  )
}
