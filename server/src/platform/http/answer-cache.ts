/**
 * Answers to reads that are asked for again and again, kept with everything that went into them: who asked, and
 * what the database said. Such a request is answered before any routing, and asks the database nothing.
 *
 * An answer is good while this process has written nothing to the database, and half a second at the most, for other
 * processes write too. A policy, a new revision: here they act at once, on another server within that time. A right
 * that is withdrawn takes up to a second more there, for `identity/access.ts` remembers too, which may have been asked
 * last for the answer: together they stay below the two seconds that are promised.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import { acceptsGzip } from './accept-encoding.ts'
import { headersOf, sendBytes, type Representation } from './send-bytes.ts'
import { MAX_PREPARED_BYTES, prepareAnswer, sendPrepared } from './send-prepared.ts'

const MAX_AGE_MS = 500
const MAX_ENTRIES = 20_000
const MAX_URL_LENGTH = 1_000
/** Beside the bytes of the body. */
const ENTRY_BYTES = 2_000

export interface AnswerCacheOptions {
  /** Addresses that are kept begin with one of these. */
  readonly prefixes: readonly string[]
  readonly maxBytes: number
  /** Changes with every write to the database. */
  readonly version: () => number
  readonly now: () => Date
  /** Whether somebody wants every request to go the long way, to be logged. */
  readonly isOff: () => boolean
}

/** What a request asked, and the state of things before anything was read for it. */
interface Question {
  readonly key: string
  readonly version: number
  readonly askedAtMs: number
  readonly clockMs: number
}

interface Answer extends Question {
  readonly representation: Representation
  readonly wholeHeaders: readonly string[]
  readonly unchangedHeaders: readonly string[]
  /** Of a small body. */
  readonly whole: Buffer | undefined
  readonly unchanged: Buffer
  readonly bytes: number
}

export class AnswerCache {
  /** How many requests were answered from memory. */
  given = 0
  readonly #options: AnswerCacheOptions
  readonly #answers = new Map<string, Answer>()
  readonly #questions = new WeakMap<IncomingMessage, Question>()
  #bytes = 0

  constructor(options: AnswerCacheOptions) {
    this.#options = options
  }

  /** Answers from memory, or returns false; then the request has to go its way. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const isAnswered = this.#answer(request, response)
    if (isAnswered) this.given += 1
    return isAnswered
  }

  #answer(request: IncomingMessage, response: ServerResponse): boolean {
    const key = this.#keyOf(request)
    const answer = key === undefined ? undefined : this.#answers.get(key)
    if (!answer || !this.#holds(answer) || this.#options.isOff()) return false
    const { representation } = answer
    const { body, etag } = representation
    const { headers } = request
    if (headers['if-none-match'] === etag) {
      if (sendPrepared(request, response, 304, answer.unchanged)) return true
      response.writeHead(304, answer.unchangedHeaders as string[]) // Node's type forgets `readonly`
      response.end()
      return true
    }
    // what is read from a store goes the long way, where such answers are counted
    if (!(body instanceof Uint8Array)) return false
    if (headers.range ?? headers['if-none-match'] ?? headers['if-modified-since']) {
      void sendBytes(request, response, representation) // bytes in memory: nothing to wait for, nothing that fails
      return true
    }
    const { whole } = answer
    if (whole && request.method === 'GET' && sendPrepared(request, response, 200, whole)) return true
    response.writeHead(200, answer.wholeHeaders as string[]) // Node's type forgets `readonly`
    if (request.method === 'HEAD') response.end()
    else response.end(body)
    return true
  }

  /** Call it before anything is read for the request, with its address as it came. */
  note(request: IncomingMessage): void {
    const key = this.#keyOf(request)
    if (key === undefined || this.#questions.has(request)) return
    this.#questions.set(request, {
      key,
      version: this.#options.version(),
      askedAtMs: performance.now(),
      clockMs: this.#options.now().getTime(),
    })
  }

  /** What was found the last time, if it still holds. */
  recall(request: IncomingMessage): Representation | undefined {
    const question = this.#questions.get(request)
    const answer = question && this.#answers.get(question.key)
    return answer && this.#holds(answer) ? answer.representation : undefined
  }

  /** Keeps what was found for a request that had been noted. */
  remember(request: IncomingMessage, representation: Representation): void {
    if (representation.isMomentary) return
    const question = this.#questions.get(request)
    if (!question || !this.#holds(question)) return
    const { body } = representation
    const length = body instanceof Uint8Array ? body.byteLength : 0
    const headers = Object.entries(headersOf(representation))
    const unchangedHeaders = headers.flat()
    const wholeHeaders = [...unchangedHeaders, 'content-length', String(representation.size)]
    // an answer does not get so old that its date would be wrong
    const at = this.#options.now()
    const whole =
      body instanceof Uint8Array && length <= MAX_PREPARED_BYTES
        ? prepareAnswer(200, wholeHeaders, at, body)
        : undefined
    const bytes = length + (whole?.byteLength ?? 0) + ENTRY_BYTES
    this.#forget(question.key)
    this.#answers.set(question.key, {
      ...{ ...question, representation, wholeHeaders, unchangedHeaders, whole, bytes },
      unchanged: prepareAnswer(304, unchangedHeaders, at),
    })
    this.#bytes += bytes
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes <= this.#options.maxBytes && this.#answers.size <= MAX_ENTRIES) return
      this.#forget(oldest)
    }
  }

  /** Everything an answer depends on that the request brings along. */
  #keyOf({ method, url = '', headers }: IncomingMessage): string | undefined {
    if (method !== 'GET' && method !== 'HEAD') return undefined
    if (url.length > MAX_URL_LENGTH || !this.#options.prefixes.some((prefix) => url.startsWith(prefix)))
      return undefined
    const gzip = acceptsGzip(headers['accept-encoding']) ? 'gzip' : ''
    const { authorization = '', cookie = '' } = headers
    return `${url}\n${gzip}\n${authorization}\n${String(headers['x-auth'])}\n${String(headers['x-api-key'])}\n${cookie}`
  }

  #holds({ version, askedAtMs, clockMs }: Question): boolean {
    return (
      version === this.#options.version() &&
      performance.now() - askedAtMs < MAX_AGE_MS &&
      // a clock that jumps can end a token or a hold at once
      Math.abs(this.#options.now().getTime() - clockMs) < MAX_AGE_MS
    )
  }

  #forget(key: string): void {
    this.#bytes -= this.#answers.get(key)?.bytes ?? 0
    this.#answers.delete(key)
  }
}
