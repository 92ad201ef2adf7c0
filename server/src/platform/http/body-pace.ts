/**
 * How slowly a body may come. Somebody who sends a byte now and then is never idle, and could hold a connection, a
 * staged file and their memory for ever. So a body has a patience to begin with, and for each second beyond it must
 * have brought its share: the whole time is bounded by its size, and a slow line with a large package is let through.
 *
 * Only time is counted in which we wait for the client. While the client waits for us (a full disk queue, say), the
 * clock stands.
 */
import type { IncomingMessage } from 'node:http'

/** 64 kbit/s, slower than any line that packages are built behind. */
export const LEAST_BYTES_PER_SECOND = 8 * 1024
const LOOK_MS = 1000

export interface BodyPace {
  /** Before the share of bytes is asked for. */
  readonly patienceSeconds: number
  onTooSlow(receivedBytes: number, waitedSeconds: number): void
}

/** Watches a request until its body is there or its connection gone. Call it before anything reads the body. */
export function watchBody(request: IncomingMessage, { patienceSeconds, onTooSlow }: BodyPace): void {
  let received = 0
  let waitedMs = 0
  const push = request.push.bind(request)
  // both HTTP/1.1 and HTTP/2 hand each piece to the request this way; to listen for data would begin to read it
  request.push = (chunk: unknown, encoding?: BufferEncoding) => {
    if (chunk instanceof Uint8Array) received += chunk.byteLength
    return push(chunk, encoding)
  }
  const timer = setInterval(() => {
    if (request.complete || request.destroyed) {
      clearInterval(timer)
      return
    }
    if (request.readableLength > 0 || request.readableFlowing === null) return // it is we who are slow
    waitedMs += LOOK_MS
    if (waitedMs / 1000 <= patienceSeconds + received / LEAST_BYTES_PER_SECOND) return
    clearInterval(timer)
    onTooSlow(received, waitedMs / 1000)
  }, LOOK_MS).unref()
  request.once('close', () => clearInterval(timer))
}
