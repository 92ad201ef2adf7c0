/**
 * A file from the disk to a socket through two buffers that are used again and again: one is read into while the
 * other is sent. Making new ones for every chunk, as a stream does, costs more than the sending.
 */
import type { FileHandle } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'

/** Measured: smaller ones cost more calls, larger ones leave the caches of the processor. */
const CHUNK_BYTES = 512 * 1024
/** Of HTTP/2, where each of a hundred streams of a connection can have one waiting (`http2Limits`). */
const STREAM_CHUNK_BYTES = 64 * 1024
const MAX_KEPT_BUFFERS = 16
const kept: Buffer[] = []

/**
 * Sends the bytes from `start` to `end`, included, ends the answer and closes the file.
 * @throws Error when the client went away, or the file is shorter than that
 */
export async function sendFile(
  handle: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
  response: ServerResponse,
): Promise<void> {
  const size = isHttp2(response) ? STREAM_CHUNK_BYTES : CHUNK_BYTES
  const buffers: [Buffer, Buffer] = [takeBuffer(size), takeBuffer(size)]
  let reading: Promise<number> | undefined
  try {
    let turn: 0 | 1 = 0
    for (let at = start; at <= end;) {
      const buffer = buffers[turn]
      const count: number = await (reading ?? readChunk(handle, buffer, at, end))
      reading = undefined
      if (count === 0) throw new Error(`the file ends ${end + 1 - at} bytes too early`)
      at += count
      const sent = write(response, buffer.subarray(0, count))
      turn = turn === 0 ? 1 : 0
      if (at <= end) reading = readChunk(handle, buffers[turn], at, end)
      await sent
    }
    response.end()
  } finally {
    await reading?.catch(() => undefined) // a read under way still writes into its buffer
    await handle.close()
    if (size === CHUNK_BYTES)
      for (const buffer of buffers) if (kept.length < MAX_KEPT_BUFFERS) kept.push(buffer)
  }
}

function isHttp2(response: ServerResponse): boolean {
  return 'stream' in response
}

function takeBuffer(size: number): Buffer {
  return (size === CHUNK_BYTES ? kept.pop() : undefined) ?? Buffer.allocUnsafeSlow(size)
}

async function readChunk(handle: FileHandle, buffer: Buffer, at: number, end: number): Promise<number> {
  return (await handle.read(buffer, 0, Math.min(buffer.length, end + 1 - at), at)).bytesRead
}

/** Until the system has taken the bytes, so that their buffer may be written to again. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const gone = (): void => reject(Object.assign(new Error('the client went away'), { code: 'ECONNRESET' }))
    if (response.destroyed) {
      gone()
      return
    }
    response.once('close', gone)
    response.write(bytes, (error) => {
      response.off('close', gone)
      if (error) reject(error)
      else resolve()
    })
  })
}
