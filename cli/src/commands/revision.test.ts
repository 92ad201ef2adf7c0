import { expect, test } from 'vitest'
import { causeText } from './revision.ts'

test.each([
  [
    { kind: 'upload', by: 'alice', file: 'noarch/a-1.0-0.conda' },
    'upload by alice file noarch/a-1.0-0.conda',
  ],
  [{ kind: 'mirror', mirror: 'conda-forge', job: '4f' }, 'mirror conda-forge job 4f'],
  [{ kind: 'something-new' }, 'something-new'],
])('a cause reads as a phrase that names each thing once: %j', (cause, text) => {
  expect(causeText(cause)).toBe(text)
})
