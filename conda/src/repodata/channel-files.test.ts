/** The small files of a channel: channeldata.json, rss.xml, run_exports.json, notices.json, and v3. */
import { describe, expect, test } from 'vitest'
import { type ChanneldataArtifact, channeldataEntry, renderChanneldata } from './channeldata.ts'
import type { JsonObject } from './json-value.ts'
import { parseNotices, renderNotices } from './notices.ts'
import type { RepodataRecord } from './record.ts'
import { renderRss } from './rss.ts'
import { normalizeRunExports, renderRunExports } from './run-exports.ts'
import { badV3Specs, repodataRevisions, sectionOf, v3Key } from './v3.ts'

function text(chunks: Iterable<Uint8Array>): string {
  return Buffer.concat([...chunks]).toString()
}

function artifact(
  version: string,
  fields: Partial<ChanneldataArtifact> = {},
  timestamp = 0,
): ChanneldataArtifact {
  const record: RepodataRecord = { name: 'a', version, build: '0', build_number: 0, timestamp }
  const filename = `a-${version}-0.conda`
  return { subdir: 'linux-64', filename, record, linkFacts: new Set(), about: {}, runExports: {}, ...fields }
}

describe('channeldata.json', () => {
  test('the newest version speaks, an older one fills what it left empty', () => {
    const entry = channeldataEntry([
      artifact(
        '1.10',
        { about: { summary: 'new', home: '', keywords: [] }, runExports: { weak: ['a >=1.10'] } },
        1_700_000_000_999,
      ),
      artifact(
        '1.9',
        { about: { summary: 'old', home: 'https://a', keywords: ['k'] }, subdir: 'noarch' },
        1_600_000_000,
      ),
    ])
    expect(entry).toEqual({
      summary: 'new',
      home: 'https://a',
      keywords: ['k'],
      'activate.d': false,
      binary_prefix: false,
      'deactivate.d': false,
      post_link: false,
      pre_link: false,
      pre_unlink: false,
      text_prefix: false,
      run_exports: { '1.10': { weak: ['a >=1.10'] } },
      subdirs: ['linux-64', 'noarch'],
      timestamp: 1_700_000_000,
      version: '1.10',
    })
  })

  test('of one version the build made last speaks; what any build does counts', () => {
    const entry = channeldataEntry([
      artifact('1', { about: { summary: 'late' }, filename: 'a-1-1.conda' }, 2_000),
      artifact('1', { about: { summary: 'early' }, linkFacts: new Set(['post_link']) }, 1_000),
    ])
    expect(entry).toMatchObject({ summary: 'late', post_link: true, pre_link: false })
  })

  test('a .tar.bz2 beside its .conda is not asked', () => {
    const twin = artifact('1', { filename: 'a-1-0.tar.bz2', about: { summary: 'twin' } }, 9_000)
    expect(channeldataEntry([artifact('1', { about: { summary: 'conda' } }), twin])).toMatchObject({
      summary: 'conda',
    })
    expect(channeldataEntry([])).toBeUndefined()
  })

  test('names and subdirs come in order', () => {
    const entries = [
      ['a', { version: '1' }],
      ['constructor', { version: '2' }],
    ] as const
    expect(text(renderChanneldata(entries, ['noarch', 'linux-64', 'noarch']))).toBe(
      '{"channeldata_version":1,"packages":{"a":{"version":"1"},"constructor":{"version":"2"}},' +
        '"subdirs":["linux-64","noarch"]}',
    )
  })
})

describe('rss.xml', () => {
  const entry = (timestamp: number, fields: JsonObject = {}): JsonObject => ({
    version: '1',
    timestamp,
    subdirs: ['noarch'],
    ...fields,
  })

  test('lists the hundred newest, the newest first', () => {
    const entries = Array.from({ length: 150 }, (_, i) => [`p${i}`, entry(i)] as const)
    const rss = renderRss({ channel: 'main', channelUrl: 'https://t/main', entries })
    const titles = [...rss.matchAll(/<item><title>(\w+)/g)].map(([, name]) => name)
    expect(titles.length).toBe(100)
    expect(titles.slice(0, 2)).toEqual(['p149', 'p148'])
    expect(rss).toContain('<pubDate>Thu, 01 Jan 1970 00:02:29 GMT</pubDate>')
  })

  test('what packages say stays text, and only web addresses become links', () => {
    const hostile = entry(1, {
      description: '</item>\u0000<script>"&',
      doc_url: 'javascript:alert(1)',
      dev_url: ['https://dev/?a=1&b=2'],
      home: 'https://home/"><x>',
    })
    const rss = renderRss({ channel: 'a<b', channelUrl: 'https://t/', entries: [['p', hostile]] })
    expect(rss).toContain('<description>&lt;/item&gt;&lt;script&gt;&quot;&amp;</description>')
    expect(rss).toContain('<comments>https://dev/?a=1&amp;b=2</comments>')
    expect(rss).toContain('<link>https://home/&quot;&gt;&lt;x&gt;</link>')
    expect(rss).not.toContain('javascript:')
  })
})

describe('run_exports', () => {
  test.each([
    [['a >=1'], { weak: ['a >=1'] }],
    ['a >=1', { weak: ['a >=1'] }],
    [
      { strong: 'a', weak: [], other: ['x'], noarch: ['n'] },
      { noarch: ['n'], strong: ['a'] },
    ],
    [null, {}],
    [undefined, {}],
    [7, {}],
  ])('%j is %j', (value, expected) => {
    expect(normalizeRunExports(value)).toEqual(expected)
  })

  test('every package is listed, one without any too', () => {
    const packages = [['b-1-0.tar.bz2', {}], ['a-1-0.tar.bz2', { weak: ['a'] }]] as const // prettier-ignore
    expect(text(renderRunExports({ subdir: 'noarch', packages, 'packages.conda': [] }))).toBe(
      '{"info":{"subdir":"noarch","version":1},"packages":{"a-1-0.tar.bz2":{"run_exports":{"weak":["a"]}},' +
        '"b-1-0.tar.bz2":{"run_exports":{}}},"packages.conda":{}}',
    )
  })
})

describe('notices.json', () => {
  const notice = {
    id: '1',
    message: 'Moving',
    level: 'warning',
    createdAt: new Date('2026-01-01T00:00:00.5Z'),
    expiresAt: new Date('2026-02-01T00:00:00Z'),
  } as const

  test('has times with an offset, as old Pythons need them', () => {
    expect(JSON.parse(renderNotices([notice]))).toEqual({
      notices: [
        {
          id: '1',
          message: 'Moving',
          level: 'warning',
          created_at: '2026-01-01T00:00:00+00:00',
          expires_at: '2026-02-01T00:00:00+00:00',
        },
      ],
    })
  })

  test('reads what it wrote, and the older name of expires_at', () => {
    const createdAt = new Date('2026-01-01T00:00:00Z')
    expect(parseNotices(renderNotices([notice]))).toEqual([{ ...notice, createdAt }])
    const old =
      '{"notices":[{"id":"1","message":"m","level":"x","created_at":"2026-01-01T00:00:00","expired_at":"2026-02-01"}]}'
    expect(parseNotices(old)).toEqual([
      { id: '1', message: 'm', level: 'info', createdAt, expiresAt: notice.expiresAt },
    ])
  })

  test.each(['', '[]', '{"notices":{}}', '{"notices":[1,{"id":1}]}', '<html>'])('%j is no notice', (json) => {
    expect(parseNotices(json)).toEqual([])
  })
})

describe('repodata v3', () => {
  test.each([
    ['conda', undefined, 'packages.conda'],
    ['tar.bz2', 1, 'packages'],
    ['conda', 2, 'packages.conda'],
    ['conda', 3, 'v3.conda'],
    ['tar.bz2', 4, 'v3.tar.bz2'],
  ] as const)('a .%s of schema version %s goes to %s', (format, schemaVersion, section) => {
    expect(sectionOf(format, schemaVersion)).toBe(section)
  })

  test('keys have no extension', () => {
    expect(v3Key('a-1.0-0.conda')).toBe('a-1.0-0')
    expect(v3Key('a-1.0-0.tar.bz2')).toBe('a-1.0-0')
  })

  test('revisions count the records and know the oldest and newest', () => {
    const record = artifact('1').record
    expect(repodataRevisions([])).toBeUndefined()
    expect(repodataRevisions([record])).toEqual({ v3: { n_packages: 1 } })
    const records = [5, 3, 9].map((stamp) => ({ ...record, indexed_timestamp: stamp }))
    expect(repodataRevisions(records, 'New')).toEqual({
      v3: { n_packages: 3, oldest: 3, newest: 9, message: 'New' },
    })
  })

  test('specs have a plain name, or a name and brackets with allowed fields', () => {
    const record: RepodataRecord = {
      ...artifact('1').record,
      depends: [
        'pip',
        'a[version=2,build_number=0,when=__unix]',
        'a >=1',
        'a[]',
        '*',
        'a[md5=x]',
        'a*[version=1]',
      ],
      extra_depends: { test: ['b[version=">=1,<2"]', 'main::b'] },
    }
    expect(badV3Specs(record).map(({ spec }) => spec)).toEqual([
      'a >=1',
      'a[]',
      '*',
      'a[md5=x]',
      'a*[version=1]',
      'main::b',
    ])
  })
})
