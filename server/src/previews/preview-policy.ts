/** Shows what a change to the policies of a channel would do, and changes nothing. */
import type { Channel } from '../channels/channel.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { ThreadPlace } from '../platform/database/thread-place.ts'
import type { Log } from '../platform/log.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import type { PolicyContext } from '../policies/policy-context.ts'
import { parsePolicy } from '../policies/policy-document.ts'
import type { BuildProgress } from './build-table.ts'
import type { FactsKeeper } from './facts-keeper.ts'
import type { PolicyChange } from './policy-change.ts'
import type { PreviewResult, PreviewTask } from './preview-worker.ts'

export interface PreviewContext extends PolicyContext {
  readonly database: ThreadPlace
  readonly log: Log
  readonly previewers: WorkerPool
  readonly facts: FactsKeeper
}

/** @throws AppError invalid-policy with every fault, permission-denied */
export async function previewPolicy(
  ctx: PreviewContext,
  channel: Channel,
  change: PolicyChange,
): Promise<PreviewResult> {
  requirePermission(ctx.actor, 'policy:edit', channel)
  // here and not in the worker, so that the faults come with their lines
  if (change.kind === 'write') parsePolicy(change.document, { filename: change.filename })
  const count = async (patient: boolean): Promise<PreviewResult | undefined> => {
    const task: PreviewTask = {
      place: ctx.database,
      channelId: channel.id,
      change,
      nowMs: ctx.now().getTime(),
      patient,
    }
    return (await ctx.previewers.run(task)) as PreviewResult | undefined // what preview-worker.ts answers
  }
  const result = await count(false)
  if (result) return result
  try {
    await ctx.facts.prepare(channel.id)
  } catch (err) {
    ctx.log.warn({ err, channel: channel.name }, 'facts for previews could not be kept; this one reads them')
  }
  return (await count(true))! // a patient one counts whatever there is
}

/** How far the facts are that previews of a channel wait for; undefined when they wait for nothing. */
export function progressOfPreview(ctx: PreviewContext, channel: Channel): BuildProgress | undefined {
  requirePermission(ctx.actor, 'policy:edit', channel)
  return ctx.facts.progressOf(channel.id)
}
