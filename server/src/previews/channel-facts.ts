/**
 * The facts of every file of a channel, for whoever looks at all of them at once: a table that was made before, and
 * beside it what has changed since. What was read is good until the name's mark in `fact_marks` moves; then that name
 * alone is read again.
 */
import type { Channel } from '../channels/channel.ts'
import { countFilesOfNames } from '../channels/contents-store.ts'
import { listFactMarks } from '../channels/fact-marks.ts'
import type { Db } from '../platform/database/db.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import type { FactTable } from './fact-table.ts'
import type { FactsFolder } from './facts-file.ts'
import { readFacts } from './read-facts.ts'

/** So much is read while somebody waits, in about half a second; above that the table is made anew. */
const READ_AT_ONCE: Extent = { names: 1_000, files: 20_000 }

export interface Extent {
  readonly names: number
  readonly files: number
}

export class ChannelFacts {
  readonly #folder: FactsFolder
  readonly #atOnce: Extent
  #table: FactTable | undefined
  readonly #recent = new Map<string, { readonly mark: string; readonly files: readonly ArtifactFacts[] }>()

  constructor(folder: FactsFolder, atOnce = READ_AT_ONCE) {
    this.#folder = folder
    this.#atOnce = atOnce
  }

  /** Names that have files, each once. */
  *names(): Generator<readonly [string, readonly ArtifactFacts[]]> {
    for (const name of this.#table?.names ?? []) {
      if (this.#recent.has(name)) continue
      const files = this.#table?.filesOf(name) ?? []
      if (files.length > 0) yield [name, files]
    }
    for (const [name, { files }] of this.#recent) if (files.length > 0) yield [name, files]
  }

  /**
   * Reads what has changed since the last time, or since the table on disk was made.
   *
   * @param options.patient however much it is
   * @returns whether all facts are those of now; if not, more has changed than is read here
   */
  async refresh(db: Db, channel: Channel, { patient = false } = {}): Promise<boolean> {
    // before the files, so that what changes while they are read is read again the next time
    const marks = await listFactMarks(db, channel.id)
    let changed = this.#changed(marks)
    const isMuch = (names: Iterable<string>): Promise<boolean> =>
      exceeds(db, channel.id, [...names], this.#atOnce)
    if (changed.length > 0 && (await isMuch([...this.#recent.keys(), ...changed]))) {
      const made = await this.#folder.load(channel.id)
      const left =
        made?.channel === channel.name ? changedSince(marks, (name) => made.markOf(name)) : undefined
      const isEmpty = !this.#table && this.#recent.size === 0
      if (left && (isEmpty || !(await isMuch(left)))) {
        this.#table = made
        this.#recent.clear()
        changed = left
      }
      if (!patient && (await isMuch(changed))) return false
    }
    for await (const [name, files] of readFacts(db, channel, changed))
      this.#recent.set(name, { mark: marks.get(name)!, files }) // `changed` is of `marks`
    return true
  }

  #changed(marks: ReadonlyMap<string, string>): string[] {
    return changedSince(marks, (name) => this.#recent.get(name)?.mark ?? this.#table?.markOf(name))
  }
}

/** Names whose marks are not the known ones. */
export function changedSince(
  marks: ReadonlyMap<string, string>,
  markOf: (name: string) => string | undefined,
): string[] {
  return [...marks].filter(([name, mark]) => markOf(name) !== mark).map(([name]) => name)
}

/** Whether these names are more than that, or have more files. */
export async function exceeds(
  db: Db,
  channelId: string,
  names: readonly string[],
  extent: Extent,
): Promise<boolean> {
  if (names.length > extent.names) return true
  const counts = await countFilesOfNames(db, channelId, names)
  return [...counts.values()].reduce((all, one) => all + one, 0) > extent.files
}
