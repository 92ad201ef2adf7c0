import { describe, expect, test } from 'vitest'
import { ancestorsOf, checkMemberPath, linkEscapes } from './member-path.ts'

const rules = { maxPathBytes: 4096, allowDotSlash: true }

describe('a member path', () => {
  test.each([
    ['lib/a.so', 'lib/a.so'],
    ['./././lib/a', 'lib/a'],
    ['share/man/man3/B::Deparse.3', 'share/man/man3/B::Deparse.3'],
    ['...', '...'],
    ['lib/..a/b..', 'lib/..a/b..'],
    ['information/x', 'information/x'],
    ['lib/conda-meta/x', 'lib/conda-meta/x'],
    ['Icon\r', 'Icon\r'],
  ])('%j is taken as %j', (declared, path) => {
    expect(checkMemberPath(declared, false, rules)).toBe(path)
  })

  test.each(['./', '.', './.'])('%j is the root, as a folder only', (declared) => {
    expect(checkMemberPath(declared, true, rules)).toBe('')
    expect(() => checkMemberPath(declared, false, rules)).toThrow()
  })

  test.each(['../a', 'a/..', '/a', './/a', 'a/./b', 'C:/a', 'c:a', 'a\\b', '', '..', './../a'])(
    '%j is refused',
    (declared) => {
      expect(() => checkMemberPath(declared, false, rules)).toThrow()
    },
  )

  test('its length counts in bytes', () => {
    expect(() => checkMemberPath('ü'.repeat(3), false, { ...rules, maxPathBytes: 5 })).toThrow(
      'longer than 5 bytes',
    )
  })
})

test('the folders above a path, outermost first', () => {
  expect([...ancestorsOf('a/b/c')]).toEqual(['a', 'a/b'])
  expect([...ancestorsOf('a')]).toEqual([])
})

describe('a link', () => {
  const links = new Map([
    ['up', 'share/deep/down'],
    ['away', '/usr'],
    ['loop', 'loop'],
    ['share/back', '..'],
  ])

  test.each([
    ['lib/l.so', 'l.so.1', false],
    ['lib/a/b', '../../x', false],
    ['lib/a', '..', false],
    ['a', '..', true],
    ['lib/a', '../../x', true],
    ['lib/a', '/etc/passwd', true],
    ['lib/a', 'C:\\Windows', true],
    ['lib/a', '\\\\server\\share', true],
    // Through other links of the package.
    ['a', 'up/../../../x', false],
    ['a', 'up/../../../../x', true],
    ['a', 'away/x', true],
    ['a', 'loop/x', true],
    ['a', 'share/back/x', false],
    ['a', 'share/back/../x', true],
    ['lib/empty', '', false],
  ])('%s -> %s leads outside: %s', (path, target, outside) => {
    expect(linkEscapes(path, target, links)).toBe(outside)
  })
})
