/** Past decisions over HTTP: how they changed, what held on a day, and one of them made again. */
import { z } from 'zod'
import { getChannel } from '../channels/manage-channels.ts'
import { findFile } from '../channels/contents-store.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import type { App } from '../platform/http/app.ts'
import { pageOf, pageQuery } from '../platform/http/paging.ts'
import { modes } from '../policies/assignment.ts'
import {
  decisionBody,
  factsBody,
  toDecisionBody,
  toFactsBody,
  type DecisionBody,
} from '../policies/decision-bodies.ts'
import { findDecisionChange, listDecisionChanges, type DecisionChange } from '../policies/decision-changes.ts'
import { effects } from '../policies/policy.ts'
import { replayDecision, replayOutcomes, type Replay } from '../policies/replay-decision.ts'
import { AppError } from '../vocabulary/errors.ts'
import { fileParams, reasonBody } from './explain-routes.ts'
import { explainPast } from './past-decisions.ts'
import { parseRevisionSelector } from './revision-selector.ts'

const tags = ['policies']

const changeBody = z
  .object({
    id: z.string(),
    at: z.string(),
    revision: z.number().int(),
    before: z.enum(effects).nullable().describe('Null for a file that was new'),
    after: z.enum(effects),
    causes: z.array(z.record(z.string(), z.unknown())).describe('Of the revision: what happened'),
    decision: decisionBody.nullable().describe('With all evidence; null for a plain allow'),
  })
  .meta({ id: 'DecisionChange' })

const pastCandidateBody = z.object({
  file: z.string().describe('subdir/filename'),
  version: z.string(),
  build: z.string(),
  effect: z.enum(effects),
  listed: z.boolean().describe('Whether the index that was served offered it to solvers'),
  reasons: z.array(reasonBody),
  change: changeBody
    .nullable()
    .describe('The change that was in force; null for a file that was allowed from its first day'),
})

const replayBody = z.object({
  file: z.string().describe('subdir/filename'),
  change: changeBody,
  outcome: z
    .enum(replayOutcomes)
    .describe(
      '`not_kept`: recorded before the facts of decisions were; `damaged`: what is stored is not what was stored then',
    ),
  problem: z.string().nullable().describe('Of what is damaged'),
  differences: z
    .array(z.object({ path: z.string(), recorded: z.string().optional(), replayed: z.string().optional() }))
    .describe('Where the two are not the same, as JSON, 20 at most'),
  replayed: decisionBody.nullable().describe('As it comes out today'),
  decided_at: z.string().nullable().describe('The instant it was decided for'),
  facts: factsBody.nullable().describe('What was known of the file'),
  policies: z
    .array(
      z.object({
        channel: z.string().describe('Whose policies were asked; of a virtual channel also the member'),
        policy: z.string(),
        version: z.number().int(),
        mode: z.enum(modes),
        mirror_id: z.string().nullable(),
        exceptions: z.array(z.string()).describe('Ids of those that were granted'),
      }),
    )
    .describe('That were in force'),
})

export interface PastDecisionRouteParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly now: () => Date
}

export function pastDecisionRoutes(app: App, parts: PastDecisionRouteParts): void {
  app.get(
    '/api/channels/:channel/explain/:subdir/:filename/history',
    {
      schema: {
        summary:
          'Every change of what is decided of a file, also of one that is gone, with its cause; newest first',
        tags,
        params: fileParams,
        querystring: pageQuery,
        response: { 200: pageOf(changeBody) },
      },
    },
    async (request) => {
      const { channel: name, subdir, filename } = request.params
      const channel = await getChannel({ ...parts, actor: request.actor }, name)
      if (!(await findFile(parts.db, channel.id, subdir, filename))) {
        throw new AppError('not-found', `the channel ${name} never had a file ${subdir}/${filename}`)
      }
      const place = { channelId: channel.id, subdir, filename }
      const { total, items } = await listDecisionChanges(parts.db, place, request.query)
      return { total_count: total, items: items.map(toChangeBody) }
    },
  )

  app.get(
    '/api/channels/:channel/decisions',
    {
      schema: {
        summary: 'What was decided of the files that a match spec asks for, on a past day',
        tags,
        params: z.object({ channel: z.string().max(200) }),
        querystring: z.object({
          spec: z.string().min(1).max(256).describe('A match spec: requests 2.30.*'),
          at: z.string().max(40).describe('A date (its first instant, UTC) or an instant'),
          platform: z.string().max(64).optional(),
        }),
        response: {
          200: z.object({
            channel: z.string(),
            name: z.string(),
            at: z.string(),
            revision: z.number().int().describe('That the channel served then'),
            candidate_count: z.number().int(),
            candidates: z.array(pastCandidateBody).describe('The newest first, 200 at most'),
          }),
        },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const channel = await getChannel(ctx, request.params.channel)
      const { spec, platform } = request.query
      const at = readInstant(request.query.at)
      const past = await explainPast(ctx, channel, { spec, platform, at })
      return {
        channel: channel.name,
        name: past.name,
        at: at.toISOString(),
        revision: past.revision,
        candidate_count: past.candidateCount,
        candidates: past.candidates.map(({ subdir, filename, version, build, effect, listed, change }) => {
          const body = change ? toChangeBody(change) : null
          const reasons = body?.decision?.reasons ?? []
          return {
            file: `${subdir}/${filename}`,
            version,
            build,
            effect,
            listed,
            reasons: reasons.map((one) => ({
              policy: one.policy,
              rule: one.rule,
              effect: one.effect,
              text: one.text,
            })),
            change: body,
          }
        }),
      }
    },
  )

  app.get(
    '/api/channels/:channel/decisions/:change_id',
    {
      schema: {
        summary: 'A past decision made again, from the facts, policies and exceptions of its day',
        tags,
        params: z.object({ channel: z.string().max(200), change_id: z.string().max(64) }),
        response: { 200: replayBody },
      },
    },
    async (request) => {
      const { channel: name, change_id: id } = request.params
      const channel = await getChannel({ ...parts, actor: request.actor }, name)
      const change = await findDecisionChange(parts.db, channel.id, id)
      if (!change) throw new AppError('not-found', `the channel ${name} has no change of a decision ${id}`)
      const replay = await replayDecision(parts.db, channel.id, change)
      return {
        file: `${change.subdir}/${change.filename}`,
        change: toChangeBody(change),
        decided_at: change.inputs?.decidedAt.toISOString() ?? null,
        ...toReplayBody(replay),
      }
    },
  )
}

function toReplayBody(replay: Replay) {
  const { outcome } = replay
  if (outcome === 'not_kept' || outcome === 'damaged') {
    const problem = outcome === 'damaged' ? replay.problem : null
    return { outcome, problem, differences: [], replayed: null, facts: null, policies: [] }
  }
  return {
    outcome,
    problem: null,
    differences: [...replay.differences],
    replayed: toDecisionBody(replay.decision),
    facts: toFactsBody(replay.inputs.facts),
    policies: replay.inputs.asked.flatMap(({ channel, policies }) =>
      policies.map(({ name, version, mode, mirrorId, granted }) => ({
        channel,
        policy: name,
        version,
        mode,
        mirror_id: mirrorId ?? null,
        exceptions: [...new Set(granted.map(({ id }) => id))],
      })),
    ),
  }
}

/** The casts: a publish wrote both. */
function toChangeBody({ id, at, revision, before, after, causes, decision }: DecisionChange) {
  return {
    id,
    at: at.toISOString(),
    revision,
    before,
    after,
    causes: causes as Record<string, unknown>[],
    decision: decision as DecisionBody | null,
  }
}

/** @throws AppError bad-request */
function readInstant(text: string): Date {
  const selector = parseRevisionSelector(text)
  if (selector?.kind === 'instant') return selector.instant
  throw new AppError(
    'bad-request',
    `"${text}" is no instant: give a date (2026-10-01) or an instant in UTC (2026-10-01T12:00:00Z)`,
  )
}
