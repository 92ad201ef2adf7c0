import { expect, test } from 'vitest'
import { newTokenSecret } from '../identity/token-secret.ts'
import { maskTokens, withoutTokens } from './log.ts'

test.each([
  ['/t/tk-abc/main/noarch/x', '/t/[secret]/main/noarch/x'],
  ['/api/repo/t/tk-abc/main', '/api/repo/t/[secret]/main'],
  ['/t/tk-abc', '/t/[secret]'],
  ['/t/tk-abc?x=1', '/t/[secret]?x=1'],
  ['/t/tk-abc/t/tk-def/x', '/t/[secret]/t/[secret]/x'],
  ['https://host/t/tk-abc/channel/', 'https://host/t/[secret]/channel/'],
  ['/api/repo/main/noarch/x', '/api/repo/main/noarch/x'],
  ['/test/tk', '/test/tk'],
  ['/api/roles?x=1&Access_Token=abc&y=2', '/api/roles?x=1&Access_Token=[secret]&y=2'],
  ['/api/roles?password=a%20b#c', '/api/roles?password=[secret]#c'],
  ['/api/jobs?tokens=3', '/api/jobs?tokens=3'],
])('%s is logged as %s', (path, expected) => {
  expect(withoutTokens(path)).toBe(expected)
})

test.each(['user', 'service', 'session', 'workload', 'invitation'] as const)(
  'a token of the kind %s is masked wherever it stands',
  (kind) => {
    const token = newTokenSecret(kind).reveal()
    expect(maskTokens(`"path":"/x/${token}y","why":"no channel ${token}"`)).toBe(
      '"path":"/x/[secret]y","why":"no channel [secret]"',
    )
    expect(withoutTokens(`/api/channels/${token}`)).toBe('/api/channels/[secret]')
  },
)
