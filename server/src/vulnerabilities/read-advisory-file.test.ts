import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { readAdvisoryFile, type FileItem, type ReadLimits } from './read-advisory-file.ts'
import { JsonSplitter } from './split-json.ts'

const folder = mkdtempSync(join(tmpdir(), 'advisory-files-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function read(name: string, content: string | Uint8Array, limits?: ReadLimits): Promise<FileItem[]> {
  const path = join(folder, name)
  writeFileSync(path, content)
  const items: FileItem[] = []
  for await (const item of readAdvisoryFile(path, limits)) items.push(item)
  return items
}

const record = (line: number, id: string): FileItem => ({ kind: 'record', line, record: { id } })

describe('what a file may be', () => {
  const lines = '{"id":"a"}\n\n{"id":"b"}\n'
  test.each([
    ['lines.jsonl', lines],
    ['lines-without-a-telling-name', lines],
    ['lines.jsonl.gz', gzipSync(lines)],
    ['lines.jsonl.zst', zstdCompressSync(lines)],
    ['with-byte-order-mark.json', '\ufeff' + lines],
    ['array.json', '[\n{"id":"a"},\n\n{"id":"b"}]'.replace('[\n', '[')],
    ['several-objects.json', '{\n"id":"a"}{\n"id":"b"}'],
  ])('%s', async (name, content) => {
    const items = await read(name, content)
    expect(items.map((item) => item.kind === 'record' && item.record)).toEqual([{ id: 'a' }, { id: 'b' }])
  })

  test.each(['CVE_Items', 'vulnerabilities'])('a feed with its records under %s', async (key) => {
    const feed = {
      format: 'x',
      nested: { vulnerabilities: [{ id: 'no' }] },
      [key]: [{ id: 'a' }, { id: 'b' }],
      end: [],
    }
    const pretty = await read('feed.json', JSON.stringify(feed, null, 2))
    expect(pretty.map((item) => item.kind === 'record' && item.record)).toEqual([{ id: 'a' }, { id: 'b' }])
    expect(await read('minified.json', JSON.stringify(feed))).toEqual([record(1, 'a'), record(1, 'b')])
  })

  test('a single record over several lines', async () => {
    expect(await read('one.json', '{\n  "id": "a"\n}\n')).toEqual([record(1, 'a')])
  })

  test("OpenSSL's list", async () => {
    const items = await read(
      'o.xml',
      '<?xml?>\n<security updated="1">\n<issue a="1">x\n</issue>\n<issue b="2">y</issue></security>',
    )
    expect(items).toEqual([
      { kind: 'record', line: 3, record: '<issue a="1">x\n</issue>' },
      { kind: 'record', line: 5, record: '<issue b="2">y</issue>' },
    ])
  })
})

describe('what is broken', () => {
  test('one line is reported with its number, the others are read', async () => {
    const items = await read('broken.jsonl', '{"id":"a"}\n{"id": oops}\n{"id":"b"}\n')
    expect(items).toEqual([
      record(1, 'a'),
      { kind: 'broken', line: 2, reason: expect.stringContaining('not valid JSON') as string },
      record(3, 'b'),
    ])
  })
  test('the first line too, even without a telling file name', async () => {
    const items = await read('broken-first', '{"id": "a\n{"id":"b"}\n{"id":"c"}\n')
    expect(items.map((item) => item.kind)).toEqual(['broken', 'record', 'record'])
  })
  test('one element of an array', async () => {
    const items = await read('array.json', '[\n{"id":"a"},\n{"id": oops},\n{"id":"b"}]')
    expect(items.map((item) => [item.kind, item.line])).toEqual([
      ['record', 2],
      ['broken', 3],
      ['record', 4],
    ])
  })
  test('a document that was cut says so', async () => {
    const items = await read('cut.json', '[\n{"id":"a"},\n{"id":"b"')
    expect(items.at(-1)).toEqual({
      kind: 'broken',
      line: 3,
      reason: 'the file ends in the middle: it was cut',
    })
  })
  test('a record over the limit', async () => {
    const limits = { maxBytes: 1000, maxRecordBytes: 20 }
    const long = `{"id":"${'x'.repeat(30)}"}`
    const inLines = await read('long.jsonl', `{"id":"a"}\n${long}\n{"id":"b"}`, limits)
    const inArray = await read('long.json', `[\n{"id":"a"},\n${long},\n{"id":"b"}]`, limits)
    expect(inLines.map((item) => item.kind)).toEqual(['record', 'broken', 'record'])
    expect(inArray.map((item) => item.kind)).toEqual(['record', 'broken', 'record'])
  })
})

test.each([
  ['empty.json', '', 'it is empty'],
  ['blank.json', ' \n ', 'it is empty'],
  ['page.json', '<!doctype html><html></html>', 'HTML or XML'],
  ['text.json', 'Not found', 'begins with "Not found"'],
  ['cut.json.gz', gzipSync('{"id":"a"}\n'.repeat(1000)).subarray(0, 30), 'cut or damaged'],
  ['large.jsonl', '{"id":"a"}\n'.repeat(200), 'larger than 1000 bytes'],
  ['bomb.jsonl.gz', gzipSync('{"id":"a"}\n'.repeat(10_000)), 'larger than 1000 bytes'],
])('%s is refused as a whole', async (name, content, reason) => {
  await expect(read(name, content, { maxBytes: 1000, maxRecordBytes: 500 })).rejects.toMatchObject({
    code: 'invalid-advisories',
    message: expect.stringContaining(reason) as string,
  })
})

test('a file that is not there is refused', async () => {
  const reading = readAdvisoryFile(join(folder, 'absent.json')).next()
  await expect(reading).rejects.toMatchObject({ code: 'invalid-advisories' })
})

test('a document may be cut into chunks anywhere', () => {
  const text = '{"x":"vulnerabilities","vulnerabilities" : [ {"id":"a\\"}]","n":[{}]},\n{"id":"é"} ]}'
  const bytes = Buffer.from(text)
  for (let size = 1; size <= bytes.length; size += 1) {
    const splitter = new JsonSplitter(1000)
    const pieces = []
    for (let start = 0; start < bytes.length; start += size)
      pieces.push(...splitter.push(bytes.subarray(start, start + size)))
    pieces.push(...splitter.end())
    expect(pieces).toEqual([
      { kind: 'text', line: 1, text: '{"id":"a\\"}]","n":[{}]}' },
      { kind: 'text', line: 2, text: '{"id":"é"}' },
    ])
  }
})
