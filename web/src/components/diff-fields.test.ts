import { expect, test } from 'vitest'
import { diffFields, showValue } from './diff-fields.ts'

test('shows what changed and leaves out what did not', () => {
  expect(
    diffFields({ permission: 'read', names: ['a'], same: 1 }, { permission: 'write', names: ['a'], same: 1 }),
  ).toEqual([{ name: 'permission', before: 'read', after: 'write' }])
})

test('what is made has no before, what is gone no after', () => {
  expect(diffFields(null, { name: 'ann' })).toEqual([{ name: 'name', before: undefined, after: 'ann' }])
  expect(diffFields({ name: 'ann' }, null)).toEqual([{ name: 'name', before: 'ann', after: undefined }])
})

test('a bare value is a field too, and lists are compared as a whole', () => {
  expect(diffFields('a', 'b')).toEqual([{ name: 'value', before: 'a', after: 'b' }])
  expect(showValue(['a', 1])).toBe('["a",1]')
  expect(showValue('a')).toBe('a')
})
