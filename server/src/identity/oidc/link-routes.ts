/** Which providers an account is linked to: one's own, and for those who look after accounts. */
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { attemptCookie } from '../../platform/http/cookies.ts'
import { Secret } from '../../platform/secret.ts'
import { requirePerson } from '../require-account.ts'
import { contextOf } from '../routes.ts'
import { beginLink, listIdentities, unlinkIdentity, type LinkedIdentity } from './link-identity.ts'
import { callbackAddress, limit, providerName, type OidcRouteParts } from './route-parts.ts'

const identityInfo = z.object({
  issuer: z.string(),
  subject: z.string(),
  provider: z.string().nullable(),
  title: z.string().nullable(),
  created_at: z.string(),
  last_login_at: z.string().nullable(),
})
// of each provider an account has one at most
const identityList = z.object({ total_count: z.number(), items: z.array(identityInfo) })

function toBody(identities: readonly LinkedIdentity[]): z.output<typeof identityList> {
  const items = identities.map(({ issuer, subject, provider, createdAt, lastLoginAt }) => ({
    ...{ issuer, subject, provider: provider?.name ?? null, title: provider?.title ?? null },
    created_at: createdAt.toISOString(),
    last_login_at: lastLoginAt?.toISOString() ?? null,
  }))
  return { total_count: items.length, items }
}

const whichIssuer = z.object({ issuer: z.string().min(1).max(500) })

export function linkRoutes(app: App, parts: OidcRouteParts): void {
  ownRoutes(app, parts)
  othersRoutes(app, parts)
}

function ownRoutes(app: App, parts: OidcRouteParts): void {
  const tags = ['account']
  app.get(
    '/api/account/identities',
    {
      schema: {
        summary: 'Identity providers that my account is linked to',
        tags,
        response: { 200: identityList },
      },
    },
    async (request) =>
      toBody(await listIdentities(contextOf(parts, request), requirePerson(request.actor).id)),
  )

  app.post(
    '/api/account/identities',
    {
      schema: {
        summary:
          'Begin to link my account to a provider: says where the browser goes. Takes the password, and a code where there is a second factor',
        tags,
        body: z.object({
          provider: providerName,
          password: z.string().min(1).max(1000).optional(),
          code: z.string().max(40).optional(),
        }),
        response: { 200: z.object({ redirect_url: z.string() }) },
      },
    },
    async (request, reply) => {
      requirePerson(request.actor)
      limit(parts, request)
      const { provider: name, password, code } = request.body
      const provider = parts.providers.get(name)
      const begun = await beginLink(contextOf(parts, request), provider, {
        redirectUri: callbackAddress(parts, provider.settings.name),
        password: password === undefined ? undefined : new Secret(password),
        code: code === undefined ? undefined : new Secret(code),
      })
      return reply
        .header('set-cookie', attemptCookie(begun.sealed, request.isSecure, begun.maxAgeSeconds))
        .header('cache-control', 'no-store')
        .send({ redirect_url: begun.address.href })
    },
  )

  app.delete(
    '/api/account/identities',
    {
      schema: {
        summary: 'Take the link of my account to a provider away; sessions that came from there end',
        tags,
        querystring: whichIssuer,
        response: { 204: z.null() },
      },
    },
    async (request, reply) => {
      const { id } = requirePerson(request.actor)
      await unlinkIdentity(contextOf(parts, request), id, request.query.issuer)
      return reply.code(204).send(null)
    },
  )
}

function othersRoutes(app: App, parts: OidcRouteParts): void {
  const tags = ['users']
  const params = z.object({ userId: z.string().max(100) })
  app.get(
    '/api/users/:userId/identities',
    {
      schema: {
        summary: 'Identity providers that an account is linked to',
        ...{ tags, params, response: { 200: identityList } },
      },
    },
    async (request) => toBody(await listIdentities(contextOf(parts, request), request.params.userId)),
  )

  app.delete(
    '/api/users/:userId/identities',
    {
      schema: {
        summary: 'Take the link of an account to a provider away; sessions that came from there end',
        ...{ tags, params, querystring: whichIssuer, response: { 204: z.null() } },
      },
    },
    async (request, reply) => {
      await unlinkIdentity(contextOf(parts, request), request.params.userId, request.query.issuer)
      return reply.code(204).send(null)
    },
  )
}
