import { describe, expect, test } from 'vitest'
import { detectFormat, parseRecord } from './detect-format.ts'
import { RecordError } from './json-reading.ts'

const osv = {
  id: 'PYSEC-2023-1',
  modified: '2023-02-01T00:00:00Z',
  published: '2023-01-01T00:00:00Z',
  aliases: ['CVE-2023-1', 'GHSA-aaaa-bbbb-cccc'],
  details: 'One.\nTwo.',
  severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
  affected: [
    {
      package: { ecosystem: 'PyPI', name: 'Demo_Package' },
      ranges: [
        { type: 'GIT', repo: 'https://example.org', events: [{ introduced: '0' }, { fixed: 'abc' }] },
        { type: 'ECOSYSTEM', events: [{ introduced: '1.0' }, { fixed: '2.0' }] },
      ],
      versions: ['1.0', '1.1'],
    },
  ],
}

const nvd11 = {
  cve: {
    CVE_data_meta: { ID: 'CVE-2021-1' },
    description: { description_data: [{ lang: 'en', value: 'A flaw.' }] },
    references: { reference_data: [{ url: 'https://example.org/1' }] },
  },
  configurations: {
    nodes: [
      {
        operator: 'OR',
        children: [],
        cpe_match: [
          {
            vulnerable: true,
            cpe23Uri: 'cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*',
            versionEndExcluding: '1.1.1k',
          },
        ],
      },
    ],
  },
  impact: {
    baseMetricV2: { cvssV2: { version: '2.0', vectorString: 'AV:N/AC:L/Au:N/C:P/I:P/A:P', baseScore: 7.5 } },
    baseMetricV3: {
      cvssV3: {
        version: '3.1',
        vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H',
        baseScore: 7.5,
      },
    },
  },
  publishedDate: '2021-01-01T05:00Z',
  lastModifiedDate: '2021-02-01T05:00Z',
}

const nvd20 = {
  id: 'CVE-2024-1',
  published: '2024-01-01T00:00:00.000',
  lastModified: '2024-02-01T00:00:00.000',
  vulnStatus: 'Analyzed',
  cveTags: [{ sourceIdentifier: 'cve@mitre.org', tags: ['disputed'] }],
  descriptions: [
    { lang: 'es', value: 'Un fallo.' },
    { lang: 'en', value: 'A flaw.' },
  ],
  metrics: {
    cvssMetricV31: [
      {
        source: 'security@example.org',
        cvssData: { vectorString: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', baseScore: 6.2 },
      },
      {
        source: 'nvd@nist.gov',
        cvssData: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', baseScore: 7.5 },
      },
      { source: '134c704f-9b21-4f2e-91b3-4a467353bcc0', cvssData: { baseScore: 5 } },
    ],
  },
  configurations: [
    {
      operator: 'AND',
      nodes: [
        {
          operator: 'OR',
          cpeMatch: [
            {
              vulnerable: true,
              criteria: 'cpe:2.3:a:python:python:*:*:*:*:*:*:*:*',
              versionStartIncluding: '3.9.0',
              versionEndExcluding: '3.9.13',
              matchCriteriaId: 'M-1',
            },
          ],
        },
        {
          operator: 'OR',
          cpeMatch: [{ vulnerable: false, criteria: 'cpe:2.3:o:microsoft:windows:-:*:*:*:*:*:*:*' }],
        },
      ],
    },
  ],
}

const cve5 = {
  dataType: 'CVE_RECORD',
  cveMetadata: {
    cveId: 'CVE-2024-2',
    state: 'PUBLISHED',
    datePublished: '2024-01-01T00:00:00',
    dateUpdated: '2024-02-01T00:00:00.000Z',
  },
  containers: {
    cna: {
      title: 'A flaw',
      tags: ['disputed'],
      affected: [
        {
          vendor: 'Python Software Foundation',
          product: 'CPython',
          platforms: ['Windows'],
          defaultStatus: 'unaffected',
          versions: [{ status: 'affected', version: '0', lessThan: '3.8.20', versionType: 'python' }],
        },
      ],
      metrics: [
        {
          format: 'CVSS',
          cvssV3_1: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', baseScore: 7.5 },
        },
      ],
    },
    adp: [
      {
        providerMetadata: { shortName: 'CISA-ADP' },
        affected: [
          {
            vendor: 'python',
            product: 'cpython',
            cpes: ['cpe:2.3:a:python:cpython:*:*:*:*:*:*:*:*'],
            versions: [{ status: 'affected', version: '3.8.0' }],
          },
        ],
      },
    ],
  },
}

const override = {
  _annotation: { cve_id: 'CVE-2020-1', description: 'A flaw.', references: ['https://example.org'] },
  cve: {
    configurations: [
      {
        nodes: [
          {
            operator: 'OR',
            cpeMatch: [{ vulnerable: true, criteria: 'cpe:2.3:a:zlib:zlib:1.2.11:*:*:*:*:*:*:*' }],
          },
        ],
      },
    ],
  },
}

test.each([
  ['osv', osv],
  ['nvd-1.1', nvd11],
  ['nvd-2.0', nvd20],
  ['nvd-2.0-wrapped', { cve: nvd20 }],
  ['nvd-override', override],
  ['cve-5', cve5],
  ['curl-table', { cve: 'CVE-2023-38545', first_vulnerable: '7.69.0', last_vulnerable: '8.3.0' }],
  ['openssl-issue', '<issue public="20220503"></issue>'],
  ['kev', { cveID: 'CVE-2021-1', vendorProject: 'x' }],
  [undefined, { hello: 'world' }],
  [undefined, [1]],
  [undefined, null],
])('a record is recognised by its shape: %s', (format, record) => {
  expect(detectFormat(record)).toBe(format)
})

test('OSV', () => {
  expect(parseRecord(osv)).toEqual({
    key: 'pypa:PYSEC-2023-1',
    source: 'pypa',
    id: 'PYSEC-2023-1',
    aliases: ['CVE-2023-1', 'GHSA-aaaa-bbbb-cccc'],
    upstream: [],
    state: 'active',
    isDisputed: false,
    publishedMs: Date.UTC(2023, 0, 1),
    modifiedMs: Date.UTC(2023, 1, 1),
    summary: 'One.',
    mentions: [],
    scores: [{ source: 'osv', version: '3.1', vector: osv.severity[0]?.score, base: 9.8 }],
    affected: [
      {
        identity: { kind: 'pypi', name: 'demo-package' },
        ranges: [
          {
            form: 'events',
            scheme: 'git',
            events: [
              { kind: 'introduced', version: '0' },
              { kind: 'fixed', version: 'abc' },
            ],
          },
          {
            form: 'events',
            scheme: 'ecosystem',
            events: [
              { kind: 'introduced', version: '1.0' },
              { kind: 'fixed', version: '2.0' },
            ],
          },
        ],
        versions: ['1.0', '1.1'],
        except: [],
        platforms: null,
        conditions: [],
        component: null,
        targetSoftware: null,
        isSecondary: false,
        note: 'PyPI',
      },
    ],
    references: [],
  })
})

test.each([
  [{ withdrawn: '2023-06-06T00:00:00Z' }, 'withdrawn'],
  [{}, 'active'],
])('an OSV record with %j is %s', (over, state) => {
  expect(parseRecord({ ...osv, ...over }).state).toBe(state)
})

test("curl's own OSV names no package, but the part", () => {
  const record = {
    id: 'CURL-CVE-2023-38545',
    modified: '2023-10-11T00:00:00Z',
    database_specific: { package: 'curl', affects: 'lib' },
    affected: [{ ranges: [], versions: ['8.3.0'] }],
  }
  expect(parseRecord(record)).toMatchObject({
    source: 'curl',
    affected: [{ identity: { kind: 'cpe', name: 'haxx:curl' }, component: 'library' }],
  })
})

test('NVD 1.1', () => {
  expect(parseRecord(nvd11)).toMatchObject({
    key: 'nvd:CVE-2021-1',
    source: 'nvd',
    summary: 'A flaw.',
    publishedMs: Date.UTC(2021, 0, 1, 5),
    scores: [
      { source: 'nvd', version: '3.1', base: 7.5 },
      { source: 'nvd', version: '2.0', base: 7.5 },
    ],
    affected: [
      {
        identity: { kind: 'cpe', name: 'openssl:openssl' },
        ranges: [{ from: null, to: { version: '1.1.1k', isInclusive: false } }],
      },
    ],
    references: ['https://example.org/1'],
  })
})

test('NVD 1.1 says in its text that a CVE was rejected', () => {
  const description = { description_data: [{ lang: 'en', value: '** REJECT ** Do not use.' }] }
  expect(parseRecord({ ...nvd11, cve: { ...nvd11.cve, description } }).state).toBe('rejected')
})

test('NVD 2.0, with scores of three sources and a flaw of Windows', () => {
  expect(parseRecord(nvd20)).toMatchObject({
    isDisputed: true,
    summary: 'A flaw.',
    modifiedMs: Date.UTC(2024, 1, 1),
    scores: [
      { source: 'cna', base: 6.2 },
      { source: 'nvd', base: 7.5 },
      { source: 'cisa-adp', base: 5, vector: null },
    ],
    affected: [{ identity: { name: 'python:python' }, platforms: ['win'], conditions: [], note: 'M-1' }],
  })
  expect(
    parseRecord({ ...nvd20, vulnStatus: 'Rejected', metrics: {}, configurations: undefined }),
  ).toMatchObject({
    state: 'rejected',
    affected: [],
  })
})

test('CVE 5, with what the CNA says before what CISA adds', () => {
  expect(parseRecord(cve5)).toMatchObject({
    source: 'cve',
    isDisputed: true,
    publishedMs: Date.UTC(2024, 0, 1),
    scores: [{ source: 'cna', base: 7.5 }],
    affected: [
      {
        identity: { kind: 'cpe', name: 'python_software_foundation:cpython' },
        ranges: [
          {
            scheme: 'python',
            events: [
              { kind: 'introduced', version: '0' },
              { kind: 'fixed', version: '3.8.20' },
            ],
          },
        ],
        platforms: ['win'],
        isSecondary: false,
      },
      { identity: { name: 'python:cpython' }, versions: ['3.8.0'], isSecondary: true },
    ],
  })
  expect(
    parseRecord({ ...cve5, cveMetadata: { ...cve5.cveMetadata, state: 'REJECTED' }, containers: { cna: {} } })
      .state,
  ).toBe('rejected')
})

test("anchore's overrides", () => {
  expect(parseRecord(override)).toMatchObject({
    key: 'nvd-override:CVE-2020-1',
    source: 'nvd-override',
    affected: [{ identity: { name: 'zlib:zlib' }, versions: ['1.2.11'] }],
  })
})

test("anchore's overrides spell a product several ways inside an AND", () => {
  const match = (criteria: string, vulnerable: boolean): unknown => ({
    operator: 'OR',
    cpeMatch: [{ criteria, vulnerable }],
  })
  const nodes = [
    match('cpe:2.3:a:python:python:3.9.1:*:*:*:*:*:*:*', true),
    match('cpe:2.3:a:python_software_foundation:cpython:3.9.1:*:*:*:*:*:*:*', true),
    match('cpe:2.3:o:microsoft:windows:-:*:*:*:*:*:*:*', false),
  ]
  const record = { ...override, cve: { configurations: [{ operator: 'AND', nodes }] } }
  expect(parseRecord(record).affected).toMatchObject([
    { identity: { name: 'python:python' }, platforms: ['win'], conditions: [] },
    { identity: { name: 'python_software_foundation:cpython' }, platforms: ['win'], conditions: [] },
  ])
})

test("a row of curl's table", () => {
  const row = {
    cve: 'CVE-2022-27778',
    first_vulnerable: '7.83.0',
    last_vulnerable: '7.83.0',
    affects: 'tool',
    announced: '20220511',
    page: 'CVE-2022-27778.html',
  }
  expect(parseRecord(row)).toMatchObject({
    key: 'curl:CVE-2022-27778',
    publishedMs: Date.UTC(2022, 4, 11),
    affected: [{ component: 'tool', ranges: [{ from: { version: '7.83.0', isInclusive: true } }] }],
  })
})

test("an issue of OpenSSL's list", () => {
  const issue =
    '<issue public="20220503"><cve name="2022-1292"/> <!-- <affects version="9"/> --><affects base="3.0" version="3.0.0"/><affects base="1.1.1" version="1.1.1a"/><title>The c_rehash script</title></issue>'
  expect(parseRecord(issue)).toMatchObject({
    key: 'openssl:CVE-2022-1292',
    summary: 'The c_rehash script',
    affected: [{ versions: ['3.0.0', '1.1.1a'] }],
  })
})

describe('a record we cannot use says which field', () => {
  test.each([
    [{ ...osv, id: 5 }, 'field "id" is a number, not a text'],
    [{ ...osv, id: '' }, 'field "id" is empty, not a text'],
    [{ cveMetadata: {} }, 'field "cveId" is missing, not a text'],
    [{ cveMetadata: null }, 'field "cveMetadata" is null, not an object'],
    [
      { cve: 'CVE-1', first_vulnerable: '1', last_vulnerable: 3 },
      'field "last_vulnerable" is a number, not a text',
    ],
    [{ cve: 'none', first_vulnerable: '1', last_vulnerable: '3' }, 'field "cve" is "none", not a CVE id'],
    ['<issue public="20141015"><cve name=""/></issue>', 'the issue names no CVE'],
    [{ cveID: 'CVE-1' }, 'it is no advisory'],
    [{ ...osv, aliases: ['x'.repeat(201)] }, 'a name of the record is too long'],
    [
      { ...osv, aliases: Array.from({ length: 300 }, (_, index) => `CVE-${index}`) },
      'the record has 301 names',
    ],
    [{ hello: 'world' }, 'unknown format with the fields hello'],
    [[], 'not a JSON object'],
    [7, 'not a JSON object'],
  ])('%j', (record, message) => {
    expect(() => parseRecord(record)).toThrow(RecordError)
    expect(() => parseRecord(record)).toThrow(message)
  })
})

test.each([
  [
    'osv',
    {
      ...osv,
      aliases: 'x',
      severity: 7,
      affected: [7, { package: 'x' }, { package: { ecosystem: 'PyPI' } }],
      references: {},
    },
  ],
  [
    'nvd 1.1',
    { ...nvd11, impact: [], configurations: { nodes: [{ cpe_match: [{ cpe23Uri: 'nonsense' }, 5] }, null] } },
  ],
  ['nvd 2.0', { ...nvd20, metrics: { cvssMetricV31: [{ cvssData: 5 }] }, configurations: 'x', cveTags: [5] }],
  ['cve 5', { ...cve5, containers: { cna: { affected: [{ vendor: 5, versions: 'x' }] }, adp: 'x' } }],
])('%s with fields of the wrong type is read without them', (_, record) => {
  expect(parseRecord(record).affected).toEqual([])
})

describe("Node.js' own list", () => {
  const record = {
    cve: ['CVE-2024-27980'],
    vulnerable: '18.x || 20.x || 21.x',
    patched: '^18.20.2 || ^20.12.2',
    description: 'Command injection on Windows',
    affectedEnvironments: ['win32'],
    ref: 'https://nodejs.org/',
  }

  test('a line ends where it is patched, or where the next begins', () => {
    const [entry] = parseRecord(record).affected
    expect(entry).toMatchObject({ identity: { kind: 'cpe', name: 'nodejs:node.js' }, platforms: ['win'] })
    expect(
      entry?.ranges.map((range) => range.form === 'events' && range.events.map(({ version }) => version)),
    ).toEqual([
      ['18.0.0', '18.20.2'],
      ['20.0.0', '20.12.2'],
      ['21.0.0', '22.0.0'],
    ])
  })

  test.each([
    ['0.10.x', ['0.10.0', '0.11.0']],
    ['^6.1.0', ['6.1.0', '7.0.0']],
    ['>=6.0.0 <6.9.0', ['6.0.0', '6.9.0']],
    ['<= 7.5.0', ['0', '7.5.1']],
    ['>4.0.0', ['4.0.1']],
    ['5.1.0', ['5.1.0', '5.1.1']],
    ['*', ['0']],
  ])('%s', (vulnerable, bounds) => {
    const [range] = parseRecord({ ...record, vulnerable, patched: '' }).affected[0]?.ranges ?? []
    expect(range?.form === 'events' && range.events.map(({ version }) => version)).toEqual(bounds)
  })

  test('an unknown system takes none out', () => {
    expect(parseRecord({ ...record, affectedEnvironments: ['all'] }).affected[0]?.platforms).toBeNull()
    expect(parseRecord({ ...record, affectedEnvironments: [] }).affected[0]?.platforms).toBeNull()
  })

  test.each([
    [{ ...record, cve: [] }, 'field "cve" names no CVE'],
    [{ ...record, vulnerable: 'most of them' }, 'field "vulnerable" has "most of them"'],
    [{ ...record, vulnerable: '' }, 'field "vulnerable" is empty'],
  ])('%j is refused', (bad, message) => {
    expect(() => parseRecord(bad)).toThrow(message)
  })
})
