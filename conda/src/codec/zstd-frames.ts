/**
 * The outside of zstd data: frames and blocks, without decompressing anything.
 *
 * Bytes pass through unchanged while their framing is checked. That finds what a decoder may let pass (a cut
 * in the last frame, bytes behind it, a needed dictionary, a window that would take gigabytes of memory) before
 * the decoder sees it, and counts the frames.
 *
 * @see RFC 8878, sections 3.1.1 (frames), 3.1.1.2 (blocks) and 3.1.2 (skippable frames)
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'

/** 2^27 bytes, what `zstd --ultra -22` and `--long=27` ask for; conda's own packages use up to that. */
export const MAX_WINDOW_BYTES = 2 ** 27

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_RLE = 1
const BLOCK_RESERVED = 3

type Expecting = 'magic' | 'descriptor' | 'frame-header' | 'skippable-size' | 'block-header' | 'checksum'

export class ZstdFrameCheck {
  /** Frames seen so far, skippable ones included. */
  frames = 0
  readonly #field = new Uint8Array(16)
  #expecting: Expecting = 'magic'
  #fieldLength = 4
  #filled = 0
  #skip = 0
  #descriptor = 0

  /** @throws CorruptStreamError */
  push(bytes: Uint8Array): void {
    let offset = 0
    while (offset < bytes.length) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, bytes.length - offset)
        this.#skip -= skipped
        offset += skipped
        continue
      }
      this.#field[this.#filled++] = bytes[offset++]!
      if (this.#filled < this.#fieldLength) continue
      this.#filled = 0
      ;[this.#expecting, this.#fieldLength] = this.#takeField()
    }
  }

  /** @throws CorruptStreamError when the bytes ended within a frame, or there was none */
  end(): void {
    if (this.#expecting !== 'magic' || this.#filled > 0 || this.#skip > 0 || this.frames === 0) {
      throw new CorruptStreamError('truncated', 'zstd data ends early')
    }
  }

  /** Takes the field that is complete. @returns which field comes next, and how long it is */
  #takeField(): [Expecting, number] {
    const field = this.#field
    const view = new DataView(field.buffer)
    switch (this.#expecting) {
      case 'magic': {
        const magic = view.getUint32(0, true)
        this.frames++
        if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) return ['skippable-size', 4]
        if (magic === FRAME_MAGIC) return ['descriptor', 1]
        throw corrupt(this.frames === 1 ? 'not zstd: no frame header' : 'bytes after the last zstd frame')
      }
      case 'skippable-size':
        this.#skip = view.getUint32(0, true)
        return ['magic', 4]
      case 'descriptor':
        this.#descriptor = field[0]!
        if (this.#descriptor & 0x08) throw corrupt('zstd frame header has its reserved bit set')
        if (this.#descriptor & 0x03) throw corrupt('zstd frame needs a dictionary')
        return ['frame-header', frameHeaderLength(this.#descriptor)]
      case 'frame-header':
        requireSmallWindow(this.#descriptor, view)
        return ['block-header', 3]
      case 'block-header': {
        const header = field[0]! | (field[1]! << 8) | (field[2]! << 16)
        const isLast = (header & 1) === 1
        const type = (header >> 1) & 3
        if (type === BLOCK_RESERVED) throw corrupt('zstd block has the reserved type')
        this.#skip = type === BLOCK_RLE ? 1 : header >> 3
        if (!isLast) return ['block-header', 3]
        return this.#descriptor & 0x04 ? ['checksum', 4] : ['magic', 4]
      }
      case 'checksum':
        return ['magic', 4]
    }
  }
}

export interface FrameHeader {
  /** Of the header itself, magic number included. */
  readonly length: number
  readonly windowBytes: number
  /** What the frame inflates to, where it says so. */
  readonly contentBytes: number | undefined
  readonly hasChecksum: boolean
}

/** @returns undefined for a header that is not all there, and for a skippable frame; checks nothing */
export function readFrameHeader(bytes: Uint8Array): FrameHeader | undefined {
  const descriptor = bytes[4]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (descriptor === undefined || view.getUint32(0, true) !== FRAME_MAGIC) return undefined
  const length = 5 + frameHeaderLength(descriptor)
  if (bytes.length < length) return undefined
  const sizeFlag = descriptor >> 6
  const isSingle = isSingleSegment(descriptor)
  const hasSize = isSingle || sizeFlag > 0
  const contentBytes = hasSize ? contentSize(sizeFlag, viewFrom(view, isSingle ? 5 : 6)) : undefined
  return {
    length,
    windowBytes: isSingle ? (contentBytes ?? 0) : windowSize(view.getUint8(5)),
    contentBytes,
    hasChecksum: (descriptor & 0x04) !== 0,
  }
}

/** How long the skippable frame is that begins here; undefined when it is none, or its size not there yet. */
export function skippableBytes(bytes: Uint8Array): number | undefined {
  if (bytes.length < 8) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const isSkippable = (view.getUint32(0, true) & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC
  return isSkippable ? 8 + view.getUint32(4, true) : undefined
}

function viewFrom(view: DataView, offset: number): DataView {
  return new DataView(view.buffer, view.byteOffset + offset)
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0x20) !== 0
}

/** Window byte and content size; a dictionary id was refused before. Never 0: one of the two is there. */
function frameHeaderLength(descriptor: number): number {
  const sizeFlag = descriptor >> 6
  const contentSize = sizeFlag === 0 ? (isSingleSegment(descriptor) ? 1 : 0) : 1 << sizeFlag
  return contentSize + (isSingleSegment(descriptor) ? 0 : 1)
}

function requireSmallWindow(descriptor: number, view: DataView): void {
  const window = isSingleSegment(descriptor)
    ? contentSize(descriptor >> 6, view)
    : windowSize(view.getUint8(0))
  if (window > MAX_WINDOW_BYTES) {
    throw corrupt(`zstd frame needs a window of ${window} bytes, more than ${MAX_WINDOW_BYTES}`)
  }
}

function windowSize(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  return base + (base / 8) * (byte & 7)
}

/** Of a frame that is its own window. */
function contentSize(sizeFlag: number, view: DataView): number {
  switch (sizeFlag) {
    case 0:
      return view.getUint8(0)
    case 1:
      return view.getUint16(0, true) + 256
    case 2:
      return view.getUint32(0, true)
    default:
      return Number(view.getBigUint64(0, true))
  }
}

function corrupt(message: string): CorruptStreamError {
  return new CorruptStreamError('corrupt', message)
}
