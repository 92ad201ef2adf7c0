/** The server's own certificate: with one it speaks HTTP/2 and HTTP/1.1, as each client chooses (ALPN). */
import { readFileSync } from 'node:fs'
import type { ServerHttp2Session } from 'node:http2'
import { createSecureContext } from 'node:tls'
import { AppError } from '../../vocabulary/errors.ts'
import type { Configuration } from '../configuration.ts'
import { errorText } from '../text.ts'

export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
}

/** How much of an upload may be on its way: with the 64 KiB that HTTP/2 begins with, 30 ms away, it goes at 1 MB/s. */
const UPLOAD_WINDOW_BYTES = 2 * 1024 * 1024

/**
 * Of each connection of HTTP/2. Node refuses every new stream (ENHANCE_YOUR_CALM), and soon ends the connection, while more
 * than `maxSessionMemory` megabytes wait to be sent; its own limit of 10 is reached by twenty downloads that a slow line
 * takes in, and pixi asks for fifty at once. A client that knows how many streams there may be waits with the next by itself.
 */
export const http2Limits = {
  maxSessionMemory: 64,
  settings: { maxConcurrentStreams: 100, initialWindowSize: UPLOAD_WINDOW_BYTES },
} as const

/** The same window for all streams of a connection together. */
export function widenWindow(session: ServerHttp2Session): void {
  session.setLocalWindowSize(UPLOAD_WINDOW_BYTES)
}

/** @throws AppError invalid-configuration when a file cannot be read, or the two do not belong together */
export function readTls(
  configuration: Pick<Configuration, 'tls_certificate' | 'tls_key'>,
): TlsFiles | undefined {
  const { tls_certificate: certificate, tls_key: keyFile } = configuration
  if (certificate === undefined || keyFile === undefined) return undefined
  const files = { cert: read('tls_certificate', certificate), key: read('tls_key', keyFile) }
  try {
    createSecureContext(files)
  } catch (cause) {
    throw new AppError(
      'invalid-configuration',
      `tls_certificate ${certificate} and tls_key ${keyFile} cannot be used together: ${errorText(cause)}`,
      { cause },
    )
  }
  return files
}

function read(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new AppError('invalid-configuration', `${name}: ${path} cannot be read: ${errorText(cause)}`, {
      cause,
    })
  }
}
