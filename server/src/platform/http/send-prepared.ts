/**
 * Small answers that were put together before: status line, headers and body in one piece, handed to the socket as
 * it is. Node's own way writes the header anew for every request and gives the system two pieces, which takes
 * twice as long for a shard.
 *
 * `response.end()` stays in charge of the connection: keep-alive, time limits, what a client has asked meanwhile.
 * It only has to believe that the header went out, for which the fields `_header` and `_headerSent` are set; no
 * documentation names them. Without them, and for all but a plain answer on a connection that stays open,
 * `sendPrepared` declines, and the caller goes Node's way.
 */
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http'

/** Of connections nobody uses; clients are told, so that they don't send into one that closes. */
export const KEEP_ALIVE_MS = 72_000

/** Beyond, copying the body beside the header costs more than it saves. */
export const MAX_PREPARED_BYTES = 64 * 1024

/** The whole answer. @param headers names and values in turn; @param at stands in it as the date */
export function prepareAnswer(
  status: number,
  headers: readonly string[],
  at: Date,
  body: Uint8Array = new Uint8Array(),
): Buffer {
  let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  head += `Date: ${at.toUTCString()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_MS / 1000}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), body])
}

/** @returns false when nothing was sent */
export function sendPrepared(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  answer: Buffer,
): boolean {
  const { socket } = response // none while an earlier answer of the connection is under way
  if (!socket?.writable || request.httpVersion !== '1.1' || !response.shouldKeepAlive) return false
  if (!hasHeaderFields(response) || response._header !== null) return false
  response.statusCode = status
  response._header = 'sent'
  response._headerSent = true
  socket.write(answer)
  response.end()
  return true
}

interface HeaderFields {
  _header: string | null
  _headerSent: boolean
}

function hasHeaderFields(response: object): response is HeaderFields {
  return '_header' in response && '_headerSent' in response
}
