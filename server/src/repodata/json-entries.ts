/**
 * The members of one large JSON object, kept as bytes in few buffers: half a million records as objects would
 * take gigabytes.
 */
import { stableJson, type JsonValue } from '@terrarium/conda/repodata/json-value.ts'

const BUFFER_BYTES = 4 * 1024 * 1024
const utf8 = new TextEncoder()

export class JsonEntries {
  readonly #values = new Map<string, Uint8Array>()
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

  /** In the order of the keys. */
  sorted(): [string, Uint8Array][] {
    return [...this.#values].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  #room(bytes: number): Uint8Array {
    if (this.#used + bytes > this.#buffer.byteLength) {
      this.#buffer = new Uint8Array(Math.max(BUFFER_BYTES, bytes))
      this.#used = 0
    }
    return this.#buffer.subarray(this.#used)
  }

  #keep(key: string, value: Uint8Array): void {
    this.#values.set(key, value)
    this.#used += value.byteLength
    this.#bytes += value.byteLength + key.length + 8
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
