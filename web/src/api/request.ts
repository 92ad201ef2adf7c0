/** One call of the REST interface: reads the answer, turns a refusal into an ApiError. */
import type { Page, PolicyFault } from './types.ts'

/** The server said no, or said nothing. `message` is the server's own wording. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** 0 when there was no answer. */
  readonly status: number
  readonly code: string
  readonly faults: readonly PolicyFault[]
  readonly requestId: string | undefined

  constructor(status: number, body: Readonly<Record<string, unknown>>, options?: ErrorOptions) {
    super(typeof body['message'] === 'string' ? body['message'] : `the server answered ${status}`, options)
    this.status = status
    this.code = typeof body['code'] === 'string' ? body['code'] : 'unknown'
    this.faults = Array.isArray(body['faults']) ? body['faults'].filter(isFault) : []
    this.requestId = typeof body['request_id'] === 'string' ? body['request_id'] : undefined
  }
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>

export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly query?: Query
  readonly body?: unknown
  readonly signal?: AbortSignal
}

/** @throws ApiError for every answer but 2xx, and with status 0 when none came */
export async function request<Answer>(path: string, options: RequestOptions = {}): Promise<Answer> {
  // the interface and the server are one release, so an answer with 2xx has the shape of types.ts
  return (await readJson(await send(path, options))) as Answer
}

/** The same for a list that has its length in the header X-Total-Count. */
export async function requestPage<Item>(path: string, options: RequestOptions = {}): Promise<Page<Item>> {
  const response = await send(path, options)
  const items = (await readJson(response)) as readonly Item[] // as above
  return { total_count: Number(response.headers.get('x-total-count') ?? items.length), items }
}

async function send(path: string, options: RequestOptions): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(withQuery(path, options.query), {
      method: options.method ?? 'GET',
      headers,
      // the session is a cookie; no other server is ever asked
      credentials: 'same-origin',
      cache: 'no-store',
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      ...(options.signal && { signal: options.signal }),
    })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    throw new ApiError(0, { code: 'no-answer', message: 'the server cannot be reached' }, { cause })
  }
  if (response.ok) return response
  const answer = await readJson(response)
  throw new ApiError(response.status, isRecord(answer) ? answer : {})
}

/** Segments of a path, each encoded: a policy may have any name. */
export function apiPath(...segments: readonly string[]): string {
  return `/api/${segments.map(encodeURIComponent).join('/')}`
}

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') search.set(name, String(value))
  }
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text()
  if (text === '') return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined // a proxy's page, for example; the status says enough
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFault(value: unknown): value is PolicyFault {
  return isRecord(value) && typeof value['line'] === 'number' && typeof value['message'] === 'string'
}
