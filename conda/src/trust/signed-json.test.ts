import { expect, test } from 'vitest'
import { signedJson } from './signed-json.ts'

// the answers are those of json.dumps(json.loads(text), sort_keys=True, indent=2) of Python 3.11
test.each([
  ['{}', '{}'],
  ['[]', '[]'],
  ['{"b":[1,[],{}],"a":null}', '{\n  "a": null,\n  "b": [\n    1,\n    [],\n    {}\n  ]\n}'],
  ['{"b":true,"B":false}', '{\n  "B": false,\n  "b": true\n}'],
  ['"é\\u0001\\n/\\u2028\\u007f\\"\\\\"', String.raw`"\u00e9\u0001\n/\u2028\u007f\"\\"`],
  ['"😀"', String.raw`"\ud83d\ude00"`],
  ['{"\\uffff":1,"😀":2}', '{\n  "\\uffff": 1,\n  "\\ud83d\\ude00": 2\n}'],
  ['12345678901234567890', '12345678901234567890'],
  ['-0', '0'],
  ['-0.0', '-0.0'],
  ['1.0', '1.0'],
  ['1.50', '1.5'],
  ['1e3', '1000.0'],
  ['1e15', '1000000000000000.0'],
  ['1e16', '1e+16'],
  ['1.25e22', '1.25e+22'],
  ['0.0001', '0.0001'],
  ['0.00001', '1e-05'],
  ['123.456e-7', '1.23456e-05'],
  ['1e-300', '1e-300'],
  ['0.1', '0.1'],
  ['1e400', 'Infinity'],
])('%s is signed as Python writes it', (text, signed) => {
  expect(signedJson(text)).toBe(signed)
})

test.each(['', '{', '{"a":1}x', `${'['.repeat(200)}${']'.repeat(200)}`])('%s is refused', (text) => {
  expect(() => signedJson(text)).toThrow(SyntaxError)
})

test('of a document that carries its signatures only the signed member counts', () => {
  expect(signedJson('{"signatures":{},"signed":{"b":1.0,"a":[]}}', 'signed')).toBe(
    '{\n  "a": [],\n  "b": 1.0\n}',
  )
  for (const text of ['{}', '[]', 'null', '"signed"'])
    expect(() => signedJson(text, 'signed')).toThrow('no "signed"')
})
