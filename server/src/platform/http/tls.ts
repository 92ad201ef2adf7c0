/** The server's own certificate: with one it speaks HTTP/2 and HTTP/1.1, as each client chooses (ALPN). */
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { AppError } from '../../vocabulary/errors.ts'
import type { Configuration } from '../configuration.ts'
import { errorText } from '../text.ts'

export interface TlsFiles {
  readonly cert: Buffer
  readonly key: Buffer
}

/**
 * Of each connection of HTTP/2. Node refuses every new stream (ENHANCE_YOUR_CALM), and soon ends the connection, while more
 * than `maxSessionMemory` megabytes wait to be sent; its own limit of 10 is reached by twenty downloads that a slow line
 * takes in, and pixi asks for fifty at once. A client that knows how many streams there may be waits with the next by itself.
 */
export const http2Limits = { maxSessionMemory: 64, settings: { maxConcurrentStreams: 100 } } as const

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
