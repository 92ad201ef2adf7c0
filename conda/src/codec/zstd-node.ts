/**
 * zstd through Node's own zlib: the codec of `#zstd` everywhere but in a browser (zstd-browser.ts).
 *
 * One-shot and synchronous on purpose: only the synchronous form writes the content size into the frame,
 * which one-shot decoders of conda clients need, and never appends an empty second frame. The streaming forms at
 * the end are for package archives, which may be larger than memory.
 */
import { pipeline, Readable } from 'node:stream'
import {
  constants,
  createZstdCompress,
  createZstdDecompress,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib'
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { ZstdFrameCheck } from './zstd-frames.ts'

/** Node's default of 64 KiB makes the same work five times slower. */
const STREAM_CHUNK = 1024 * 1024
const SMALL_INPUT = 256 * 1024
const WINDOW = { [constants.ZSTD_d_windowLogMax]: 27 }

/** @param level 3 on hot paths, 10 in the background; the same bytes for the same input and level */
export function zstdCompress(bytes: Uint8Array, level = 3): Uint8Array {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: bytes.byteLength,
    maxOutputLength: 2 ** 32,
  })
}

/**
 * All frames of `bytes`, one after the other.
 * @throws Error when the data is no zstd, is cut short, or inflates beyond `maxBytes`
 */
export function zstdDecompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return zstdDecompressSync(bytes, {
    maxOutputLength: maxBytes,
    params: WINDOW,
  })
}

/**
 * All frames of a stream, in chunks of at most 1 MiB. Stricter than the decoder itself: nothing may follow
 * the last frame. The limit on the output is the caller's, who stops reading.
 * @throws CorruptStreamError
 */
export async function* zstdDecompressChunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  frames = new ZstdFrameCheck(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = checked(chunks, frames)
  const first = await source.next()
  const second = first.done ? first : await source.next()
  const small = second.done ? decompressSmall(first.value ?? new Uint8Array(0)) : undefined
  if (small !== undefined) return yield small

  const decoder = createZstdDecompress({ chunkSize: STREAM_CHUNK, params: WINDOW })
  const input = Readable.from(resumed([first, second], source), { objectMode: true, highWaterMark: 1 })
  // Errors of the source come out of the decoder too, so there is nothing to do in the callback.
  pipeline(input, decoder, () => undefined)
  try {
    for await (const chunk of decoder as AsyncIterable<Uint8Array>) yield chunk
  } catch (error) {
    throw asCorrupt(error)
  }
}

async function* checked(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  frames: ZstdFrameCheck,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  for await (const chunk of chunks) {
    frames.push(chunk)
    yield chunk
  }
  frames.end()
  return undefined
}

/** What was read already, then the rest. */
async function* resumed(
  read: readonly IteratorResult<Uint8Array, undefined>[],
  source: AsyncGenerator<Uint8Array, undefined, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (const result of read) if (!result.done) yield result.value
    yield* source
  } finally {
    await source.return(undefined)
  }
}

/**
 * At once, without a stream and its megabytes of buffers: most info/ parts are small, and there are many.
 * @returns undefined when the data inflates to more than a chunk
 */
function decompressSmall(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length > SMALL_INPUT) return undefined
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: STREAM_CHUNK, params: WINDOW })
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw asCorrupt(error)
  }
}

function asCorrupt(error: unknown): unknown {
  if (!isZstdError(error)) return error
  return new CorruptStreamError('corrupt', `zstd data is corrupt: ${error.message}`, error)
}

/**
 * One frame that carries its content size.
 * @param totalBytes exactly what `chunks` add up to
 */
export async function* zstdCompressChunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  totalBytes: number,
  level = 3,
): AsyncGenerator<Uint8Array, void, undefined> {
  const encoder = createZstdCompress({
    chunkSize: STREAM_CHUNK,
    params: { [constants.ZSTD_c_compressionLevel]: level },
    pledgedSrcSize: totalBytes,
  })
  const output: Uint8Array[] = []
  encoder.on('data', (chunk: Uint8Array) => output.push(chunk))
  const failed = new Promise<never>((_, reject) => encoder.once('error', reject))
  // Whoever waits below hears of it; this only keeps a late error from being unhandled.
  failed.catch(() => undefined)
  try {
    // One write at a time, and none waiting at the end: with a queue Node ends the frame twice, which appends an
    // empty one that some readers refuse.
    for await (const chunk of chunks) {
      const written = new Promise<void>((resolve) => encoder.write(chunk, () => resolve()))
      await Promise.race([written, failed])
      yield* output.splice(0)
    }
    const ended = new Promise<void>((resolve) => encoder.once('end', resolve))
    encoder.end()
    await Promise.race([ended, failed])
    yield* output.splice(0)
  } finally {
    encoder.destroy()
  }
}

function isZstdError(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false
  return typeof error.code === 'string' && /^(ZSTD_|Z_|ERR_ZSTD)/.test(error.code)
}
