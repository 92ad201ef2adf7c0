/** A source on a server of its own on loopback: files with entity tags, and answers a test makes up. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export class FeedServer {
  readonly files = new Map<string, string | Uint8Array>()
  /** Answers by path: status and text, in place of a file. */
  readonly answers = new Map<string, (query: URLSearchParams) => { status: number; text: string }>()
  /** What was asked for, with the status of the answer. */
  readonly asked: string[] = []
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<FeedServer> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://feed')
      const say = (status: number, body: string | Uint8Array, headers: Record<string, string> = {}): void => {
        feed.asked.push(`${status} ${url.pathname}`)
        response.writeHead(status, headers).end(body)
      }
      const made = feed.answers.get(url.pathname)?.(url.searchParams)
      const file = feed.files.get(url.pathname)
      if (made) say(made.status, made.text)
      else if (file === undefined) say(404, 'not here')
      else {
        const etag = `"${createHash('sha256').update(file).digest('hex').slice(0, 16)}"`
        const isKnown = request.headers['if-none-match'] === etag
        if (isKnown) say(304, '')
        else say(200, file, { etag })
      }
    })
    const feed = new FeedServer(server)
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return feed
  }

  get hostAndPort(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}` // it listens on TCP
  }

  url(path: string): string {
    return `http://${this.hostAndPort}${path}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
