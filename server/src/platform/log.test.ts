import { expect, test } from 'vitest'
import { withoutTokens } from './log.ts'

test.each([
  ['/t/tk-abc/main/noarch/x', '/t/[secret]/main/noarch/x'],
  ['/api/repo/t/tk-abc/main', '/api/repo/t/[secret]/main'],
  ['/t/tk-abc', '/t/[secret]'],
  ['/t/tk-abc?x=1', '/t/[secret]?x=1'],
  ['/t/tk-abc/t/tk-def/x', '/t/[secret]/t/[secret]/x'],
  ['https://host/t/tk-abc/channel/', 'https://host/t/[secret]/channel/'],
  ['/api/repo/main/noarch/x', '/api/repo/main/noarch/x'],
  ['/test/tk', '/test/tk'],
])('%s is logged as %s', (path, expected) => {
  expect(withoutTokens(path)).toBe(expected)
})
