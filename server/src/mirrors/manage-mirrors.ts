/** What people do with mirrors: make, change, run, stop and drop them. */
import { appendEvent } from '../audit/append-event.ts'
import type { Channel } from '../channels/channel.ts'
import { removeFiles } from '../channels/contents-store.ts'
import { listNotServed } from '../channels/list-contents.ts'
import { markStale } from '../channels/stale-names.ts'
import { requireOwnContents } from '../channels/virtual-channel.ts'
import { actorId, type Actor } from '../identity/actor.ts'
import { requirePermission } from '../identity/require-permission.ts'
import { requestStopOfKey } from '../jobs/queue.ts'
import type { Db, Tx } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { dropMirrorPolicies, putMirrorPolicy, type MirrorPlace } from '../policies/mirror-policy.ts'
import { AppError } from '../vocabulary/errors.ts'
import { enqueueRun, runKey } from './enqueue-run.ts'
import {
  compileFilter,
  judgedFilters,
  removedDetails,
  shownSourceRoot,
  type Mirror,
  type MirrorFilters,
  type MirrorMode,
} from './mirror.ts'
import { scheduleFrom } from './schedule.ts'
import * as store from './store.ts'
import { fullSource, openUpstream, storedSource } from './open-upstream.ts'
import type { UpstreamRules } from './upstream.ts'

export interface MirrorContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
  readonly upstreamRules: UpstreamRules
}

export interface NewMirror {
  readonly name: string
  readonly sourceRoot: string
  readonly mode: MirrorMode
  readonly filters: MirrorFilters
  /** Undefined: it runs when somebody says so. */
  readonly cron: string | undefined
}

/** @throws AppError conflict, bad-request, outbound-refused, upstream-unreachable and those of permission */
export async function createMirror(ctx: MirrorContext, channel: Channel, mirror: NewMirror): Promise<Mirror> {
  requirePermission(ctx.actor, 'mirror:edit', channel)
  requireOwnContents(channel, 'make the mirror in')
  compileFilter(mirror.filters)
  const at = ctx.now()
  const schedule = mirror.cron === undefined ? undefined : scheduleFrom(mirror.cron, at)
  await openUpstream(mirror.sourceRoot, ctx.upstreamRules)
  const id = newId()
  return ctx.db.transaction().execute(async (tx) => {
    if (await store.findMirrorByName(tx, channel.id, mirror.name)) {
      throw new AppError('conflict', `the channel ${channel.name} has a mirror ${mirror.name} already`)
    }
    const created = await store.insertMirror(tx, {
      ...mirror,
      ...storedSource(id, mirror.sourceRoot, ctx.upstreamRules),
      ...{ id, schedule, channelId: channel.id, at },
    })
    await putMirrorPolicy(tx, ctx, placeOf(channel, created), judgedFilters(mirror.filters))
    await audit(tx, ctx, 'mirror.created', channel, created)
    return created
  })
}

export async function updateMirror(
  ctx: MirrorContext,
  channel: Channel,
  mirrorId: string,
  change: {
    sourceRoot?: string | undefined
    mode?: MirrorMode | undefined
    filters?: MirrorFilters | undefined
    /** Null takes the schedule away. */
    cron?: string | null | undefined
  },
): Promise<Mirror> {
  requirePermission(ctx.actor, 'mirror:edit', channel)
  const mirror = await getMirror(ctx.db, channel, mirrorId)
  const source = nextSource(change.sourceRoot, mirror, ctx.upstreamRules)
  const next = {
    mode: change.mode ?? mirror.mode,
    filters: change.filters ?? mirror.filters,
  }
  compileFilter(next.filters)
  const at = ctx.now()
  const cron = change.cron === undefined ? mirror.cron : change.cron
  const schedule = cron == null ? undefined : scheduleFrom(cron, at)
  await openUpstream(source, ctx.upstreamRules)
  await ctx.db.transaction().execute(async (tx) => {
    await store.updateMirror(tx, mirror.id, {
      ...next,
      ...storedSource(mirror.id, source, ctx.upstreamRules),
      ...{ schedule, at },
    })
    await putMirrorPolicy(tx, ctx, placeOf(channel, mirror), judgedFilters(next.filters))
    await audit(tx, ctx, 'mirror.updated', channel, mirror)
  })
  return getMirror(ctx.db, channel, mirrorId)
}

/** Who sends back the address as it was shown, its password hidden, means the address that is there. */
function nextSource(asked: string | undefined, mirror: Mirror, rules: UpstreamRules): string {
  const isTheSame = asked === undefined || asked === shownSourceRoot(mirror.sourceRoot)
  return isTheSame ? fullSource(mirror, rules) : asked
}

/** Starts a run, or finds the one that waits. @returns the id of its job */
export async function startMirrorRun(
  ctx: MirrorContext,
  channel: Channel,
  mirrorId: string,
  options: { acceptShrink: boolean },
): Promise<string> {
  requirePermission(ctx.actor, 'mirror:edit', channel)
  const mirror = await getMirror(ctx.db, channel, mirrorId)
  return ctx.db.transaction().execute(async (tx) => {
    const jobId = await enqueueRun(tx, mirror, {
      acceptShrink: options.acceptShrink,
      actorId: actorId(ctx.actor),
      now: ctx.now(),
    })
    await audit(tx, ctx, 'mirror.started', channel, mirror)
    return jobId
  })
}

/** @throws AppError conflict when it does not run */
export async function stopMirrorRun(ctx: MirrorContext, channel: Channel, mirrorId: string): Promise<void> {
  requirePermission(ctx.actor, 'mirror:edit', channel)
  const mirror = await getMirror(ctx.db, channel, mirrorId)
  await ctx.db.transaction().execute(async (tx) => {
    const { waiting, running } = await requestStopOfKey(tx, runKey(mirror.id), ctx.now())
    if (waiting + running === 0) throw new AppError('conflict', `the mirror ${mirror.name} is not running`)
    // a run under way says itself when it has ended
    if (running === 0) await store.setMirrorState(tx, mirror.id, { state: 'stopped' })
    await audit(tx, ctx, 'mirror.stopped', channel, mirror)
  })
}

function placeOf(channel: Channel, mirror: Mirror): MirrorPlace {
  return { channel, mirrorId: mirror.id, mirrorName: mirror.name }
}

/**
 * Drops the rule; what it brought stays in the channel, but for files that are blocked while policies hold for
 * this mirror: with it go those policies, and nothing is to come into reach by that.
 */
export async function deleteMirror(ctx: MirrorContext, channel: Channel, mirrorId: string): Promise<void> {
  requirePermission(ctx.actor, 'mirror:edit', channel)
  const mirror = await getMirror(ctx.db, channel, mirrorId)
  await ctx.db.transaction().execute(async (tx) => {
    await requestStopOfKey(tx, runKey(mirror.id), ctx.now())
    if (await dropMirrorPolicies(tx, ctx, placeOf(channel, mirror))) {
      await removeBlocked(tx, ctx, channel, mirror)
    }
    await store.deleteMirrorRow(tx, mirror.id)
    await audit(tx, ctx, 'mirror.deleted', channel, mirror)
  })
}

/** Also what no publish has decided on yet: unknown is not allowed. */
async function removeBlocked(tx: Tx, ctx: MirrorContext, channel: Channel, mirror: Mirror): Promise<void> {
  const files = await listNotServed(tx, channel.id, mirror.id)
  if (files.length === 0) return
  await removeFiles(tx, channel.id, files, ctx.now())
  const by = ctx.actor.kind === 'user' ? ctx.actor.name : ''
  const names = files.map(({ name }) => name)
  await markStale(tx, channel.id, names, {
    kind: 'removal',
    by,
    file: `${files.length} blocked files of the mirror ${mirror.name}`,
  })
  await appendEvent(tx, {
    ...{ at: ctx.now(), actorId: actorId(ctx.actor), action: 'artifact.removed' },
    target: `${channel.name}/${mirror.name}`,
    details: removedDetails(mirror.id, files),
  })
}

/** @throws AppError not-found, also for a mirror of another channel */
export async function getMirror(db: Db, channel: Channel, mirrorId: string): Promise<Mirror> {
  const mirror = await store.findMirror(db, mirrorId)
  if (mirror?.channelId !== channel.id) {
    throw new AppError('not-found', `the channel ${channel.name} has no mirror ${mirrorId}`)
  }
  return mirror
}

async function audit(
  tx: Db,
  ctx: MirrorContext,
  action: 'mirror.created' | 'mirror.updated' | 'mirror.started' | 'mirror.stopped' | 'mirror.deleted',
  channel: Channel,
  mirror: Mirror,
): Promise<void> {
  await appendEvent(tx, {
    at: ctx.now(),
    actorId: actorId(ctx.actor),
    action,
    target: `${channel.name}/${mirror.name}`,
    details: { mirror_id: mirror.id },
  })
}
