/** Brings the monolithic files up to the newest revision; until then the last complete ones are served. */
import type { BlobStore } from '../blobs/blob-store.ts'
import { findChannelById, setRenderedRevision } from '../channels/store.ts'
import type { Db } from '../platform/database/db.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import type { RenderTask } from './render-worker.ts'
import {
  findRenderingOf,
  insertRenderedFiles,
  listRenderedSubdirs,
  listSubdirStates,
  type RenderedFile,
  type SubdirState,
} from './revision-store.ts'

export interface RenderParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly blobFolder: string
  readonly renderers: WorkerPool
}

/** @returns the revision that is rendered whole now */
export async function renderChannel(
  parts: RenderParts,
  channelId: string,
  signal: AbortSignal,
): Promise<number> {
  const channel = await findChannelById(parts.db, channelId)
  if (!channel) return 0
  const number = channel.revision
  const done = await listRenderedSubdirs(parts.db, channelId, number)
  for (const state of await listSubdirStates(parts.db, channelId, number)) {
    if (done.has(state.subdir)) continue
    signal.throwIfAborted()
    const files = (await findRenderingOf(parts.db, channelId, state)) ?? (await render(parts, state))
    await insertRenderedFiles(parts.db, channelId, number, state.subdir, files)
  }
  await setRenderedRevision(parts.db, channelId, number)
  return number
}

async function render(parts: RenderParts, { subdir, servedSha256 }: SubdirState): Promise<RenderedFile[]> {
  const task: RenderTask = { blobFolder: parts.blobFolder, subdir, servedSha256 }
  return (await parts.renderers.run(task)) as RenderedFile[] // what render-worker.ts answers
}
