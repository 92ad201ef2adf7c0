/**
 * The addresses conda clients use. Bytes are answered past Fastify's serialisation, straight into the
 * socket; refusals go the ordinary way.
 */
import type { ServerResponse } from 'node:http'
import { z } from 'zod'
import { damageBody, toDamageBody } from '../artifacts/damage.ts'
import { findFile } from '../channels/contents-store.ts'
import type { Channel } from '../channels/channel.ts'
import { getChannel } from '../channels/manage-channels.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { acceptsGzip } from '../platform/http/accept-encoding.ts'
import type { AnswerCache } from '../platform/http/answer-cache.ts'
import { bugBody, errorBody } from '../platform/http/error-reply.ts'
import { sendBytes } from '../platform/http/send-bytes.ts'
import type { Log } from '../platform/log.ts'
import { decisionBody, factsBody, toDecisionBody, toFactsBody } from '../policies/decision-bodies.ts'
import { blockedMessage, toBlockedAlternative } from '../policies/message.ts'
import { effects } from '../policies/policy.ts'
import { AppError } from '../vocabulary/errors.ts'
import { loadChannelView, renderLagMs } from './channel-view.ts'
import type { DownloadGate } from './download-gate.ts'
import { alternativesBody } from './explain-routes.ts'
import { resolveRepoPath } from './resolve-path.ts'
import type { ServedFiles } from './served-files.ts'

const PREFIX = '/api/repo/'

export interface RepodataRouteParts {
  readonly db: Db
  readonly now: () => Date
  readonly log: Log
  readonly gate: DownloadGate
  readonly servedFiles: ServedFiles
  readonly answers: AnswerCache
}

const indexBody = z.object({
  revision: z.number().int().describe('Of the shards'),
  revised_at: z.string(),
  rendered_revision: z.number().int().describe('Of repodata.json and all other files of a whole revision'),
  rendered_at: z.string().describe('When those became what clients see'),
  lag_ms: z.number().int().describe('For how long clients of repodata.json have not seen a change'),
  subdirs: z.array(
    z.object({
      subdir: z.string(),
      file_count: z.number().int(),
      served_count: z.number().int().describe('Files that no policy keeps from clients'),
      files: z.array(z.object({ filename: z.string(), size: z.number().int(), sha256: z.string() })),
    }),
  ),
})

async function describeIndex(
  parts: { db: Db; now: () => Date },
  channel: Channel,
): Promise<z.output<typeof indexBody>> {
  const view = await loadChannelView(parts.db, channel)
  return {
    revision: channel.revision,
    revised_at: view.revisedAt.toISOString(),
    rendered_revision: channel.renderedRevision,
    rendered_at: channel.renderedAt.toISOString(),
    lag_ms: await renderLagMs(parts.db, channel, parts.now()),
    subdirs: [...view.subdirs.values()].map(({ subdir, contentsCount, servedCount }) => ({
      subdir,
      file_count: contentsCount,
      served_count: servedCount,
      files: (view.rendered.get(subdir) ?? []).map(({ filename, size, sha256 }) => ({
        filename,
        size,
        sha256,
      })),
    })),
  }
}

function answerFailure(response: ServerResponse, error: unknown, requestId: string): void {
  if (response.headersSent) {
    response.destroy() // a cut connection tells the client what a status no longer can
    return
  }
  // or a client would keep this answer under the headers of the file
  for (const name of response.getHeaderNames()) response.removeHeader(name)
  const body = error instanceof AppError ? errorBody(error) : bugBody(requestId)
  response.writeHead(body.status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

export function repodataRoutes(app: App, parts: RepodataRouteParts): void {
  app.route({
    method: ['GET', 'HEAD'],
    url: `${PREFIX}*`,
    schema: { hide: true },
    handler: async (request, reply) => {
      const rawPath = request.url.slice(PREFIX.length).replace(/[?#].*$/, '')
      const found =
        parts.answers.recall(request.raw) ??
        (await parts.servedFiles.find(request.actor, resolveRepoPath(rawPath), {
          acceptsGzip: acceptsGzip(request.headers['accept-encoding']),
          query: new URLSearchParams(/\?([^#]*)/.exec(request.url)?.[1]),
        }))
      if ('location' in found) return reply.redirect(found.location, 308)
      parts.answers.remember(request.raw, found)
      reply.hijack()
      try {
        await sendBytes(request.raw, reply.raw, found)
        // a whole file, once: clients ask for parts of it and for its header as well
        if (request.method === 'GET' && (reply.raw.statusCode === 200 || reply.raw.statusCode === 307))
          found.sent?.()
      } catch (error) {
        parts.log.error({ err: error, request: request.id }, 'a file could not be sent whole')
        answerFailure(reply.raw, error, request.id)
      }
      return reply
    },
  })

  app.get(
    '/api/channels/:channel/index',
    {
      schema: {
        summary: 'What clients are served, and how far the monolithic files are behind the shards',
        tags: ['channels'],
        params: z.object({ channel: z.string().max(200) }),
        response: { 200: indexBody },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      return describeIndex(parts, channel)
    },
  )

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
            effect: z.enum(effects),
            message: z.string(),
            decision: decisionBody,
            facts: factsBody,
            alternatives: alternativesBody,
            damage: damageBody.optional(),
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
      const explanation = await parts.gate.explainToAsker(channel, file)
      return {
        effect: explanation.decision.effect,
        message: blockedMessage(explanation),
        decision: toDecisionBody(explanation.decision),
        facts: toFactsBody(explanation.facts),
        alternatives: explanation.alternatives.map(toBlockedAlternative),
        ...(explanation.damaged && { damage: toDamageBody(explanation.damaged) }),
      }
    },
  )
}
