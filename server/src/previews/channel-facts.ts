/**
 * The facts of every file of a channel, for whoever looks at all of them at once. Names that no advisory can
 * concern are read in bulk; the others go through `gatherFacts` like anywhere else. What was read is good
 * until the name's mark in `fact_marks` moves; then that name alone is read again.
 */
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { listFactMarks } from '../channels/stale-names.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { factsOfFile, gatherFacts } from '../repodata/gather-facts.ts'
import { findVouchers, type FindVouchers, type Vouchers } from '../signatures/find-vouchers.ts'
import { findUnmapped, listMatchableNames } from '../vulnerabilities/store.ts'

export interface KnownFile {
  readonly id: string
  readonly facts: ArtifactFacts
}

const NAMES_AT_ONCE = 400

export class ChannelFacts {
  readonly #byName = new Map<string, readonly KnownFile[]>()
  readonly #shared = new Shared()
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
      const plain = chunk.filter((name) => !matchable.has(name))
      const unmapped = await findUnmapped(db, plain)
      const plainRows = await listFiles(db, channel.id, plain)
      const vouchersOf = await findVouchers(
        db,
        channel.id,
        plainRows.map(({ filename }) => filename),
      )
      for (const [name, rows] of Map.groupBy(plainRows, (row) => row.name))
        this.#byName.set(name, this.#plainly(channel, rows, unmapped.has(name), vouchersOf))
      const files = await listFilesOfNames(
        db,
        channel.id,
        chunk.filter((name) => matchable.has(name)),
      )
      const facts = await gatherFacts(db, channel, files)
      for (const [name, own] of Map.groupBy(files, (file) => file.name)) {
        const known = own.map(({ id }) => ({ id, facts: facts.get(id)! })) // it answers for every file
        this.#byName.set(name, known)
      }
    }
  }

  /** The same as `gatherFacts` where nothing can be known against any version. */
  #plainly(
    channel: Channel,
    rows: readonly FactRow[],
    unmapped: boolean,
    vouchersOf: FindVouchers,
  ): KnownFile[] {
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
        vouchers: this.#shared.vouchers(vouchersOf(row)),
      }
      const file = {
        subdir: this.#shared.text(row.subdir),
        filename: row.filename,
        name: this.#shared.text(row.name),
        version: this.#shared.text(row.version),
        build: this.#shared.text(row.build),
        buildNumber: row.build_number,
        size: row.size,
        licence: row.licence === null ? null : this.#shared.text(row.licence),
        licenceFamily: row.licence_family === null ? null : this.#shared.text(row.licence_family),
        builtAtMs: row.built_at,
        noarch: row.noarch === null ? null : this.#shared.text(row.noarch),
        origin: this.#shared.origin(row.origin_kind as Origin['kind'], row.origin_id, row.origin_name), // as toFile
      }
      return { id: row.id, facts: { ...factsOfFile(channel, file, own), vulnerabilities: NONE } }
    })
  }
}

const NONE: readonly never[] = []

type Origin = ChannelFile['origin']

/** One of each: half a million files have few licences, and a database gives each file texts of its own. */
class Shared {
  readonly #texts = new Map<string, string>()
  readonly #origins = new Map<string, Origin>()

  text(text: string): string {
    const known = this.#texts.get(text)
    if (known !== undefined) return known
    this.#texts.set(text, text)
    return text
  }

  vouchers({ signed }: Vouchers): Vouchers {
    return { signed: { holds: signed.holds, why: this.text(signed.why) } }
  }

  origin(kind: Origin['kind'], id: string, name: string): Origin {
    const key = `${kind}\n${id}\n${name}`
    const known = this.#origins.get(key)
    if (known) return known
    const made = { kind, id, name }
    this.#origins.set(key, made)
    return made
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

type FactRow = Awaited<ReturnType<typeof listFiles>>[number]

async function listFiles(db: Db, channelId: string, names: readonly string[]) {
  if (names.length === 0) return []
  return db
    .selectFrom('channel_files as f')
    .innerJoin('artifacts as a', 'a.sha256', 'f.sha256')
    .select(['f.id', 'f.subdir', 'f.filename', 'f.name', 'f.version', 'f.build', 'f.build_number', 'f.size'])
    .select(['f.licence', 'f.licence_family', 'f.built_at', 'f.noarch'])
    .select(['f.origin_kind', 'f.origin_id', 'f.origin_name'])
    .select(['a.first_seen_at', 'a.link_scripts', 'a.executables_in_noarch'])
    .where('f.channel_id', '=', channelId)
    .where('f.name', 'in', names)
    .where('f.state', '=', 'present')
    .execute()
}
