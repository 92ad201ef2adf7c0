import { describe, expect, test } from 'vitest'
import { isMoreOpen, mayShow, ownerOf, type Member } from './virtual-channel.ts'

function member(id: string, privacy: 'public' | 'private', position: number): Member {
  const beforePublic = privacy === 'private'
  return { ...{ id, name: id, position, beforePublic }, channel: undefined, isAllowed: true, lost: undefined }
}

const members = [
  member('forge', 'public', 0),
  member('mirror', 'public', 1),
  member('staff', 'private', 2),
  member('secret', 'private', 3),
]

describe('a name comes from one member', () => {
  test.each([
    ['the first that has it', ['forge', 'mirror'], [], 'forge'],
    ['the only one that has it', ['mirror'], [], 'mirror'],
    ['one that is not public before every public one', ['forge', 'secret'], [], 'secret'],
    ['of those that are not public, the first', ['staff', 'secret', 'forge'], [], 'staff'],
    ['the one it is pinned to', ['secret', 'forge'], [{ name: 'numpy', memberId: 'mirror' }], 'mirror'],
    ['the one a pattern pins it to', ['forge'], [{ name: 'num*', memberId: 'secret' }], 'secret'],
    [
      'the one its own pin says, whatever patterns say',
      ['forge'],
      [
        { name: '*', memberId: 'secret' },
        { name: 'numpy', memberId: 'forge' },
      ],
      'forge',
    ],
    [
      'the one that the most exact pattern says',
      ['forge'],
      [
        { name: '*', memberId: 'forge' },
        { name: 'nu*', memberId: 'secret' },
        { name: 'num*', memberId: 'staff' },
      ],
      'staff',
    ],
    ['nobody that never had it', [], [{ name: 'scipy', memberId: 'forge' }], undefined],
  ])('%s', (_, holders, pins, owner) => {
    expect(ownerOf('numpy', members, pins, new Set(holders))).toBe(owner)
  })
})

test.each([
  ['public', 'public', false],
  ['public', 'authenticated', true],
  ['authenticated', 'private', true],
  ['authenticated', 'public', false],
  ['private', 'private', false],
] as const)('a %s channel over a %s member is more open: %s', (virtual, privacy, more) => {
  expect(isMoreOpen(virtual, privacy)).toBe(more)
})

test.each([
  ['public', 'public', false, true],
  ['private', 'public', false, true],
  ['private', 'private', false, false],
  ['private', 'private', true, true],
  ['private', 'authenticated', false, false],
  ['authenticated', 'authenticated', true, true],
  ['authenticated', 'private', true, false],
  ['public', 'authenticated', true, false],
] as const)(
  'a %s channel over a %s member (allowed: %s) shows it: %s',
  (virtual, privacy, allowed, shown) => {
    expect(mayShow(virtual, privacy, allowed)).toBe(shown)
  },
)
