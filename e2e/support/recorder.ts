import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A proxy that notes what was asked and what the answer was. */
export interface Recorder {
  readonly url: string
  readonly host: string
  readonly server: Server
  /** What was asked since the last call: `200 GET /api/repo/…`. */
  take(): string[]
}

export async function record(target: string): Promise<Recorder> {
  let asked: string[] = []
  const { hostname, port } = new URL(target)
  const server = createServer((request, response) => {
    const { method, url: path, headers } = request
    const options = { hostname, port, method, path, headers, agent: false }
    const passed = httpRequest(options, (answer: IncomingMessage) => {
      asked.push(`${answer.statusCode ?? 0} ${method ?? ''} ${path ?? ''}`)
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    passed.on('error', () => response.destroy())
    request.pipe(passed)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}` // listens on TCP
  return {
    url: `http://${host}`,
    host,
    server,
    take: () => {
      const taken = asked
      asked = []
      return taken
    },
  }
}
