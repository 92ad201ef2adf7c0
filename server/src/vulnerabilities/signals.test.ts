import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { hasSharedData, sharedPath } from '@terrarium/conda/testing/shared-data.ts'
import { describe, expect, test } from 'vitest'
import { parseCsv } from './csv.ts'
import { parseEpss } from './epss.ts'
import { RecordError } from './json-reading.ts'
import { parseKev } from './kev.ts'
import { parseSecurityJson } from './security-json.ts'

const entry = {
  cveID: 'CVE-2023-4863',
  vulnerabilityName: 'Heap overflow',
  dateAdded: '2023-09-13',
  dueDate: '2023-10-04',
  knownRansomwareCampaignUse: 'Known',
  requiredAction: 'Update.',
}
const catalogue = (vulnerabilities: readonly unknown[], over: object = {}): string =>
  JSON.stringify({
    catalogVersion: '2025.08.25',
    dateReleased: '2025-08-25T17:04:19.9796Z',
    count: vulnerabilities.length,
    vulnerabilities,
    ...over,
  })

describe('KEV', () => {
  test('an entry', () => {
    expect(parseKev(catalogue([entry]))).toEqual({
      dataMs: Date.parse('2025-08-25T17:04:19.979Z'),
      version: '2025.08.25',
      bad: [],
      entries: [
        {
          cve: 'CVE-2023-4863',
          name: 'Heap overflow',
          addedMs: Date.UTC(2023, 8, 13),
          dueMs: Date.UTC(2023, 9, 4),
          isRansomware: true,
          requiredAction: 'Update.',
        },
      ],
    })
  })

  test('a bad entry is named and the others are read', () => {
    const { entries, bad } = parseKev(
      catalogue([
        entry,
        { ...entry, cveID: 'none' },
        7,
        entry,
        { ...entry, cveID: 'CVE-2024-1234', dateAdded: 'soon' },
      ]),
    )
    expect(entries).toHaveLength(1)
    expect(bad).toEqual([
      { position: 2, reason: 'field "cveID" is "none", not a CVE id' },
      { position: 3, reason: 'the entry is no object' },
      { position: 4, reason: 'CVE-2023-4863 is listed twice' },
      { position: 5, reason: 'field "dateAdded" of CVE-2024-1234 is no date' },
    ])
  })

  test.each([
    ['<html>', 'it is HTML or XML where the KEV catalogue was expected'],
    ['{"vulnerabilities": [', 'the KEV catalogue is not valid JSON'],
    ['{}', 'the KEV catalogue has no list "vulnerabilities"'],
    [catalogue([entry], { count: 1404 }), 'says it has 1404 entries and has 1: it was cut'],
    ['a,b\n1,2', 'the KEV table has no columns "cveID" and "dateAdded"'],
    ['', 'the KEV table has no columns'],
  ])('%s is refused', (text, message) => {
    expect(() => parseKev(text)).toThrow(RecordError)
    expect(() => parseKev(text)).toThrow(message)
  })

  test.skipIf(!hasSharedData)('the same catalogue as JSON and as CSV', () => {
    const read = (kind: string): ReturnType<typeof parseKev> => {
      const path = `data/advisories/kev/known_exploited_vulnerabilities-2025-08-25.${kind}.gz`
      return parseKev(gunzipSync(readFileSync(sharedPath(path))).toString('utf8'))
    }
    const [json, csv] = [read('json'), read('csv')]
    expect(json.entries).toHaveLength(1404)
    expect([json.bad, csv.bad]).toEqual([[], []])
    const keyOf = ({ cve, addedMs, dueMs, isRansomware }: (typeof json.entries)[number]): unknown[] => [
      cve,
      addedMs,
      dueMs,
      isRansomware,
    ]
    expect(csv.entries.map(keyOf)).toEqual(json.entries.map(keyOf))
  })
})

describe('EPSS', () => {
  const head = '#model_version:v2025.03.14,score_date:2026-08-01T00:00:00+0000\ncve,epss,percentile\n'

  test('the daily file', () => {
    expect(parseEpss(`${head}CVE-2024-1234,0.00042,0.1\r\n`)).toEqual({
      entries: [{ cve: 'CVE-2024-1234', probability: 0.00042, percentile: 0.1 }],
      bad: [],
      dataMs: Date.UTC(2026, 7, 1),
      version: 'v2025.03.14',
    })
  })

  test('bad lines are named with their field', () => {
    const lines = ['x,1,1', 'CVE-2024-1234,1.5,0', 'CVE-2024-1234,0.5,', 'CVE-2024-1234,0,0,0', 'CVE-2024-12']
    expect(parseEpss(head + lines.join('\n')).bad).toEqual([
      { position: 3, reason: 'field "cve" is "x", not a CVE id' },
      { position: 4, reason: 'field "epss" of CVE-2024-1234 is not between 0 and 1' },
      { position: 5, reason: 'field "percentile" of CVE-2024-1234 is not between 0 and 1' },
      { position: 6, reason: 'CVE-2024-1234 has more than three columns' },
      { position: 7, reason: 'field "cve" is "CVE-2024-12", not a CVE id' },
    ])
  })

  test.each(['', 'cve,score\n', '<!doctype html>', 'CVE-2024-1234,0.1,0.1'])('%j is refused', (text) => {
    expect(() => parseEpss(text)).toThrow(RecordError)
  })

  test.skipIf(!hasSharedData)('rows as JSON lines', () => {
    const text = gunzipSync(readFileSync(sharedPath('data/advisories/epss/epss-samples.jsonl.gz'))).toString(
      'utf8',
    )
    const { entries, bad } = parseEpss(text)
    expect(bad).toEqual([])
    expect(entries).toHaveLength(6)
  })
})

test.each([
  [
    'a,b\n1,2\n',
    [
      ['a', 'b'],
      ['1', '2'],
    ],
  ],
  [
    '"a ""b"", c",d\r\n\r\n,',
    [
      ['a "b", c', 'd'],
      ['', ''],
    ],
  ],
  ['"two\nlines",x', [['two\nlines', 'x']]],
  ['', []],
])('CSV %j', (text, rows) => {
  expect(parseCsv(text)).toEqual(rows)
})

describe('info/security.json', () => {
  test('what the builder says', () => {
    const document = {
      $schema: 'https://schemas.conda.io/info-security-1.schema.json',
      api_version: 1,
      vulns_mitigated: [
        { id: 'CVE-2024-1234', patch_fn: 'a.patch', references: [{ type: 'nist', url: 'https://x' }] },
      ],
      vulns_cleared: [{ id: 'CVE-2024-5678', comment: 'not built' }],
    }
    expect(parseSecurityJson(document)).toEqual({
      problems: [],
      statements: [
        {
          vulnerabilityId: 'CVE-2024-1234',
          status: 'mitigated',
          patch: 'a.patch',
          comment: '',
          references: ['https://x'],
        },
        {
          vulnerabilityId: 'CVE-2024-5678',
          status: 'cleared',
          patch: null,
          comment: 'not built',
          references: [],
        },
      ],
    })
  })

  test('a contradiction counts as active', () => {
    const item = { id: 'CVE-2024-1234' }
    expect(parseSecurityJson({ api_version: 1, vulns_cleared: [item], vulns_active: [item] })).toMatchObject({
      statements: [{ status: 'active' }],
      problems: ['CVE-2024-1234 is active and cleared'],
    })
  })

  test.each([
    [[], 'info/security.json is no JSON object'],
    [{}, 'info/security.json has api_version none; we can read 1'],
    [
      { api_version: 2, vulns_cleared: [{ id: 'CVE-2024-1234' }] },
      'info/security.json has api_version 2; we can read 1',
    ],
    [{ api_version: 1, vulns_cleared: {} }, 'vulns_cleared is no list'],
    [{ api_version: 1, vulns_cleared: [{ id: '*' }] }, 'vulns_cleared[0]: field "id" is "*", not a CVE id'],
    [{ api_version: 1, vulns_active: [{}] }, 'vulns_active[0]: field "id" is missing, not a CVE id'],
  ])('%j clears nothing', (document, problem) => {
    expect(parseSecurityJson(document)).toEqual({ statements: [], problems: [problem] })
  })
})
