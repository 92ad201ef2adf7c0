import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidRepodataError, type RepodataFault, type RepodataScan, scanRepodata } from './scan-repodata.ts'
import { realIndexes } from '../testing/real-indexes.ts'
import { hasSharedData } from '../testing/shared-data.ts'

const utf8 = new TextEncoder()

function scan(text: string): RepodataScan {
  return scanRepodata(utf8.encode(text))
}

/** What JSON.parse sees in the maps of records, as the scan names it. */
function expectedRecords(document: Record<string, unknown>): [string, string, unknown][] {
  const records: [string, string, unknown][] = []
  const add = (section: string, extension: string, map: unknown): void => {
    for (const [key, record] of Object.entries(map ?? {})) {
      records.push([section, key + extension, record])
    }
  }
  for (const [key, value] of Object.entries(document)) {
    if (key === 'packages' || key === 'packages.conda') add(key, '', value)
    if (key !== 'v3') continue
    for (const [extension, map] of Object.entries(value as object))
      add(`v3.${extension}`, `.${extension}`, map)
  }
  return records
}

function scannedRecords(result: RepodataScan): [string, string, unknown][] {
  return [...result.records()].map((record) => [record.section, record.filename, record.parse()])
}

describe.skipIf(!hasSharedData)('real indexes', () => {
  test.each(realIndexes().map((index) => [index.name, index] as const))(
    '%s reads as JSON.parse does',
    (_, index) => {
      const bytes = index.read()
      const document = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
      const result = scanRepodata(bytes)
      // Not toEqual, which takes ten times as long over thousands of records.
      expect(isDeepStrictEqual(scannedRecords(result), expectedRecords(document))).toBe(true)
      expect(result.malformed).toEqual([])
      expect(result.info).toEqual(document.info ?? {})
      expect(result.removed).toEqual(document.removed ?? [])
      expect(result.repodataVersion).toBe(document.repodata_version)
    },
  )
})

describe('shapes of any age', () => {
  test('an index of 2016 has no info, no packages.conda and no subdir', () => {
    const result = scan('{"_url": "https://x/", "packages": {"a-1-0.tar.bz2": {"name": "a"}}}')
    expect(result).toMatchObject({ info: {}, subdir: undefined, removed: [], recordCount: 1 })
    expect(scannedRecords(result)).toEqual([['packages', 'a-1-0.tar.bz2', { name: 'a' }]])
    expect([...result.other.keys()]).toEqual(['_url'])
  })

  test('an empty object is an empty index', () => {
    expect(scan(' {} \n').recordCount).toBe(0)
  })

  test('an index without records is told by any of its keys', () => {
    for (const text of ['{"info":{"subdir":"noarch"}}', '{"removed":[]}', '{"repodata_version":1,"x":2}'])
      expect(scan(text).recordCount).toBe(0)
  })

  test('null counts as an empty map', () => {
    expect(scan('{"packages":null,"packages.conda":{},"v3":null}').recordCount).toBe(0)
  })

  test('records of v3 get their extension and stay apart', () => {
    const result = scan('{"v3":{"conda":{"a-1-0":{}},"tar.bz2":{"b-1-0":{}},"whl":{"c-1-0":{}}}}')
    expect(scannedRecords(result).map(([section, filename]) => [section, filename])).toEqual([
      ['v3.conda', 'a-1-0.conda'],
      ['v3.tar.bz2', 'b-1-0.tar.bz2'],
      ['v3.whl', 'c-1-0.whl'],
    ])
  })

  test('a record that is no object is reported and left out', () => {
    const result = scan('{"packages":{"a-1-0.tar.bz2":null,"b-1-0.tar.bz2":{}}}')
    expect(result.malformed).toEqual([{ section: 'packages', filename: 'a-1-0.tar.bz2', offset: 29 }])
    expect(result.recordCount).toBe(1)
  })

  test('a slice is the bytes of the record', () => {
    const [record] = scan('{"packages":{"a-1-0.tar.bz2": { "x" : [1, {"y":"}"}] } }}').records()
    expect(new TextDecoder().decode(record?.slice)).toBe('{ "x" : [1, {"y":"}"}] }')
  })

  test('a view into a larger buffer is read from its own start', () => {
    const bytes = utf8.encode('xx{"packages":{"a-1-0.tar.bz2":{"name":"a"}}}yy')
    expect(scanRepodata(bytes.subarray(2, -2)).recordCount).toBe(1)
  })

  test('keys named like inherited properties are keys', () => {
    const text =
      '{"packages":{"__proto__":{"name":"p"},"constructor":{"name":"c","__proto__":{"polluted":1}}}}'
    const records = scannedRecords(scan(text))
    expect(records).toEqual([
      ['packages', '__proto__', { name: 'p' }],
      ['packages', 'constructor', { name: 'c' }],
    ])
    expect(Object.hasOwn(records[1]?.[2] as object, '__proto__')).toBe(false)
  })

  test('an escaped __proto__ is one too', () => {
    const text = String.raw`{"packages":{"a":{"\u005f_proto__":{"polluted":1},"x":"\u00e9"}}}`
    expect(scannedRecords(scan(text))).toEqual([['packages', 'a', { x: 'é' }]])
  })
})

describe('what is no index', () => {
  const record = '{"packages":{"a-1-0.tar.bz2":{"name":"a"}'
  test.each<[string, RepodataFault, number]>([
    ['', 'empty', 0],
    ['  \n ', 'empty', 0],
    ['\uFEFF{}', 'byte-order-mark', 0],
    ['<!DOCTYPE html><html>', 'html', 0],
    ['\n <html><body>403', 'html', 0],
    ['Not Found', 'not-json', 0],
    ['[]', 'wrong-type', 0],
    ['"packages"', 'wrong-type', 0],
    ['{"packages":[]}', 'wrong-type', 12],
    [' {"error":"not found"}', 'wrong-type', 1],
    ['{"v3":{"conda":1}}', 'wrong-type', 15],
    [record, 'truncated', 41],
    ['{"packages":{"a-1', 'truncated', 17],
    ['{"packages":', 'truncated', 12],
    ['{} {}', 'trailing', 3],
    ['{}\0', 'trailing', 2],
    ['{"packages":{"a":{"size":NaN}}}', 'not-json', 25],
    ['{"packages":{"a":{"size":Infinity}}}', 'not-json', 25],
    ['{"packages":{"a":{"size":01}}}', 'not-json', 26],
    ['{"packages":{"a":{"size":1.}}}', 'not-json', 27],
    ['{"packages":{"a":{"size":-}}}', 'not-json', 26],
    ['{"packages":{"a":{"size":1,}}}', 'not-json', 27],
    ['{"packages":{"a":{"x":[1,]}}}', 'not-json', 25],
    ['{"packages":{"a":{"x":[1 2]}}}', 'not-json', 25],
    ["{'packages':{}}", 'not-json', 1],
    ['{"packages" {}}', 'not-json', 12],
    ['{"x":"a\nb"}', 'not-json', 7],
    [String.raw`{"x":"\x41"}`, 'not-json', 6],
    [String.raw`{"x":"\u12G4"}`, 'not-json', 6],
    ['{"x":tru}', 'not-json', 5],
    ['{"packages":{},"info":{},"packages":{}}', 'duplicate-key', 25],
    ['{"packages":{"a":{},"b":{},"a":{}}}', 'duplicate-key', 27],
    ['{"packages":{"a":{"name":"a","name":"b"}}}', 'duplicate-key', 29],
    ['{"packages":{"a":{"z":1,"name":"a","name":"b"}}}', 'duplicate-key', 35],
    [String.raw`{"packages":{"a":{"name":"a","nam\u0065":"b"}}}`, 'duplicate-key', 29],
    [String.raw`{"packages":{"\/":{},"\u002f":{}}}`, 'duplicate-key', 21],
  ])('%j', (text, fault, offset) => {
    const error = failure(utf8.encode(text))
    expect({ fault: error.fault, offset: error.offset }).toEqual({ fault, offset })
    expect(error.message).toMatch(/^Not a repodata\.json: at byte \d+, ./)
  })

  test.each([
    ['zstd', [0x28, 0xb5, 0x2f, 0xfd, 0]],
    ['gzip', [0x1f, 0x8b, 8]],
    ['bzip2', [0x42, 0x5a, 0x68, 0x39]],
  ])('%s data is named', (name, bytes) => {
    expect(failure(Uint8Array.from(bytes))).toMatchObject({ fault: 'compressed' })
    expect(failure(Uint8Array.from(bytes)).message).toContain(name)
  })

  test.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong character of three bytes', [0xe0, 0x80, 0x80]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
    ['a character cut short', [0xe2, 0x82]],
  ])('%s is no UTF-8', (_, bytes) => {
    expect(
      failure(Uint8Array.from([...utf8.encode('{"x":"'), ...bytes, ...utf8.encode('"}')])),
    ).toMatchObject({
      fault: 'not-json',
      offset: 6,
    })
  })

  test('nesting ends at 64 levels', () => {
    const nested = (levels: number): string => `{"info":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
    expect(scan(nested(64)).recordCount).toBe(0)
    expect(failure(utf8.encode(nested(65)))).toMatchObject({ fault: 'too-deep' })
    expect(failure(utf8.encode('{"x":'.repeat(500_000)))).toMatchObject({ fault: 'too-deep' })
  })

  function failure(bytes: Uint8Array): InvalidRepodataError {
    try {
      scanRepodata(bytes)
    } catch (error) {
      if (error instanceof InvalidRepodataError) return error
      throw error
    }
    throw new Error('accepted')
  }
})

describe('the grammar is that of JSON.parse', () => {
  const value = fc.jsonValue({ maxDepth: 4 })

  test('any JSON is accepted, compact or with white space', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary' }), value),
        fc.constantFrom('', '\t', '  '),
        (other, indent) => {
          const text = JSON.stringify({ ...other, packages: { 'a-1-0.tar.bz2': other } }, null, indent)
          const safe = text.includes('__proto__') ? '{}' : text
          const document = JSON.parse(safe) as Record<string, unknown>
          if (document.v3 !== undefined || document['packages.conda'] !== undefined) return
          expect(scannedRecords(scan(safe))).toEqual(expectedRecords(document))
        },
      ),
    )
  })

  test('one changed byte is refused exactly when JSON.parse refuses it', () => {
    const bytes = utf8.encode(
      '{"info":{"a":[1.5e+3,-0,true,false,null,"\\u00e9\\n é"]},"removed":{"c":{},"b":[[]]}}',
    )
    const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, byte) => {
        const changed = bytes.with(at, byte)
        expect(accepts(() => scanRepodata(changed))).toBe(
          accepts(() => requireDistinctKeys(strict.decode(changed))),
        )
      }),
      { numRuns: 5000 },
    )
  })

  /** JSON.parse lets keys repeat; two that do show as fewer members than colons outside of strings. */
  function requireDistinctKeys(text: string): void {
    const document: unknown = JSON.parse(text)
    const colons = text.replace(/"(\\.|[^"\\])*"/g, '').split(':').length - 1
    if (typeof document !== 'object' || Array.isArray(document) || countMembers(document) !== colons)
      throw new Error()
  }

  function countMembers(value: unknown): number {
    if (typeof value !== 'object' || value === null) return 0
    const members = Object.values(value).reduce<number>((sum, item) => sum + countMembers(item), 0)
    return Array.isArray(value) ? members : members + Object.keys(value).length
  }

  function accepts(read: () => unknown): boolean {
    try {
      read()
      return true
    } catch {
      return false
    }
  }
})
