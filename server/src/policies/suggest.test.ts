import { expect, test } from 'vitest'
import { suggest } from './suggest.ts'

const known = ['effect', 'deny', 'linux-64', 'linux-aarch64', 'osx-arm64', 'Apache-2.0']

test.each([
  ['efect', 'effect'],
  ['effcet', 'effect'],
  ['denied', 'deny'],
  ['linux64', 'linux-64'],
  ['linus-64', 'linux-64'],
  ['Linux_AArch64', 'linux-aarch64'],
  ['apache 2.0', 'Apache-2.0'],
  ['windows', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('%s', (written, expected) => {
  expect(suggest(written, known)).toBe(expected)
})
