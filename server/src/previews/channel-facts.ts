/**
 * The facts of every file of a channel, for whoever looks at all of them at once. Names that no advisory can
 * concern are read in bulk; the others go through `gatherFacts` like anywhere else. What was read is good
 * until the name's mark in `fact_marks` moves; then that name alone is read again.
 */
import type { Channel } from '../channels/channel.ts'
import { toFile, type ChannelFile, type FileRow } from '../channels/channel-file.ts'
import { listFactMarks } from '../channels/stale-names.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { factsOfFile, gatherFacts } from '../repodata/gather-facts.ts'
import { findUnmapped, listMatchableNames } from '../vulnerabilities/store.ts'

export interface KnownFile {
  readonly id: string
  readonly facts: ArtifactFacts
}

const NAMES_AT_ONCE = 400

export class ChannelFacts {
  readonly #byName = new Map<string, readonly KnownFile[]>()
  #marks: ReadonlyMap<string, string> = new Map()

  get names(): IterableIterator<[string, readonly KnownFile[]]> {
    return this.#byName.entries()
  }

  /** Reads what has changed since the last time; everything the first time. */
  async refresh(db: Db, channel: Channel): Promise<void> {
    // before the files, so that what changes while they are read is read again the next time
    const marks = await listFactMarks(db, channel.id)
    const names = await listNames(db, channel.id)
    for (const name of this.#byName.keys()) if (!names.has(name)) this.#byName.delete(name)
    const changed = [...names].filter(
      (name) => !this.#byName.has(name) || marks.get(name) !== this.#marks.get(name),
    )
    if (changed.length > 0) await this.#read(db, channel, changed)
    this.#marks = marks
  }

  async #read(db: Db, channel: Channel, names: readonly string[]): Promise<void> {
    const matchable = await listMatchableNames(db)
    for (const chunk of inChunks(names, NAMES_AT_ONCE)) {
      const unmapped = await findUnmapped(db, chunk)
      const rows = Map.groupBy(await listFiles(db, channel.id, chunk), ({ name }) => name)
      for (const name of chunk) {
        const own = rows.get(name) ?? []
        const known = matchable.has(name)
          ? await gathered(db, channel, own)
          : plainly(channel, own, unmapped.has(name))
        this.#byName.set(name, known)
      }
    }
  }
}

async function listNames(db: Db, channelId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('channel_files')
    .select('name')
    .distinct()
    .where('channel_id', '=', channelId)
    .where('state', '=', 'present')
    .execute()
  return new Set(rows.map(({ name }) => name))
}

interface FactRow extends FileRow {
  first_seen_at: number
  link_scripts: number
  executables_in_noarch: number
}

async function listFiles(db: Db, channelId: string, names: readonly string[]): Promise<FactRow[]> {
  return db
    .selectFrom('channel_files')
    .innerJoin('artifacts', 'artifacts.sha256', 'channel_files.sha256')
    .selectAll('channel_files')
    .select(['artifacts.first_seen_at', 'artifacts.link_scripts', 'artifacts.executables_in_noarch'])
    .where('channel_id', '=', channelId)
    .where('name', 'in', names)
    .where('state', '=', 'present')
    .execute()
}

async function gathered(db: Db, channel: Channel, rows: readonly FactRow[]): Promise<KnownFile[]> {
  const facts = await gatherFacts(db, channel, rows.map(toFile))
  return [...facts].map(([id, own]) => ({ id, facts: own }))
}

/** The same as `gatherFacts` where nothing can be known against any version. */
function plainly(channel: Channel, rows: readonly FactRow[], unmapped: boolean): KnownFile[] {
  const paths = new Set(rows.map(({ subdir, filename }) => `${subdir}/${filename}`))
  return rows.map((row) => {
    const file: ChannelFile = toFile(row)
    const own = {
      firstSeenMs: row.first_seen_at,
      unmapped,
      linkScripts: row.link_scripts === 1,
      executablesInNoarch: row.executables_in_noarch === 1,
      legacyDuplicate: isLegacyDuplicate(file, paths),
    }
    return { id: file.id, facts: { ...factsOfFile(channel, file, own), vulnerabilities: NONE } }
  })
}

const NONE: readonly never[] = []

function isLegacyDuplicate({ subdir, filename }: ChannelFile, paths: ReadonlySet<string>): boolean {
  return filename.endsWith('.tar.bz2') && paths.has(`${subdir}/${filename.replace(/\.tar\.bz2$/, '.conda')}`)
}
