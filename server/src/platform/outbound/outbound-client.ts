/**
 * The one way out: every request the server makes to somebody else goes through here. It checks where it
 * goes (address-rules.ts), at each redirect again, never sends credentials to another origin, and bounds
 * time and size. Transfers use undici's `request`: `fetch` can lose a body when its response is collected.
 */
import { lookup as resolveName } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { isIP } from 'node:net'
import { Agent, type Dispatcher } from 'undici'
import { AppError } from '../../vocabulary/errors.ts'
import { errorText } from '../text.ts'
import { judgeAddress } from './address-rules.ts'

const MAX_REDIRECTS = 5
const CONNECT_TIMEOUT_MS = 10_000
const HEADERS_TIMEOUT_MS = 30_000
/** Longest silence in the middle of a body. */
const BODY_TIMEOUT_MS = 60_000

export interface OutboundResponse {
  readonly status: number
  readonly url: URL
  header(name: string): string | undefined
  /** Yields the bytes; throws when the body ends before its declared length. */
  readonly body: AsyncIterable<Uint8Array>
  /** Frees the connection without reading the rest. */
  discard(): Promise<void>
}

export interface OutboundRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

export interface OutboundMessage extends OutboundRequest {
  readonly method: 'GET' | 'POST'
  readonly body?: string | undefined
}

export class OutboundClient {
  readonly #allowed: ReadonlySet<string>
  readonly #agents = new Map<string, Agent>()
  readonly #connections: number

  /** @param allowedPrivate host:port that may be reached in private networks */
  constructor(options: { allowedPrivate: readonly string[]; connections: number }) {
    this.#allowed = new Set(
      options.allowedPrivate.map((entry) => entry.toLowerCase().replace(/^\[|\](?=:)/g, '')),
    )
    this.#connections = options.connections
  }

  /**
   * GET, following at most five redirects.
   * @throws AppError outbound-refused for a place the server may not go, upstream-unreachable when nothing
   *   answers; an answer of any status is returned
   */
  async get(address: URL, request: OutboundRequest = {}): Promise<OutboundResponse> {
    let url = address
    let headers = request.headers ?? {}
    for (let hop = 0; hop <= MAX_REDIRECTS; hop += 1) {
      const response = await this.#send(url, { method: 'GET', headers, signal: request.signal })
      const location = response.header('location')
      if (
        response.status < 300 ||
        response.status > 308 ||
        response.status === 304 ||
        location === undefined
      ) {
        return response
      }
      await response.discard()
      const next = parseLocation(location, url)
      if (url.protocol === 'https:' && next.protocol !== 'https:') {
        throw refused(url, `it redirects from https to ${next.protocol.slice(0, -1)}`)
      }
      // or a redirect could carry a token of ours to somebody else
      if (next.origin !== url.origin) headers = withoutCredentials(headers)
      url = next
    }
    throw refused(address, `it redirects more than ${MAX_REDIRECTS} times`)
  }

  /**
   * One request whose redirects are answers like any other: for what carries a secret in its body.
   * @throws AppError outbound-refused, upstream-unreachable
   */
  async send(url: URL, message: OutboundMessage): Promise<OutboundResponse> {
    return this.#send(url, message)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.destroy()))
    this.#agents.clear()
  }

  async #send(url: URL, { method, headers, body: sent, signal }: OutboundMessage): Promise<OutboundResponse> {
    this.requirePermitted(url)
    let answer: Dispatcher.ResponseData
    try {
      answer = await this.#agent(url).request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { 'user-agent': 'terrarium', ...headers },
        ...(sent === undefined ? {} : { body: sent }),
        ...(signal ? { signal } : {}),
      })
    } catch (cause) {
      if (signal?.aborted) throw cause
      const refusal = findRefusal(cause)
      if (refusal) throw refusal
      throw new AppError('upstream-unreachable', `cannot reach ${url.origin}: ${errorText(cause)}`, { cause })
    }
    const { body } = answer
    return {
      status: answer.statusCode,
      url,
      header: (name) => {
        const value = answer.headers[name.toLowerCase()]
        return Array.isArray(value) ? value[0] : value
      },
      body,
      // dump reads a small rest so that the connection can be used again
      discard: () =>
        body.dump({ limit: 65_536 }).then(
          () => undefined,
          () => undefined,
        ),
    }
  }

  /**
   * Judges what can be judged before a name is looked up.
   * @throws AppError outbound-refused
   */
  requirePermitted(url: URL): void {
    if (url.protocol !== 'http:' && url.protocol !== 'https:') {
      throw refused(url, 'only http and https addresses are read')
    }
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0 && !this.#permits(url, host)) throw refused(url, this.#why(host))
  }

  #permits(url: URL, address: string): boolean {
    const verdict = judgeAddress(address)
    if (verdict === 'public') return true
    return verdict === 'private' && this.#allowed.has(hostAndPort(url))
  }

  #why(address: string): string {
    return judgeAddress(address) === 'forbidden'
      ? `${address} is a link-local, metadata or reserved address`
      : `${address} is in a private network; an operator can allow it by adding host:port to outbound_private`
  }

  #agent(url: URL): Agent {
    let agent = this.#agents.get(url.origin)
    if (agent) return agent
    agent = new Agent({
      connections: this.#connections,
      connect: { timeout: CONNECT_TIMEOUT_MS, lookup: this.#lookup(url) },
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: BODY_TIMEOUT_MS,
    })
    this.#agents.set(url.origin, agent)
    return agent
  }

  /** Looks a name up and hands on only addresses that may be connected to. */
  #lookup(url: URL): LookupFunction {
    return (hostname, options, callback) => {
      resolveName(hostname, { ...options, all: true }, (error, addresses) => {
        if (error) {
          callback(error, '', 0)
          return
        }
        const bad = addresses.find(({ address }) => !this.#permits(url, address))
        const first = addresses[0]
        if (bad || !first) {
          callback(refused(url, bad ? this.#why(bad.address) : 'it has no address'), '', 0)
          return
        }
        if (options.all) callback(null, addresses)
        else callback(null, first.address, first.family)
      })
    }
  }
}

/** As the configuration spells places in private networks. */
export function hostAndPort(url: URL): string {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return `${url.hostname.replace(/^\[|\]$/g, '')}:${port}`.toLowerCase()
}

function parseLocation(location: string, base: URL): URL {
  try {
    return new URL(location, base)
  } catch (cause) {
    throw new AppError('upstream-answer', `${base.origin} redirects to something that is no address`, {
      cause,
    })
  }
}

function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const secret = new Set(['authorization', 'cookie', 'x-api-key', 'x-auth', 'apikey'])
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !secret.has(name.toLowerCase())))
}

function findRefusal(error: unknown): AppError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof AppError) return at
  return undefined
}

function refused(url: URL, why: string): AppError {
  return new AppError('outbound-refused', `will not connect to ${url.origin}: ${why}`)
}
