/** Rows of bytes that files refer to and that are not there, made again from the bytes or, without them, as a mirror names them. */
import { createHash } from 'node:crypto'
import { bytesSource } from '@terrarium/conda/archive/byte-source.ts'
import { inspectPackage } from '@terrarium/conda/archive/inspect-package.ts'
import { announceArtifacts, recordArtifacts } from '../../artifacts/store.ts'
import type { CheckParts } from '../check.ts'

const MAX_INSPECTED_BYTES = 512 * 1024 * 1024

export interface ArtifactParts extends Pick<CheckParts, 'db' | 'blobs'> {
  readonly now: () => Date
}

/** @returns how many */
export async function restoreArtifacts(parts: ArtifactParts): Promise<number> {
  const rows = await parts.db
    .selectFrom('channel_files')
    .leftJoin('artifacts', 'artifacts.sha256', 'channel_files.sha256')
    .select(['channel_files.sha256', 'channel_files.filename', 'channel_files.size'])
    .where('artifacts.sha256', 'is', null)
    .execute()
  for (const row of rows) await restoreArtifact(parts, row)
  return rows.length
}

export async function restoreArtifact(
  { db, blobs, now }: ArtifactParts,
  { sha256, filename, size }: { readonly sha256: string; readonly filename: string; readonly size: number },
): Promise<void> {
  const found = await blobs.stat(sha256)
  if (!found || found.size > MAX_INSPECTED_BYTES) {
    await announceArtifacts(db, [{ sha256, md5: '', size, upstreamIndexedMs: undefined }], now())
    return
  }
  const bytes = await blobs.read(sha256)
  const inspection = await inspectPackage(bytesSource(bytes), { filename })
  const md5 = createHash('md5').update(bytes).digest('hex')
  await recordArtifacts(db, [{ sha256, md5, size: bytes.byteLength, inspection }], now())
}
