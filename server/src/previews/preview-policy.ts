/** Shows what a change to the policies of a channel would do, and changes nothing. */
import type { Channel } from '../channels/channel.ts'
import { requirePermission } from '../identity/require-permission.ts'
import type { Configuration } from '../platform/configuration.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import type { PolicyContext } from '../policies/policy-context.ts'
import { parsePolicy } from '../policies/policy-document.ts'
import type { PolicyChange } from './policy-change.ts'
import type { PreviewResult, PreviewTask } from './preview-worker.ts'

export interface PreviewContext extends PolicyContext {
  readonly configuration: Configuration
  readonly previewers: WorkerPool
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
  const task: PreviewTask = {
    data: ctx.configuration.data,
    database: ctx.configuration.database?.reveal(),
    channelId: channel.id,
    change,
    nowMs: ctx.now().getTime(),
  }
  return (await ctx.previewers.run(task)) as PreviewResult // what preview-worker.ts answers
}
