/**
 * The forms a rendered file is stored in, made of chunks: of a large channel it has hundreds of megabytes, and no thread
 * holds it whole. In the thread that asks and not in Node's pool, where requests of clients wait for their files; of
 * streams Node itself has none such, minizlib has.
 */
import { gzipSync, constants, type ZstdOptions } from 'node:zlib'
import { Gzip, ZstdCompress } from 'minizlib'
import { zstdCompress } from '@terrarium/conda/codec/zstd-node.ts'

export type Form = 'plain' | 'zst' | 'gz'

const ZSTD_LEVEL = 10
const GZIP_LEVEL = 6

/** Of what is small, at once. */
export function encodeForm(bytes: Uint8Array, form: Form): Uint8Array {
  switch (form) {
    case 'plain':
      return bytes
    case 'zst':
      return zstdCompress(bytes, ZSTD_LEVEL)
    case 'gz':
      return gzipSync(bytes, { level: GZIP_LEVEL })
  }
}

/**
 * The same bytes for the same chunks. Of zstd one frame that carries its content size, which decoders of clients need.
 * @param totalBytes exactly what `chunks` add up to
 * @throws Error when they add up to something else
 */
export async function* encodeChunks(
  chunks: AsyncIterable<Uint8Array>,
  form: Exclude<Form, 'plain'>,
  totalBytes: number,
): AsyncGenerator<Uint8Array> {
  const encoder = openEncoder(form, totalBytes)
  const encoded: Uint8Array[] = []
  encoder.on('data', (chunk: Uint8Array) => void encoded.push(chunk))
  try {
    // an error is thrown by the call that meets it
    for await (const chunk of chunks) {
      encoder.write(chunk)
      yield* encoded.splice(0)
    }
    encoder.end()
    yield* encoded
  } finally {
    encoder.close()
  }
}

function openEncoder(form: Exclude<Form, 'plain'>, totalBytes: number): Gzip | ZstdCompress {
  if (form === 'gz') return new Gzip({ level: GZIP_LEVEL })
  // its types know no options of zstd; it hands them to Node as they are
  const options: ZstdOptions = {
    params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
    pledgedSrcSize: totalBytes,
  }
  return new ZstdCompress(options as ConstructorParameters<typeof ZstdCompress>[0])
}
