/**
 * Makes the table of a channel anew on disk, some names at a time: what has not changed is taken from the one before.
 * Little is held meanwhile, for a server makes tables while it serves.
 */
import type { Channel } from '../channels/channel.ts'
import { listFactMarks } from '../channels/fact-marks.ts'
import type { Db } from '../platform/database/db.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import type { FactsFolder, FactsWriter } from './facts-file.ts'
import { readFacts } from './read-facts.ts'

const NAMES_AT_ONCE = 2_000

export interface BuildProgress {
  /** Names. */
  readonly done: number
  readonly total: number
}

export class TableBuild {
  readonly #writer: FactsWriter
  /** Of the names that have to be read. */
  readonly #marks: ReadonlyMap<string, string>
  readonly #facts: AsyncGenerator<readonly [string, readonly ArtifactFacts[]]>
  #done = 0

  private constructor(db: Db, channel: Channel, writer: FactsWriter, marks: ReadonlyMap<string, string>) {
    this.#writer = writer
    this.#marks = marks
    this.#facts = readFacts(db, channel, [...marks.keys()])
  }

  static async begin(db: Db, folder: FactsFolder, channel: Channel): Promise<TableBuild> {
    // as they were before anything was read
    const marks = await listFactMarks(db, channel.id)
    const writer = await folder.begin(channel)
    try {
      await carryOver(folder, channel, writer, marks)
    } catch (error) {
      await writer.discard()
      throw error
    }
    return new TableBuild(db, channel, writer, marks)
  }

  get progress(): BuildProgress {
    return { done: this.#done, total: this.#marks.size }
  }

  /** Reads so many names; with the last of them the table takes its place. */
  async step(names = NAMES_AT_ONCE): Promise<void> {
    const { total } = this.progress
    for (const end = Math.min(this.#done + names, total); this.#done < end; this.#done += 1) {
      const next = await this.#facts.next()
      if (next.done) throw new Error('the facts of a name were not read')
      const [name, files] = next.value
      await this.#writer.add(name, this.#marks.get(name)!, files) // they are of these names
    }
    if (this.#done === total) await this.#writer.finish()
  }

  /** Puts in place what there is: whoever builds the next time reads the other names. */
  async stop(): Promise<void> {
    await this.#writer.finish()
  }

  async discard(): Promise<void> {
    await this.#writer.discard()
  }
}

/** Takes the names that have not changed out of `marks`. */
async function carryOver(
  folder: FactsFolder,
  channel: Channel,
  writer: FactsWriter,
  marks: Map<string, string>,
): Promise<void> {
  for await (const block of folder.listBlocks(channel.id)) {
    if (block.channel !== channel.name) return
    const same = [...block.names.entries()].filter(([index, name]) => marks.get(name) === block.marks[index])
    if (block.isFull && same.length === block.names.length) await writer.addBlock(block)
    else for (const [index, name] of same) await writer.add(name, block.marks[index]!, block.filesAt(index))
    for (const [, name] of same) marks.delete(name)
  }
}
