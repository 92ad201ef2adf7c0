/**
 * What a request sees of a channel: one revision, whole, with the files that were made of it. Everything that is
 * served is made from a view, so that `channel@…`, a frozen channel and the present differ in nothing but this.
 */
import type { Channel } from '../channels/channel.ts'
import { findServedAt, listServed } from '../channels/serving-periods.ts'
import type { Actor } from '../identity/actor.ts'
import { mayAnybody, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Form } from './encode-form.ts'
import { storedName, type Resource } from './rendered-files.ts'
import type { RevisionSelector } from './revision-selector.ts'
import {
  findRevision,
  listRenderedFiles,
  listSubdirStates,
  type RenderedFile,
  type SubdirState,
} from './revision-store.ts'

export interface ChannelView {
  readonly channel: Channel
  /** 0 for a channel before its first: nothing in it. */
  readonly revision: number
  /** The address names the revision, rather than whatever is served now. */
  readonly pinned: boolean
  /** When the revision was made; the channel itself, before its first. */
  readonly revisedAt: Date
  readonly subdirs: ReadonlyMap<string, SubdirState>
  /** The revision of which the monolithic files are: of the present they may be behind. */
  readonly renderedRevision: number
  readonly renderedAt: Date
  /** By subdir; empty for a revision of the past of which nobody has asked for them yet. */
  readonly rendered: ReadonlyMap<string, readonly RenderedFile[]>
}

/** As somebody sees it. */
export interface OpenedView extends ChannelView {
  /** `private` for what not everybody may have: then no cache that people share keeps it, or it would hand it on. */
  readonly cacheScope: 'public' | 'private'
}

/** What the channel serves at this moment. */
export async function loadChannelView(db: Db, channel: Channel): Promise<ChannelView> {
  const { revision, renderedRevision } = channel
  return loadView(db, { channel, revision, renderedRevision, pinned: false })
}

async function loadView(
  db: Db,
  view: Pick<ChannelView, 'channel' | 'revision' | 'renderedRevision' | 'pinned'>,
): Promise<ChannelView> {
  const { channel, revision, renderedRevision } = view
  const states = await listSubdirStates(db, channel.id, revision)
  return {
    ...view,
    revisedAt: (await findRevision(db, channel.id, revision))?.createdAt ?? channel.createdAt,
    subdirs: new Map(states.map((state) => [state.subdir, state])),
    renderedAt: (await findRevision(db, channel.id, renderedRevision))?.createdAt ?? channel.createdAt,
    rendered: await listRenderedFiles(db, channel.id, renderedRevision),
  }
}

export interface ViewContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
}

/** @throws AppError not-found, revision-expired, and those of permission for a revision that was never served */
export async function openView(
  ctx: ViewContext,
  channel: Channel,
  selector: RevisionSelector | undefined,
): Promise<OpenedView> {
  const isForAll = mayAnybody(ctx.actor, 'artifact:read', channel)
  const cacheScope = isForAll ? 'public' : 'private'
  if (!selector) return { ...(await loadChannelView(ctx.db, channel)), cacheScope }
  const revision = await numberOf(ctx, channel, selector)
  const { wasServed } = await requireRevision(ctx, channel, revision)
  const view = await loadView(ctx.db, { channel, revision, renderedRevision: revision, pinned: true })
  return { ...view, cacheScope: wasServed ? cacheScope : 'private' }
}

/** @throws AppError not-found, revision-expired, and those of permission for a revision that was never served */
export async function resolveRevision(
  ctx: ViewContext,
  channel: Channel,
  selector: RevisionSelector,
): Promise<number> {
  const number = await numberOf(ctx, channel, selector)
  await requireRevision(ctx, channel, number)
  return number
}

async function numberOf(ctx: ViewContext, channel: Channel, selector: RevisionSelector): Promise<number> {
  return selector.kind === 'number' ? selector.number : numberAt(ctx, channel, selector.instant)
}

async function numberAt(ctx: ViewContext, channel: Channel, at: Date): Promise<number> {
  if (at > ctx.now()) {
    throw new AppError('not-found', `${at.toISOString()} has not come yet: ${channel.name} has no such past`)
  }
  if (at < channel.createdAt) {
    throw new AppError(
      'not-found',
      `there was no channel ${channel.name} at ${at.toISOString()}: it was made at ${channel.createdAt.toISOString()}`,
    )
  }
  return findServedAt(ctx.db, channel.id, at)
}

/**
 * That there is the revision, and that the actor may look into it.
 * @throws AppError not-found, revision-expired, and those of permission for a revision that was never served
 */
export async function requireRevision(
  ctx: { readonly db: Db; readonly actor: Actor },
  channel: Channel,
  number: number,
): Promise<{ readonly wasServed: boolean }> {
  if (number === 0) return { wasServed: true }
  if (number > channel.newestRevision) {
    throw new AppError('not-found', `the channel ${channel.name} has no revision ${number}`)
  }
  if (!(await findRevision(ctx.db, channel.id, number))) {
    throw new AppError(
      'revision-expired',
      `revision ${number} of ${channel.name} is not kept any more; its retention setting says how long they are`,
    )
  }
  const wasServed = (await listServed(ctx.db, channel.id, [number])).has(number)
  // what a frozen channel prepares is for those who will show it
  if (!wasServed) requirePermission(ctx.actor, 'channel:edit', channel)
  return { wasServed }
}

export function findRendered(
  view: ChannelView,
  subdir: string,
  resource: Resource,
  form: Form,
): RenderedFile | undefined {
  const name = storedName(resource, form)
  return view.rendered.get(subdir)?.find(({ filename }) => filename === name)
}

/** For how long the first change has been waiting that the monolithic files do not show; 0 when they show all. */
export async function renderLagMs(db: Db, channel: Channel, now: Date): Promise<number> {
  if (channel.renderedRevision >= channel.revision) return 0
  const first = await findRevision(db, channel.id, channel.renderedRevision + 1)
  return Math.max(0, now.getTime() - (first?.createdAt ?? channel.renderedAt).getTime())
}
