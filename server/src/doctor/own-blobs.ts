/**
 * Whether the blobs are the ones the database speaks of: asked before a server begins, before a check, and by whoever
 * watches its health. A volume that is not mounted looks like an empty folder, and a wrong prefix like an empty bucket:
 * a server that went on would refuse every package as lost, and write the next ones beside where they belong.
 *
 * Only nothing at all is taken for that. What else is missing, a check names (`check-blobs.ts`).
 */
import type { BlobPlace } from '../blobs/open-blob-store.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import { AppError } from '../vocabulary/errors.ts'

/** Of each kind of blob. */
const LOOKED_FOR = 10
const LOOK_EVERY_MS = 10_000

export interface OwnBlobsParts {
  readonly db: Db
  readonly blobs: BlobStore
  readonly blobPlace: BlobPlace
  readonly log: Log
}

/** @throws AppError blobs-missing when of the blobs that the database names none is there */
export async function requireOwnBlobs(parts: OwnBlobsParts): Promise<void> {
  const missing = await findMissing(parts)
  if (missing === undefined) return
  throw new AppError(
    'blobs-missing',
    `${missing}: is another volume mounted there, or none? If they are lost, run \`terrarium fsck --repair\` on the ` +
      'stopped server, which makes again what can be made and puts the rest aside',
  )
}

/** The same for whoever asks often: looked at every ten seconds at most. */
export class OwnBlobsWatch {
  readonly #parts: OwnBlobsParts & { readonly now: () => Date }
  #fault: Promise<string | undefined> = Promise.resolve(undefined)
  #lookedAtMs = -Infinity
  #logged: string | undefined

  constructor(parts: OwnBlobsParts & { readonly now: () => Date }) {
    this.#parts = parts
  }

  /** What is wrong, in words for anybody; undefined when some are there. The log says where. */
  fault(): Promise<string | undefined> {
    const nowMs = this.#parts.now().getTime()
    if (Math.abs(nowMs - this.#lookedAtMs) >= LOOK_EVERY_MS) {
      this.#lookedAtMs = nowMs
      this.#fault = this.#look()
    }
    return this.#fault
  }

  async #look(): Promise<string | undefined> {
    const missing = await findMissing(this.#parts)
    if (missing !== undefined && missing !== this.#logged) this.#parts.log.error(missing)
    this.#logged = missing
    return missing && 'blobs-missing: none of the blobs is there that the database names; the log says where'
  }
}

async function findMissing({ db, blobs, blobPlace, log }: OwnBlobsParts): Promise<string | undefined> {
  const digests: string[] = []
  try {
    for (const find of [findIndexes, findRendered, findPackages]) {
      for (const sha256 of await find(db)) {
        if (await blobs.stat(sha256)) return undefined
        digests.push(sha256)
      }
      if (digests.length === 0) return undefined // nothing was published yet
    }
  } catch (cause) {
    // a bucket that does not answer now may do so before the next client asks
    log.error({ err: cause }, `the blobs in ${describe(blobPlace)} cannot be looked for`)
    return undefined
  }
  return (
    `${describe(blobPlace)} has none of the ${digests.length} blobs that were looked for, ${digests[0]} and others, ` +
    'which the database names'
  )
}

/** Of the channels that changed last. */
async function findIndexes(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('channels')
    .innerJoin('revision_subdirs', (join) =>
      join
        .onRef('revision_subdirs.channel_id', '=', 'channels.id')
        .onRef('revision_subdirs.number', '=', 'channels.newest_revision'),
    )
    .select('contents_sha256')
    .orderBy('channels.updated_at', 'desc')
    .limit(LOOKED_FOR)
    .execute()
  return rows.map((row) => row.contents_sha256)
}

async function findRendered(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('channels')
    .innerJoin('revision_files', (join) =>
      join
        .onRef('revision_files.channel_id', '=', 'channels.id')
        .onRef('revision_files.number', '=', 'channels.rendered_revision'),
    )
    .select('sha256')
    .orderBy('channels.updated_at', 'desc')
    .limit(LOOKED_FOR)
    .execute()
  return rows.map((row) => row.sha256)
}

/** Finding them may take a while: last, when nothing else is there. */
async function findPackages(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('channel_files')
    .innerJoin('artifacts', 'artifacts.sha256', 'channel_files.sha256')
    .select('channel_files.sha256 as sha256')
    .where('channel_files.state', '=', 'present')
    .where('artifacts.announced', '=', 0)
    .limit(LOOKED_FOR)
    .execute()
  return rows.map((row) => row.sha256)
}

function describe(place: BlobPlace): string {
  return place.kind === 'folder' ? place.folder : `the bucket ${place.bucket}, under ${place.prefix || '/'},`
}
