/**
 * Reads the facts of all files of some names. Names that no advisory can concern are read in bulk; the others go through
 * `gatherFacts` like anywhere else.
 */
import type { Channel } from '../channels/channel.ts'
import { toOrigin } from '../channels/channel-file.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { factsOfFile, gatherFacts } from '../repodata/gather-facts.ts'
import { findVouchers, type FindVouchers } from '../signatures/find-vouchers.ts'
import { findUnmapped, listMatchableNames } from '../vulnerabilities/store.ts'

/** Few, for what is read of them is in memory together. */
const NAMES_AT_ONCE = 100

/** Answers for each name, also for one that has no files. */
export async function* readFacts(
  db: Db,
  channel: Channel,
  names: readonly string[],
): AsyncGenerator<readonly [string, readonly ArtifactFacts[]]> {
  if (names.length === 0) return
  const matchable = await listMatchableNames(db)
  for (const chunk of inChunks(names, NAMES_AT_ONCE)) {
    const plain = chunk.filter((name) => !matchable.has(name))
    const unmapped = await findUnmapped(db, plain)
    const rows = await listFactRows(db, channel.id, plain)
    const vouchersOf = await findVouchers(
      db,
      channel.id,
      rows.map(({ filename }) => filename),
    )
    const rowsOf = Map.groupBy(rows, ({ name }) => name)
    for (const name of plain)
      yield [name, readPlainly(channel, rowsOf.get(name) ?? [], unmapped.has(name), vouchersOf)]

    const concerned = chunk.filter((name) => matchable.has(name))
    const files = await listFilesOfNames(db, channel.id, concerned)
    const facts = await gatherFacts(db, channel, files)
    const byName = Map.groupBy(files, ({ name }) => name)
    for (const name of concerned) yield [name, (byName.get(name) ?? []).map(({ id }) => facts.get(id)!)] // it answers for every file
  }
}

/** The same as `gatherFacts` where nothing can be known against any version. */
function readPlainly(
  channel: Channel,
  rows: readonly FactRow[],
  unmapped: boolean,
  vouchersOf: FindVouchers,
): ArtifactFacts[] {
  const conda = new Set(
    rows.flatMap(({ subdir, filename }) => (filename.endsWith('.conda') ? `${subdir}/${filename}` : [])),
  )
  return rows.map((row) => {
    const own = {
      firstSeenMs: row.first_seen_at,
      unmapped,
      linkScripts: row.link_scripts === 1,
      executablesInNoarch: row.executables_in_noarch === 1,
      legacyDuplicate:
        row.filename.endsWith('.tar.bz2') &&
        conda.has(`${row.subdir}/${row.filename.replace(/\.tar\.bz2$/, '.conda')}`),
      vouchers: vouchersOf(row),
    }
    const file = {
      subdir: row.subdir,
      filename: row.filename,
      name: row.name,
      version: row.version,
      build: row.build,
      buildNumber: row.build_number,
      size: row.size,
      licence: row.licence,
      licenceFamily: row.licence_family,
      builtAtMs: row.built_at,
      noarch: row.noarch,
      origin: toOrigin(row),
    }
    return { ...factsOfFile(channel, file, own), vulnerabilities: NONE }
  })
}

const NONE: readonly never[] = []

type FactRow = Awaited<ReturnType<typeof listFactRows>>[number]

async function listFactRows(db: Db, channelId: string, names: readonly string[]) {
  if (names.length === 0) return []
  return db
    .selectFrom('channel_files as f')
    .innerJoin('artifacts as a', 'a.sha256', 'f.sha256')
    .select([
      'f.subdir',
      'f.filename',
      'f.sha256',
      'f.name',
      'f.version',
      'f.build',
      'f.build_number',
      'f.size',
    ])
    .select(['f.licence', 'f.licence_family', 'f.built_at', 'f.noarch'])
    .select(['f.origin_kind', 'f.origin_id', 'f.origin_name'])
    .select(['a.first_seen_at', 'a.link_scripts', 'a.executables_in_noarch'])
    .where('f.channel_id', '=', channelId)
    .where('f.name', 'in', names)
    .where('f.state', '=', 'present')
    .execute()
}
