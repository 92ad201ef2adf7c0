/**
 * The addresses conda clients use. Bytes are answered past Fastify's serialisation, straight into the
 * socket; refusals go the ordinary way.
 */
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import { findFile } from '../channels/contents-store.ts'
import { getChannel } from '../channels/manage-channels.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { acceptsGzip } from '../platform/http/accept-encoding.ts'
import { bugBody } from '../platform/http/error-reply.ts'
import { sendBytes } from '../platform/http/send-bytes.ts'
import type { Log } from '../platform/log.ts'
import { blockedMessage } from '../policies/message.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { DownloadGate } from './download-gate.ts'
import { resolveRepoPath } from './resolve-path.ts'
import type { ServedFiles } from './served-files.ts'

const PREFIX = '/api/repo/'

export interface RepodataRouteParts {
  readonly db: Db
  readonly now: () => Date
  readonly log: Log
  readonly gate: DownloadGate
  readonly servedFiles: ServedFiles
}

function answerFailure(response: ServerResponse, requestId: string): void {
  if (response.headersSent) {
    response.destroy() // a cut connection tells the client what a status no longer can
    return
  }
  // or a client would keep this answer under the headers of the file
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  response.writeHead(500, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(bugBody(requestId)))
}

export function repodataRoutes(app: App, parts: RepodataRouteParts): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: `${PREFIX}*`,
    schema: { hide: true },
    handler: async (request, reply) => {
      const rawPath = request.url.slice(PREFIX.length).replace(/[?#].*$/, '')
      const representation = await parts.servedFiles.find(
        request.actor,
        resolveRepoPath(rawPath),
        acceptsGzip(request.headers['accept-encoding']),
      )
      reply.hijack()
      try {
        await sendBytes(request.raw, reply.raw, representation)
      } catch (error) {
        parts.log.error({ err: error, request: request.id }, 'a file could not be sent whole')
        answerFailure(reply.raw, request.id)
      }
      return reply
    },
  })

  app.get(
    '/api/channels/:channel/explain/:subdir/:filename',
    {
      schema: {
        summary: 'Why a file is blocked or not, and what is allowed instead',
        tags: ['policies'],
        params: z.object({
          channel: z.string().max(200),
          subdir: z.string().max(64),
          filename: z.string().max(300),
        }),
        response: {
          200: z.object({
            effect: z.string(),
            message: z.string(),
            decision: z.unknown(),
            facts: z.unknown(),
            alternatives: z.unknown(),
          }),
        },
      },
    },
    async (request) => {
      const { channel: name, subdir, filename } = request.params
      const channel = await getChannel({ ...parts, actor: request.actor }, name)
      const file = await findFile(parts.db, channel.id, subdir, filename)
      if (file?.state !== 'present') {
        throw new AppError('not-found', `the channel ${name} has no file ${subdir}/${filename}`)
      }
      const explanation = await parts.gate.explain(channel, file)
      return {
        effect: explanation.decision.effect,
        message: blockedMessage(explanation),
        decision: explanation.decision,
        facts: explanation.facts,
        alternatives: explanation.alternatives,
      }
    },
  )
}
