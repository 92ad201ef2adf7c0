import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import { AnswerCache } from './answer-cache.ts'
import type { Representation } from './send-bytes.ts'

let version: number
let now: Date
let isOff: boolean
let answers: AnswerCache
beforeEach(() => {
  version = 1
  now = new Date('2026-01-15T12:00:00Z')
  isOff = false
  answers = newCache(1_000_000)
})

function newCache(maxBytes: number): AnswerCache {
  return new AnswerCache({
    prefixes: ['/files/'],
    maxBytes,
    version: () => version,
    now: () => now,
    isOff: () => isOff,
  })
}

function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): IncomingMessage {
  const request = new IncomingMessage(new Socket())
  return Object.assign(request, { method, url, headers })
}

function bytes(text: string): Representation {
  return {
    etag: `"${text}"`,
    lastModified: now,
    contentType: 'text/plain',
    cacheControl: 'public',
    size: text.length,
    body: Buffer.from(text),
  }
}

/** Asks, and keeps what the long way found, as a route does. */
function fill(cache: AnswerCache, request: IncomingMessage, found: Representation): void {
  cache.note(request)
  cache.remember(request, found)
}

function answer(request: IncomingMessage): ServerResponse | undefined {
  const response = new ServerResponse(request)
  return answers.answer(request, response) ? response : undefined
}

const remembered = (request: IncomingMessage): boolean => answer(request) !== undefined

test('what was found once is answered again, with its headers, and 304 to who has it', () => {
  fill(answers, ask('/files/a'), bytes('a'))

  expect(answer(ask('/files/a'))?.statusCode).toBe(200)
  expect(answer(ask('/files/a', { 'if-none-match': '"a"' }))?.statusCode).toBe(304)
  expect(answer(ask('/files/a', { 'if-none-match': '"b", W/"a"' }))?.statusCode).toBe(304)
  expect(answer(ask('/files/a', { 'if-none-match': '"b"' }))?.statusCode).toBe(200)
  expect(answer(ask('/files/a', {}, 'HEAD'))?.statusCode).toBe(200)
  expect(answer(ask('/files/b'))).toBeUndefined()
})

describe('nobody is answered with what another one found', () => {
  test.each([
    ['without the token', {}],
    ['with another token', { authorization: 'Bearer b' }],
    ['with it in another place', { 'x-auth': 'a' }],
    ['with a session beside it', { authorization: 'Bearer a', cookie: 'session=1' }],
    ['who takes gzip', { authorization: 'Bearer a', 'accept-encoding': 'gzip' }],
  ])('%s', (_who, headers) => {
    fill(answers, ask('/files/a', { authorization: 'Bearer a' }), bytes('a'))

    expect(remembered(ask('/files/a', { authorization: 'Bearer a' }))).toBe(true)
    expect(remembered(ask('/files/a', headers))).toBe(false)
  })
})

describe('an answer is forgotten', () => {
  beforeEach(() => fill(answers, ask('/files/a'), bytes('a')))

  test('when anything was written', () => {
    version += 1
    expect(remembered(ask('/files/a'))).toBe(false)
  })

  test('when a second has passed, or the clock was set', () => {
    now = new Date(now.getTime() + 1_000)
    expect(remembered(ask('/files/a'))).toBe(false)
    now = new Date(now.getTime() - 10_000)
    expect(remembered(ask('/files/a'))).toBe(false)
  })

  test('when newer ones need its place', () => {
    answers = newCache(10_000)
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) fill(answers, ask(`/files/${name}`), bytes(name))

    expect(remembered(ask('/files/a'))).toBe(false)
    expect(remembered(ask('/files/f'))).toBe(true)
  })
})

test('what was read before a write is not kept after it', () => {
  const request = ask('/files/a')
  answers.note(request)
  version += 1
  answers.remember(request, bytes('a'))

  expect(remembered(ask('/files/a'))).toBe(false)
  expect(answers.recall(request)).toBeUndefined()
})

test('other addresses, other methods and very long addresses go their way', () => {
  for (const request of [ask('/api/a'), ask('/files/a', {}, 'POST'), ask(`/files/${'a'.repeat(2_000)}`)]) {
    fill(answers, request, bytes('a'))
    expect(remembered(request)).toBe(false)
  }
})

test('what was made for one request is not kept for the next', () => {
  fill(answers, ask('/files/a'), { ...bytes('a'), isMomentary: true })
  expect(remembered(ask('/files/a'))).toBe(false)
})

test('while somebody wants every request logged, all go the long way', () => {
  fill(answers, ask('/files/a'), bytes('a'))
  isOff = true
  expect(remembered(ask('/files/a'))).toBe(false)
})

test('what comes from a store is found again, and sent by the long way', () => {
  const stored = { ...bytes('a'), body: () => Promise.reject(new Error('not read')) }
  fill(answers, ask('/files/a'), stored)
  const again = ask('/files/a')

  expect(remembered(again)).toBe(false)
  answers.note(again)
  expect(answers.recall(again)).toBe(stored)
  expect(answer(ask('/files/a', { 'if-none-match': '"a"' }))?.statusCode).toBe(304)
})
