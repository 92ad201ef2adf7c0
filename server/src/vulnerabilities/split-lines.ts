/** JSON lines: one record a line. A line that is too long is left out and reported; the next one is read. */
import { Buffer } from 'node:buffer'

/** A record's text, with the line it begins at, or why there is none. */
export type Piece =
  | { readonly kind: 'text'; readonly line: number; readonly text: string }
  | { readonly kind: 'broken'; readonly line: number; readonly reason: string }

export interface Splitter {
  /** The pieces that end in this chunk. */
  push(chunk: Buffer): Piece[]
  /** What is left at the end of the file. */
  end(): Piece[]
}

const NEWLINE = 0x0a

export class LineSplitter implements Splitter {
  readonly #maxRecordBytes: number
  #line = 1
  #pending: Buffer[] = []
  #pendingBytes = 0

  constructor(maxRecordBytes: number) {
    this.#maxRecordBytes = maxRecordBytes
  }

  push(chunk: Buffer): Piece[] {
    const found: Piece[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      found.push(...this.#finish(chunk.subarray(start, end)))
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    return found
  }

  end(): Piece[] {
    return this.#finish(Buffer.alloc(0))
  }

  #keep(part: Buffer): void {
    this.#pendingBytes += part.length
    if (this.#pendingBytes <= this.#maxRecordBytes) this.#pending.push(part)
    else this.#pending = []
  }

  #finish(last: Buffer): Piece[] {
    this.#keep(last)
    const line = this.#line
    const text = Buffer.concat(this.#pending).toString('utf8').trim()
    const isTooLong = this.#pendingBytes > this.#maxRecordBytes
    this.#line += 1
    this.#pending = []
    this.#pendingBytes = 0
    if (isTooLong)
      return [{ kind: 'broken', line, reason: `the line is longer than ${this.#maxRecordBytes} bytes` }]
    return text === '' ? [] : [{ kind: 'text', line, text }]
  }
}
