/**
 * The HTTP app, made from its parts: the same function for the server and for every test. What each path
 * does stands in the `routes.ts` of its subject; here is only what holds for all.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { ServerHttp2Stream } from 'node:http2'
import fastifyMultipart from '@fastify/multipart'
import fastifySwagger from '@fastify/swagger'
import fastify, {
  type FastifyError,
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { artifactRoutes } from './artifacts/routes.ts'
import { auditRoutes } from './audit-routes.ts'
import { accessRoutes } from './channels/access-routes.ts'
import { channelRoutes } from './channels/routes.ts'
import { virtualChannelRoutes } from './channels/virtual-routes.ts'
import { shareRoutes } from './channels/share-routes.ts'
import { groupRoutes } from './identity/group-routes.ts'
import { roleRoutes } from './identity/role-routes.ts'
import { toChannelAddress } from './channels/subchannel-address.ts'
import { identityRoutes } from './identity/routes.ts'
import { oidcRoutes } from './identity/oidc/routes.ts'
import { workloadRoutes } from './identity/workload/routes.ts'
import { userRoutes } from './identity/user-routes.ts'
import { jobRoutes } from './job-routes.ts'
import { metricRoutes } from './metrics/routes.ts'
import { mirrorRoutes } from './mirrors/routes.ts'
import type { AnswerCache } from './platform/http/answer-cache.ts'
import { bugBody, challengeFor, errorBody } from './platform/http/error-reply.ts'
import { withNamedSchemas } from './platform/http/named-schemas.ts'
import { watchBody } from './platform/http/body-pace.ts'
import { isSafeMethod } from './platform/http/same-origin.ts'
import { isStorageFull } from './platform/storage-full.ts'
import { http2Limits, readTls, widenWindow } from './platform/http/tls.ts'
import { RateLimit } from './platform/http/rate-limit.ts'
import { requestIds } from './platform/http/request-id.ts'
import { KEEP_ALIVE_MS } from './platform/http/send-prepared.ts'
import { withoutTokens } from './platform/log.ts'
import type { Parts } from './parts.ts'
import { policyRoutes } from './policies/routes.ts'
import { signatureRoutes } from './signatures/routes.ts'
import { previewRoutes } from './previews/routes.ts'
import { explainRoutes } from './repodata/explain-routes.ts'
import { pastDecisionRoutes } from './repodata/past-decision-routes.ts'
import { evidenceRoutes } from './repodata/evidence-routes.ts'
import { exceptionRoutes } from './repodata/exception-routes.ts'
import { repodataRoutes } from './repodata/routes.ts'
import { revisionRoutes } from './repodata/revision-routes.ts'
import { guardRequests, headersOfEveryAnswer, rewriteUrl } from './request-guard.ts'
import { storageRoutes } from './doctor/routes.ts'
import { systemRoutes } from './system-routes.ts'
import { webRoutes } from './web-routes.ts'
import { curationRoutes } from './vulnerabilities/curation/routes.ts'
import { identityOfNamesRoutes } from './vulnerabilities/identity-routes.ts'
import { queueRoutes } from './vulnerabilities/curation/queue-routes.ts'
import { statementRoutes } from './vulnerabilities/curation/statement-routes.ts'
import { cveRoutes } from './vulnerabilities/cve-routes.ts'
import { sourceRoutes } from './vulnerabilities/source-routes.ts'
import { vulnerabilityRoutes } from './vulnerabilities/routes.ts'
import { AppError } from './vocabulary/errors.ts'

const BODY_LIMIT_BYTES = 1024 * 1024
const MAX_PARAM_LENGTH = 300
/** Who sends headers a byte at a time holds a connection no longer than this. */
const HEADERS_TIMEOUT_MS = 20_000
/** Nor does who says nothing in the middle of a body, or takes nothing of an answer. No answer takes that long. */
const IDLE_TIMEOUT_MS = 5 * 60_000
/** How often Node looks for those that are late. */
const CHECK_MS = 1000

export async function buildApp(parts: Parts): Promise<FastifyInstance> {
  const trusted = parts.configuration.trusted_proxies
  const tls = readTls(parts.configuration)
  const patience = { headersTimeout: HEADERS_TIMEOUT_MS, connectionsCheckingInterval: CHECK_MS }
  const app = fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    ...(tls
      ? {
          http2: true,
          https: { allowHTTP1: true, ...http2Limits, ...patience, ...tls },
          http2SessionTimeout: KEEP_ALIVE_MS,
        }
      : { http: patience, forceCloseConnections: 'idle' }),
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionTimeout: IDLE_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    rewriteUrl(request) {
      parts.answers.note(request)
      return toChannelAddress(rewriteUrl(request))
    },
    genReqId: requestIds(trusted),
    frameworkErrors: answerBadAddress,
    trustProxy: trusted.length === 0 ? false : [...trusted],
    // requests and answers of node:http2 have the shape of those of node:http, which is all that is used of them
  } as FastifyHttpOptions<Server>)
  app.setValidatorCompiler(validatorCompiler)
  // response schemas document; checking each answer against them costs two fifths of the speed
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Terrarium',
        version: '0.1.0',
        description: 'Package repository with security governance',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          user_token: { type: 'apiKey', in: 'header', name: 'X-Auth' },
        },
      },
    },
    transform: jsonSchemaTransform,
    transformObject: withNamedSchemas,
  })
  await app.register(fastifyMultipart, {
    // a file is bounded where it is received, which says so: here it would be cut in silence
    limits: { fileSize: Infinity, files: 1, fields: 20, fieldSize: 64 * 1024 },
  })

  guardRequests(app, parts)
  app.addHook('onRequest', (request, reply, done) => {
    if (hasBody(request)) refuseSlowBody(request, reply, parts.configuration.body_patience_seconds)
    done()
  })
  app.addHook('onResponse', async (request, reply) => {
    const fields = {
      method: request.method,
      path: withoutTokens(request.raw.url ?? ''),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      request: request.id,
    }
    parts.log.debug(fields, 'request')
    parts.metrics.countRequest({
      method: request.method,
      route: request.is404 ? '(none)' : (request.routeOptions.url ?? '(none)'),
      status: reply.statusCode,
      seconds: reply.elapsedTime / 1000,
    })
    if (request.method !== 'GET' && request.method !== 'HEAD') parts.jobs.wake()
  })
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const refusal = toRefusal(error, request)
    if (refusal?.code === 'storage-full') parts.storage.noteFull()
    // a refusal with 500 or 507 is about us, corrupt data above all; with 502 it is about an upstream
    if (refusal && refusal.status !== 500 && refusal.status !== 507) {
      if (refusal.status === 401) reply.header('www-authenticate', challengeFor(request.url))
      const { retry_after: retryAfter } = refusal.details ?? {}
      if (typeof retryAfter === 'number') reply.header('retry-after', retryAfter)
      return reply
        .code(refusal.status)
        .header('cache-control', 'no-store')
        .type(refusal.code === 'blocked-by-policy' ? 'application/problem+json' : 'application/json')
        .send({ ...errorBody(refusal), request_id: request.id })
    }
    parts.log.error({ err: error, request: request.id, path: withoutTokens(request.url) }, 'request failed')
    return refusal
      ? reply
          .code(refusal.status)
          .header('cache-control', 'no-store')
          .send({ ...errorBody(refusal), request_id: request.id })
      : reply.code(500).header('cache-control', 'no-store').send(bugBody(request.id))
  })
  app.setNotFoundHandler((request, reply) =>
    reply
      .code(404)
      .header('cache-control', 'no-store')
      .send({
        ...errorBody(
          new AppError('not-found', `there is nothing at ${withoutTokens(request.url.slice(0, 500))}`),
        ),
        request_id: request.id,
      }),
  )

  const typed = app.withTypeProvider<ZodTypeProvider>()
  const subjects = [
    systemRoutes,
    metricRoutes,
    channelRoutes,
    virtualChannelRoutes,
    artifactRoutes,
    policyRoutes,
    signatureRoutes,
    mirrorRoutes,
    vulnerabilityRoutes,
    cveRoutes,
    statementRoutes,
    identityOfNamesRoutes,
    queueRoutes,
    evidenceRoutes,
    curationRoutes,
    sourceRoutes,
    jobRoutes,
    revisionRoutes,
    auditRoutes,
    repodataRoutes,
    exceptionRoutes,
    explainRoutes,
    pastDecisionRoutes,
    previewRoutes,
  ]
  const { sign_ins_per_minute: perMinute } = parts.configuration
  const signIns =
    perMinute === 0 ? undefined : new RateLimit({ perMinute, nowMs: () => parts.now().getTime() })
  const { public_url: publicUrl } = parts.configuration
  identityRoutes(typed, { ...parts.identity, signIns, publicUrl })
  oidcRoutes(typed, { ...parts.identity, signIns, publicUrl })
  storageRoutes(typed, { ...parts, wake: () => parts.jobs.wake() })
  workloadRoutes(typed, { ...parts.identity, signIns, publicUrl })
  for (const routes of [userRoutes, groupRoutes, roleRoutes, shareRoutes, accessRoutes])
    routes(typed, parts.identity)
  for (const routes of subjects)
    routes(typed, { ...parts, publicUrl, maxUploadBytes: parts.configuration.max_upload_bytes })
  await webRoutes(app)
  await app.ready()
  app.server.on('session', widenWindow)
  app.server.keepAliveTimeout = KEEP_ALIVE_MS // also of HTTP/1.1 beside HTTP/2, which has no option for it
  answerFromMemory(app.server, parts.answers)
  return app
}

function hasBody({ raw, headers }: FastifyRequest): boolean {
  if (raw.httpVersionMajor === 2) return !isSafeMethod(raw.method ?? '')
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/** Answers a client whose body does not come, and closes the connection: whatever else it sends is not read. */
function refuseSlowBody(request: FastifyRequest, reply: FastifyReply, patienceSeconds: number): void {
  watchBody(request.raw, {
    patienceSeconds,
    onTooSlow(receivedBytes, waitedSeconds) {
      const refusal = new AppError(
        'body-too-slow',
        `of the body came ${receivedBytes} bytes in ${Math.round(waitedSeconds)} seconds, too few to wait for the rest`,
      )
      const { raw } = reply
      if (raw.headersSent) {
        endOf(request.raw, refusal)
        return
      }
      void reply.hijack()
      raw.writeHead(refusal.status, {
        ...{ 'content-type': 'application/json', 'cache-control': 'no-store', 'x-request-id': request.id },
        ...(request.raw.httpVersionMajor === 1 && { connection: 'close' }),
      })
      raw.end(JSON.stringify({ ...errorBody(refusal), request_id: request.id }), () =>
        endOf(request.raw, refusal),
      )
    },
  })
}

/** Ends the connection, or of HTTP/2 the one stream of it. */
function endOf(raw: IncomingMessage, why: Error): void {
  const { stream } = raw as IncomingMessage & { readonly stream?: ServerHttp2Stream } // buildApp says why it may be one of HTTP/2
  if (stream) stream.close()
  else raw.destroy(why)
}

/** Puts the answers that are remembered in front of the app. */
function answerFromMemory(server: Server, answers: AnswerCache): void {
  const [route] = server.listeners('request') as ((
    request: IncomingMessage,
    response: ServerResponse,
  ) => void)[]
  if (!route) throw new Error('the app does not listen to its server')
  server.removeAllListeners('request')
  server.on('request', (request, response) => {
    if (!answers.answer(request, response)) route(request, response)
  })
}

/** An address that cannot be decoded meets no hook and no route. */
function answerBadAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = new AppError('bad-request', error.message, { cause: error })
  for (const [name, value] of headersOfEveryAnswer) void reply.header(name, value)
  void reply
    .code(refusal.status)
    .header('cache-control', 'no-store')
    .header('x-request-id', request.id)
    .send({ ...errorBody(refusal), request_id: request.id })
}

function tooLarge(cause: FastifyError, request: FastifyRequest): AppError {
  const { bodyLimit } = request.routeOptions
  return new AppError(
    'too-large',
    `the body is larger than ${bodyLimit} bytes, the most that is taken here`,
    {
      cause,
      details: { limit_bytes: bodyLimit },
    },
  )
}

/** The refusal an error stands for, or undefined when it is a bug. */
function toRefusal(error: FastifyError, request: FastifyRequest): AppError | undefined {
  if (error instanceof AppError) return error
  if (isStorageFull(error))
    return new AppError(
      'storage-full',
      'the server has no room left: nothing was stored. Whoever runs it has to make room; then try again',
      { cause: error },
    )
  if (hasZodFastifySchemaValidationErrors(error)) {
    const faults = error.validation.map(({ instancePath, message }) => {
      const where = instancePath.replace(/^\//, '').replaceAll('/', '.')
      return where ? `${where}: ${message ?? 'wrong'}` : (message ?? 'wrong')
    })
    return new AppError(
      'bad-request',
      `the ${error.validationContext ?? 'request'} is wrong: ${faults.join('; ')}`,
    )
  }
  switch (error.statusCode) {
    case 400:
      return new AppError('bad-request', error.message, { cause: error })
    case 413:
      // what reads forms has limits of its own, and says which
      if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(error, request)
      return new AppError('too-large', error.message, { cause: error })
    case 415:
      return new AppError('unsupported-media-type', error.message, { cause: error })
    default:
      // an address too long, a header too large: whatever it is, it is not ours
      if (error.statusCode === undefined || error.statusCode < 400 || error.statusCode >= 500)
        return undefined
      return new AppError('bad-request', error.message, { cause: error })
  }
}
