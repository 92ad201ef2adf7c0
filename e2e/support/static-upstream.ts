/** An upstream channel on a plain static file server, as simple as a web server gets. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, normalize } from 'node:path'

export interface StaticUpstream {
  readonly url: string
  /** host:port, for the server's list of private upstreams. */
  readonly hostAndPort: string
  /** Paths that were asked for, in order. */
  readonly requests: string[]
  close(): Promise<void>
}

export async function serveFolder(folder: string): Promise<StaticUpstream> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '/').replace(/\?.*$/, ''))
    requests.push(path)
    const file = join(folder, normalize(path))
    stat(file).then(
      (found) => {
        if (!found.isFile()) {
          response.writeHead(404).end()
          return
        }
        response.writeHead(200, { 'content-length': found.size })
        createReadStream(file).pipe(response)
      },
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo // listening on a port
  return {
    url: `http://127.0.0.1:${port}`,
    hostAndPort: `127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
