/**
 * A channel on a server of its own on loopback, that behaves until a test gives one of its paths a fault.
 * It counts what is asked of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { channelFiles, type FakePackage } from './fake-channel.ts'

/** Answers in place of the file. */
export type Fault = (response: ServerResponse, request: IncomingMessage, file: Uint8Array) => void

export class FakeUpstream {
  files = new Map<string, Uint8Array>()
  /** Paths in the order they were asked for. */
  readonly asked: string[] = []
  readonly headers: IncomingMessage['headers'][] = []
  readonly #faults = new Map<string, { fault: Fault; times: number }>()
  readonly #server: Server
  #port = 0

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<FakeUpstream> {
    const server = createServer((request, response) => upstream.#answer(request, response))
    const upstream = new FakeUpstream(server)
    await upstream.comeBack()
    return upstream
  }

  /** Listens, at the same address as before. */
  async comeBack(): Promise<void> {
    this.#server.listen(this.#port, '127.0.0.1')
    await once(this.#server, 'listening')
    this.#port = (this.#server.address() as AddressInfo).port // it listens on TCP
  }

  get hostAndPort(): string {
    return `127.0.0.1:${this.#port}`
  }

  get url(): string {
    return `http://${this.hostAndPort}/`
  }

  /** Puts a channel in place of the one before. */
  serve(packages: readonly FakePackage[], forms?: readonly ('json' | 'zst')[]): void {
    this.files = channelFiles(packages, forms)
  }

  /** @param times how often the fault shows before the path behaves again */
  fail(path: string, fault: Fault, times = Infinity): void {
    this.#faults.set(path, { fault, times })
  }

  recover(): void {
    this.#faults.clear()
  }

  /** Empty again, as if nobody had ever asked. */
  forget(): void {
    this.recover()
    this.files.clear()
    this.asked.length = 0
    this.headers.length = 0
  }

  /** How often the path was asked for. */
  count(path: string): number {
    return this.asked.filter((one) => one === path).length
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent((request.url ?? '').slice(1))
    this.asked.push(path)
    this.headers.push(request.headers)
    const file = this.files.get(path)
    const trouble = this.#faults.get(path)
    if (trouble && trouble.times > 0) {
      trouble.times -= 1
      trouble.fault(response, request, file ?? new Uint8Array())
    } else if (file) {
      response.writeHead(200, { 'content-length': file.byteLength }).end(file)
    } else response.writeHead(404).end('not found')
  }
}

export const faults = {
  status:
    (status: number, headers: Record<string, string> = {}): Fault =>
    (response) =>
      void response.writeHead(status, headers).end('no'),
  redirect:
    (location: string): Fault =>
    (response) =>
      void response.writeHead(302, { location }).end(),
  body:
    (body: string | Uint8Array): Fault =>
    (response) =>
      void response.writeHead(200).end(body),
  /** States the whole length and hangs up after a part of it. */
  cut:
    (at: number): Fault =>
    (response, _request, file) => {
      response.writeHead(200, { 'content-length': file.byteLength })
      response.write(file.subarray(0, at), () => response.destroy())
    },
  /** Ends early without having stated a length: only the record can tell. */
  cutUnstated:
    (at: number): Fault =>
    (response, _request, file) => {
      response.writeHead(200, { connection: 'close' })
      response.end(file.subarray(0, at))
    },
  /** Chunked, and gone before the last chunk. */
  cutChunked:
    (at: number): Fault =>
    (response, _request, file) => {
      response.writeHead(200, { 'transfer-encoding': 'chunked' })
      response.write(file.subarray(0, at), () => response.destroy())
    },
  /** Sends until nobody listens any more. */
  endless: ((response) => {
    response.writeHead(200)
    const chunk = Buffer.alloc(64 * 1024)
    const more = (): void => {
      while (!response.destroyed && response.write(chunk));
    }
    response.on('drain', more)
    more()
  }) satisfies Fault,
  hangUp: ((response) => void response.destroy()) satisfies Fault,
}
