import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { LEAST_BYTES_PER_SECOND, watchBody } from './body-pace.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})
afterEach(() => {
  vi.useRealTimers()
})

function watched(patienceSeconds: number) {
  const request = new IncomingMessage(new Socket())
  const slow: number[] = []
  watchBody(request, { patienceSeconds, onTooSlow: (_received, waited) => slow.push(waited) })
  return { request, slow }
}

test('a byte now and then is too slow when the patience is over', () => {
  const { request, slow } = watched(60)
  request.on('data', () => undefined)
  for (let second = 0; second < 60; second += 1) {
    if (second % 10 === 0) request.push(Buffer.from('x'))
    request.read()
    vi.advanceTimersByTime(1000)
  }
  expect(slow).toEqual([])
  vi.advanceTimersByTime(1000)
  expect(slow).toEqual([61])
  vi.advanceTimersByTime(60_000)
  expect(slow).toHaveLength(1) // it is said once
})

test('a slow line that brings its share may take as long as it takes', () => {
  const { request, slow } = watched(5)
  request.on('data', () => undefined)
  for (let second = 0; second < 600; second += 1) {
    request.push(Buffer.alloc(LEAST_BYTES_PER_SECOND))
    request.read()
    vi.advanceTimersByTime(1000)
  }
  expect(slow).toEqual([])
  vi.advanceTimersByTime(6000)
  expect(slow).toEqual([606])
})

test('while the client waits for us no time is counted', () => {
  const { request, slow } = watched(5)
  vi.advanceTimersByTime(60_000) // nobody reads yet
  request.push(Buffer.from('what we have not looked at'))
  request.pause()
  vi.advanceTimersByTime(60_000)
  expect(slow).toEqual([])
})

test('a body that is there is watched no more', () => {
  const { request, slow } = watched(5)
  request.resume()
  request.complete = true
  vi.advanceTimersByTime(60_000)
  expect(slow).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
