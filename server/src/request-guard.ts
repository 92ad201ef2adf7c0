/**
 * What happens to every request before its route: who asks, from where, whether too often, whether a browser
 * was made to ask by somebody else's page; and what every answer carries.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { DenialLog } from './identity/denial-log.ts'
import { actorId, type Actor, type Nobody } from './identity/actor.ts'
import './identity/request-actor.ts'
import { readCredentials, splitPathToken } from './identity/read-credentials.ts'
import { isTokenSpelling, tokenDigest } from './identity/token-secret.ts'
import type { Parts } from './parts.ts'
import { readCookie, sessionCookieName } from './platform/http/cookies.ts'
import { RateLimit } from './platform/http/rate-limit.ts'
import { comesFromOwnPage, isSafeMethod } from './platform/http/same-origin.ts'
import { withOrigin, type Origin } from './platform/request-origin.ts'
import { Secret } from './platform/secret.ts'
import { AppError } from './vocabulary/errors.ts'

declare module 'fastify' {
  interface FastifyRequest {
    origin: Origin
    /** Whether the answer goes over TLS, as far as trusted proxies tell. */
    isSecure: boolean
  }
}

const pathTokens = new WeakMap<IncomingMessage, string>()

/** Takes a token out of the path before the router, a log or an error sees it. */
export function rewriteUrl(request: IncomingMessage): string {
  // proxies and some clients name the server once more (RFC 9112, 3.2.2)
  const { path, token } = splitPathToken((request.url ?? '/').replace(/^https?:\/\/[^/?#]*/i, '') || '/')
  if (token) pathTokens.set(request, token)
  return path
}

/** What package clients fetch: hundreds of files at once, and they give up when told to wait. */
const isPackageFile = (request: FastifyRequest): boolean =>
  isSafeMethod(request.method) && request.url.startsWith('/api/repo/')

export function guardRequests(app: FastifyInstance, parts: Parts): void {
  const { configuration, now } = parts
  const nowMs = (): number => now().getTime()
  const requests = limitOf(configuration.requests_per_minute, nowMs)
  const unknownTokens = limitOf(configuration.unknown_tokens_per_minute, nowMs)
  const guesses = new Set<string>()
  const denials = new DenialLog(parts)

  app.decorateRequest('actor')
  app.decorateRequest('origin')
  app.decorateRequest('isSecure', false)
  app.addHook('onRequest', (request, reply, done) => {
    request.origin = { address: request.ip, requestId: request.id, serverUrl: serverUrlOf(request) }
    request.isSecure = isSecure(request, configuration.public_url)
    // pages are sent past Fastify, and the files of package clients are for no browser
    if (request.isSecure && !isPackageFile(request)) reply.raw.setHeader('strict-transport-security', HSTS)
    withOrigin(request.origin, done)
  })
  app.addHook('onRequest', async (request) => {
    request.actor = await authenticate(request)
    if (request.actor.kind === 'user') {
      request.origin.actorName = request.actor.name
      request.origin.credentialId = request.actor.credential?.id
    }
    if (!isPackageFile(request)) {
      refuseTooMany(requests, actorId(request.actor) ?? request.ip)
    }
  })
  // the body arrives in events of the socket, which know nothing of where the request came from
  app.addHook('preValidation', (request, _reply, done) => withOrigin(request.origin, done))
  app.addHook('onSend', async (request, reply) => {
    for (const [name, value] of headersOfEveryAnswer) if (!reply.hasHeader(name)) reply.header(name, value)
    reply.header('x-request-id', request.id)
    // what anybody may see is answered all the same; whoever thinks they asked as themselves has to know (RFC 9110, 11.6.1)
    if (isTokenRefused(request) && !isPackageFile(request) && !reply.hasHeader('www-authenticate'))
      reply.header('www-authenticate', 'Bearer error="invalid_token"')
  })
  app.addHook('onError', async (request, _reply, error) => {
    if (error instanceof AppError && error.code === 'permission-denied') await denials.note(request, error)
  })

  /**
   * A token of ours that is none is a leak or a guess; more of them than a mistake makes is a flood. The same one
   * again is neither: a client sends the one that ran out with each of the hundreds of files of a public channel.
   */
  function countGuess(secret: Secret, address: string): void {
    const guess = `${address} ${tokenDigest(secret)}`
    if (guesses.has(guess)) return
    refuseTooMany(unknownTokens, address)
    guesses.add(guess)
    if (guesses.size > MAX_GUESSES) guesses.delete(guesses.values().next().value ?? '')
  }

  async function authenticate(request: FastifyRequest): Promise<Actor> {
    const pathToken = pathTokens.get(request.raw)
    const secret = readCredentials(request.headers, pathToken)
    if (secret) {
      const found = await parts.access.find(secret, request.ip)
      if (found) return found
      if (isTokenSpelling(secret)) countGuess(secret, request.ip)
      return { ...(await parts.access.nobody()), refused: parts.access.whyRefused(secret) }
    }
    const cookie = readCookie(request.headers.cookie, sessionCookieName(request.isSecure))
    const actor =
      cookie === undefined ? undefined : await parts.access.findSession(new Secret(cookie), request.ip)
    if (!actor) {
      const nobody = await parts.access.nobody()
      if (cookie !== undefined) return { ...nobody, refused: { reason: 'session-over' } }
      const isNoToken = pathToken !== undefined || request.headers.authorization !== undefined
      return isNoToken ? { ...nobody, refused: { reason: 'no-token' } } : nobody
    }
    if (
      !isSafeMethod(request.method) &&
      !comesFromOwnPage(request.headers, originsOf(request, configuration.public_url))
    ) {
      throw new AppError('cross-site-request', 'a page of another site may not act for you here')
    }
    return actor
  }
}

/** As many are remembered, over all addresses. */
const MAX_GUESSES = 10_000

function limitOf(perMinute: number, nowMs: () => number): RateLimit | undefined {
  return perMinute === 0 ? undefined : new RateLimit({ perMinute, nowMs })
}

export function refuseTooMany(limit: RateLimit | undefined, key: string): void {
  const seconds = limit?.take(key)
  if (seconds === undefined) return
  throw new AppError('too-many-requests', `too many requests: ask again in ${seconds} s`, {
    details: { retry_after: seconds },
  })
}

function isSecure(request: FastifyRequest, publicUrl: string | undefined): boolean {
  return request.protocol === 'https' || (publicUrl?.startsWith('https:') ?? false)
}

/** Undefined for a name that is none; whoever asks may write anything. */
function serverUrlOf({ protocol, host }: FastifyRequest): string | undefined {
  const url = `${protocol}://${host}`
  return URL.canParse(url) ? new URL(url).origin : undefined
}

function originsOf(request: FastifyRequest, publicUrl: string | undefined): string[] {
  const own = `${request.protocol}://${request.host}`.toLowerCase()
  return publicUrl === undefined ? [own] : [own, new URL(publicUrl).origin]
}

/** Of all that Fastify sends; files and pages bring their own (send-bytes.ts, web-routes.ts). */
export const headersOfEveryAnswer: readonly (readonly [string, string])[] = [
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['x-frame-options', 'DENY'],
  ['cross-origin-resource-policy', 'same-origin'],
  // of data and errors a browser has nothing to run; the pages set one of their own (web-routes.ts)
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'; sandbox"],
]

/** A session that is over is none: the interface asks who is signed in. */
function isTokenRefused({ actor }: FastifyRequest): boolean {
  // a request that failed before anybody was recognised has no actor
  const refused = (actor as Actor | undefined)?.kind === 'nobody' ? (actor as Nobody).refused : undefined
  return refused !== undefined && refused.reason !== 'session-over'
}

/** A year. */
const HSTS = 'max-age=31536000'
