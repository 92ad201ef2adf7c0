import { describe, expect, test } from 'vitest'
import { errorText } from './text.ts'

describe('errorText', () => {
  test.each([
    ['a thing that is no error', 'broken', 'broken'],
    ['a message alone', new Error('it broke'), 'it broke'],
    ['no message', new RangeError(), 'RangeError'],
    ['a cause that says more', new Error('it broke', { cause: new Error('no space') }), 'it broke: no space'],
    [
      'a cause that was said already',
      new Error('it broke: no space', { cause: new Error('no space') }),
      'it broke: no space',
    ],
    ['a cause without words', new Error('it broke', { cause: new Error() }), 'it broke'],
  ])('%s', (_, error, text) => {
    expect(errorText(error)).toBe(text)
  })
})
