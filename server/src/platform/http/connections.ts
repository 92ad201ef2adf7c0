/** The connections of a server that stops. One with a certificate has none of Node's means to close them. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'

export class Connections {
  readonly #server: Server
  readonly #secure = new Set<TLSSocket>()
  /** Of them, those of HTTP/1.1 that wait for an answer. */
  readonly #busy = new Set<Socket>()

  constructor(server: Server) {
    this.#server = server
    server.on('secureConnection', (socket: TLSSocket) => {
      this.#secure.add(socket)
      socket.once('close', () => this.#secure.delete(socket))
    })
    server.on('request', ({ socket, httpVersion }: IncomingMessage, response: ServerResponse) => {
      if (httpVersion === '2.0') return
      this.#busy.add(socket)
      response.once('close', () => this.#busy.delete(socket))
    })
  }

  /** Those that nobody uses. Sessions of HTTP/2 end by themselves: the server tells them to when it closes. */
  closeIdle(): void {
    if ('closeIdleConnections' in this.#server) this.#server.closeIdleConnections()
    for (const socket of this.#secure)
      if (socket.alpnProtocol !== 'h2' && !this.#busy.has(socket)) socket.destroy()
  }

  closeAll(): void {
    if ('closeAllConnections' in this.#server) this.#server.closeAllConnections()
    for (const socket of this.#secure) socket.destroy()
  }
}
