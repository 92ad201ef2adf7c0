/** Accounts, invitations and service accounts, for those who look after them. */
import { z } from 'zod'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { Secret } from '../platform/secret.ts'
import { levels } from '../vocabulary/permissions.ts'
import { actorId, type Actor } from './actor.ts'
import { findGuardedChannel } from './channel-lookup.ts'
import type { IdentityParts } from './context.ts'
import { explainHoldings, explainRights } from './explain-rights.ts'
import { invite, listInvitations, MAX_INVITATION_HOURS, withdrawInvitation } from './invitations.ts'
import * as users from './manage-users.ts'
import { mayDo, noChannel } from './require-permission.ts'
import { contextOf, sessionList, toSession } from './routes.ts'
import * as service from './service-accounts.ts'
import { endOtherSessions, endSession, listSessionsOf } from './sessions.ts'
import type { UserRow } from './store.ts'

const userBody = z.object({
  id: z.string(),
  username: z.string(),
  display_name: z.string(),
  // for whoever looks after accounts, and for the account itself
  email: z.string().nullable().optional(),
  is_disabled: z.boolean().optional(),
  created_at: z.string().optional(),
  last_login_at: z.string().nullable().optional(),
  locked_until: z.string().nullable().optional(),
  has_second_factor: z.boolean().optional(),
})

function toBody(user: UserRow, actor: Actor): z.output<typeof userBody> {
  const known = { id: user.id, username: user.name, display_name: user.displayName }
  if (actorId(actor) !== user.id && !mayDo(actor, 'user:edit')) return known
  return {
    ...known,
    email: user.email ?? null,
    is_disabled: user.isDisabled,
    created_at: user.createdAt.toISOString(),
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
    locked_until: user.lockedUntil?.toISOString() ?? null,
    has_second_factor: user.hasSecondFactor,
  }
}

const userParams = z.object({ userId: z.string().max(100) })
const search = pageQuery.extend({ q: z.string().max(200).optional() })
const tags = ['users']

export function userRoutes(app: App, parts: IdentityParts): void {
  peopleRoutes(app, parts)
  securityRoutes(app, parts)
  invitationRoutes(app, parts)
  serviceAccountRoutes(app, parts)
}

function peopleRoutes(app: App, parts: IdentityParts): void {
  app.get(
    '/api/users',
    {
      schema: {
        summary: 'People with an account, by name; the header X-Total-Count has how many',
        tags,
        querystring: search,
        response: { 200: z.array(userBody) },
      },
    },
    async (request, reply) => {
      const { total, items } = await users.listUsers(contextOf(parts, request), request.query)
      return reply.header('x-total-count', total).send(items.map((user) => toBody(user, request.actor)))
    },
  )

  app.post(
    '/api/users',
    {
      schema: {
        summary: 'Make an account; without a password one is made and shown once',
        tags,
        body: z.object({
          username: z.string().max(300),
          display_name: z.string().max(200).optional(),
          email: z.email().max(300).optional(),
          password: z.string().max(1000).optional(),
        }),
        response: { 201: userBody.extend({ password: z.string().optional() }) },
      },
    },
    async (request, reply) => {
      const { username, display_name: displayName, email, password } = request.body
      const made = await users.createUser(contextOf(parts, request), {
        ...{ name: username, displayName, email },
        password: password === undefined ? undefined : new Secret(password),
      })
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({
          ...toBody(made.user, request.actor),
          ...(made.password && { password: made.password.reveal() }),
        })
    },
  )

  app.get(
    '/api/users/:userId',
    { schema: { summary: 'One account', tags, params: userParams, response: { 200: userBody } } },
    async (request) =>
      toBody(await users.getUser(contextOf(parts, request), request.params.userId), request.actor),
  )

  app.put(
    '/api/users/:userId',
    {
      schema: {
        summary: 'Describe an account anew, disable or enable it',
        tags,
        params: userParams,
        body: z.object({
          display_name: z.string().max(200).optional(),
          email: z.email().max(300).nullable().optional(),
          is_disabled: z.boolean().optional(),
        }),
        response: { 200: userBody },
      },
    },
    async (request) => {
      const { display_name: displayName, email, is_disabled: isDisabled } = request.body
      const change = { displayName, email, isDisabled }
      const user = await users.updateUser(contextOf(parts, request), request.params.userId, change)
      return toBody(user, request.actor)
    },
  )

  app.delete(
    '/api/users/:userId',
    {
      schema: {
        summary: 'Take an account away with its tokens and sessions',
        tags,
        params: userParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await users.deleteUser(contextOf(parts, request), request.params.userId)
      return reply.code(204).send(null)
    },
  )

  const level = z.string().describe('none, read, write or manage')
  const reasons = z.array(z.object({ level, text: z.string() }))
  app.get(
    '/api/users/:userId/rights',
    {
      schema: {
        summary:
          'What an account holds: roles, groups, access to channels and the rights of them, each with why',
        tags,
        params: userParams,
        response: {
          200: z.object({
            user: z.object({ id: z.string(), name: z.string(), is_disabled: z.boolean() }),
            roles: z.array(
              z.object({ name: z.string(), reach: z.enum(['own', 'all']), because: z.string() }),
            ),
            groups: z.array(z.object({ id: z.string(), name: z.string() })),
            channels: z.array(z.object({ channel: z.string(), level, because: z.string() })),
            rights: z.array(
              z.object({
                resource: z.string(),
                everywhere: level.describe('By roles that reach everything'),
                with_access: level.describe(
                  'The most it comes to in a channel with access, and on one’s own',
                ),
                reasons,
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const held = await explainHoldings(contextOf(parts, request), request.params.userId)
      return {
        user: { id: held.user.id, name: held.user.name, is_disabled: held.user.isDisabled },
        roles: [...held.roles],
        groups: [...held.groups],
        channels: held.channels.map(({ name, ...rest }) => ({ channel: name, ...rest })),
        rights: held.rights.map(({ resource, everywhere, withAccess, reasons: why }) => ({
          ...{ resource, everywhere, with_access: withAccess, reasons: [...why] },
        })),
      }
    },
  )

  app.get(
    '/api/users/:userId/rights/:channel',
    {
      schema: {
        summary: 'What an account may do in a channel, and why',
        tags,
        params: userParams.extend({ channel: z.string().max(200) }),
        response: {
          200: z.object({
            user: z.object({ id: z.string(), name: z.string() }),
            channel: z.string(),
            rights: z.array(
              z.object({
                resource: z.string(),
                level: z.enum(levels),
                reasons: z.array(z.object({ level: z.enum(levels), text: z.string() })),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const { userId, channel: name } = request.params
      const channel = await findGuardedChannel(parts.db, name)
      const missing = { id: '', name, privacy: 'private', ownerId: '' } as const
      const explained = await explainRights(contextOf(parts, request), userId, channel ?? missing)
      if (!channel) throw noChannel(request.actor, name)
      return {
        ...explained,
        rights: explained.rights.map((right) => ({ ...right, reasons: [...right.reasons] })),
      }
    },
  )
}

function securityRoutes(app: App, parts: IdentityParts): void {
  app.post(
    '/api/users/:userId/password-reset',
    {
      schema: {
        summary: 'A new password for somebody who forgot it, shown once; their sessions end',
        tags,
        params: userParams,
        body: z.object({
          drop_tokens: z.boolean().default(false),
          drop_second_factor: z.boolean().default(false),
        }),
        response: { 200: z.object({ password: z.string() }) },
      },
    },
    async (request, reply) => {
      const { drop_tokens: dropTokens, drop_second_factor: dropSecondFactor } = request.body
      const password = await users.resetPasswordOf(contextOf(parts, request), request.params.userId, {
        dropTokens,
        dropSecondFactor,
      })
      return reply.header('cache-control', 'no-store').send({ password: password.reveal() })
    },
  )

  app.post(
    '/api/users/:userId/unlock',
    {
      schema: {
        summary: 'Let somebody in again who is locked out after wrong attempts',
        tags,
        params: userParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await users.unlockUser(contextOf(parts, request), request.params.userId)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/users/:userId/second-factor',
    {
      schema: {
        summary: 'Take off the second factor of somebody who lost it; the password stays',
        tags,
        params: userParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await users.resetSecondFactorOf(contextOf(parts, request), request.params.userId)
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/api/users/:userId/sessions',
    {
      schema: {
        summary: 'Where an account is signed in',
        tags,
        params: userParams,
        response: { 200: sessionList },
      },
    },
    async (request) => {
      const sessions = await listSessionsOf(contextOf(parts, request), request.params.userId)
      return { total_count: sessions.length, items: sessions.map(toSession(undefined)) }
    },
  )

  app.delete(
    '/api/users/:userId/sessions',
    {
      schema: {
        summary: 'End all sessions of an account',
        tags,
        params: userParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await endOtherSessions(contextOf(parts, request), request.params.userId)
      return reply.code(204).send(null)
    },
  )

  app.delete(
    '/api/users/:userId/sessions/:sessionId',
    {
      schema: {
        summary: 'End one session of an account',
        tags,
        params: userParams.extend({ sessionId: z.string().max(100) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = request.params
      await endSession(contextOf(parts, request), userId, sessionId)
      return reply.code(204).send(null)
    },
  )
}

function invitationRoutes(app: App, parts: IdentityParts): void {
  const ids = z.array(z.string().max(100)).max(100).default([])

  app.get(
    '/api/invitations',
    {
      schema: {
        summary: 'Invitations that were not accepted yet',
        tags,
        response: {
          200: z.object({
            total_count: z.number(),
            items: z.array(
              z.object({
                id: z.string(),
                username: z.string(),
                email: z.string().nullable(),
                roles: z.array(z.string()),
                groups: z.array(z.string()),
                created_at: z.string(),
                expires_at: z.string(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const invitations = await listInvitations(contextOf(parts, request))
      const items = invitations.map((invitation) => ({
        id: invitation.id,
        username: invitation.name,
        email: invitation.email ?? null,
        roles: [...invitation.roles],
        groups: [...invitation.groups],
        created_at: invitation.createdAt.toISOString(),
        expires_at: invitation.expiresAt.toISOString(),
      }))
      return { total_count: items.length, items }
    },
  )

  app.post(
    '/api/invitations',
    {
      schema: {
        summary: 'Invite somebody: the token is for them alone, and good once',
        tags,
        body: z.object({
          username: z.string().max(300),
          email: z.email().max(300).optional(),
          roles: ids.describe('Names or ids'),
          groups: ids.describe('Ids'),
          hours: z.number().int().min(1).max(MAX_INVITATION_HOURS).default(72),
        }),
        response: { 201: z.object({ id: z.string(), token: z.string(), expires_at: z.string() }) },
      },
    },
    async (request, reply) => {
      const { username: name, ...rest } = request.body
      const made = await invite(contextOf(parts, request), { name, ...rest })
      return reply
        .code(201)
        .header('cache-control', 'no-store')
        .send({ id: made.id, token: made.secret.reveal(), expires_at: made.expiresAt.toISOString() })
    },
  )

  app.delete(
    '/api/invitations/:invitationId',
    {
      schema: {
        summary: 'Withdraw an invitation',
        tags,
        params: z.object({ invitationId: z.string().max(100) }),
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await withdrawInvitation(contextOf(parts, request), request.params.invitationId)
      return reply.code(204).send(null)
    },
  )
}

const serviceBody = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  channel: z.string().nullable(),
  is_disabled: z.boolean(),
  created_at: z.string(),
})

function serviceAccountRoutes(app: App, parts: IdentityParts): void {
  const serviceParams = z.object({ accountId: z.string().max(100) })
  const bodyOf = async (account: UserRow): Promise<z.output<typeof serviceBody>> => ({
    id: account.id,
    name: account.name,
    description: account.displayName,
    channel:
      account.channelId === undefined
        ? null
        : ((await findGuardedChannel(parts.db, account.channelId))?.name ?? null),
    is_disabled: account.isDisabled,
    created_at: account.createdAt.toISOString(),
  })

  app.get(
    '/api/service-accounts',
    {
      schema: {
        summary: 'Accounts of programs: all, or those of a channel. Their tokens: /api/users/{userId}/tokens',
        tags,
        querystring: search.extend({ channel: z.string().max(200).optional() }),
        response: { 200: pageOf(serviceBody) },
      },
    },
    async (request) => {
      const { channel: name } = request.query
      const channel = name === undefined ? undefined : await requireChannel(name)
      const ctx = contextOf(parts, request)
      const { total, items } = await service.listServiceAccounts(ctx, channel, request.query)
      return { total_count: total, items: await Promise.all(items.map(bodyOf)) }
    },
  )

  app.post(
    '/api/service-accounts',
    {
      schema: {
        summary: 'Make an account for a program, of a channel or of the organisation',
        tags,
        body: z.object({
          name: z.string().max(100).default(''),
          description: z.string().max(1000).default(''),
          channel: z.string().max(200).optional(),
          permission: z.enum(['read', 'write', 'manage']).default('read'),
        }),
        response: { 201: serviceBody },
      },
    },
    async (request, reply) => {
      const { channel: name, ...rest } = request.body
      const channel = name === undefined ? undefined : await requireChannel(name)
      const made = await service.createServiceAccount(contextOf(parts, request), { ...rest, channel })
      return reply.code(201).send(await bodyOf(made))
    },
  )

  app.get(
    '/api/service-accounts/:accountId',
    {
      schema: {
        summary: 'One account of a program',
        tags,
        params: serviceParams,
        response: { 200: serviceBody },
      },
    },
    async (request) => {
      const ctx = contextOf(parts, request)
      return bodyOf((await service.getServiceAccount(ctx, request.params.accountId)).account)
    },
  )

  app.put(
    '/api/service-accounts/:accountId',
    {
      schema: {
        summary: 'Describe an account of a program anew, disable or enable it',
        tags,
        params: serviceParams,
        body: z.object({
          description: z.string().max(1000).optional(),
          is_disabled: z.boolean().optional(),
        }),
        response: { 200: serviceBody },
      },
    },
    async (request) => {
      const { description, is_disabled: isDisabled } = request.body
      const ctx = contextOf(parts, request)
      return bodyOf(
        await service.updateServiceAccount(ctx, request.params.accountId, { description, isDisabled }),
      )
    },
  )

  app.delete(
    '/api/service-accounts/:accountId',
    {
      schema: {
        summary: 'Take an account of a program away with its tokens',
        tags,
        params: serviceParams,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      await service.deleteServiceAccount(contextOf(parts, request), request.params.accountId)
      return reply.code(204).send(null)
    },
  )

  /** What is not there is guarded like what nobody may see, so that the two look alike. */
  async function requireChannel(name: string) {
    return (
      (await findGuardedChannel(parts.db, name)) ?? { id: '', name, privacy: 'private' as const, ownerId: '' }
    )
  }
}
