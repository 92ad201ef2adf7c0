/**
 * A `FactTable` on disk, for the first preview after a while. A copy that can be made again: what cannot be read,
 * was damaged, or is of another release counts as not there. Whether what it says still holds, its marks tell; the
 * names of a block that is not there have none.
 *
 * The file: frames, of which the first says whose it is and each other is a block. A frame: sha256 of the rest, the two
 * lengths, names, columns, the last two as `v8.serialize` writes them. So it is written and read block by block.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { ArtifactFacts } from '../policies/facts.ts'
import { RELEASE } from '../release.ts'
import { FactBlock, FactBlockBuilder, FactTable, type FactColumns, type FactNames } from './fact-table.ts'

/** Grows when facts are found in another way or stand in other columns. */
const FORMAT = 2
const DIGEST_BYTES = 32
const LENGTH_BYTES = 4
const START_BYTES = DIGEST_BYTES + 2 * LENGTH_BYTES
const ENDING = '.facts'
const TEMPORARY = '.tmp'
/** Nobody writes one for so long. */
const ABANDONED_MS = 3600 * 1000

interface Owner {
  readonly made: string
  readonly channelId: string
  /** Its name. */
  readonly channel: string
}

/** Facts are the same for equal marks only as long as the same code finds them. */
const MADE = `${FORMAT} ${RELEASE} ${process.version}`

export class FactsFolder {
  readonly #folder: string

  /** @param data the data folder */
  constructor(data: string) {
    this.#folder = join(data, 'previews')
  }

  /** What the table that is kept of a channel has. */
  async *listNames(channelId: string): AsyncGenerator<FactNames> {
    for await (const { names } of this.#read(channelId)) yield names
  }

  /** Of the table that is kept of a channel. Each is good until the next is asked for, which takes its memory. */
  async *listBlocks(channelId: string): AsyncGenerator<FactBlock> {
    for await (const { channel, names, columns } of this.#read(channelId))
      yield new FactBlock(channel, names, deserialize(columns) as FactColumns) // the digest says that it was written here
  }

  async load(channelId: string): Promise<FactTable | undefined> {
    const blocks: FactBlock[] = []
    const texts = new Map<string, string>()
    for await (const block of this.listBlocks(channelId)) blocks.push(ownBlock(block, texts))
    const [first] = blocks
    return first && new FactTable(first.channel, blocks)
  }

  /** Begins a table that will take the place of the one that is kept. */
  async begin({ id, name }: { readonly id: string; readonly name: string }): Promise<FactsWriter> {
    await mkdir(this.#folder, { recursive: true })
    return FactsWriter.begin(this.#path(id), { made: MADE, channelId: id, channel: name })
  }

  /** Removes what is of no channel any more, and what a process left that was killed while it wrote. */
  async sweep(isKept: (channelId: string) => boolean): Promise<void> {
    await mkdir(this.#folder, { recursive: true })
    for (const file of await readdir(this.#folder)) {
      const path = join(this.#folder, file)
      const isGone = file.endsWith(ENDING)
        ? !isKept(file.slice(0, -ENDING.length))
        : file.endsWith(TEMPORARY) && (await isAbandoned(path))
      if (isGone) await rm(path, { force: true })
    }
  }

  async *#read(
    channelId: string,
  ): AsyncGenerator<{ readonly channel: string; readonly names: FactNames; readonly columns: Buffer }> {
    let channel: string | undefined
    for await (const { head, columns } of readFrames(this.#path(channelId))) {
      if (channel === undefined) {
        const owner = deserialize(head) as Owner // as below; and the first thing that is looked at is who made it
        if (owner.made !== MADE || owner.channelId !== channelId) return
        channel = owner.channel
      } else {
        yield { channel, names: deserialize(head) as FactNames, columns } // the digest says that it was written here
      }
    }
  }

  #path(channelId: string): string {
    return join(this.#folder, `${channelId}${ENDING}`)
  }
}

/** Writes one table, and holds a block of it. Whoever reads meanwhile has the old file or the new one. */
export class FactsWriter {
  readonly #file: FileHandle
  readonly #temporary: string
  readonly #path: string
  readonly #channel: string
  #block: FactBlockBuilder

  private constructor(file: FileHandle, temporary: string, path: string, channel: string) {
    this.#file = file
    this.#temporary = temporary
    this.#path = path
    this.#channel = channel
    this.#block = new FactBlockBuilder(channel)
  }

  static async begin(path: string, owner: Owner): Promise<FactsWriter> {
    const temporary = path.replace(ENDING, `.${randomUUID()}${TEMPORARY}`)
    const writer = new FactsWriter(await open(temporary, 'wx'), temporary, path, owner.channel)
    try {
      await writer.#writeFrame(serialize(owner), Buffer.alloc(0))
    } catch (error) {
      await writer.discard()
      throw error
    }
    return writer
  }

  /** Takes names one after the other, each once. */
  async add(name: string, mark: string, files: readonly ArtifactFacts[]): Promise<void> {
    this.#block.add(name, mark, files)
    if (this.#block.isFull) await this.#endBlock()
  }

  /** The same with all names of a block of that channel. */
  addBlock({ names, marks, columns }: FactBlock): Promise<void> {
    return this.#writeFrame(serialize({ names, marks } satisfies FactNames), serialize(columns))
  }

  async finish(): Promise<void> {
    try {
      await this.#endBlock()
      await this.#file.close()
      await rename(this.#temporary, this.#path)
    } catch (error) {
      await this.discard()
      throw error
    }
  }

  async discard(): Promise<void> {
    await this.#file.close()
    await rm(this.#temporary, { force: true })
  }

  async #endBlock(): Promise<void> {
    const block = this.#block.finish()
    this.#block = new FactBlockBuilder(this.#channel)
    if (block.names.length > 0) await this.addBlock(block)
  }

  async #writeFrame(head: Buffer, columns: Buffer): Promise<void> {
    const start = Buffer.alloc(START_BYTES)
    start.writeUInt32LE(head.length, DIGEST_BYTES)
    start.writeUInt32LE(columns.length, DIGEST_BYTES + LENGTH_BYTES)
    digestOf(start, head, columns).copy(start)
    for (const part of [start, head, columns]) await this.#file.writeFile(part)
  }
}

interface Frame {
  readonly head: Buffer
  readonly columns: Buffer
}

/** Up to the first that is damaged. Each is good until the next is asked for. */
async function* readFrames(path: string): AsyncGenerator<Frame> {
  const file = await openIfThere(path)
  if (!file) return
  try {
    const { size } = await file.stat()
    const start = Buffer.alloc(START_BYTES)
    let buffer = Buffer.alloc(0)
    for (let at = 0; await hasRead(file, start, at);) {
      at += START_BYTES
      const headLength = start.readUInt32LE(DIGEST_BYTES)
      const length = headLength + start.readUInt32LE(DIGEST_BYTES + LENGTH_BYTES)
      if (length > size - at) return
      if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length)
      const body = buffer.subarray(0, length)
      if (!(await hasRead(file, body, at))) return
      at += length
      const head = body.subarray(0, headLength)
      const columns = body.subarray(headLength)
      if (!digestOf(start, head, columns).equals(start.subarray(0, DIGEST_BYTES))) return
      yield { head, columns }
    }
  } finally {
    await file.close()
  }
}

function digestOf(start: Buffer, head: Buffer, columns: Buffer): Buffer {
  const lengths = start.subarray(DIGEST_BYTES)
  return createHash('sha256').update(lengths).update(head).update(columns).digest()
}

/** One that outlives the reading: its arrays are windows on the memory of the frame, and most texts are known from others. */
function ownBlock({ channel, names, marks, columns }: FactBlock, known: Map<string, string>): FactBlock {
  const arrays = Object.entries(columns as object).filter(([, column]) => ArrayBuffer.isView(column))
  const own = Object.fromEntries(arrays.map(([name, column]) => [name, (column as Uint8Array).slice()]))
  const texts = columns.texts.map((text) => {
    const same = known.get(text)
    if (same === undefined) known.set(text, text)
    return same ?? text
  })
  return new FactBlock(channel, { names, marks }, { ...columns, ...own, texts })
}

/** What is wrong with a folder that cannot be read is told by whoever writes there, which meets the same. */
async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path)
  } catch {
    return undefined
  }
}

/** Fills the buffer with what stands there. */
async function hasRead(file: FileHandle, buffer: Buffer, position: number): Promise<boolean> {
  try {
    return (await file.read(buffer, { position })).bytesRead === buffer.length
  } catch {
    return false // as above
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  return (await stat(path)).mtimeMs < Date.now() - ABANDONED_MS
}
