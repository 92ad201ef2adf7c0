/**
 * The members of one large JSON object, kept as bytes in few buffers: half a million records as objects would
 * take gigabytes.
 */
import { stableJson, type JsonValue } from '@terrarium/conda/repodata/json-value.ts'

const BUFFER_BYTES = 4 * 1024 * 1024
const utf8 = new TextEncoder()

/** How to take entries over from another file: copied where they are few of it, without a copy where most. */
export type TakeOver = 'setJson' | 'setJsonOf'

export class JsonEntries {
  readonly #values = new Map<string, Uint8Array>()
  readonly #buffers: Uint8Array[] = []
  #buffer = new Uint8Array(0)
  #used = 0
  #bytes = 0

  get size(): number {
    return this.#values.size
  }

  /** About what the object takes when it is written. */
  get byteLength(): number {
    return this.#bytes
  }

  set(key: string, value: JsonValue): void {
    const text = stableJson(value)
    const room = this.#room(text.length * 3)
    const { written } = utf8.encodeInto(text, room)
    this.#keep(key, room.subarray(0, written))
  }

  /** A value as JSON; the bytes are copied, so that the file they came from can be let go. */
  setJson(key: string, json: Uint8Array): void {
    const room = this.#room(json.byteLength)
    room.set(json)
    this.#keep(key, room.subarray(0, json.byteLength))
  }

  /** The same without a copy: the file they came from stays in memory as long as these entries. */
  setJsonOf(key: string, file: Uint8Array): void {
    this.#values.set(key, file)
    this.#bytes += file.byteLength + key.length + 8
  }

  /** Lets the memory go now: a collector of garbage sees that it is small, and takes its time. Empty afterwards. */
  release(): void {
    this.#values.clear()
    for (const { buffer } of this.#buffers.splice(0)) if (buffer instanceof ArrayBuffer) buffer.transfer(0)
    this.#buffer = new Uint8Array(0)
    this.#used = this.#bytes = 0
  }

  /** In the order of the keys. */
  sorted(): [string, Uint8Array][] {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  #room(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#buffer.byteLength) {
      this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, bytes))
      this.#buffers.push(this.#buffer)
      this.#used = 0
    }
    return this.#buffer.subarray(this.#used)
  }

  #keep(key: string, value: Uint8Array): void {
    this.#used += value.byteLength
    this.setJsonOf(key, value)
  }
}

/** The chunks as one buffer; never much more than twice its size in memory. */
export function joinChunks(chunks: Iterable<Uint8Array>, expectedBytes: number): Uint8Array {
  let whole = new Uint8Array(expectedBytes)
  let length = 0
  for (const chunk of chunks) {
    if (length + chunk.byteLength > whole.byteLength) {
      const grown = new Uint8Array(Math.ceil((length + chunk.byteLength) * 1.25))
      grown.set(whole.subarray(0, length))
      whole = grown
    }
    whole.set(chunk, length)
    length += chunk.byteLength
  }
  return whole.subarray(0, length)
}
