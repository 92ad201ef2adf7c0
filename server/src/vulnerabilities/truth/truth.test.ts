import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCveTruth } from './cve-truth-verb.ts'
import { measureFile, type TruthFiles } from './measure-file.ts'
import { measureTruth } from './measure-truth.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'truth-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const zlib = {
  id: 'a',
  package: 'zlib',
  version: '1.2.12',
  cve: 'CVE-2022-37434',
  affected: true,
  class: 'range',
  upstream: 'cpe:zlib:zlib',
  range: '<=1.2.12',
}
const patched = {
  ...zlib,
  id: 'b',
  affected: false,
  build_number: 3,
  channel: 'defaults',
  class: 'recipe-patch',
  source:
    'https://github.com/x/zlib-feedstock recipe/meta.yaml@6ea11d9 (build number 3 lists CVE-2022-37434.patch)',
}

function files(rows: readonly unknown[], over: Partial<TruthFiles> = {}): TruthFiles {
  const truth = write('truth.json', { rows })
  return { truth, advisories: [], mappings: [], recipes: [], curation: [], useCitations: true, ...over }
}

async function verdicts(over: TruthFiles): Promise<Record<string, string[]>> {
  const { runs } = await measureFile(over)
  return Object.fromEntries(runs.map((run) => [run.name, run.judgements.map(({ verdict }) => verdict)]))
}

test('a patch that the source of a row names is a recipe fact', async () => {
  expect(await verdicts(files([zlib, patched]))).toEqual({
    'without recipes': ['affected', 'affected'],
    automatic: ['affected', 'not-affected'],
  })
})

test('recipe facts of a file are about the build they name', async () => {
  const facts = {
    package: 'zlib',
    version: '1.2.12',
    build_number: 4,
    patches: [{ file: 'x.patch', cves: [zlib.cve] }],
  }
  const recipes = [write('recipes.jsonl', `${JSON.stringify(facts)}\n\n`)]
  const rows = [
    { ...zlib, build_number: 3 },
    { ...zlib, id: 'c', build_number: 4 },
    { ...zlib, id: 'd' },
  ]
  expect((await verdicts(files(rows, { recipes }))).automatic).toEqual([
    'affected',
    'not-affected',
    'affected',
  ])
})

test('people decide last', async () => {
  const curation = [
    write('vex.json', {
      '@context': 'https://openvex.dev/ns/v0.2.0',
      '@id': 'x',
      author: 'me',
      statements: [
        {
          vulnerability: { name: zlib.cve },
          products: [{ '@id': 'pkg:conda/zlib@1.2.12?build_number=3&channel=defaults' }],
          status: 'affected',
        },
      ],
    }),
  ]
  expect(await verdicts(files([zlib, patched], { curation }))).toEqual({
    'without recipes': ['affected', 'affected'],
    automatic: ['affected', 'not-affected'],
    curated: ['affected', 'affected'],
  })
})

describe('a row of which no source speaks', () => {
  test('is judged by the range it cites, in the order and on the system it cites', async () => {
    const python = { ...zlib, package: 'python', version: '3.9.12', upstream: 'cpe:python:python' }
    const rows = [
      { ...python, range: '>=3.9.0,<3.9.13 AND windows', subdir: 'linux-64' },
      { ...python, id: 'b', range: '>=3.9.0,<3.9.13 AND windows', subdir: 'win-64' },
      {
        ...zlib,
        id: 'c',
        cve: 'CVE-1',
        package: 'libcurl',
        upstream: 'cpe:haxx:curl',
        version: '7.9',
        range: '<7',
        component: 'lib',
      },
      {
        ...zlib,
        id: 'd',
        cve: 'CVE-1',
        package: 'curl',
        upstream: 'cpe:haxx:curl',
        version: '6.9',
        range: '<7',
        component: 'lib',
      },
      {
        ...zlib,
        id: 'e',
        cve: 'CVE-1',
        package: 'libcurl',
        upstream: 'cpe:haxx:curl',
        version: '6.9',
        range: '<7',
        component: 'lib',
      },
      { ...zlib, id: 'f', cve: 'CVE-2', version: '1.2.3', range: '<1 || =1.2.3' },
      {
        ...zlib,
        id: 'g',
        cve: 'CVE-3',
        package: 'redis-py',
        upstream: 'cpe:redis:redis',
        version: '4',
        range: '<5',
      },
    ]
    expect((await verdicts(files(rows))).automatic).toEqual([
      'not-affected',
      'affected',
      'not-affected',
      'not-affected',
      'affected',
      'affected',
      'not-affected',
    ])
  })

  test('is not affected where citations do not count', async () => {
    expect((await verdicts(files([zlib], { useCitations: false }))).automatic).toEqual(['not-affected'])
  })
})

test('what a source says is believed before what a row cites', async () => {
  const advisory = {
    cve: ['CVE-2024-1'],
    vulnerable: '18.x',
    patched: '^18.20.2',
    affectedEnvironments: ['win32'],
  }
  const node = {
    ...zlib,
    package: 'nodejs',
    version: '18.1.0',
    upstream: 'cpe:nodejs:node.js',
    cve: 'CVE-2024-1',
  }
  const rows = [
    { ...node, subdir: 'linux-64', range: '*' },
    { ...node, id: 'b', subdir: 'win-64', range: '<1' },
  ]
  const advisories = [write('node.jsonl', JSON.stringify(advisory))]
  const { runs } = await measureFile(files(rows, { advisories }))
  expect(runs[0]?.judgements.map(({ basis, verdict }) => `${basis} ${verdict}`)).toEqual([
    'sources not-affected',
    'sources affected',
  ])
})

test('precision, recall and F1, in all and per class', async () => {
  const rows = [
    zlib,
    { ...zlib, id: 'b', affected: false },
    { ...zlib, id: 'c', version: '1.3', class: 'other' },
    { ...zlib, id: 'd', version: '1.3', affected: false },
    { ...zlib, id: 'e', version: 'custom' },
  ]
  const { runs } = await measureFile(files(rows))
  expect(measureTruth(runs[0]?.judgements ?? [])).toMatchObject([
    { group: 'all', rows: 5, precision: 0.5, recall: 1 / 3, f1: 0.4, indeterminate: 1, trueNegatives: 1 },
    { group: 'range', rows: 4, precision: 0.5, recall: 0.5 },
    { group: 'other', rows: 1, precision: null, recall: 0, f1: 0 },
  ])
})

describe('the verb', () => {
  const run = async (...argv: string[]): Promise<string> => {
    const lines: string[] = []
    await runCveTruth(argv, (text) => lines.push(text))
    return lines.join('\n')
  }

  test('prints a table and each wrong row with the reason', async () => {
    const text = await run(files([zlib, { ...zlib, id: 'wrong', affected: false }]).truth)
    expect(text).toContain('0 rows by the sources, 2 by the range they cite')
    expect(text).toMatch(/all +2 +0\.500 +1\.000 +0\.667/)
    expect(text).toMatch(
      /wrong zlib 1\.2\.12 CVE-2022-37434 \(range\): affected, labelled not affected\. zlib/,
    )
  })

  test('prints JSON', async () => {
    const document = JSON.parse(await run(files([zlib]).truth, '--json')) as { runs: { rows: unknown[] }[] }
    expect(document.runs[0]?.rows).toMatchObject([
      { id: 'a', labelled: true, verdict: 'affected', basis: 'citation' },
    ])
  })

  test.each([
    [[], 'Usage: terrarium cve-truth FILE'],
    [['x.json', '--unknown'], "Unknown option '--unknown'"],
    [['/nowhere.json'], '/nowhere.json cannot be read'],
  ])('%j is refused', async (argv, message) => {
    await expect(run(...argv)).rejects.toThrow(message)
  })

  test.each([
    ['{', 'truth.json is not valid JSON'],
    ['{"rows": []}', 'truth.json is no file of labelled rows: rows: '],
    [JSON.stringify({ rows: [{ ...zlib, affected: 'yes' }] }), 'rows.0.affected: '],
  ])('a file with %s is refused', async (text, message) => {
    await expect(run(write('truth.json', text))).rejects.toThrow(message)
  })

  test.each([
    ['--recipes', '{"package": 7}', 'bad:1 is no recipe fact: package: '],
    ['--curation', '{}', 'bad: neither OpenVEX, CSAF nor CycloneDX'],
    ['--curation', '[', 'bad: '],
    ['--mapping', '7', 'bad is no mapping of conda names'],
    ['--advisories', '<html>', 'advisory file bad: it is HTML'],
  ])('%s with %s is refused', async (option, text, message) => {
    await expect(run(files([zlib]).truth, option, write('bad', text))).rejects.toThrow(message)
  })
})
