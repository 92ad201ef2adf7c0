/** An open file as a byte source. Apart, so that the rest of the archive code runs without a file system. */
import type { FileHandle } from 'node:fs/promises'
import type { ByteSource } from './byte-source.ts'

/** The file stays the caller's to close. Its size is taken now: a file that grows later is read up to here. */
export async function fileSource(file: FileHandle): Promise<ByteSource> {
  const { size } = await file.stat()
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return bytes.subarray(0, done)
    },
  }
}
