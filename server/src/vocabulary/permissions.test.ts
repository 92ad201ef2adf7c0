import { expect, test } from 'vitest'
import {
  allScopes,
  higher,
  levels,
  lower,
  permissions,
  reaches,
  resources,
  ruleOf,
  scopesOf,
  type Permission,
} from './permissions.ts'

const names = Object.keys(permissions) as Permission[]

test.each(names)('%s asks for a level on a resource that roles know', (permission) => {
  expect(permission).toMatch(/^[a-z][a-z-]*:[a-z-]+$/)
  expect(Object.keys(resources)).toContain(ruleOf(permission).resource)
  expect(levels.slice(1)).toContain(ruleOf(permission).level)
})

test.each(allScopes)(
  'the scope %s is spelled as the contract spells scopes, and opens something',
  (scope) => {
    expect(scope).toMatch(/^[a-z][a-z.-]*:[a-z-]+$/)
    expect(names.some((permission) => scopesOf(permission)?.includes(scope))).toBe(true)
  },
)

test('the scopes that clients of the contract ask for are there', () => {
  expect(allScopes).toEqual(
    expect.arrayContaining([
      'artifact:create',
      'artifact:delete',
      'artifact:download',
      'artifact:view',
      'channel:create',
      'channel:delete',
      'channel:edit',
      'channel:history',
      'channel:view',
      'channel:view-artifacts',
      'channel.default-channel:edit',
      'channel.group:edit',
      'channel.group:view',
      'channel.mirror:edit',
      'subchannel:create',
      'subchannel.mirror:edit',
    ]),
  )
})

test('levels are ordered', () => {
  for (const [a, left] of levels.entries()) {
    for (const [b, right] of levels.entries()) {
      expect(reaches(left, right)).toBe(a >= b)
      expect(higher(left, right)).toBe(levels[Math.max(a, b)])
      expect(lower(left, right)).toBe(levels[Math.min(a, b)])
    }
  }
})
