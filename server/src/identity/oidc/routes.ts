/** Signing in with identity providers, and what they send us. */
import type { FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { App } from '../../platform/http/app.ts'
import { attemptCookie, attemptCookieName, readCookie, sessionCookie } from '../../platform/http/cookies.ts'
import type { Log } from '../../platform/log.ts'
import { Secret } from '../../platform/secret.ts'
import { errorText } from '../../platform/text.ts'
import { AppError } from '../../vocabulary/errors.ts'
import { contextOf } from '../routes.ts'
import { signOut } from '../sessions.ts'
import { finishLink, LINKS_PAGE } from './link-identity.ts'
import { linkRoutes } from './link-routes.ts'
import type { MappedValue } from './map-claims.ts'
import { callbackAddress, limit, originOf, providerName, type OidcRouteParts } from './route-parts.ts'
import { beginSignIn, exchangeIdToken, finishSignIn, openAttempt, type Attempt } from './sign-in.ts'
import { endSessionsByProvider, signOutEverywhere } from './sign-out.ts'
import { testClaims } from './test-claims.ts'

const tags = ['account']

const mappedValue = z.object({
  value: z.string(),
  name: z.string().nullable(),
  reason: z.string(),
})

export function oidcRoutes(app: App, parts: OidcRouteParts): void {
  browserRoutes(app, parts)
  signOutRoutes(app, parts)
  programRoutes(app, parts)
  linkRoutes(app, parts)
}

function browserRoutes(app: App, parts: OidcRouteParts): void {
  app.get(
    '/api/auth/providers',
    {
      schema: {
        summary: 'Identity providers to sign in with',
        tags,
        response: {
          200: z.object({
            items: z.array(
              z.object({
                name: z.string(),
                title: z.string(),
                issuer: z.string(),
                authorize_path: z.string(),
                cli_client_id: z.string().nullable(),
                scopes: z.array(z.string()),
              }),
            ),
          }),
        },
      },
    },
    () => ({
      items: parts.providers.all.map(({ settings }) => ({
        name: settings.name,
        title: settings.title,
        issuer: settings.issuer,
        authorize_path: `/api/auth/authorize?provider=${settings.name}`,
        cli_client_id: settings.cli_client_id ?? null,
        scopes: settings.scopes,
      })),
    }),
  )

  app.get(
    '/api/auth/authorize',
    {
      schema: {
        summary: 'Begin to sign in with a provider: a browser is sent there, a program gets the address',
        tags,
        querystring: z.object({
          provider: providerName.optional(),
          return_to: z.string().max(2000).optional().describe('A path of this server to come back to'),
        }),
        response: { 200: z.object({ redirect_url: z.string() }), 303: z.null() },
      },
    },
    async (request, reply) => {
      try {
        limit(parts, request)
        const provider = parts.providers.get(request.query.provider)
        const begun = await beginSignIn(parts, provider, {
          redirectUri: callbackAddress(parts, provider.settings.name),
          returnTo: request.query.return_to,
        })
        reply
          .header('set-cookie', attemptCookie(begun.sealed, request.isSecure, begun.maxAgeSeconds))
          .header('cache-control', 'no-store')
        if (!wantsPage(request)) return await reply.send({ redirect_url: begun.address.href })
        return await reply.code(303).header('location', begun.address.href).send(null)
      } catch (error) {
        return reply
          .code(303)
          .header('location', errorPage(request, parts.log, error))
          .send(null)
      }
    },
  )

  app.get(
    '/api/auth/callback/:provider',
    {
      schema: {
        summary: 'Where a provider sends the browser back to',
        tags,
        params: z.object({ provider: providerName }),
        querystring: z.object({
          code: z.string().max(4000).optional(),
          state: z.string().max(500).optional(),
          iss: z.string().max(500).optional(),
          error: z.string().max(200).optional(),
        }),
        response: { 303: z.null() },
      },
    },
    async (request, reply) => {
      let link: Attempt['link']
      try {
        limit(parts, request)
        const provider = parts.providers.get(request.params.provider)
        const { search } = new URL(request.url, 'http://here.invalid')
        reply.header('cache-control', 'no-store')
        const sealed = readCookie(request.headers.cookie, attemptCookieName(request.isSecure))
        link = openAttempt(parts, sealed)?.link
        // it is good for one attempt, however that ends
        const drop = attemptCookie('', request.isSecure, 0)
        reply.header('set-cookie', drop)
        const callback = new URL(callbackAddress(parts, provider.settings.name) + search)
        if (link) {
          const linked = await finishLink(contextOf(parts, request), provider, { callback, sealed, link })
          return await reply.code(303).header('location', linked).send(null)
        }
        const { session, returnTo } = await finishSignIn(parts, provider, {
          ...{ ...originOf(request), sealed, callback },
        })
        // a new session has a new secret; the one the browser came with, planted or not, ends here
        await signOut(contextOf(parts, request))
        const seconds = Math.floor((session.expiresAt.getTime() - parts.now().getTime()) / 1000)
        reply.removeHeader('set-cookie')
        return await reply
          .code(303)
          .header('set-cookie', [drop, sessionCookie(session.secret.reveal(), request.isSecure, seconds)])
          .header('location', returnTo)
          .send(null)
      } catch (error) {
        return reply
          .code(303)
          .header('location', errorPage(request, parts.log, error, link && LINKS_PAGE))
          .send(null)
      }
    },
  )
}

function signOutRoutes(app: App, parts: OidcRouteParts): void {
  app.get(
    '/api/auth/logout',
    {
      schema: {
        summary: 'End the session that asks, here and at its provider, and go to the first page',
        tags,
        response: { 302: z.null() },
      },
    },
    async (request, reply) => {
      // or a picture on any page could sign people out
      const site = request.headers['sec-fetch-site']
      const mode = request.headers['sec-fetch-mode']
      if (
        (site !== undefined && site !== 'same-origin' && site !== 'none') ||
        (mode ?? 'navigate') !== 'navigate'
      )
        throw new AppError('cross-site-request', 'a page of another site may not sign you out')
      const address = await signOutEverywhere(contextOf(parts, request), parts.publicUrl)
      return reply
        .code(302)
        .header('set-cookie', sessionCookie('', request.isSecure, 0))
        .header('cache-control', 'no-store')
        .header('clear-site-data', '"cache", "storage"')
        .header('location', address?.href ?? '/')
        .send(null)
    },
  )

  // forms are read nowhere else: with them another site's page could speak to any address of ours
  void app.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: 64 * 1024 },
      (_request, body, parsed) => parsed(null, Object.fromEntries(new URLSearchParams(String(body)))),
    )
    scope.withTypeProvider<ZodTypeProvider>().post(
      '/api/auth/backchannel-logout/:provider',
      {
        schema: {
          summary: 'For providers: somebody signed out there (OpenID Connect Back-Channel Logout)',
          tags,
          consumes: ['application/x-www-form-urlencoded'],
          params: z.object({ provider: providerName }),
          body: z.object({ logout_token: z.string().max(16 * 1024) }),
          response: { 200: z.null() },
        },
      },
      async (request, reply) => {
        const provider = parts.providers.get(request.params.provider)
        await endSessionsByProvider(parts, provider, new Secret(request.body.logout_token))
        return reply.header('cache-control', 'no-store').send(null)
      },
    )
    done()
  })
}

function programRoutes(app: App, parts: OidcRouteParts): void {
  app.post(
    '/api/auth/exchange',
    {
      schema: {
        summary: 'A session for an ID token that the command line got from a provider; good once',
        tags,
        body: z.object({ provider: providerName, id_token: z.string().max(16 * 1024) }),
        response: { 200: z.object({ token: z.string(), username: z.string(), expires_at: z.string() }) },
      },
    },
    async (request, reply) => {
      limit(parts, request)
      const session = await exchangeIdToken(parts, parts.providers.get(request.body.provider), {
        ...originOf(request),
        idToken: new Secret(request.body.id_token),
      })
      return reply.header('cache-control', 'no-store').send({
        token: session.secret.reveal(),
        username: session.user.name,
        expires_at: session.expiresAt.toISOString(),
      })
    },
  )

  app.post(
    '/api/auth/test-claims',
    {
      schema: {
        summary: 'What the claims of a provider would give somebody here, each with the reason',
        tags,
        body: z.object({ provider: providerName.optional(), claims: z.record(z.string(), z.unknown()) }),
        response: {
          200: z.object({
            provider: z.string(),
            username: z.string().nullable(),
            display_name: z.string().nullable(),
            email: z.string().nullable(),
            groups: z.array(mappedValue),
            roles: z.array(mappedValue),
            missing: z.array(z.string()),
          }),
        },
      },
    },
    async (request) => {
      const { provider, claims } = request.body
      const tested = await testClaims(contextOf(parts, request), provider, claims)
      return {
        provider: tested.provider,
        username: tested.username ?? null,
        display_name: tested.displayName ?? null,
        email: tested.email ?? null,
        groups: tested.groups.map(toValue),
        roles: tested.roles.map(toValue),
        missing: [...tested.missing],
      }
    },
  )
}

function toValue({ value, name, reason }: MappedValue): z.output<typeof mappedValue> {
  return { value, name: name ?? null, reason }
}

function wantsPage(request: FastifyRequest): boolean {
  return request.headers.accept?.includes('text/html') ?? false
}

/**
 * Where a person at a browser is told why it did not work, by a code of the catalogue and no text of others; a
 * program gets the refusal itself.
 */
function errorPage(request: FastifyRequest, log: Log, error: unknown, page = '/sign-in'): string {
  if (!(error instanceof AppError)) throw error
  const because = error.cause === undefined ? undefined : errorText(error.cause)
  const line = { code: error.code, because, request: request.id }
  log.warn(line, 'somebody could not sign in with a provider')
  if (!wantsPage(request)) throw error
  return `${page}?error=${error.code}`
}
