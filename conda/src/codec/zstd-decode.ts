/**
 * zstd decoder in plain JavaScript, for where there is no other: a browser. Frames and blocks are here, their
 * insides in zstd-literals.ts and zstd-sequences.ts.
 *
 * Strict as the format: sizes and checksums have to be right, codes have to add up, bits have to be used up.
 * Work is proportional to input plus output, whatever the bytes say (of fzstd 0.1.1 a frame of 30 bytes is
 * known that never ends), and memory to the window that the frame really fills.
 *
 * @see RFC 8878
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { XxHash64 } from './xxhash64.ts'
import { readLiterals, type LiteralsTable } from './zstd-literals.ts'
import { applySequences, newSequenceState, type BlockOutput, type SequenceState } from './zstd-sequences.ts'
import { readFrameHeader, skippableBytes, type FrameHeader } from './zstd-frames.ts'

const MAX_BLOCK_BYTES = 128 * 1024
const BLOCK_HEADER_BYTES = 3
const CHECKSUM_BYTES = 4
/** Readers look up to four bytes behind the end. */
const PADDING = 8

const RAW = 0
const RLE = 1

interface Frame {
  readonly header: FrameHeader
  readonly maxBlockBytes: number
  readonly sequences: SequenceState
  readonly hash: XxHash64 | undefined
  table: LiteralsTable | undefined
  produced: number
  atEnd: boolean
}

/** Decodes bytes as they come. Give them to a `ZstdFrameCheck` first, which finds what is cut short. */
export class ZstdDecoder {
  readonly #input = new PendingBytes()
  readonly #window = new OutputWindow()
  #frame: Frame | undefined
  #skip = 0;

  /** What can be decoded so far, a block at a time; each chunk is the caller's. @throws CorruptStreamError */
  *push(bytes: Uint8Array): Generator<Uint8Array, void, undefined> {
    this.#input.append(bytes)
    for (;;) {
      this.#skip -= this.#input.drop(this.#skip)
      if (this.#skip > 0) return
      const frame = this.#frame ?? this.#beginFrame()
      if (frame === undefined) {
        if (this.#skip === 0) return
        continue
      }
      if (frame.atEnd) {
        if (!this.#endFrame(frame)) return
        continue
      }
      const output = this.#readBlock(frame)
      if (output === undefined) return
      if (output.length > 0) yield output
    }
  }

  /** @returns undefined when the header is not all there, or the frame is one to skip */
  #beginFrame(): Frame | undefined {
    const skippable = skippableBytes(this.#input.rest())
    if (skippable !== undefined) {
      this.#skip = skippable
      return undefined
    }
    const header = readFrameHeader(this.#input.rest())
    if (header === undefined) return undefined
    this.#input.drop(header.length)
    this.#window.begin(header.windowBytes)
    this.#frame = {
      header,
      maxBlockBytes: Math.min(MAX_BLOCK_BYTES, header.windowBytes),
      sequences: newSequenceState(),
      hash: header.hasChecksum ? new XxHash64() : undefined,
      table: undefined,
      produced: 0,
      atEnd: false,
    }
    return this.#frame
  }

  /** @returns false when the checksum is not all there */
  #endFrame({ hash, header, produced }: Frame): boolean {
    if (hash !== undefined) {
      const rest = this.#input.rest()
      if (rest.length < CHECKSUM_BYTES) return false
      const expected = new DataView(rest.buffer, rest.byteOffset).getUint32(0, true)
      if (Number(BigInt.asUintN(32, hash.digest())) !== expected) throw corrupt('zstd checksum is wrong')
      this.#input.drop(CHECKSUM_BYTES)
    }
    if (header.contentBytes !== undefined && header.contentBytes !== produced) {
      throw corrupt(`zstd frame has ${produced} bytes, not ${header.contentBytes} as it says`)
    }
    this.#frame = undefined
    return true
  }

  /** @returns undefined when the block is not all there */
  #readBlock(frame: Frame): Uint8Array | undefined {
    const rest = this.#input.rest()
    if (rest.length < BLOCK_HEADER_BYTES) return undefined
    const header = rest[0]! | (rest[1]! << 8) | (rest[2]! << 16)
    const type = (header >> 1) & 3
    const size = header >> 3
    if (size > frame.maxBlockBytes)
      throw corrupt(`zstd block of ${size} bytes, more than ${frame.maxBlockBytes}`)
    const storedBytes = type === RLE ? 1 : size
    if (rest.length < BLOCK_HEADER_BYTES + storedBytes) return undefined
    const output = this.#window.room(frame.maxBlockBytes)
    const start = this.#input.position + BLOCK_HEADER_BYTES
    const end = this.#decodeBlock(frame, type, start, size, output)
    this.#input.drop(BLOCK_HEADER_BYTES + storedBytes)
    frame.atEnd = (header & 1) === 1
    const decoded = this.#window.take(end)
    frame.produced += decoded.length
    frame.hash?.update(decoded)
    return decoded
  }

  #decodeBlock(frame: Frame, type: number, start: number, size: number, output: BlockOutput): number {
    const input = this.#input.bytes
    if (type === RLE) output.bytes.fill(input[start]!, output.start, output.start + size)
    if (type === RAW) output.bytes.set(input.subarray(start, start + size), output.start)
    if (type === RAW || type === RLE) return output.start + size
    if (size < 2) throw corrupt('zstd block is too short to hold anything')
    const end = start + size
    const literals = readLiterals(input, start, end, frame.table, frame.maxBlockBytes)
    frame.table = literals.table
    if (literals.end >= end) throw corrupt('zstd block has no sequences')
    return applySequences(input, literals.end, end, literals.bytes, output, frame.sequences)
  }
}

/** Input that was not decoded yet. */
class PendingBytes {
  bytes = new Uint8Array(64 * 1024)
  position = 0
  #end = 0

  append(chunk: Uint8Array): void {
    if (this.#end + chunk.length + PADDING > this.bytes.length) {
      const kept = this.bytes.subarray(this.position, this.#end)
      const needed = kept.length + chunk.length + PADDING
      const target = needed > this.bytes.length ? new Uint8Array(needed * 2) : this.bytes
      target.set(kept)
      this.bytes = target
      this.#end = kept.length
      this.position = 0
    }
    this.bytes.set(chunk, this.#end)
    this.#end += chunk.length
  }

  rest(): Uint8Array {
    return this.bytes.subarray(this.position, this.#end)
  }

  /** @returns how many there were to drop, up to `count` */
  drop(count: number): number {
    const dropped = Math.min(count, this.#end - this.position)
    this.position += dropped
    return dropped
  }
}

/** The last bytes of a frame, as many as matches may reach back to, and room behind them for a block. */
class OutputWindow {
  #bytes = new Uint8Array(0)
  #end = 0
  #windowBytes = 0

  begin(windowBytes: number): void {
    this.#windowBytes = windowBytes
    this.#end = 0
  }

  room(blockBytes: number): BlockOutput {
    if (this.#end + blockBytes > this.#bytes.length) this.#makeRoom(blockBytes)
    const start = this.#end
    return { bytes: this.#bytes, start, limit: start + blockBytes, history: start, window: this.#windowBytes }
  }

  /** @returns a copy of what was written up to `end` */
  take(end: number): Uint8Array {
    const taken = this.#bytes.slice(this.#end, end)
    this.#end = end
    return taken
  }

  /** Grows while the window is not full; a full one moves to the front, so seldom that it does not matter. */
  #makeRoom(blockBytes: number): void {
    const most = this.#windowBytes + Math.max(blockBytes, this.#windowBytes >> 2, 2 ** 20)
    const kept = this.#bytes.subarray(Math.max(0, this.#end - this.#windowBytes), this.#end)
    const needed = kept.length + blockBytes
    if (this.#bytes.length < most) {
      const grown = new Uint8Array(Math.min(most, Math.max(2 * needed, 2 * this.#bytes.length, 2 ** 18)))
      grown.set(kept)
      this.#bytes = grown
    } else {
      this.#bytes.set(kept)
    }
    this.#end = kept.length
  }
}

function corrupt(message: string): CorruptStreamError {
  return new CorruptStreamError('corrupt', message)
}
