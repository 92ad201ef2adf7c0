/**
 * The outbound client in the shape of `fetch`, for libraries that bring their own requests: the same address
 * rules, no redirects, and an end to how long it takes and how much is read.
 */
import type { OutboundClient, OutboundResponse } from './outbound-client.ts'
import { AppError } from '../../vocabulary/errors.ts'

export interface FetchLimits {
  readonly timeoutMs: number
  readonly maxBytes: number
}

interface FetchInit {
  readonly method?: string | undefined
  readonly headers?: Headers | Record<string, string> | undefined
  readonly body?: unknown
  readonly signal?: AbortSignal | null | undefined
}

export type OutboundFetch = (address: string, init?: FetchInit) => Promise<Response>

export function outboundFetch(outbound: OutboundClient, limits: FetchLimits): OutboundFetch {
  return async (address, { method = 'GET', headers, body, signal } = {}) => {
    if (method !== 'GET' && method !== 'POST') throw new TypeError(`${method} is not sent to anybody`)
    const timeout = AbortSignal.timeout(limits.timeoutMs)
    const response = await outbound.send(new URL(address), {
      method,
      headers: headers instanceof Headers ? Object.fromEntries(headers) : { ...headers },
      body: body === undefined || body === null ? undefined : textOf(body),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    const bytes = await readBounded(response, limits.maxBytes)
    const type = response.header('content-type')
    return new Response(response.status === 204 || response.status === 304 ? null : bytes, {
      status: response.status,
      headers: type === undefined ? {} : { 'content-type': type },
    })
  }
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body
  if (body instanceof URLSearchParams) return body.toString()
  throw new TypeError('only text and forms are sent')
}

async function readBounded(response: OutboundResponse, maxBytes: number): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body) {
    size += chunk.byteLength
    if (size > maxBytes) {
      throw new AppError('upstream-answer', `${response.url.origin} sent more than ${maxBytes} bytes`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
