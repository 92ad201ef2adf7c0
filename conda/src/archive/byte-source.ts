/**
 * Where the bytes of an archive come from: memory, a callback (HTTP ranges, a blob store), or an open file
 * (byte-source-node.ts). Readers ask for ranges, so that a `.conda` can be opened by its tail.
 */
import { InvalidPackageError } from './invalid-package-error.ts'
import { concatBytes } from './tar-writer.ts'

export interface ByteSource {
  /** Bytes in all. */
  readonly size: number
  /** Exactly `length` bytes from `offset`; the range lies within the source. */
  read(offset: number, length: number): Promise<Uint8Array>
}

const READ_BYTES = 256 * 1024

export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  }
}

/** A `File` that somebody chose in a browser, or any other Blob: read piece by piece, never whole. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  }
}

/**
 * A stream, such as the body of a response, held in memory: the directory of a `.conda` is at its end.
 * @param maxBytes where reading stops
 * @throws InvalidPackageError archive-too-large, and what the stream throws
 */
export async function streamSource(
  stream: AsyncIterable<Uint8Array>,
  maxBytes = 256 * 1024 * 1024,
): Promise<ByteSource> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size > maxBytes) {
      throw new InvalidPackageError('archive-too-large', `The stream has more than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return bytesSource(concatBytes(chunks))
}

/**
 * A source of ranges that are fetched one by one, such as `Range: bytes=<first>-<last>` of HTTP.
 * @param fetchRange both ends are included, as HTTP counts
 */
export function rangeSource(
  size: number,
  fetchRange: (first: number, last: number) => Promise<Uint8Array>,
): ByteSource {
  return {
    size,
    read: async (offset, length) =>
      length === 0 ? new Uint8Array(0) : fetchRange(offset, offset + length - 1),
  }
}

/**
 * Reads the tail once and answers from it: over HTTP, `info/` of most `.conda` files then costs a request for the
 * tail and two for the local header at the front, in place of ten.
 */
export function tailBufferedSource(source: ByteSource, tailBytes = 64 * 1024): ByteSource {
  const tailOffset = Math.max(0, source.size - tailBytes)
  let tail: Promise<Uint8Array> | undefined
  return {
    size: source.size,
    async read(offset, length) {
      if (offset < tailOffset) return source.read(offset, length)
      tail ??= source.read(tailOffset, source.size - tailOffset)
      return (await tail).subarray(offset - tailOffset, offset - tailOffset + length)
    },
  }
}

/** @throws InvalidPackageError truncated, when the source is shorter than it said */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  if (offset < 0 || offset + length > source.size) {
    throw new InvalidPackageError(
      'truncated',
      `The file ends at byte ${source.size}, before ${offset + length}`,
    )
  }
  const bytes = await source.read(offset, length)
  if (bytes.length !== length) {
    throw new InvalidPackageError(
      'truncated',
      `Reading ${length} bytes at ${offset} gave ${bytes.length}: the file is shorter than its ${source.size} bytes`,
    )
  }
  return bytes
}

/** A range in pieces. Stops with the signal's reason when that is aborted. */
export async function* readRange(
  source: ByteSource,
  offset: number,
  length: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let done = 0; done < length; done += READ_BYTES) {
    signal?.throwIfAborted()
    yield await readExactly(source, offset + done, Math.min(READ_BYTES, length - done))
  }
}
