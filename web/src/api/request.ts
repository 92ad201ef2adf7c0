/** One call of the REST interface: adds the token, reads the answer, turns a refusal into an ApiError. */
import type { PolicyFault } from './types.ts'
import { endSession, sessionToken } from './session.ts'

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
  const token = sessionToken()
  const headers: Record<string, string> = { accept: 'application/json' }
  if (token !== null) headers['authorization'] = `Bearer ${token}`
  if (options.body !== undefined) headers['content-type'] = 'application/json'
  let response: Response
  try {
    response = await fetch(withQuery(path, options.query), {
      method: options.method ?? 'GET',
      headers,
      credentials: 'omit',
      cache: 'no-store',
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
      ...(options.signal && { signal: options.signal }),
    })
  } catch (cause) {
    if (options.signal?.aborted) throw cause
    throw new ApiError(0, { code: 'no-answer', message: 'the server cannot be reached' }, { cause })
  }
  const answer = await readJson(response)
  // the interface and the server are one release, so an answer with 2xx has the shape of types.ts
  if (response.ok) return answer as Answer
  const error = new ApiError(response.status, isRecord(answer) ? answer : {})
  // a token that ran out or was deleted elsewhere; whoever has none just is not signed in
  if (error.status === 401 && token !== null && token === sessionToken()) endSession('expired')
  throw error
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
