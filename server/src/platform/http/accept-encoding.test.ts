import { expect, test } from 'vitest'
import { acceptsGzip } from './accept-encoding.ts'

test.each<[string | undefined, boolean]>([
  [undefined, false],
  ['', false],
  ['identity', false],
  ['gzip', true],
  ['x-gzip', true],
  ['GZIP', true],
  ['gzip, deflate, br, zstd', true],
  ['br;q=1.0, gzip;q=0.8, *;q=0.1', true],
  ['*', true],
  ['gzip;q=0', false],
  ['gzip; q=0.000', false],
  ['*;q=0', false],
  ['gzip;q=0, *', false],
  ['gzipped', false],
  ['gzip;q=nonsense', false],
])('%j takes gzip: %s', (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected)
})
