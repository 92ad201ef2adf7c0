/** Signing in and out, and what people do with their own account. Other subjects: `*-routes.ts`. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { App } from '../platform/http/app.ts'
import { sessionCookie } from '../platform/http/cookies.ts'
import type { RateLimit } from '../platform/http/rate-limit.ts'
import { comesFromOwnPage } from '../platform/http/same-origin.ts'
import { Secret } from '../platform/secret.ts'
import { AppError } from '../vocabulary/errors.ts'
import { allScopes, resources } from '../vocabulary/permissions.ts'
import type { Account } from './actor.ts'
import type { IdentityContext, IdentityParts } from './context.ts'
import { permissionsHeld, scopesHeld } from './explain-rights.ts'
import { acceptInvitation } from './invitations.ts'
import { changeOwnPassword } from './manage-users.ts'
import { signOutEverywhere } from './oidc/sign-out.ts'
import { requireUser } from './require-account.ts'
import * as factor from './second-factor.ts'
import { countRecoveryCodes, findTotp } from './second-factor-store.ts'
import { endOtherSessions, endSession, listSessionsOf, signOut } from './sessions.ts'
import type { SessionRow } from './session-store.ts'
import { signIn, type StartedSession } from './sign-in.ts'
import { tokenRoutes } from './token-routes.ts'

export interface IdentityRouteParts extends IdentityParts {
  readonly publicUrl: string | undefined
  /** Attempts to sign in, by address; undefined for no limit. */
  readonly signIns: RateLimit | undefined
}

const credentials = z.object({
  username: z.string().min(1).max(200),
  password: z.string().min(1).max(1000),
  code: z.string().max(40).optional().describe('Of the second factor, or a recovery code'),
})

const sessionBody = z.object({
  user_id: z.string(),
  username: z.string(),
  expires_at: z.string(),
})

const sessionInfo = z.object({
  id: z.string(),
  method: z.string(),
  created_at: z.string(),
  last_seen_at: z.string(),
  expires_at: z.string(),
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  current: z.boolean(),
})

const accountBody = z.object({
  user_id: z.string(),
  username: z.string(),
  default_channel_name: z.string(),
  roles: z.array(z.string()),
  groups: z.array(z.object({ id: z.string(), name: z.string() })),
  is_service: z.boolean(),
})

function toAccountBody(user: Account): z.output<typeof accountBody> {
  return {
    user_id: user.id,
    username: user.name,
    default_channel_name: user.name,
    roles: [...user.roles],
    groups: [...user.groups],
    is_service: user.isService,
  }
}

export function contextOf(parts: IdentityParts, request: FastifyRequest): IdentityContext {
  return { ...parts, actor: request.actor }
}

export function identityRoutes(app: App, parts: IdentityRouteParts): void {
  signInRoutes(app, parts)
  accountRoutes(app)
  securityRoutes(app, parts)
  tokenRoutes(app, parts)
}

function signInRoutes(app: App, parts: IdentityRouteParts): void {
  const originOf = (request: FastifyRequest) => ({
    address: request.ip,
    userAgent: request.headers['user-agent'],
  })
  /** Or another site could sign a browser in as somebody else, and read what its owner does next. */
  const refuseOtherSites = (request: FastifyRequest): void => {
    const { origin, host } = request.headers
    const tells = origin !== undefined || request.headers['sec-fetch-site'] !== undefined
    if (tells && !comesFromOwnPage(request.headers, [`http://${host}`, `https://${host}`])) {
      throw new AppError('cross-site-request', 'a page of another site may not sign in here')
    }
  }
  const limit = (request: FastifyRequest): void => {
    const seconds = parts.signIns?.take(request.ip)
    if (seconds === undefined) return
    throw new AppError('too-many-requests', `too many attempts to sign in: try again in ${seconds} s`, {
      details: { retry_after: seconds },
    })
  }
  const attemptOf = (request: FastifyRequest, body: z.output<typeof credentials>) => ({
    ...originOf(request),
    name: body.username,
    password: new Secret(body.password),
    code: body.code === undefined ? undefined : new Secret(body.code),
  })
  const sendCookie = (request: FastifyRequest, reply: FastifyReply, session: StartedSession) => {
    const seconds = Math.floor((session.expiresAt.getTime() - parts.now().getTime()) / 1000)
    return reply
      .header('set-cookie', sessionCookie(session.secret.reveal(), request.isSecure, seconds))
      .header('cache-control', 'no-store')
      .send({
        user_id: session.user.id,
        username: session.user.name,
        expires_at: session.expiresAt.toISOString(),
      })
  }

  app.post(
    '/api/auth/login',
    {
      schema: {
        summary: 'Sign in with a built-in account; the answer is for the header Authorization',
        tags: ['account'],
        body: credentials,
        response: { 200: z.object({ token: z.string() }) },
      },
    },
    async (request, reply) => {
      limit(request)
      const session = await signIn(parts, attemptOf(request, request.body))
      return reply.header('cache-control', 'no-store').send({ token: session.secret.reveal() })
    },
  )

  app.post(
    '/api/auth/session',
    {
      schema: {
        summary: 'Sign in with a built-in account; the session is in a cookie, for browsers',
        tags: ['account'],
        body: credentials,
        response: { 200: sessionBody },
      },
    },
    async (request, reply) => {
      refuseOtherSites(request)
      limit(request)
      const session = await signIn(parts, attemptOf(request, request.body))
      // a new session has a new secret; the one the browser came with, planted or not, ends here
      await signOut(contextOf(parts, request))
      return sendCookie(request, reply, session)
    },
  )

  app.post(
    '/api/auth/invitation',
    {
      schema: {
        summary: 'Accept an invitation: makes the account and signs it in',
        tags: ['account'],
        body: z.object({ token: z.string().max(200), password: z.string().max(1000) }),
        response: { 200: sessionBody },
      },
    },
    async (request, reply) => {
      refuseOtherSites(request)
      limit(request)
      const { token, password } = request.body
      const session = await acceptInvitation(
        parts,
        new Secret(token),
        new Secret(password),
        originOf(request),
      )
      return sendCookie(request, reply, session)
    },
  )

  app.post(
    '/api/auth/logout',
    {
      schema: {
        summary:
          'End the session that asks; tokens stay. Says where the browser ends that of its provider, if it has one',
        tags: ['account'],
        response: { 200: z.object({ redirect_to: z.string() }), 204: z.null() },
      },
    },
    async (request, reply) => {
      const address = await signOutEverywhere(contextOf(parts, request), parts.publicUrl)
      reply
        .header('set-cookie', sessionCookie('', request.isSecure, 0))
        .header('cache-control', 'no-store')
        .header('clear-site-data', '"cache", "storage"')
      return address ? reply.send({ redirect_to: address.href }) : reply.code(204).send(null)
    },
  )
}

function accountRoutes(app: App): void {
  app.get(
    '/api/account',
    {
      schema: {
        summary: 'Who the token speaks for',
        tags: ['account'],
        response: {
          200: accountBody,
        },
      },
    },
    async (request) => toAccountBody(requireUser(request.actor)),
  )

  app.get(
    '/api/auth/session',
    {
      schema: {
        summary: 'Whether somebody is signed in, and who; for pages that are also for nobody',
        tags: ['account'],
        response: { 200: z.object({ account: accountBody.nullable() }) },
      },
    },
    async (request, reply) => {
      const { actor } = request
      reply.header('cache-control', 'no-store')
      return { account: actor.kind === 'user' ? toAccountBody(actor) : null }
    },
  )

  app.get(
    '/api/account/scopes',
    {
      schema: {
        summary: 'Scopes that I can make use of',
        tags: ['account'],
        response: { 200: z.object({ scopes: z.array(z.string()) }) },
      },
    },
    async (request) => ({ scopes: scopesHeld(requireUser(request.actor)) }),
  )

  app.get(
    '/api/account/permissions',
    {
      schema: {
        summary: 'My level on each kind of thing, as roles give it',
        tags: ['account'],
        response: {
          200: z.object({
            items: z.array(
              z.object({ resource_type: z.string(), action: z.string(), permissions: z.string() }),
            ),
          }),
        },
      },
    },
    async (request) => ({
      items: permissionsHeld(request.actor).map(({ resource, level }) => ({
        resource_type: resource,
        action: level,
        permissions: level,
      })),
    }),
  )

  app.get(
    '/api/system/scopes',
    {
      schema: {
        summary: 'Every scope a token can be limited to',
        tags: ['account'],
        response: { 200: z.array(z.string()) },
      },
    },
    async (request) => {
      requireUser(request.actor)
      return [...allScopes]
    },
  )

  app.get(
    '/api/system/resource_types',
    {
      schema: {
        summary: 'Every kind of thing a role has a level on',
        tags: ['roles'],
        response: { 200: z.array(z.string()) },
      },
    },
    async (request) => {
      requireUser(request.actor)
      return Object.keys(resources)
    },
  )
}

const password = z.object({ password: z.string().min(1).max(1000) })

function securityRoutes(app: App, parts: IdentityRouteParts): void {
  const tags = ['account']
  const shown = (codes: readonly Secret[]) => ({ recovery_codes: codes.map((code) => code.reveal()) })
  const recoveryCodes = z.object({ recovery_codes: z.array(z.string()) })

  app.put(
    '/api/account/password',
    {
      schema: {
        summary: 'Change my password; my other sessions end',
        tags,
        body: z.object({
          old_password: z.string().min(1).max(1000),
          new_password: z.string().min(1).max(1000),
        }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { old_password: old, new_password: wanted } = request.body
      await changeOwnPassword(contextOf(parts, request), new Secret(old), new Secret(wanted))
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/account/second-factor',
    {
      schema: {
        summary: 'Whether I have a second factor, and how many recovery codes are left',
        tags,
        response: { 200: z.object({ enabled: z.boolean(), recovery_codes_left: z.number() }) },
      },
    },
    async (request) => {
      const user = requireUser(request.actor)
      const found = await findTotp(parts.db, user.id)
      return {
        enabled: found?.confirmedAt !== undefined,
        recovery_codes_left: await countRecoveryCodes(parts.db, user.id),
      }
    },
  )

  app.post(
    '/api/account/second-factor',
    {
      schema: {
        summary: 'Begin to set up a second factor: a seed for an authenticator app',
        tags,
        body: password,
        response: { 200: z.object({ secret: z.string(), uri: z.string() }) },
      },
    },
    async (request, reply) => {
      const started = await factor.startSecondFactor(
        contextOf(parts, request),
        new Secret(request.body.password),
      )
      return reply
        .header('cache-control', 'no-store')
        .send({ secret: started.secret.reveal(), uri: started.uri.reveal() })
    },
  )

  app.post(
    '/api/account/second-factor/confirm',
    {
      schema: {
        summary: 'Put the second factor in force with a first code; answers with recovery codes, once',
        tags,
        body: z.object({ code: z.string().max(40) }),
        response: { 200: recoveryCodes },
      },
    },
    async (request, reply) => {
      const codes = await factor.confirmSecondFactor(contextOf(parts, request), new Secret(request.body.code))
      return reply.header('cache-control', 'no-store').send(shown(codes))
    },
  )

  app.post(
    '/api/account/second-factor/recovery-codes',
    {
      schema: {
        summary: 'New recovery codes in place of the old ones',
        tags,
        body: password,
        response: { 200: recoveryCodes },
      },
    },
    async (request, reply) => {
      const codes = await factor.renewRecoveryCodes(
        contextOf(parts, request),
        new Secret(request.body.password),
      )
      return reply.header('cache-control', 'no-store').send(shown(codes))
    },
  )

  app.post(
    '/api/account/second-factor/remove',
    { schema: { summary: 'Remove my second factor', tags, body: password, response: { 204: z.null() } } },
    async (request, reply) => {
      await factor.removeSecondFactor(contextOf(parts, request), new Secret(request.body.password))
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/account/sessions',
    {
      schema: {
        summary: 'Where I am signed in',
        tags,
        response: { 200: z.object({ total_count: z.number(), items: z.array(sessionInfo) }) },
      },
    },
    async (request) => {
      const user = requireUser(request.actor)
      const sessions = await listSessionsOf(contextOf(parts, request), user.id)
      return { total_count: sessions.length, items: sessions.map(toSession(user.credential?.id)) }
    },
  )

  app.delete(
    '/api/account/sessions',
    { schema: { summary: 'End all my sessions but this one', tags, response: { 204: z.null() } } },
    async (request, reply) => {
      await endOtherSessions(contextOf(parts, request), requireUser(request.actor).id)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/account/sessions/:sessionId',
    {
      schema: {
        summary: 'End one of my sessions',
        tags,
        params: z.object({ sessionId: z.string().max(100) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const user = requireUser(request.actor)
      await endSession(contextOf(parts, request), user.id, request.params.sessionId)
      return reply.code(204).send(null)
    },
  )
}

export const sessionList = z.object({ total_count: z.number(), items: z.array(sessionInfo) })

export function toSession(currentId: string | undefined) {
  return (session: SessionRow): z.output<typeof sessionInfo> => ({
    id: session.id,
    method: session.method,
    created_at: session.createdAt.toISOString(),
    last_seen_at: session.lastSeenAt.toISOString(),
    expires_at: session.expiresAt.toISOString(),
    address: session.address ?? null,
    user_agent: session.userAgent ?? null,
    current: session.id === currentId,
  })
}
