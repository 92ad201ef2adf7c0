import { describe, expect, test } from 'vitest'
import {
  channelUrl,
  channelUrlWithToken,
  endOfDay,
  paths,
  readCvePageSearch,
  readListSearch,
  returnPath,
  toPaging,
} from './paths.ts'

test('a link keeps odd names as they are: the router encodes them', () => {
  expect(paths.policy('a/b $c')).toEqual({ to: '/policies/$policy', params: { policy: 'a/b $c' } })
  expect(paths.file('main', 'ruamel.yaml', 'noarch/ruamel.yaml-0.18-py_0.conda')).toMatchObject({
    params: { channel: 'main', name: 'ruamel.yaml' },
    search: { file: 'noarch/ruamel.yaml-0.18-py_0.conda' },
  })
})

test('clients get the address under which the page itself was opened', () => {
  expect(channelUrl('https://conda.example.org', 'main')).toBe('https://conda.example.org/api/repo/main')
  expect(channelUrl('https://conda.example.org', 'main/dev')).toBe(
    'https://conda.example.org/api/repo/main/dev',
  )
  expect(channelUrlWithToken('http://localhost:8080', 'main', 'TOKEN')).toBe(
    'http://localhost:8080/t/TOKEN/api/repo/main',
  )
})

describe('after signing in people come back to a page of ours and nowhere else', () => {
  test.each([
    ['/channels/main?q=numpy', '/channels/main?q=numpy'],
    ['//evil.example', '/channels'],
    ['/\\evil.example', '/channels'],
    ['/a\\b', '/channels'],
    ['https://evil.example', '/channels'],
    ['javascript:alert(1)', '/channels'],
    ['/\t/evil.example', '/channels'],
    ['/sign-in?from=/sign-in', '/channels'],
    [undefined, '/channels'],
  ])('%s leads to %s', (from, path) => {
    expect(returnPath(from)).toBe(path)
  })
})

describe('an address that was typed by hand', () => {
  test.each([
    [{}, {}],
    [
      { q: ' numpy ', page: 3 },
      { q: 'numpy', page: 3 },
    ],
    [
      { q: 7, page: '2' },
      { q: '7', page: 2 },
    ],
    [{ q: '', page: 1 }, {}],
    [{ q: { a: 1 }, page: -4 }, {}],
    [{ page: 1.5 }, {}],
    [{ page: 'x' }, {}],
  ])('%j is read as %j', (typed, read) => {
    expect(readListSearch(typed)).toEqual(read)
  })
})

test('pages count from one, offsets from zero', () => {
  expect(toPaging({}, 50)).toEqual({ q: undefined, offset: 0, limit: 50 })
  expect(toPaging({ q: 'a', page: 3 }, 50)).toEqual({ q: 'a', offset: 100, limit: 50 })
})

test('a past day is read to its end, and today as it is now', () => {
  const now = new Date('2026-11-25T12:00:00Z')
  expect(endOfDay('2026-11-24', now)).toBe('2026-11-24T23:59:59Z')
  expect([endOfDay('2026-11-25', now), endOfDay('2026-11-26', now), endOfDay(undefined, now)]).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(readCvePageSearch({ day: '2026-11-24', page: 2, q: 'no' })).toEqual({ day: '2026-11-24', page: 2 })
  expect(readCvePageSearch({ day: '2026-13-40' })).toEqual({})
})
