/**
 * The folder of the blobs against the table of artifacts, both ways: every blob has the digest it is named
 * by, every artifact has its blob with the size and md5 that the database states. Streams, one folder of
 * digests at a time.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { unreadable, type Check } from './check.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import {
  walkAll,
  walkBlobFolder,
  type BlobFolderPart,
  type FoundBlob,
  type FoundFile,
} from './blob-folder.ts'

export async function checkBlobs(check: Check): Promise<void> {
  const seen = new Set<string>()
  const totalBytes = check.quick ? 0 : await sumArtifacts(check)
  for await (const part of walkBlobs(check)) {
    for (const file of part.strays) reportStray(check, join('blobs', file.path))
    for (const file of part.unfinished) reportLeftover(check, join('blobs', file.path), file)
    if (part.prefix === '') continue
    seen.add(part.prefix)
    await checkPart(check, part.prefix, part.blobs, totalBytes)
  }
  await checkStrayObjects(check)
  // artifacts under a prefix that has no folder at all
  for (let number = 0; number < 256; number += 1) {
    const prefix = number.toString(16).padStart(2, '0')
    if (!seen.has(prefix)) await checkPart(check, prefix, [], totalBytes)
  }
}

async function* walkBlobs(check: Check): AsyncGenerator<BlobFolderPart> {
  const { blobFolder, blobs } = check.parts
  if (blobFolder === undefined) yield* walkBucket(blobs)
  else yield* walkBlobFolder(blobFolder)
}

/** A bucket lists its blobs in order; what lies beside them is reported by `checkStrayObjects`. */
async function* walkBucket(store: BlobStore): AsyncGenerator<BlobFolderPart> {
  let prefix = ''
  let blobs: FoundBlob[] = []
  for await (const sha256 of store.list()) {
    if (!sha256.startsWith(prefix) && blobs.length > 0) {
      yield { prefix, blobs, unfinished: [], strays: [] }
      blobs = []
    }
    prefix = sha256.slice(0, 2)
    const { size } = (await store.stat(sha256)) ?? { size: 0 }
    blobs.push({ sha256, path: sha256, size, mtimeMs: 0 })
  }
  if (blobs.length > 0) yield { prefix, blobs, unfinished: [], strays: [] }
}

/** A bucket of somebody else's, named without a prefix, could have millions of these. */
const MOST_STRAY_OBJECTS = 1000

async function checkStrayObjects(check: Check): Promise<void> {
  let count = 0
  for await (const key of check.parts.blobs.listStrays?.() ?? []) {
    count += 1
    if (count > MOST_STRAY_OBJECTS) {
      const message = `more than ${MOST_STRAY_OBJECTS} such objects: is the bucket, or its prefix, shared with somebody else?`
      check.add({ code: 'stray-object', where: 'the bucket', message })
      return
    }
    check.add({
      code: 'stray-object',
      where: `object ${key}`,
      message: 'no part of Terrarium puts an object of such a name here',
      place: { path: key },
    })
  }
}

interface ArtifactRow {
  readonly sha256: string
  readonly md5: string
  readonly size: number
  /** 1: nobody has fetched the bytes yet. */
  readonly announced: number
}

/** About how much there is to read: packages are nearly all of it. */
async function sumArtifacts(check: Check): Promise<number> {
  const row = await check.parts.db
    .selectFrom('artifacts')
    .select((eb) => eb.fn.sum<number | string | null>('size').as('bytes'))
    .where('announced', '=', 0)
    .executeTakeFirst()
  return Number(row?.bytes ?? 0)
}

async function checkPart(
  check: Check,
  prefix: string,
  blobs: readonly FoundBlob[],
  totalBytes: number,
): Promise<void> {
  const artifacts = await listArtifacts(check, prefix)
  for (const blob of blobs) {
    check.present.add(blob.sha256)
    check.blobs += 1
    check.bytes += blob.size
    check.step(check.readingProgress(totalBytes))
    await checkBlob(check, blob, artifacts.get(blob.sha256))
    artifacts.delete(blob.sha256)
  }
  for (const { sha256, announced } of artifacts.values()) {
    check.named.add(sha256)
    if (announced === 1) continue
    check.add({
      code: 'package-missing',
      where: await filesOf(check, sha256),
      message: `the bytes ${sha256} are not there`,
      place: { sha256 },
    })
  }
}

async function checkBlob(check: Check, blob: FoundBlob, artifact: ArtifactRow | undefined): Promise<void> {
  if (artifact) check.named.add(blob.sha256)
  let hashes: BlobHashes | undefined
  try {
    hashes = check.quick ? undefined : await hashBlob(check, blob.sha256, artifact !== undefined)
  } catch (error) {
    if (!(await isThere(check, blob.sha256))) return // a collection took it meanwhile
    const why = unreadable(error)
    check.corrupt.add(blob.sha256)
    if (artifact) await reportCorruptPackage(check, artifact, why)
    return
  }
  if (hashes && hashes.sha256 !== blob.sha256) {
    check.corrupt.add(blob.sha256)
    // of other blobs the checks that know what they are for tell it
    if (artifact) await reportCorruptPackage(check, artifact, `the bytes have sha256 ${hashes.sha256}`)
    return
  }
  // of bytes that came a moment before a crash the row still holds the words of the upstream
  if (
    !artifact ||
    artifact.announced === 1 ||
    (blob.size === artifact.size && (!hashes || hashes.md5 === artifact.md5))
  )
    return
  if (!hashes?.md5)
    return reportCorruptPackage(check, artifact, `${blob.size} bytes are there, ${artifact.size} should be`)
  check.add({
    code: 'artifact-differs',
    where: await filesOf(check, blob.sha256),
    message: `the database states ${artifact.size} bytes and md5 ${artifact.md5}, they are ${blob.size} and ${hashes.md5}`,
    place: { sha256: blob.sha256 },
  })
}

/** Also when it cannot even be looked at. */
async function isThere(check: Check, sha256: string): Promise<boolean> {
  return check.parts.blobs.stat(sha256).then(
    (found) => found !== undefined,
    () => true,
  )
}

async function reportCorruptPackage(check: Check, { sha256 }: ArtifactRow, why: string): Promise<void> {
  check.corrupt.add(sha256)
  check.add({
    code: 'package-corrupt',
    where: await filesOf(check, sha256),
    message: `the blob ${sha256} is damaged: ${why}`,
    place: { sha256 },
  })
}

async function listArtifacts(check: Check, prefix: string): Promise<Map<string, ArtifactRow>> {
  const rows = await check.parts.db
    .selectFrom('artifacts')
    .select(['sha256', 'md5', 'size', 'announced'])
    .where('sha256', '>=', prefix)
    .where('sha256', '<', `${prefix}g`) // beyond every hex digit
    .execute()
  return new Map(rows.map((row) => [row.sha256, row]))
}

interface BlobHashes {
  readonly sha256: string
  readonly md5: string | undefined
}

async function hashBlob(check: Check, digest: string, withMd5: boolean): Promise<BlobHashes> {
  const sha256 = createHash('sha256')
  const md5 = withMd5 ? createHash('md5') : undefined
  for await (const chunk of (await check.parts.blobs.open(digest)) as AsyncIterable<Uint8Array>) {
    sha256.update(chunk)
    md5?.update(chunk)
    await check.pace(chunk.byteLength)
  }
  return { sha256: sha256.digest('hex'), md5: md5?.digest('hex') }
}

const SHOWN_FILES = 3

/** The files that have these bytes, as people name them. */
async function filesOf(check: Check, sha256: string): Promise<string> {
  const rows = await check.parts.db
    .selectFrom('channel_files')
    .innerJoin('channels', 'channels.id', 'channel_files.channel_id')
    .select(['channels.name as channel', 'channel_files.subdir', 'channel_files.filename'])
    .where('channel_files.sha256', '=', sha256)
    .orderBy('channels.name')
    .limit(SHOWN_FILES + 1)
    .execute()
  if (rows.length === 0) return `artifact ${sha256}`
  const names = rows.slice(0, SHOWN_FILES).map((row) => `${row.channel}/${row.subdir}/${row.filename}`)
  return names.join(', ') + (rows.length > SHOWN_FILES ? ', …' : '')
}

/** What nothing names: notes when whole, and a fault when even its bytes are wrong. */
export async function checkUnreferenced(check: Check): Promise<void> {
  for await (const { blobs } of walkBlobs(check)) {
    for (const { sha256, size } of blobs) {
      if (check.named.has(sha256)) continue
      if (check.corrupt.has(sha256)) {
        check.add({
          code: 'blob-corrupt',
          where: `blob ${sha256}`,
          message: 'its bytes have another digest, and nothing names it',
          place: { sha256 },
        })
      } else {
        check.add({
          code: 'unreferenced-blob',
          where: `blob ${sha256}`,
          message: `${size} bytes that nothing names; the next collection takes it away`,
          place: { sha256 },
        })
      }
    }
  }
}

/** Files on their way in that nobody waits for. What else an operator keeps in the data folder is theirs. */
export async function checkLeftovers(check: Check): Promise<void> {
  const folder = check.parts.dataFolder
  const awaited = await listAwaitedFiles(check)
  for (const file of [...(await walkAll(folder, 'staging')), ...(await walkAll(folder, 'incoming'))])
    if (!awaited.has(join(folder, file.path))) reportLeftover(check, file.path, file)
}

async function listAwaitedFiles(check: Check): Promise<Set<string>> {
  const rows = await check.parts.db
    .selectFrom('jobs')
    .select('payload')
    .where('kind', '=', 'advisories.import')
    .where('state', 'in', ['queued', 'running'])
    .execute()
  return new Set(rows.map(({ payload }) => /"path":"([^"]*)"/.exec(payload)?.[1] ?? ''))
}

function reportStray(check: Check, path: string): void {
  check.add({
    code: 'stray-file',
    where: path,
    message: 'no part of Terrarium puts such a file here',
    place: { path },
  })
}

function reportLeftover(check: Check, path: string, file: Pick<FoundFile, 'size'>): void {
  const message = `${file.size} bytes of work that was cut off`
  check.add({ code: 'leftover-file', where: path, message, place: { path } })
}
