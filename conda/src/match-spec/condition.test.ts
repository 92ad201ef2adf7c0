import { expect, test } from 'vitest'
import { evaluateCondition, parseCondition } from './condition.ts'
import { InvalidMatchSpecError } from './errors.ts'

const spec = (text: string): { kind: 'spec'; text: string } => ({ kind: 'spec', text })

test.each([
  ['python >=3.6', spec('python >=3.6')],
  ['(a)', spec('a')],
  ['a and b or c', { kind: 'or', parts: [{ kind: 'and', parts: [spec('a'), spec('b')] }, spec('c')] }],
  ['a and (b or c)', { kind: 'and', parts: [spec('a'), { kind: 'or', parts: [spec('b'), spec('c')] }] }],
  [
    "x[build='^(a and b)$'] and orange",
    { kind: 'and', parts: [spec("x[build='^(a and b)$']"), spec('orange')] },
  ],
])('%s', (text, condition) => expect(parseCondition(text)).toEqual(condition))

test.each(['', '  ', 'a and', 'or a', 'a (b)', '(a', 'a)', '()', 'a and or b', `${'('.repeat(2000)}a`])(
  '%.20j is refused',
  (text) => expect(() => parseCondition(text)).toThrow(InvalidMatchSpecError),
)

test('holds as its parts do', () => {
  const condition = parseCondition('(__win or __osx) and python')
  expect(evaluateCondition(condition, (text) => text !== '__win')).toBe(true)
  expect(evaluateCondition(condition, (text) => text === 'python')).toBe(false)
})
