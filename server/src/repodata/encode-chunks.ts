/**
 * The forms of a large file, made of its chunks: it may have hundreds of megabytes, and no thread holds it whole. In the
 * thread that asks and not in Node's pool, where requests of clients wait for their files; of streams Node itself has
 * none such, minizlib has. Loaded by the worker that renders, and by nobody else.
 */
import { constants, type ZstdOptions } from 'node:zlib'
import { Gzip, ZstdCompress } from 'minizlib'
import { GZIP_LEVEL, ZSTD_LEVEL, type Form } from './encode-form.ts'

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
