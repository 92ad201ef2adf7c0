import { z } from 'zod'
import { getChannel } from '../channels/manage-channels.ts'
import { findUserNames } from '../identity/store.ts'
import type { Db } from '../platform/database/db.ts'
import type { ThreadPlace } from '../platform/database/thread-place.ts'
import type { App } from '../platform/http/app.ts'
import type { Log } from '../platform/log.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import { effects } from '../policies/policy.ts'
import type { FactsKeeper } from './facts-keeper.ts'
import { previewPolicy, progressOfPreview } from './preview-policy.ts'

const MAX_NAMES = 1000
const MAX_USERS = 20

const users = z.array(z.object({ user: z.string(), downloads: z.number().int() }))
const counts = { newly_blocked: z.number().int(), newly_unblocked: z.number().int() }
const perEffect = z.record(z.enum(effects), z.number().int())

const previewBody = z.object({
  file_count: z.number().int(),
  name_count: z.number().int(),
  before: perEffect.describe('Files by what is decided of them now'),
  after: perEffect,
  ...counts,
  changed_count: z.number().int().describe('Files whose effect becomes another, in any direction'),
  downloads_30_days: z.number().int().describe('Of the files that are newly blocked'),
  users,
  by_rule: z.array(z.object({ policy: z.string(), rule: z.string(), effect: z.enum(effects), ...counts })),
  by_subdir: z.array(z.object({ subdir: z.string(), ...counts })),
  names_count: z.number().int().describe('Package names with a change'),
  none_left_count: z.number().int().describe('Of those, names without any allowed version afterwards'),
  names: z.array(
    z.object({
      name: z.string(),
      ...counts,
      remaining_versions: z.array(z.string()).describe('Allowed afterwards, the newest of them'),
      remaining_count: z.number().int(),
      none_left: z.boolean().describe('It has an allowed version now and would have none'),
      downloads_30_days: z.number().int(),
      users,
    }),
  ),
  took_ms: z.object({ load: z.number(), decide: z.number() }),
})

export interface PreviewRouteParts {
  readonly db: Db
  readonly now: () => Date
  readonly database: ThreadPlace
  readonly log: Log
  readonly previewers: WorkerPool
  readonly facts: FactsKeeper
}

export function previewRoutes(app: App, parts: PreviewRouteParts): void {
  app.post(
    '/api/channels/:channel/policy-preview',
    {
      schema: {
        summary: 'What a policy, or taking one back, would change in a channel; nothing is changed',
        tags: ['policies'],
        params: z.object({ channel: z.string().max(200) }),
        body: z
          .object({
            document: z.string().min(1).optional().describe('The policy as it would be saved'),
            filename: z.string().max(500).default('policy'),
            mirror_id: z.string().max(64).optional().describe('It would hold for what comes by this mirror'),
            unassign: z.string().max(200).optional().describe('The policy that would be taken back'),
            names: z.number().int().min(0).max(MAX_NAMES).default(100).describe('How many names to list'),
          })
          .refine((body) => (body.document === undefined) !== (body.unassign === undefined), {
            error: 'needs exactly one of document, unassign',
          }),
        response: { 200: previewBody },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const { document, filename, mirror_id: mirrorId, unassign, names } = request.body
      const changes = await previewPolicy(
        ctx,
        await getChannel(ctx, request.params.channel),
        document === undefined
          ? { kind: 'unassign', policy: unassign ?? '' }
          : { kind: 'write', document, filename, mirrorId },
      )
      const shown = changes.byName.slice(0, names)
      const ids = [...changes.users, ...shown.flatMap((one) => one.users)].map(({ id }) => id)
      const userNames = await findUserNames(parts.db, [...new Set(ids)])
      const toUsers = (list: readonly { id: string; downloads: number }[]) =>
        list.slice(0, MAX_USERS).map(({ id, downloads }) => ({
          user: id === '' ? 'nobody' : (userNames.get(id) ?? id),
          downloads,
        }))
      return {
        file_count: changes.files,
        name_count: changes.names,
        before: changes.before,
        after: changes.after,
        newly_blocked: changes.total.blocked,
        newly_unblocked: changes.total.unblocked,
        changed_count: changes.changedFiles,
        downloads_30_days: changes.downloads,
        users: toUsers(changes.users),
        by_rule: changes.byRule.map(({ blocked, unblocked, ...rule }) => ({
          ...rule,
          newly_blocked: blocked,
          newly_unblocked: unblocked,
        })),
        by_subdir: changes.bySubdir.map(({ blocked, unblocked, subdir }) => ({
          subdir,
          newly_blocked: blocked,
          newly_unblocked: unblocked,
        })),
        names_count: changes.byName.length,
        none_left_count: changes.byName.filter(({ noneLeft }) => noneLeft).length,
        names: shown.map((one) => ({
          name: one.name,
          newly_blocked: one.blocked,
          newly_unblocked: one.unblocked,
          remaining_versions: [...one.remaining],
          remaining_count: one.remainingCount,
          none_left: one.noneLeft,
          downloads_30_days: one.downloads,
          users: toUsers(one.users),
        })),
        took_ms: { load: Math.round(changes.loadMs), decide: Math.round(changes.decideMs) },
      }
    },
  )

  app.get(
    '/api/channels/:channel/policy-preview/progress',
    {
      schema: {
        summary: 'How far the server is with reading what previews of a channel wait for',
        tags: ['policies'],
        params: z.object({ channel: z.string().max(200) }),
        response: {
          200: z.object({
            preparing: z.boolean().describe('When not, a preview is answered at once'),
            done_count: z.number().int().describe('Package names'),
            total_count: z.number().int().describe('0 while that is being found out'),
          }),
        },
      },
    },
    async (request) => {
      const ctx = { ...parts, actor: request.actor }
      const progress = progressOfPreview(ctx, await getChannel(ctx, request.params.channel))
      return {
        preparing: progress !== undefined,
        done_count: progress?.done ?? 0,
        total_count: progress?.total ?? 0,
      }
    },
  )
}
