/** The SQL of artifacts: the bytes the blob store holds, once for all channels. */
import { indexedTimestampMs } from '@terrarium/conda/repodata/indexed-timestamp.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { forgetDamage } from './damage-store.ts'
import type { Artifact } from './take-in.ts'

/**
 * Names artifacts in the database; the first sight of the same bytes counts for ever, and so does the time
 * of indexing that is given then: for bytes of a mirror the upstream's, so that a client that asks for the
 * state of a day gets the same answer from both.
 */
export async function recordArtifacts(
  db: Db,
  artifacts: readonly (Artifact & { readonly upstreamIndexedMs?: number | undefined })[],
  at: Date,
): Promise<void> {
  for (const chunk of inChunks(artifacts)) {
    await db
      .insertInto('artifacts')
      .values(
        chunk.map(({ sha256, md5, size, inspection, upstreamIndexedMs }) => ({
          sha256,
          md5,
          size,
          announced: 0,
          inspection: JSON.stringify(inspection),
          link_scripts: inspection.linkScripts.length > 0 ? 1 : 0,
          executables_in_noarch: (inspection.executablesInNoarch?.length ?? 0) > 0 ? 1 : 0,
          first_seen_at: at.getTime(),
          indexed_at: indexedTimestampMs({
            knownMs: undefined,
            upstreamMs: upstreamIndexedMs,
            nowMs: at.getTime(),
          }),
        })),
      )
      .onConflict((conflict) =>
        conflict
          .column('sha256')
          .doUpdateSet((eb) => ({
            md5: eb.ref('excluded.md5'),
            size: eb.ref('excluded.size'),
            announced: 0,
            inspection: eb.ref('excluded.inspection'),
            link_scripts: eb.ref('excluded.link_scripts'),
            executables_in_noarch: eb.ref('excluded.executables_in_noarch'),
          }))
          .where('artifacts.announced', '=', 1),
      )
      .execute()
    await forgetDamage(
      db,
      chunk.map(({ sha256 }) => sha256),
    )
  }
}

/** The bytes are no longer here; what is known of them stays, for the day they come again. */
export async function markBytesGone(db: Db, digests: readonly string[]): Promise<void> {
  for (const chunk of inChunks(digests))
    await db.updateTable('artifacts').set({ announced: 1 }).where('sha256', 'in', chunk).execute()
}

/** What the bytes themselves say, in place of what was written down; for repairs. */
export async function correctArtifact(
  db: Db,
  sha256: string,
  found: { readonly size: number; readonly md5: string },
): Promise<void> {
  await db.updateTable('artifacts').set(found).where('sha256', '=', sha256).execute()
}

/** Bytes as an upstream's index tells of them, before anybody has fetched them. */
export interface AnnouncedArtifact {
  readonly sha256: string
  /** Empty when the index does not say. */
  readonly md5: string
  readonly size: number
  readonly upstreamIndexedMs: number | undefined
}

/** Gives bytes that are not here a row to be named by; of bytes that are known nothing changes. */
export async function announceArtifacts(
  db: Db,
  artifacts: readonly AnnouncedArtifact[],
  at: Date,
): Promise<void> {
  for (const chunk of inChunks(artifacts)) {
    await db
      .insertInto('artifacts')
      .values(
        chunk.map(({ sha256, md5, size, upstreamIndexedMs: upstreamMs }) => ({
          sha256,
          md5,
          size,
          announced: 1,
          inspection: '{}',
          link_scripts: 0,
          executables_in_noarch: 0,
          first_seen_at: at.getTime(),
          indexed_at: indexedTimestampMs({ knownMs: undefined, upstreamMs, nowMs: at.getTime() }),
        })),
      )
      .onConflict((conflict) => conflict.column('sha256').doNothing())
      .execute()
  }
}

export interface StoredArtifact {
  readonly sha256: string
  readonly md5: string
  readonly size: number
  /** When the bytes were first seen here: the clock of ages. */
  readonly firstSeenMs: number
  /** Their `indexed_timestamp` (CEP 47), in whatever channel. */
  readonly indexedMs: number
  /** It brings scripts that installers run. */
  readonly linkScripts: boolean
  /** Machine code in a package that says it runs anywhere. */
  readonly executablesInNoarch: boolean
}

/** What intake found inside, as it was written then, by sha256; digests of bytes that are not here are left out. */
export async function findInspections(db: Db, digests: readonly string[]): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>()
  for (const chunk of inChunks([...new Set(digests)])) {
    const rows = await db
      .selectFrom('artifacts')
      .select(['sha256', 'inspection'])
      .where('sha256', 'in', chunk)
      .where('announced', '=', 0)
      .execute()
    for (const row of rows) found.set(row.sha256, JSON.parse(row.inspection))
  }
  return found
}

/** What decisions ask about bytes. */
export type ArtifactTraits = Pick<StoredArtifact, 'firstSeenMs' | 'linkScripts' | 'executablesInNoarch'>

/** Like `findArtifacts`, but only what decisions ask: half a million files are decided at a time. */
export async function findTraits(db: Db, digests: readonly string[]): Promise<Map<string, ArtifactTraits>> {
  const found = new Map<string, ArtifactTraits>()
  for (const chunk of inChunks([...new Set(digests)])) {
    const rows = await db
      .selectFrom('artifacts')
      .select(['sha256', 'first_seen_at', 'link_scripts', 'executables_in_noarch'])
      .where('sha256', 'in', chunk)
      .execute()
    for (const row of rows) {
      found.set(row.sha256, {
        firstSeenMs: row.first_seen_at,
        linkScripts: row.link_scripts === 1,
        executablesInNoarch: row.executables_in_noarch === 1,
      })
    }
  }
  return found
}

/** What is known of bytes, by sha256; unknown digests are left out. */
export async function findArtifacts(
  db: Db,
  digests: readonly string[],
): Promise<Map<string, StoredArtifact>> {
  const found = new Map<string, StoredArtifact>()
  for (const chunk of inChunks([...new Set(digests)])) {
    const rows = await db
      .selectFrom('artifacts')
      .select([
        'sha256',
        'md5',
        'size',
        'first_seen_at',
        'indexed_at',
        'link_scripts',
        'executables_in_noarch',
      ])
      .where('sha256', 'in', chunk)
      .execute()
    for (const { sha256, md5, size, ...row } of rows) {
      found.set(sha256, {
        ...{ sha256, md5, size },
        firstSeenMs: row.first_seen_at,
        indexedMs: row.indexed_at ?? row.first_seen_at,
        linkScripts: row.link_scripts === 1,
        executablesInNoarch: row.executables_in_noarch === 1,
      })
    }
  }
  return found
}

/** All bytes that are here. */
export async function sumArtifacts(db: Db): Promise<{ count: number; bytes: number }> {
  const row = await db
    .selectFrom('artifacts')
    .select((eb) => [
      eb.fn.countAll<number | string>().as('count'),
      eb.fn.sum<number | string | null>('size').as('bytes'),
    ])
    .where('announced', '=', 0)
    .executeTakeFirstOrThrow()
  return { count: Number(row.count), bytes: Number(row.bytes ?? 0) }
}
