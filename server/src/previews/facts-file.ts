/**
 * A `FactTable` on disk, for the first preview after a while. A copy that can be made again: what cannot be read,
 * was damaged, or is of another release counts as not there. Whether what it says still holds, its marks tell.
 *
 * The file: sha256 of the rest, length of the head, head, columns. Head and columns as `v8.serialize` writes them.
 */
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { RELEASE } from '../release.ts'
import { FactTable, type FactColumns } from './fact-table.ts'

/** Grows when facts are found in another way or stand in other columns. */
const FORMAT = 1
const DIGEST_BYTES = 32
const LENGTH_BYTES = 4
const START_BYTES = DIGEST_BYTES + LENGTH_BYTES
const ENDING = '.facts'
const TEMPORARY = '.tmp'
/** Nobody writes one for so long. */
const ABANDONED_MS = 3600 * 1000

type Head = Pick<FactColumns, 'channel' | 'names' | 'marks'> & {
  readonly made: string
  readonly channelId: string
}

/** Facts are the same for equal marks only as long as the same code finds them. */
const MADE = `${FORMAT} ${RELEASE} ${process.version}`

export class FactsFolder {
  readonly #folder: string

  /** @param data the data folder */
  constructor(data: string) {
    this.#folder = join(data, 'previews')
  }

  /** The names and marks of the table that is kept of a channel. */
  async peek(channelId: string): Promise<Pick<FactColumns, 'channel' | 'names' | 'marks'> | undefined> {
    return (await this.#read(channelId))?.head
  }

  async load(channelId: string): Promise<FactTable | undefined> {
    const found = await this.#read(channelId)
    if (!found) return undefined
    const { channel, names, marks } = found.head
    const columns = deserialize(found.columns) as Omit<FactColumns, keyof Head> // the digest says that `save` wrote it
    return new FactTable({ channel, names, marks, ...columns, ...ownArrays(columns) })
  }

  /** Whoever reads meanwhile has the old file or the new one. */
  async save(
    channelId: string,
    { columns: { channel, names, marks, ...columns } }: FactTable,
  ): Promise<void> {
    const head = serialize({ made: MADE, channelId, channel, names, marks } satisfies Head)
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeUInt32LE(head.length)
    const parts = [length, head, serialize(columns)]
    const digest = createHash('sha256')
    for (const part of parts) digest.update(part)
    await mkdir(this.#folder, { recursive: true })
    const temporary = join(this.#folder, `${channelId}.${randomUUID()}${TEMPORARY}`)
    try {
      await writeFile(temporary, [digest.digest(), ...parts])
      await rename(temporary, this.#path(channelId))
    } catch (error) {
      await rm(temporary, { force: true })
      throw error
    }
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

  async #read(channelId: string): Promise<{ readonly head: Head; readonly columns: Buffer } | undefined> {
    const bytes = await readIfThere(this.#path(channelId))
    if (!bytes || bytes.length < START_BYTES) return undefined
    const digest = createHash('sha256').update(bytes.subarray(DIGEST_BYTES)).digest()
    if (!digest.equals(bytes.subarray(0, DIGEST_BYTES))) return undefined
    const columnsAt = START_BYTES + bytes.readUInt32LE(DIGEST_BYTES)
    // as above; and of the head the first thing that is looked at is who made it
    const head = deserialize(bytes.subarray(START_BYTES, columnsAt)) as Head
    if (head.made !== MADE || head.channelId !== channelId) return undefined
    return { head, columns: bytes.subarray(columnsAt) }
  }

  #path(channelId: string): string {
    return join(this.#folder, `${channelId}${ENDING}`)
  }
}

/** Those read are windows on the bytes of the file, and would keep all of it in memory. */
function ownArrays<T extends object>(columns: T): Partial<T> {
  const arrays = Object.entries(columns).filter(([, column]) => ArrayBuffer.isView(column))
  return Object.fromEntries(
    arrays.map(([name, column]) => [name, (column as Uint8Array).slice()]),
  ) as Partial<T>
}

/** What is wrong with a folder that cannot be read is told by `save`, which meets the same. */
async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  return (await stat(path)).mtimeMs < Date.now() - ABANDONED_MS
}
