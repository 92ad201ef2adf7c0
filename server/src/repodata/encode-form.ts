/** The forms a rendered file is stored in, and how small ones are made; encode-chunks.ts makes those of large files. */
import { gzipSync } from 'node:zlib'
import { zstdCompress } from '@terrarium/conda/codec/zstd-node.ts'

export type Form = 'plain' | 'zst' | 'gz'

export const ZSTD_LEVEL = 10
export const GZIP_LEVEL = 6

/** At once. */
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
