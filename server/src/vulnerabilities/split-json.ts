/**
 * Cuts a JSON document of any size into its records while it streams by, so that a feed of hundreds of
 * megabytes is never whole in memory.
 *
 * Records are: the elements of a top-level array; the elements of the array under a known key of a top-level
 * object (`containerKeys`); otherwise each top-level object itself, one or several after each other. Only
 * brackets and strings are looked at; whether a piece is valid JSON shows when it is parsed.
 */
import { Buffer } from 'node:buffer'
import type { Piece, Splitter } from './split-lines.ts'

/** Where feeds keep their records: NVD 1.1; NVD 2.0, KEV. */
export const containerKeys: readonly string[] = ['CVE_Items', 'vulnerabilities']

const NEWLINE = 0x0a
const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

export class JsonSplitter implements Splitter {
  readonly #maxRecordBytes: number
  #line = 1
  #depth = 0
  #inString = false
  #escaped = false
  /** Depth at which records begin: 0 at the top level, 1 in an array, 2 in an array of a container. */
  #recordDepth = 0
  #recordLine = 1
  #recordBytes = 0
  #isRecording = false
  #isTooLong = false
  #pieces: Buffer[] = []
  /** Bytes of the running string where it may be the key of a container's array. */
  #keyText: number[] | undefined
  #lastKey = ''

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes
  }

  /** The records that end in this chunk. */
  push(chunk: Buffer): Piece[] {
    const found: Piece[] = []
    let start = 0
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index]!
      if (byte === NEWLINE) this.#line += 1
      if (this.#inString) {
        this.#readString(byte)
      } else if (byte === QUOTE) {
        this.#inString = true
        this.#keyText = this.#depth === 1 && this.#recordDepth === 0 ? [] : undefined
      } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        if (this.#open(byte)) start = index
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
        if (this.#close()) found.push(this.#finish(chunk.subarray(start, index + 1)))
      }
    }
    if (this.#isRecording) this.#keep(chunk.subarray(start))
    return found
  }

  /** What is left at the end of the file: a record that was cut, if any. */
  end(): Piece[] {
    if (this.#depth === 0) return []
    const line = this.#isRecording ? this.#recordLine : this.#line
    return [{ kind: 'broken', line, reason: 'the file ends in the middle: it was cut' }]
  }

  #readString(byte: number): void {
    if (this.#escaped) {
      this.#escaped = false
    } else if (byte === BACKSLASH) {
      this.#escaped = true
    } else if (byte === QUOTE) {
      this.#inString = false
      if (this.#keyText) this.#lastKey = Buffer.from(this.#keyText).toString('latin1')
      return
    }
    // A key of a container is short; a longer text is a value.
    if (this.#keyText && this.#keyText.length < 32) this.#keyText.push(byte)
  }

  /** @returns true where a record begins at this bracket */
  #open(byte: number): boolean {
    const begins = byte === OPEN_BRACE && this.#depth === this.#recordDepth && !this.#isRecording
    if (begins) {
      this.#isRecording = true
      this.#recordLine = this.#line
    } else if (byte === OPEN_BRACKET) {
      this.#enterArray()
    }
    this.#depth += 1
    return begins
  }

  #enterArray(): void {
    if (this.#recordDepth !== 0) return
    if (this.#depth === 0) {
      this.#recordDepth = 1
    } else if (this.#depth === 1 && containerKeys.includes(this.#lastKey)) {
      // The object is a container, not a record: forget what was kept of it.
      this.#recordDepth = 2
      this.#isRecording = false
      this.#reset()
    }
  }

  /** @returns true where the record ends at this bracket */
  #close(): boolean {
    this.#depth = Math.max(0, this.#depth - 1)
    if (this.#isRecording) return this.#depth === this.#recordDepth
    if (this.#depth < this.#recordDepth) this.#recordDepth = 0
    return false
  }

  #finish(last: Buffer): Piece {
    this.#keep(last)
    this.#isRecording = false
    const line = this.#recordLine
    const piece: Piece = this.#isTooLong
      ? { kind: 'broken', line, reason: `the record is larger than ${this.#maxRecordBytes} bytes` }
      : { kind: 'text', line, text: Buffer.concat(this.#pieces).toString('utf8') }
    this.#reset()
    return piece
  }

  #keep(part: Buffer): void {
    this.#recordBytes += part.length
    if (this.#recordBytes > this.#maxRecordBytes) {
      this.#isTooLong = true
      this.#pieces = []
    } else {
      this.#pieces.push(part)
    }
  }

  #reset(): void {
    this.#pieces = []
    this.#recordBytes = 0
    this.#isTooLong = false
  }
}
