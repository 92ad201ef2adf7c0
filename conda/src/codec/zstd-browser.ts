/**
 * The codec of `#zstd` in a browser, which has no zstd of its own: reading by zstd-decode.ts, no writing. What
 * writes shards and archives runs in Node: bytes made by another encoder would have other digests.
 */
import { CorruptStreamError } from './corrupt-stream-error.ts'
import { ZstdDecoder } from './zstd-decode.ts'
import { ZstdFrameCheck } from './zstd-frames.ts'
import type * as node from './zstd-node.ts'

export class CompressionUnavailableError extends Error {
  override readonly name = 'CompressionUnavailableError'

  constructor() {
    super('There is no zstd compression in a browser: write shards and archives with Node')
  }
}

/**
 * All frames of `bytes`, one after the other.
 * @throws CorruptStreamError, also when the data inflates beyond `maxBytes`
 */
export function zstdDecompress(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const frames = new ZstdFrameCheck()
  frames.push(bytes)
  frames.end()
  const parts: Uint8Array[] = []
  let length = 0
  for (const part of new ZstdDecoder().push(bytes)) {
    length += part.length
    if (length > maxBytes)
      throw new CorruptStreamError('corrupt', `zstd data inflates beyond ${maxBytes} bytes`)
    parts.push(part)
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/**
 * All frames of a stream, in chunks of at most 128 KiB. Nothing may follow the last frame. The limit on the
 * output is the caller's, who stops reading.
 * @throws CorruptStreamError
 */
export async function* zstdDecompressChunks(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  frames = new ZstdFrameCheck(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const decoder = new ZstdDecoder()
  for await (const chunk of chunks) {
    frames.push(chunk)
    yield* decoder.push(chunk)
  }
  frames.end()
}

/** @throws CompressionUnavailableError */
export const zstdCompress: typeof node.zstdCompress = () => {
  throw new CompressionUnavailableError()
}

/** @throws CompressionUnavailableError as soon as it is called */
export const zstdCompressChunks: typeof node.zstdCompressChunks = () => {
  throw new CompressionUnavailableError()
}
