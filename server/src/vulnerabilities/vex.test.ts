import { describe, expect, test } from 'vitest'
import { RecordError } from './json-reading.ts'
import { parseVex } from './parse-vex.ts'
import { curatedStatusOf, vexStatuses } from './vex.ts'

const SHA = 'a'.repeat(64)
const purl = 'pkg:conda/openssl@1.1.1k?build=h27cfd23_1&subdir=linux-64'

const openVex = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://example.org/vex/1',
  author: 'Example',
  timestamp: '2026-01-02T03:04:05Z',
  statements: [
    {
      vulnerability: { name: 'CVE-2021-3711', aliases: ['GHSA-aaaa-bbbb-cccc'] },
      products: [{ '@id': purl, hashes: { 'sha-256': SHA.toUpperCase() } }],
      status: 'not_affected',
      justification: 'vulnerable_code_not_present',
    },
  ],
}

const csaf = {
  document: {
    category: 'csaf_vex',
    publisher: { name: 'Example' },
    tracking: { id: 'EX-1', current_release_date: '2026-01-02T03:04:05Z' },
  },
  product_tree: {
    branches: [
      {
        branches: [
          {
            product: {
              product_id: 'P1',
              product_identification_helper: {
                purl,
                hashes: [{ file_hashes: [{ algorithm: 'sha256', value: SHA }] }],
              },
            },
          },
        ],
      },
    ],
    full_product_names: [{ product_id: 'P2', name: 'two' }],
  },
  vulnerabilities: [
    {
      cve: 'CVE-2021-3711',
      product_status: { known_not_affected: ['P1'], fixed: ['P2'] },
      flags: [{ label: 'component_not_present', product_ids: ['P1'] }],
      threats: [{ category: 'impact', details: 'It is not in there.', product_ids: ['P1'] }],
    },
  ],
}

const cycloneDx = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  serialNumber: 'urn:uuid:1',
  metadata: { timestamp: '2026-01-02T03:04:05Z', authors: [{ name: 'Example' }] },
  components: [{ 'bom-ref': 'ref-1', purl, hashes: [{ alg: 'SHA-256', content: SHA }] }],
  vulnerabilities: [
    {
      id: 'CVE-2021-3711',
      analysis: { state: 'resolved_with_pedigree', detail: 'Patched.' },
      affects: [{ ref: 'ref-1' }],
    },
    { id: 'CVE-2021-9999', affects: [{ ref: 'ref-1' }] },
  ],
}

const atMs = Date.UTC(2026, 0, 2, 3, 4, 5)

test('OpenVEX', () => {
  expect(parseVex(openVex)).toEqual({
    format: 'openvex',
    id: 'https://example.org/vex/1',
    author: 'Example',
    issuedMs: atMs,
    problems: [],
    statements: [
      {
        place: 'statements[0]',
        vulnerabilityId: 'CVE-2021-3711',
        aliases: ['GHSA-aaaa-bbbb-cccc'],
        products: [{ id: purl, purls: [purl], cpes: [], sha256: [SHA] }],
        status: 'not_affected',
        justification: 'vulnerable_code_not_present',
        note: '',
        extras: null,
        atMs,
      },
    ],
  })
})

test('CSAF', () => {
  expect(parseVex(csaf)).toMatchObject({
    format: 'csaf',
    id: 'EX-1',
    author: 'Example',
    issuedMs: atMs,
    problems: [],
    statements: [
      {
        vulnerabilityId: 'CVE-2021-3711',
        products: [{ id: 'P1', purls: [purl], sha256: [SHA] }],
        status: 'not_affected',
        justification: 'component_not_present',
        note: 'It is not in there.',
      },
      { products: [{ id: 'P2' }], status: 'fixed', justification: null },
    ],
  })
})

test('CycloneDX, where a finding without an analysis says nothing', () => {
  expect(parseVex(cycloneDx)).toMatchObject({
    format: 'cyclonedx',
    author: 'Example',
    problems: [],
    statements: [
      {
        vulnerabilityId: 'CVE-2021-3711',
        status: 'fixed',
        note: 'Patched.',
        products: [{ purls: [purl], sha256: [SHA] }],
      },
    ],
  })
})

describe('a statement that cannot be used is named and says nothing', () => {
  const withStatement = (over: object): object => ({
    ...openVex,
    statements: [{ ...openVex.statements[0], ...over }],
  })
  test.each([
    [withStatement({ status: 'fine' }), 'statements[0]: field "status" of CVE-2021-3711 is "fine"'],
    [withStatement({ vulnerability: {} }), 'statements[0]: field "name" is missing, not a text'],
    [
      withStatement({ justification: undefined }),
      'statements[0]: CVE-2021-3711 is not_affected without field "justification" or "impact_statement"',
    ],
    [
      withStatement({ justification: 'because' }),
      'statements[0]: field "justification" of CVE-2021-3711 is "because"',
    ],
    [withStatement({ products: [] }), 'statements[0]: field "products" of CVE-2021-3711 names none'],
    [{ ...openVex, statements: [7] }, 'statements[0]: the statement is no object'],
    [
      { ...csaf, vulnerabilities: [{ cve: 'CVE-1', product_status: { fixed: ['P9'] } }] },
      'vulnerabilities[0]: fixed names "P9", which the product tree does not have',
    ],
    [
      {
        ...csaf,
        vulnerabilities: [{ cve: 'CVE-1', product_status: { fixed: ['P1'], known_affected: ['P1'] } }],
      },
      'vulnerabilities[0]: CVE-1 is affected and fixed for "P1"',
    ],
    [
      { ...csaf, vulnerabilities: [{ product_status: { fixed: ['P1'] } }] },
      'vulnerabilities[0]: it has neither "cve" nor "ids"',
    ],
    [
      {
        ...cycloneDx,
        vulnerabilities: [{ id: 'CVE-1', analysis: { state: 'toString' }, affects: [{ ref: 'ref-1' }] }],
      },
      'vulnerabilities[0]: field "analysis.state" of CVE-1 is "toString"',
    ],
    [
      { ...cycloneDx, vulnerabilities: [{ id: 'CVE-1', analysis: { state: 'resolved' } }] },
      'vulnerabilities[0]: field "affects" of CVE-1 names no component',
    ],
  ])('%j', (document, problem) => {
    expect(parseVex(document)).toMatchObject({ statements: [], problems: [problem] })
  })
})

test.each([
  [7, 'the VEX document is no JSON object'],
  [{ a: 1 }, 'neither OpenVEX, CSAF nor CycloneDX: the document has the fields a'],
  [{ ...openVex, author: '' }, 'field "author" is empty, not a text'],
  [{ ...openVex, statements: {} }, 'field "statements" is no list'],
  [{ ...csaf, document: { category: 'csaf_base' } }, 'field "category" is "csaf_base"; we read csaf_vex'],
])('%j is refused', (document, message) => {
  expect(() => parseVex(document)).toThrow(RecordError)
  expect(() => parseVex(document)).toThrow(message)
})

test('a tree too deep for any product is refused before it fills the stack', () => {
  let branch: object = {}
  for (let depth = 0; depth < 60; depth += 1) branch = { branches: [branch] }
  expect(() => parseVex({ ...csaf, product_tree: branch })).toThrow('more than 50 branches deep')
})

test('what a statement makes of a match', () => {
  expect(vexStatuses.map(curatedStatusOf)).toEqual(['cleared', 'active', 'mitigated', 'reported'])
})
