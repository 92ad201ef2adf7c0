/**
 * bzip2 decoder: a stream of compressed chunks in, chunks of at most 256 KiB out.
 *
 * Stricter than the reference on purpose: every block and stream checksum is verified, codes may not be
 * over-subscribed, nothing may follow the last stream, and the randomised blocks of 1997 are refused. Several
 * streams in a row are one file (pbzip2 writes one per block). Work is proportional to input plus output and
 * memory is about 7 MiB, whatever the bytes say; limits on the output are the caller's.
 *
 * One block is decoded without a pause, some 20 ms; bzip2-block.ts does that.
 */
import { BitReader } from './bit-reader.ts'
import { BlockDecoder, MAX_BLOCK_BYTES } from './bzip2-block.ts'
import { CorruptStreamError } from './corrupt-stream-error.ts'

const BLOCK_MAGIC_HIGH = 0x314159
const BLOCK_MAGIC_LOW = 0x265359
const END_MAGIC_HIGH = 0x177245
const END_MAGIC_LOW = 0x385090

/** @throws CorruptStreamError for anything that is not one or more whole bzip2 streams */
export async function* bzip2Decompress(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = new InputWindow(chunks)
  const bits = input.bits
  let streams = 0
  let decoder: BlockDecoder | undefined
  await input.fill()
  while (streams === 0 || !bits.atEnd()) {
    const blockSize = readStreamHeader(bits, streams)
    if (decoder?.blockSize !== blockSize) decoder = new BlockDecoder(blockSize)
    let streamCrc = 0
    for (;;) {
      await input.fill()
      const high = bits.read(24)
      const low = bits.read(24)
      const expectedCrc = bits.read32()
      if (high === END_MAGIC_HIGH && low === END_MAGIC_LOW) {
        if (streamCrc !== expectedCrc)
          throw new CorruptStreamError('corrupt', 'bzip2 stream checksum is wrong')
        break
      }
      if (high !== BLOCK_MAGIC_HIGH || low !== BLOCK_MAGIC_LOW) {
        throw new CorruptStreamError('corrupt', 'bzip2 block does not start with its magic number')
      }
      decoder.read(bits)
      for (const output of decoder.expand()) yield output
      if (decoder.crc() !== expectedCrc)
        throw new CorruptStreamError('corrupt', 'bzip2 block checksum is wrong')
      streamCrc = (((streamCrc << 1) | (streamCrc >>> 31)) ^ expectedCrc) >>> 0
    }
    bits.alignToByte()
    streams++
    await input.fill()
  }
}

function readStreamHeader(bits: BitReader, streamsBefore: number): number {
  const magic = bits.read(24)
  const level = bits.read(8) - 0x30
  if (magic !== 0x425a68 || level < 1 || level > 9) {
    throw new CorruptStreamError(
      'corrupt',
      streamsBefore === 0 ? 'not bzip2: no BZh header' : 'bytes after the last bzip2 stream',
    )
  }
  return level * 100_000
}

/** Keeps enough input at hand for one whole block, so that a block is decoded without waiting. */
class InputWindow {
  readonly bits: BitReader
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #ended = false

  constructor(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#chunks = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
    this.bits = new BitReader(64 * 1024)
  }

  async fill(): Promise<void> {
    while (!this.#ended && this.bits.remainingBytes() < MAX_BLOCK_BYTES) {
      const next = await this.#chunks.next()
      if (next.done === true) this.#ended = true
      else this.bits.append(next.value)
    }
  }
}
