import { expect, test } from 'vitest'
import { RateLimit } from './rate-limit.ts'

function limitOf(perMinute: number, burst?: number) {
  const clock = { ms: 0 }
  const limit = new RateLimit({ perMinute, nowMs: () => clock.ms, ...(burst !== undefined && { burst }) })
  return { clock, limit }
}

test('a burst goes through, the next is told how long to wait, and waiting helps', () => {
  const { clock, limit } = limitOf(60, 3)

  expect([1, 2, 3].map(() => limit.take('a'))).toEqual([undefined, undefined, undefined])
  expect(limit.take('a')).toBe(1)
  clock.ms += 1000
  expect(limit.take('a')).toBeUndefined()
  expect(limit.take('a')).toBe(1)
})

test('one key does not use up what is for another', () => {
  const { limit } = limitOf(1)

  expect(limit.take('a')).toBeUndefined()
  expect(limit.take('a')).toBe(60)
  expect(limit.take('b')).toBeUndefined()
})

test('a long pause gives no more than a burst', () => {
  const { clock, limit } = limitOf(60, 2)
  clock.ms += 3_600_000

  expect([1, 2, 3].map(() => limit.take('a'))).toEqual([undefined, undefined, 1])
})

test('a clock that goes back takes nothing away', () => {
  const { clock, limit } = limitOf(60, 2)
  limit.take('a')
  clock.ms -= 5000

  expect(limit.take('a')).toBeUndefined()
})

test('many keys are not kept for ever', () => {
  const { limit } = limitOf(1)
  for (let key = 0; key < 100_001; key += 1) limit.take(`k${key}`)

  expect(limit.take('k100000')).toBe(60) // the youngest is remembered
  expect(limit.take('k0')).toBeUndefined() // the oldest is forgotten
})
