import { describe, expect, test } from 'vitest'
import { JsonEntries } from './json-entries.ts'

const MIB = 1024 * 1024
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function read(entries: JsonEntries): [string, string][] {
  return Array.from(entries.drain(), ([key, json]) => [key, text(json)])
}

describe('JsonEntries', () => {
  test('gives entries in the order of their keys, whether set as values or as JSON', () => {
    const entries = new JsonEntries()
    entries.set('b-1', { name: 'b', depends: ['ä ≥ 😀'] })
    entries.setJson('a-1', Buffer.from('{"name":"a"}'))
    expect(read(entries)).toEqual([
      ['a-1', '{"name":"a"}'],
      ['b-1', '{"depends":["ä ≥ 😀"],"name":"b"}'],
    ])
  })

  test('keeps the last value of a key', () => {
    const entries = new JsonEntries()
    for (const value of [1, 2, 3]) entries.set('same', value)
    entries.set('other', 4)
    expect(read(entries)).toEqual([
      ['other', '4'],
      ['same', '3'],
    ])
  })

  test('holds more than a block, in any order, and values larger than one', () => {
    const entries = new JsonEntries()
    const values = new Map<string, string>()
    for (let i = 0; i < 40; i++) values.set(`key-${(i * 17) % 40}`, String(i).repeat(100_000))
    values.set('large', 'x'.repeat(3 * MIB))
    for (const [key, value] of values) entries.set(key, value)
    entries.set('last', 'small')
    const found = read(entries)
    expect(found.map(([key]) => key)).toEqual([...values.keys(), 'last'].sort())
    expect(found.every(([key, json]) => key === 'last' || JSON.parse(json) === values.get(key))).toBe(true)
  })

  test('is empty when it was read, and works on', () => {
    const entries = new JsonEntries()
    entries.set('a', 'x'.repeat(2 * MIB))
    expect(read(entries)).toHaveLength(1)
    expect(read(entries)).toEqual([])
    entries.set('b', 1)
    expect(read(entries)).toEqual([['b', '1']])
  })
})
