/**
 * The members of one large JSON object, kept as compressed JSON in few buffers: half a million records as objects would
 * take gigabytes, and what is said of one is much like what is said of the next.
 */
import { zstdCompress, zstdDecompress } from '@terrarium/conda/codec/zstd-node.ts'
import { stableJson, type JsonValue } from '@terrarium/conda/repodata/json-value.ts'

const BLOCK_BYTES = 1024 * 1024
/** The quickest; the bytes live for seconds. */
const BLOCK_LEVEL = 1
/** Entries are mostly read as they were written; of names that begin alike some blocks are read side by side. */
const OPEN_BLOCKS = 8
/** Of UTF-8 for one unit of UTF-16, at most. */
const BYTES_A_UNIT = 3
const utf8 = new TextEncoder()

export class JsonEntries {
  readonly #keys: string[] = []
  /** Of each entry: its block, where it begins in it, and how long it is. */
  #places = new Uint32Array(3 * 1024)
  readonly #blocks: Uint8Array[] = []
  #block = new Uint8Array(0)
  #used = 0

  /** Of a key that is set again, the last value stands. */
  set(key: string, value: JsonValue): void {
    const text = stableJson(value)
    const room = this.#room(text.length * BYTES_A_UNIT)
    this.#keep(key, utf8.encodeInto(text, room).written)
  }

  /** A value as JSON; the bytes are copied, so that the file they came from can be let go. */
  setJson(key: string, json: Uint8Array): void {
    this.#room(json.byteLength).set(json)
    this.#keep(key, json.byteLength)
  }

  /**
   * In the order of the keys, and gone with that, block by block: whoever reads them holds a copy. Their memory is let go
   * at once, for a collector of garbage sees that little is left of it, and takes its time.
   */
  *drain(): Generator<[key: string, json: Uint8Array]> {
    const open = new Map<number, Uint8Array>()
    const order = this.#order()
    const left = new Uint32Array(this.#blocks.length + 1)
    for (const entry of order) left[this.#places[3 * entry]!]! += 1
    for (const [position, entry] of order.entries()) {
      const [block = 0, start = 0, length = 0] = this.#places.subarray(3 * entry)
      const key = this.#keys[entry]!
      const isLast = key !== this.#keys[order[position + 1] ?? -1] // or it was set again
      if (isLast) yield [key, this.#open(block, open).subarray(start, start + length)]
      left[block]! -= 1
      if (left[block] === 0 && open.delete(block)) releaseBytes(this.#blocks[block]!)
    }
    releaseBytes(this.#block)
    this.#block = new Uint8Array(0)
    this.#keys.length = this.#blocks.length = this.#used = 0
  }

  /** The entries by key and, of the same key, as they were set. */
  #order(): Uint32Array {
    const keys = this.#keys
    return Uint32Array.from(keys.keys()).sort((a, b) =>
      keys[a]! < keys[b]! ? -1 : keys[a]! > keys[b]! ? 1 : a - b,
    )
  }

  #open(index: number, open: Map<number, Uint8Array>): Uint8Array {
    if (index === this.#blocks.length) return this.#block
    const known = open.get(index)
    if (known) return known
    if (open.size === OPEN_BLOCKS) open.delete(open.keys().next().value!) // the one that was opened first
    const bytes = zstdDecompress(this.#blocks[index]!, 2 ** 32)
    open.set(index, bytes)
    return bytes
  }

  #room(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#block.byteLength) {
      if (this.#used > 0) this.#blocks.push(zstdCompress(this.#block.subarray(0, this.#used), BLOCK_LEVEL))
      if (this.#block.byteLength < bytes) this.#block = new Uint8Array(Math.max(BLOCK_BYTES, bytes))
      this.#used = 0
    }
    return this.#block.subarray(this.#used)
  }

  #keep(key: string, bytes: number): void {
    const at = 3 * this.#keys.length
    if (at === this.#places.length) {
      const grown = new Uint32Array(2 * at)
      grown.set(this.#places)
      this.#places = grown
    }
    this.#places.set([this.#blocks.length, this.#used, bytes], at)
    this.#keys.push(key)
    this.#used += bytes
  }
}

/** Lets the memory of bytes go that nobody will read again: every view of them is empty afterwards. */
export function releaseBytes(bytes: Uint8Array): void {
  const { buffer } = bytes
  // small ones may lie with others in a buffer of Node's
  const isAlone = buffer.byteLength === bytes.byteLength || buffer.byteLength >= BLOCK_BYTES
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
