/**
 * Intake: the steps between bytes that arrived and an artifact that may be named in a channel. Upload and
 * mirror both come through here, so nothing enters unopened.
 *
 * Order matters: the bytes are durable in the blob store before any row names them.
 */
import type { BlobStore } from '../blobs/blob-store.ts'
import { spareBlobs } from '../blobs/condemned-store.ts'
import type { StagedFile } from '../blobs/staging.ts'
import type { Db } from '../platform/database/db.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import { findDamage } from './damage-store.ts'
import type { InspectTask } from './inspect-worker.ts'
import type { ArtifactInspection } from './artifact-inspection.ts'

export interface Artifact {
  readonly sha256: string
  readonly md5: string
  readonly size: number
  readonly inspection: ArtifactInspection
}

/**
 * Opens the staged file as a conda package and moves it into the blob store.
 * @throws AppError invalid-package with what is wrong; the staged file is removed then
 */
export async function takeIn(
  parts: { db: Db; blobs: BlobStore; inspectors: WorkerPool },
  staged: StagedFile,
  filename: string,
): Promise<Artifact> {
  try {
    const task: InspectTask = { path: staged.path, filename }
    const inspection = (await parts.inspectors.run(task)) as ArtifactInspection // what inspect-worker.ts answers
    await spareBlobs(parts.db, [staged.sha256])
    // or a bucket would keep the damaged object that has this name
    if ((await findDamage(parts.db, [staged.sha256])).size > 0) await parts.blobs.delete(staged.sha256)
    await parts.blobs.putStaged(staged)
    return { sha256: staged.sha256, md5: staged.md5, size: staged.size, inspection }
  } finally {
    await staged.discard()
  }
}
