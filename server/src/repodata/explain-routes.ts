/** Saying why over HTTP: for programs, for people, and as the list of everything that is kept back. */
import { z } from 'zod'
import { damageBody, describeDamage, toDamageBody, type Damage } from '../artifacts/damage.ts'
import { findDamage } from '../artifacts/damage-store.ts'
import { findFile } from '../channels/contents-store.ts'
import type { Channel } from '../channels/channel.ts'
import { blockingEffects, type ChannelFile } from '../channels/channel-file.ts'
import { listFiles } from '../channels/list-contents.ts'
import { getChannel } from '../channels/manage-channels.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { alternativeRelations } from '../policies/alternatives.ts'
import type { Decision } from '../policies/decision.ts'
import { decisionBody, toDecisionBody } from '../policies/decision-bodies.ts'
import { filteredCause, filteredCauses } from '../policies/filtered-cause.ts'
import { blockedMessage, toBlockedAlternative } from '../policies/message.ts'
import { effects } from '../policies/policy.ts'
import { AppError } from '../vocabulary/errors.ts'
import { whyPath, type DownloadGate } from './download-gate.ts'
import { explainSpec } from './explain-spec.ts'
import { PAGE_HEADERS } from './index-pages.ts'
import { renderWhyPage } from './why-page.ts'

const tags = ['policies']
export const fileParams = z.object({
  channel: z.string().max(200),
  subdir: z.string().max(64),
  filename: z.string().max(300),
})

export const reasonBody = z.object({
  policy: z.string(),
  rule: z.string(),
  effect: z.enum(effects),
  text: z.string(),
})

export const alternativesBody = z.array(
  z.object({
    name: z.string(),
    version: z.string(),
    build: z.string(),
    build_number: z.number().int(),
    subdir: z.string(),
    filename: z.string(),
    relation: z.enum(alternativeRelations),
  }),
)

const candidateBody = z.object({
  file: z.string().describe('subdir/filename'),
  version: z.string(),
  build: z.string(),
  effect: z.enum(effects),
  message: z.string(),
  reasons: z.array(reasonBody),
  damage: damageBody.optional(),
  decision: decisionBody.describe('With all evidence'),
  next_change_at: z.string().nullable().describe('When time alone changes it'),
  why_url: z.string().describe('The page for people'),
})

export interface ExplainRouteParts {
  readonly db: Db
  readonly now: () => Date
  readonly gate: DownloadGate
}

export function explainRoutes(app: App, parts: ExplainRouteParts): void {
  app.get(
    '/api/explain',
    {
      schema: {
        summary: 'Why a match spec gets what it gets: each candidate with its evidence, and the way out',
        tags,
        querystring: z.object({
          channel: z.string().max(200),
          spec: z.string().min(1).max(256).describe('A match spec: requests 2.30.*'),
          platform: z.string().max(64).optional(),
        }),
        response: {
          200: z.object({
            channel: z.string(),
            name: z.string(),
            candidate_count: z.number().int(),
            listed_count: z.number().int().describe('Candidates that solvers see'),
            served_count: z.number().int().describe('Candidates that can be downloaded'),
            candidates: z.array(candidateBody).describe('The newest first, 200 at most'),
            alternatives: alternativesBody.describe('What is allowed instead, when no candidate is'),
          }),
        },
      },
    },
    async (request) => {
      const { channel: name, spec, platform } = request.query
      const channel = await getChannel({ ...parts, actor: request.actor }, name)
      const found = await explainSpec(parts, channel, { spec, platform })
      return {
        channel: channel.name,
        name: found.name,
        candidate_count: found.candidateCount,
        listed_count: found.listedCount,
        served_count: found.servedCount,
        candidates: found.candidates.map(({ facts, decision, damaged }) => ({
          file: `${facts.subdir}/${facts.filename}`,
          version: facts.version,
          build: facts.build,
          effect: decision.effect,
          message: blockedMessage({
            ...{ facts, decision, alternatives: found.alternatives },
            damage: damaged && describeDamage(damaged),
          }),
          reasons: decision.reasons.map(({ policy, rule, effect, text }) => ({ policy, rule, effect, text })),
          ...(damaged && { damage: toDamageBody(damaged) }),
          decision: toDecisionBody(decision),
          next_change_at: decision.nextChangeAt?.toISOString() ?? null,
          why_url: whyPath(channel.name, facts),
        })),
        alternatives: found.alternatives.map(toBlockedAlternative),
      }
    },
  )

  app.get(
    '/why/:channel/:subdir/:filename',
    { schema: { hide: true, params: fileParams } },
    async (request, reply) => {
      const { channel, file } = await fileOf(parts, request.actor, request.params)
      const html = renderWhyPage(await parts.gate.explain(channel, file))
      return reply
        .headers({ ...PAGE_HEADERS, 'cache-control': 'no-store' })
        .type('text/html; charset=utf-8')
        .send(html)
    },
  )

  app.get(
    '/api/channels/:channel/files-filtered',
    {
      schema: {
        summary:
          'Every file of a channel that clients cannot have, for a policy or for its bytes, with the cause',
        tags,
        params: z.object({ channel: z.string().max(200) }),
        querystring: pageQuery.extend({ q: z.string().max(200).optional() }),
        response: {
          200: pageOf(
            z.object({
              channel_id: z.string(),
              channel_name: z.string(),
              ckey: z.string(),
              filtered_cause: z.enum(filteredCauses).nullable(),
              change: z.literal('removed'),
              mirror_id: z.string().nullable(),
              created_at: z.string(),
              effect: z.enum(effects),
              reasons: z.array(reasonBody),
              damage: damageBody.optional(),
              why_url: z.string(),
            }),
          ),
        },
      },
    },
    async (request) => {
      const channel = await getChannel({ ...parts, actor: request.actor }, request.params.channel)
      const { total, items } = await listFiles(parts.db, channel.id, { ...request.query, blocked: true })
      const damage = await findDamage(
        parts.db,
        items.map(({ sha256 }) => sha256),
      )
      return {
        total_count: total,
        items: items.map((file) => toFiltered(channel, file, damage.get(file.sha256))),
      }
    },
  )
}

function toFiltered(channel: Channel, file: ChannelFile, damage: Damage | undefined) {
  const { reasons } = JSON.parse(file.decision ?? '{"reasons":[]}') as Pick<Decision, 'reasons'> // publish wrote it
  return {
    channel_id: channel.id,
    channel_name: channel.name,
    ckey: `${file.subdir}/${file.filename}`,
    // what a policy keeps back anyway is kept back for that
    filtered_cause: damage && !isBlocked(file) ? ('damaged' as const) : filteredCause(reasons),
    change: 'removed' as const,
    mirror_id: file.origin.kind === 'mirror' ? file.origin.id : null,
    created_at: file.updatedAt.toISOString(),
    effect: file.effect ?? 'deny',
    reasons: reasons.map(({ policy, rule, effect, text }) => ({ policy, rule, effect, text })),
    ...(damage && { damage: toDamageBody(damage) }),
    why_url: whyPath(channel.name, file),
  }
}

function isBlocked({ effect }: ChannelFile): boolean {
  return blockingEffects.some((blocking) => blocking === effect)
}

async function fileOf(
  parts: ExplainRouteParts,
  actor: Parameters<typeof getChannel>[0]['actor'],
  { channel: name, subdir, filename }: z.output<typeof fileParams>,
): Promise<{ channel: Channel; file: ChannelFile }> {
  const channel = await getChannel({ ...parts, actor }, name)
  const file = await findFile(parts.db, channel.id, subdir, filename)
  if (file?.state !== 'present') {
    throw new AppError('not-found', `the channel ${name} has no file ${subdir}/${filename}`)
  }
  return { channel, file }
}
