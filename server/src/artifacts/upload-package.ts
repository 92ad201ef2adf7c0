/**
 * Upload of one package, as a list of steps: check the right, receive, open, agree with what was asked,
 * keep, name it in the channel. What is stored decides, never what the request says about it.
 */
import { recordFromIndex } from '@terrarium/conda/repodata/record-from-index.ts'
import { checkRecord } from '@terrarium/conda/repodata/check-record.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { appendEvent } from '../audit/append-event.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import { BlobsCollected, claimBlobs } from '../blobs/condemned-store.ts'
import type { StagedFile, Staging } from '../blobs/staging.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile, FileChange } from '../channels/channel-file.ts'
import { findFile, putFiles } from '../channels/contents-store.ts'
import { fileChange } from '../channels/file-change.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import { requireOwnContents } from '../channels/virtual-channel.ts'
import type { Actor } from '../identity/actor.ts'
import { requireUser } from '../identity/accounts.ts'
import { requireNamePermission, requirePermission } from '../identity/require-permission.ts'
import type { Db } from '../platform/database/db.ts'
import type { WorkerPool } from '../platform/worker-pool.ts'
import { checkAttestation, keepAttestation } from '../signatures/keep-attestation.ts'
import { putRecordSignatures } from '../signatures/store.ts'
import { AppError } from '../vocabulary/errors.ts'
import { forgetDamage } from './damage-store.ts'
import { findArtifacts, recordArtifacts } from './store.ts'
import { takeIn, type Artifact } from './take-in.ts'

export interface UploadContext {
  readonly db: Db
  readonly actor: Actor
  readonly now: () => Date
  readonly staging: Staging
  readonly blobs: BlobStore
  readonly inspectors: WorkerPool
  readonly maxBytes: number
  /** Undefined: where clients find the server is not known. */
  readonly publicUrl: string | undefined
}

export interface UploadRequest {
  readonly declaredFilename: string
  readonly chunks: AsyncIterable<Uint8Array>
  /** Called when the bytes are in: a form may tell of them behind the file. */
  readonly readDeclared: () => Promise<DeclaredFile>
}

/** What the uploader says the bytes are; checked when given. */
export interface DeclaredFile {
  readonly subdir?: string | undefined
  readonly sha256?: string | undefined
  readonly size?: number | undefined
  /** A Sigstore bundle about the file (CEP 27). */
  readonly attestation?: string | undefined
}

export interface UploadResult {
  readonly file: ChannelFile
  /** False when the same bytes were there already. */
  readonly created: boolean
}

/** @throws AppError unauthenticated, permission-denied */
export function requireUpload(ctx: UploadContext, channel: Channel): { id: string; name: string } {
  requirePermission(ctx.actor, 'artifact:create', channel)
  requireOwnContents(channel, 'upload to')
  return requireUser(ctx.actor)
}

/** @throws AppError invalid-package, invalid-attestation, filename-taken, too-large, bad-request and those of permission */
export async function uploadPackage(
  ctx: UploadContext,
  channel: Channel,
  request: UploadRequest,
): Promise<UploadResult> {
  const user = requireUpload(ctx, channel)
  const filename = checkFilename(request.declaredFilename)
  const { artifact, declared } = await receive(ctx, request, filename)
  const { record, subdir } = readRecord(artifact, filename)
  requireSubdir(declared, subdir, filename)
  // by the name in the archive: a filename can be read in more than one way
  requireNamePermission(ctx.actor, 'artifact:create', channel, record.name)

  const { sha256 } = artifact
  const { attestation } = declared
  const about = { channel, filename, sha256, publicUrl: ctx.publicUrl }
  const checked = attestation === undefined ? undefined : await checkAttestation(ctx.db, attestation, about)
  const at = ctx.now()
  const keep = async (tx: Db): Promise<void> => {
    const file = { subdir, filename, sha256, name: record.name }
    if (checked) await keepAttestation(tx, checked, { channel, file, by: user, at })
  }
  return ctx.db
    .transaction()
    .execute(async (tx) => {
      const before = await findFile(tx, channel.id, subdir, filename)
      const isHere = before?.state === 'present' && before.verifiedBy !== 'announced'
      if (isHere && before.sha256 === artifact.sha256) {
        await forgetDamage(tx, [artifact.sha256])
        await keep(tx)
        return { file: before, created: false }
      }
      await claimBlobs(tx, ctx.blobs, [artifact.sha256])
      await recordArtifacts(tx, [artifact], at)
      const bytes = (await findArtifacts(tx, [artifact.sha256])).get(artifact.sha256)! // recorded above
      const change: FileChange = fileChange({
        subdir,
        filename,
        record,
        bytes,
        verifiedBy: 'upload',
        origin: { kind: 'upload', id: user.id, name: user.name },
      })
      await putFiles(tx, channel.id, [change], at)
      // what an upstream said of the record that stood here
      await putRecordSignatures(tx, channel.id, [{ subdir, filename, signed: undefined }])
      await markStale(tx, channel.id, [change.name], {
        kind: 'upload',
        by: user.name,
        file: `${subdir}/${filename}`,
      })
      await enqueuePublish(tx, channel.id, at)
      await appendEvent(tx, {
        at,
        actorId: user.id,
        action: 'artifact.uploaded',
        target: `${channel.name}/${subdir}/${filename}`,
        details: { sha256: artifact.sha256, size: artifact.size },
      })
      await keep(tx)
      const file = await findFile(tx, channel.id, subdir, filename)
      return { file: file!, created: true } // put above
    })
    .catch((error: unknown) => {
      if (!(error instanceof BlobsCollected)) throw error
      const message = `${filename} waited for so long that its bytes were taken for garbage; upload it again`
      throw new AppError('conflict', message, { cause: error })
    })
}

function checkFilename(declared: string): string {
  // browsers and tools send a path now and then; only its last part is the name
  const filename = declared.split(/[/\\]/).at(-1) ?? ''
  if (!/\.(?:conda|tar\.bz2)$/.test(filename)) {
    throw new AppError(
      'invalid-package',
      `"${filename.slice(0, 211)}" is no conda package: its name must end in .conda or .tar.bz2`,
    )
  }
  return filename
}

async function receive(
  ctx: UploadContext,
  request: UploadRequest,
  filename: string,
): Promise<{ artifact: Artifact; declared: DeclaredFile }> {
  const staged = await ctx.staging.receive(request.chunks, ctx.maxBytes)
  try {
    const declared = await request.readDeclared()
    requireDeclared(declared, staged, filename)
    return { artifact: await takeIn(ctx, staged, filename), declared }
  } finally {
    await staged.discard()
  }
}

function requireDeclared(declared: DeclaredFile, staged: StagedFile, filename: string): void {
  const wrong =
    declared.sha256 !== undefined && declared.sha256.toLowerCase() !== staged.sha256
      ? `the request states sha256 ${declared.sha256.slice(0, 100)}, the bytes have ${staged.sha256}`
      : declared.size !== undefined && declared.size !== staged.size
        ? `the request states ${declared.size} bytes, ${staged.size} came`
        : undefined
  if (wrong) throw new AppError('invalid-package', `${filename}: ${wrong}`)
}

/** The record of what the archive says of itself. */
function readRecord(artifact: Artifact, filename: string): { record: RepodataRecord; subdir: string } {
  const record = recordFromIndex(artifact.inspection.index)
  const subdir = record['subdir']
  if (typeof subdir !== 'string' || subdir === '') {
    throw new AppError(
      'invalid-package',
      `${filename}: info/index.json names neither subdir nor platform and arch, so it is not known where it belongs`,
    )
  }
  const complete = { ...record, sha256: artifact.sha256, md5: artifact.md5, size: artifact.size }
  const problems = checkRecord(filename, subdir, complete).filter(({ fatal }) => fatal)
  if (problems.length > 0) {
    throw new AppError('invalid-package', `${filename}: ${problems.map(({ message }) => message).join('; ')}`)
  }
  return { record: complete, subdir }
}

function requireSubdir(declared: DeclaredFile, subdir: string, filename: string): void {
  if (declared.subdir === undefined || declared.subdir === subdir) return
  throw new AppError(
    'invalid-package',
    `${filename}: the request says subdir ${declared.subdir.slice(0, 100)}, info/index.json says ${subdir}`,
  )
}
