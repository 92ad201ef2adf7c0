/**
 * Whether the blobs are the ones the database speaks of: asked before a server begins, before a check, and by whoever
 * watches its health. A volume that is not mounted looks like an empty folder, and a wrong prefix like an empty bucket:
 * a server that went on would refuse every package as lost, and write the next ones beside where they belong.
 *
 * Only nothing at all is taken for that. What else is missing, a check names (`check-blobs.ts`).
 *
 * The other way round, a database without a single channel beside a folder of blobs is a new one where the old was lost, or
 * another one than was meant: a collection would take all those blobs away.
 */
import { sql } from 'kysely'
import type { BlobPlace } from '../blobs/open-blob-store.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Db } from '../platform/database/db.ts'
import type { Log } from '../platform/log.ts'
import { AppError } from '../vocabulary/errors.ts'

/** Of each kind of blob. */
const LOOKED_FOR = 10
const LOOK_EVERY_MS = 10_000
/** More than a first start can have left behind that was cut off. */
const MOST_OF_NOBODY = 10

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

/** @throws AppError blobs-unknown when the database never had a channel, and the blobs of somebody are there */
export async function requireNoStrangers({
  db,
  blobs,
}: {
  readonly db: Db
  readonly blobs: BlobStore
}): Promise<void> {
  if (await db.selectFrom('channels').select('id').limit(1).executeTakeFirst()) return
  const made = db.selectFrom('audit_events').select('seq').where('action', '=', 'channel.created').limit(1)
  if (await made.executeTakeFirst()) return // and dropped since
  let count = 0
  for await (const sha256 of blobs.list()) {
    count += 1
    if (count <= MOST_OF_NOBODY) continue
    throw new AppError(
      'blobs-unknown',
      `the database never had a channel, and there are blobs, such as ${sha256}: was the database lost, or is this another ` +
        'one? Bring back a copy of theirs. To begin anew, take the blobs away first, or name another place for them: ' +
        'a server would delete them as what nothing names',
    )
  }
}

/** `requireOwnBlobs` for whoever asks often: looked at every ten seconds at most. */
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
    for (const find of [
      () => findOfRevisions(db, 'revision_subdirs', 'contents_sha256', 'newest_revision'),
      () => findOfRevisions(db, 'revision_files', 'sha256', 'rendered_revision'),
      () => findPackages(db),
    ]) {
      for (const sha256 of await find()) {
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

/** What a table names of the revisions that channels point at, of the channels that changed last. */
async function findOfRevisions(
  db: Db,
  table: 'revision_subdirs' | 'revision_files',
  column: 'contents_sha256' | 'sha256',
  pointer: 'newest_revision' | 'rendered_revision',
): Promise<string[]> {
  const { rows } = await sql<{ sha256: string }>`
    select ${sql.ref(column)} as sha256 from ${sql.table(table)} as named
    join channels on channels.id = named.channel_id and channels.${sql.ref(pointer)} = named.number
    order by channels.updated_at desc limit ${LOOKED_FOR}`.execute(db)
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
