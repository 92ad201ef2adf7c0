import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { realIndexes } from '../testing/real-indexes.ts'
import { renderRecord, renderRepodata, sortedEntries } from './render-repodata.ts'
import type { RepodataRecord } from './record.ts'
import { scanRepodata } from './scan-repodata.ts'

const record: RepodataRecord = { version: '1', name: 'a', build: '0', build_number: 0, depends: ['b', 'a'] }

function text(chunks: Iterable<Uint8Array>): string {
  return Buffer.concat([...chunks]).toString()
}

describe('repodata.json', () => {
  test('has all its keys when empty', () => {
    expect(text(renderRepodata({ subdir: 'noarch', packages: [], 'packages.conda': [] }))).toBe(
      '{"info":{"subdir":"noarch"},"packages":{},"packages.conda":{},"removed":[],"repodata_version":1}',
    )
  })

  test('has its keys in order and lists as they are', () => {
    const packages = [['a-1-0.tar.bz2', record]] as const
    expect(
      text(renderRepodata({ subdir: 'noarch', packages, 'packages.conda': [], removed: ['z', 'y'] })),
    ).toBe(
      '{"info":{"subdir":"noarch"},"packages":{"a-1-0.tar.bz2":{"build":"0","build_number":0,"depends":["b","a"],' +
        '"name":"a","version":"1"}},"packages.conda":{},"removed":["y","z"],"repodata_version":1}',
    )
  })

  test('is of version 2 with a base_url', () => {
    const content = { subdir: 'noarch', baseUrl: 'https://x/', packages: [], 'packages.conda': [] }
    expect(JSON.parse(text(renderRepodata(content)))).toMatchObject({
      info: { base_url: 'https://x/' },
      repodata_version: 2,
    })
  })

  test('takes v3 under its own key', () => {
    const v3 = [
      ['conda', [['a-1-0', record]]],
      ['tar.bz2', []],
    ] as const
    const document: unknown = JSON.parse(
      text(renderRepodata({ subdir: 'noarch', packages: [], 'packages.conda': [], v3 })),
    )
    expect(document).toMatchObject({ v3: { conda: { 'a-1-0': record }, 'tar.bz2': {} } })
  })

  test('copies records that are rendered already', () => {
    const one = renderRepodata({ subdir: 'x', packages: [['a', record]], 'packages.conda': [] })
    const two = renderRepodata({ subdir: 'x', packages: [['a', renderRecord(record)]], 'packages.conda': [] })
    expect(text(two)).toBe(text(one))
  })

  test.each([[['b', 'a']], [['a', 'a']]])('names in the order %j are refused', (names) => {
    const packages = names.map((name) => [name, record] as const)
    expect(() => text(renderRepodata({ subdir: 'x', packages, 'packages.conda': [] }))).toThrow('comes after')
  })

  test('chunks are independent and join to the whole, records larger than one included', () => {
    const large = { ...record, description: 'é'.repeat(500_000) }
    const packages = sortedEntries(
      Array.from({ length: 2000 }, (_, i) => [`a-${i}-0.tar.bz2`, i === 1000 ? large : record] as const),
    )
    const chunks = [...renderRepodata({ subdir: 'x', packages, 'packages.conda': [] })]
    expect(chunks.length).toBeGreaterThan(1)
    expect(JSON.parse(text(chunks))).toMatchObject({ packages: Object.fromEntries(packages) })
  })

  test.each(realIndexes().map((index) => [index.name, index] as const))(
    '%s comes back as it was',
    (_, index) => {
      const bytes = index.read()
      const scan = scanRepodata(bytes)
      const entries = {
        packages: new Map<string, RepodataRecord>(),
        'packages.conda': new Map<string, RepodataRecord>(),
      }
      for (const { section, filename, parse } of scan.records()) {
        if (section === 'packages' || section === 'packages.conda') entries[section].set(filename, parse())
      }
      const written = JSON.parse(
        text(
          renderRepodata({
            subdir: scan.subdir ?? 'noarch',
            packages: sortedEntries(entries.packages),
            'packages.conda': sortedEntries(entries['packages.conda']),
            removed: scan.removed,
          }),
        ),
      ) as Record<string, unknown>
      const document = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
      // Not toEqual, which takes ten times as long over thousands of records.
      for (const section of ['packages', 'packages.conda']) {
        expect(isDeepStrictEqual(written[section], document[section] ?? {})).toBe(true)
      }
      expect(written.removed).toEqual([...((document.removed ?? []) as string[])].sort())
    },
  )
})
