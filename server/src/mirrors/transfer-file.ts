/**
 * Brings one file from an upstream into the blob store: streamed, measured and hashed on the way, opened as
 * a package, and only then kept. What the bytes are is told by the record; a difference rejects the file.
 */
import { setTimeout as wait } from 'node:timers/promises'
import { takeIn, type Artifact } from '../artifacts/take-in.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { StagedFile, Staging } from '../blobs/staging.ts'
import type { VerifiedBy } from '../channels/channel-file.ts'
import type { Db } from '../platform/database/db.ts'
import { errorText } from '../platform/text.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { PlannedFile, Rejection } from './plan-subdir.ts'
import type { Upstream } from './upstream.ts'

export interface TransferParts {
  readonly db: Db
  readonly staging: Staging
  readonly blobs: BlobStore
  readonly inspectors: WorkerPool
  readonly maxBytes: number
}

/** Where a file is, and what its bytes have to be. */
export type WantedFile = Omit<PlannedFile, 'record' | 'signed'>

export type Transfer =
  | { readonly ok: true; readonly artifact: Artifact; readonly verifiedBy: VerifiedBy }
  | { readonly ok: false; readonly rejection: Rejection }

const ATTEMPTS = 3
const RETRY_BASE_MS = 200

/** @throws only when the signal is aborted or the disk fails; whatever the upstream does is a rejection */
export async function transferFile(
  parts: TransferParts,
  upstream: Upstream,
  file: WantedFile,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<Transfer> {
  const reject = (code: string, message: string): Transfer => ({
    ok: false,
    rejection: { subdir: file.subdir, filename: file.filename, code, message },
  })
  for (let attempt = 1; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      const staged = await receive(parts, upstream, file, signal, onBytes)
      if (!staged)
        return reject('missing-upstream', `${upstream.description} lists the file but does not have it`)
      const mismatch = findMismatch(file, staged)
      if (mismatch) {
        await staged.discard()
        if (attempt < ATTEMPTS) continue
        return reject('digest-mismatch', mismatch)
      }
      const artifact = await takeIn(parts, staged, file.filename)
      return { ok: true, artifact, verifiedBy: file.declaredSha256 === undefined ? 'md5' : 'sha256' }
    } catch (error) {
      signal.throwIfAborted()
      if (isLocalFault(error)) throw error
      if (error instanceof AppError && isFinal(error)) return reject(error.code, error.message)
      if (attempt >= ATTEMPTS) return reject('transfer-failed', errorText(error))
    }
    await wait(RETRY_BASE_MS * 4 ** (attempt - 1), undefined, { signal })
  }
}

async function receive(
  parts: TransferParts,
  upstream: Upstream,
  file: WantedFile,
  signal: AbortSignal,
  onBytes: (count: number) => void,
): Promise<StagedFile | undefined> {
  const opened = await upstream.open(`${file.subdir}/${file.filename}`, signal)
  if (!opened) return undefined
  // an upstream that sends more than it said could fill the disk
  const limit = Math.min(file.declaredSize ?? parts.maxBytes, parts.maxBytes)
  try {
    return await parts.staging.receive(opened.chunks, limit, onBytes)
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'too-large')) throw error
    const why =
      limit === file.declaredSize
        ? `it is larger than the ${limit} bytes the record states`
        : `it is larger than max_upload_bytes (${limit})`
    throw new AppError('too-large', why, { cause: error })
  }
}

function findMismatch(file: WantedFile, staged: StagedFile): string | undefined {
  if (file.declaredSize !== undefined && staged.size !== file.declaredSize) {
    return `the record states ${file.declaredSize} bytes, ${staged.size} came`
  }
  if (file.declaredSha256 !== undefined && staged.sha256 !== file.declaredSha256) {
    return `the record states sha256 ${file.declaredSha256}, the bytes have ${staged.sha256}`
  }
  if (file.declaredMd5 !== undefined && staged.md5 !== file.declaredMd5) {
    return `the record states md5 ${file.declaredMd5}, the bytes have ${staged.md5}`
  }
  return undefined
}

function isFinal(error: AppError): boolean {
  return ['invalid-package', 'too-large', 'outbound-refused', 'bad-request'].includes(error.code)
}

/** Our own disk or shutdown, nothing the upstream can be blamed for. */
function isLocalFault(error: unknown): boolean {
  if (error instanceof AppError) return error.code === 'shutting-down'
  return (
    error instanceof Error &&
    'code' in error &&
    ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE'].includes(String(error.code))
  )
}
