/** Makes the table of a channel anew, some names at a time: what has not changed is taken from the one before. */
import type { Channel } from '../channels/channel.ts'
import { listFactMarks } from '../channels/fact-marks.ts'
import type { Db } from '../platform/database/db.ts'
import { FactTableBuilder, type FactTable } from './fact-table.ts'
import { readFacts } from './read-facts.ts'

const NAMES_AT_ONCE = 2_000

export interface BuildProgress {
  /** Names. */
  readonly done: number
  readonly total: number
}

export class TableBuild {
  readonly #channel: Channel
  readonly #builder: FactTableBuilder
  /** As they were before anything was read. */
  readonly #marks: ReadonlyMap<string, string>
  readonly #left: string[]
  readonly #total: number

  private constructor(channel: Channel, marks: ReadonlyMap<string, string>, known: FactTable | undefined) {
    this.#channel = channel
    this.#builder = new FactTableBuilder(channel.name)
    this.#marks = marks
    const same = known?.channel === channel.name ? known : undefined
    this.#left = []
    for (const [name, mark] of marks) {
      if (same?.markOf(name) === mark) this.#builder.add(name, mark, same.filesOf(name))
      else this.#left.push(name)
    }
    this.#total = this.#left.length
  }

  static async begin(db: Db, channel: Channel, known: FactTable | undefined): Promise<TableBuild> {
    return new TableBuild(channel, await listFactMarks(db, channel.id), known)
  }

  get progress(): BuildProgress {
    return { done: this.#total - this.#left.length, total: this.#total }
  }

  /** @returns the table when it is complete */
  async step(db: Db): Promise<FactTable | undefined> {
    const names = this.#left.splice(0, NAMES_AT_ONCE)
    for await (const [name, files] of readFacts(db, this.#channel, names))
      this.#builder.add(name, this.#marks.get(name)!, files) // what is left is of these
    return this.#left.length === 0 ? this.#builder.finish() : undefined
  }
}
