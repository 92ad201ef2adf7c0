/**
 * Brings the files of a whole revision up to the newest one. They become visible together, in one step; until
 * then the last complete set is served.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobStore } from '../blobs/blob-store.ts'
import { BlobsCollected, claimBlobs } from '../blobs/condemned-store.ts'
import type { BlobPlace } from '../blobs/open-blob-store.ts'
import type { Staging } from '../blobs/staging.ts'
import type { Channel } from '../channels/channel.ts'
import { findChannelById, setRenderedRevision } from '../channels/store.ts'
import type { Db } from '../platform/database/db.ts'
import type { ThreadPlace } from '../platform/database/thread-place.ts'
import { newId } from '../platform/ids.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { RenderedState, RenderTask } from './render-worker.ts'
import { channelResources, subdirResources, WHOLE_CHANNEL } from './rendered-files.ts'
import {
  deleteRenderedFiles,
  findRevision,
  insertRenderedFiles,
  listRenderedFiles,
  listSubdirStates,
  type RenderedFile,
  type SubdirState,
} from './revision-store.ts'

export interface RenderParts {
  readonly db: Db
  readonly database: ThreadPlace
  readonly blobs: BlobStore
  readonly blobPlace: BlobPlace
  readonly staging: Staging
  readonly now: () => Date
  readonly renderers: WorkerPool
}

/**
 * Makes the files of the revision that is served and, for a frozen channel, of the one that will be.
 * @returns the newest revision that is rendered whole now
 */
export async function renderChannel(
  parts: RenderParts,
  channelId: string,
  signal: AbortSignal,
): Promise<number> {
  const channel = await findChannelById(parts.db, channelId)
  if (!channel) return 0
  for (const number of new Set([channel.revision, channel.newestRevision])) {
    if (number === 0 || number === channel.renderedRevision) continue
    try {
      await renderRevision(parts, channel, number, signal)
    } catch (error) {
      // dropped meanwhile, and its blobs may be gone already
      if (!(await findChannelById(parts.db, channelId))) return 0
      throw error
    }
    await setRenderedRevision(parts.db, channelId, number, parts.now())
  }
  return channel.newestRevision
}

/** Makes the files of one revision, unless they are there. */
export async function renderRevision(
  parts: RenderParts,
  channel: Channel,
  number: number,
  signal?: AbortSignal,
): Promise<void> {
  const states = await listSubdirStates(parts.db, channel.id, number)
  const there = await listRenderedFiles(parts.db, channel.id, number)
  if (
    hasAll(there.get(WHOLE_CHANNEL) ?? [], channelResources) &&
    states.every(({ subdir }) => hasAll(there.get(subdir) ?? [], subdirResources))
  )
    return
  const before = await loadRendering(parts.db, channel.id, channel.renderedRevision)
  try {
    await makeFiles(parts, channel, { number, states, before }, signal)
  } catch (error) {
    const isLost = error instanceof AppError && error.code === 'corrupt-data'
    if (!(error instanceof BlobsCollected || isLost)) throw error
    // what was found there or taken over from before has gone meanwhile, or is damaged: made anew, all of it
    await makeFiles(parts, channel, { number, states, before: { states: [], files: [] } }, signal)
  }
}

/** The same though they are there: made from the shards alone, in place of what was written down. For repairs. */
export async function remakeFiles(parts: RenderParts, channel: Channel, number: number): Promise<void> {
  const states = await listSubdirStates(parts.db, channel.id, number)
  const before = { states: [], files: [] }
  await makeFiles(parts, channel, { number, states, before, replace: true }, undefined)
}

interface Rendering {
  readonly states: readonly RenderedState[]
  readonly files: readonly RenderedFile[]
}

async function makeFiles(
  parts: RenderParts,
  channel: Channel,
  task: {
    readonly number: number
    readonly states: readonly SubdirState[]
    readonly before: Rendering
    readonly replace?: true
  },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { number, states, before, replace } = task
  const made = new Map<string, readonly RenderedFile[]>()
  let changed = states.length !== before.states.length
  for (const { subdir, servedSha256 } of states) {
    signal?.throwIfAborted()
    const last = before.states.find((state) => state.subdir === subdir)
    if (last?.servedSha256 === servedSha256 && hasAll(last.files, subdirResources)) {
      made.set(subdir, last.files)
      continue
    }
    changed = true
    made.set(subdir, await run(parts, { kind: 'subdir', subdir, servedSha256, before: last }))
  }
  signal?.throwIfAborted()
  made.set(
    WHOLE_CHANNEL,
    !changed && hasAll(before.files, channelResources)
      ? before.files
      : await run(parts, {
          kind: 'channel',
          channel: channel.name,
          subdirs: states,
          before: before.states,
          filesBefore: before.files,
        }),
  )
  await parts.db.transaction().execute(async (tx) => {
    if (!(await findRevision(tx, channel.id, number))) return // dropped meanwhile, with its channel
    const digests = [...made.values()].flatMap((files) => files.map(({ sha256 }) => sha256))
    await claimBlobs(tx, parts.blobs, digests)
    if (replace) await deleteRenderedFiles(tx, channel.id, number)
    for (const [subdir, files] of made) await insertRenderedFiles(tx, channel.id, number, subdir, files)
  })
}

/** Or an earlier release made them, which knew fewer. */
function hasAll(files: readonly RenderedFile[], resources: Readonly<Record<string, unknown>>): boolean {
  const names = new Set(files.map(({ filename }) => filename))
  return Object.keys(resources).every((name) => names.has(name))
}

/** What an earlier revision was made into. */
async function loadRendering(db: Db, channelId: string, number: number): Promise<Rendering> {
  const states = await listSubdirStates(db, channelId, number)
  const files = await listRenderedFiles(db, channelId, number)
  const filesOf = (subdir: string): RenderedFile[] => files.get(subdir) ?? []
  return {
    states: states.map(({ subdir, servedSha256 }) => ({ subdir, servedSha256, files: filesOf(subdir) })),
    files: filesOf(WHOLE_CHANNEL),
  }
}

type WithoutPlaces<Task> = Task extends unknown ? Omit<Task, 'database' | 'blobs' | 'staging'> : never

async function run(parts: RenderParts, task: WithoutPlaces<RenderTask>): Promise<RenderedFile[]> {
  const { database, blobPlace: blobs } = parts
  // of its own, so that nothing stays when the worker is ended in the middle
  const staging = join(parts.staging.folder, newId())
  try {
    const whole: RenderTask = { ...task, database, blobs, staging }
    return (await parts.renderers.run(whole)) as RenderedFile[] // what render-worker.ts answers
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}
