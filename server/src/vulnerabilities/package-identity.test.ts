import { describe, expect, test } from 'vitest'
import { identityKey } from './advisory.ts'
import { learnIdentities } from './learn-identities.ts'
import { packageLinks } from './package-identity.ts'
import { findIdentities } from './store.ts'
import { startTestDatabase } from './testing/database.ts'

function links(name: string, version: string, inspection: unknown): string[] {
  return packageLinks({ name, version, filename: `${name}.conda`, inspection }).map(
    (link) => `${link.relation} ${identityKey(link.identity)} by ${link.found}`,
  )
}

describe('what a package says it is', () => {
  test.each<[string, string, string, unknown, string[]]>([
    [
      'a package URL',
      'urllib3',
      '2.0.4',
      { index: { purls: ['pkg:pypi/urllib3@2.0.4'] } },
      ['is pypi:urllib3 by purl'],
    ],
    [
      'one without a version',
      'pytorch',
      '2.1',
      { index: { purls: ['pkg:pypi/torch'] } },
      ['is pypi:torch by purl'],
    ],
    [
      'one of another version',
      'x',
      '2',
      { index: { purls: ['pkg:cargo/Y@1', 'pkg:deb/z@2', 'x'] } },
      ['contains crates:y by purl'],
    ],
    [
      'a distribution',
      'Py_Yaml',
      '6.0',
      { distInfo: [{ name: 'PyYAML', version: '6.0.0' }] },
      ['is pypi:pyyaml by dist-info'],
    ],
    [
      'copies beside it',
      'pip',
      '23.3',
      {
        distInfo: [
          { name: 'pip', version: '23.3' },
          { name: 'rich', version: '13' },
          { name: 'unknown', version: '0' },
        ],
      },
      ['is pypi:pip by dist-info', 'contains pypi:rich by dist-info'],
    ],
    [
      'two of its version',
      'dask',
      '2023.1',
      {
        distInfo: [
          { name: 'dask', version: '2023.1' },
          { name: 'distributed', version: '2023.1' },
        ],
      },
      ['is pypi:dask by dist-info', 'contains pypi:distributed by dist-info'],
    ],
    [
      'two of its version, none of its name',
      'suite',
      '1',
      {
        distInfo: [
          { name: 'a', version: '1' },
          { name: 'b', version: '1' },
        ],
      },
      ['contains pypi:a by dist-info', 'contains pypi:b by dist-info'],
    ],
    ['nothing', 'zlib', '1.3', {}, []],
    ['an old inspection', 'zlib', '1.3', undefined, []],
  ])('%s', (_, name, version, inspection, expected) => {
    expect(links(name, version, inspection)).toEqual(expected)
  })

  test.each([
    ['https://pypi.io/packages/source/u/urllib3/urllib3-2.0.4.tar.gz', '2.0.4', 'pypi:urllib3'],
    ['https://files.pythonhosted.org/packages/36/ab/abc/Flask_Cors-4.0.0.tar.gz', '4.0.0', 'pypi:flask-cors'],
    ['https://cran.r-project.org/src/contrib/readxl_1.4.2.tar.gz', '1.4.2', 'cran:readxl'],
    ['https://cloud.cran.example/cran/src/contrib/Archive/bit/bit_1.1-14.tar.gz', '1.1_14', 'cran:bit'],
    [
      'https://bioconductor.org/packages/3.18/bioc/src/contrib/limma_3.58.1.tar.gz',
      '3.58.1',
      'bioconductor:limma',
    ],
    ['https://registry.npmjs.org/@bokeh/bokehjs/-/bokehjs-3.1.0.tgz', '3.1.0', 'npm:@bokeh/bokehjs'],
    ['https://static.crates.io/crates/ripgrep/ripgrep-14.0.0.crate', '14.0.0', 'crates:ripgrep'],
  ])('%s', (url, version, identity) => {
    expect(links('x', version, { recipe: { sourceUrls: [url] } })).toEqual([`is ${identity} by source-url`])
  })

  test.each([
    ['https://pypi.io/packages/source/s/setuptools/setuptools-60.0.tar.gz', '1.2'],
    ['https://download.osgeo.org/libtiff/tiff-4.4.0.tar.gz', '4.4.0'],
    ['https://github.com/x/y/archive/v1.0.tar.gz', '1.0'],
  ])('%s for version %s says nothing', (url, version) => {
    expect(links('x', version, { recipe: { sourceUrls: [url] } })).toEqual([])
  })

  test('a home on PyPI, less sure', () => {
    expect(links('x', '1', { about: { home: 'https://pypi.org/project/Some.Thing/' } })).toEqual([
      'is pypi:some-thing by home',
    ])
  })
})

test('is kept with its evidence, and told once', async () => {
  const { db, close } = await startTestDatabase()
  try {
    const inspection = { distInfo: [{ name: 'demo_lib', version: '1.0' }] }
    const copy = { name: 'demo', version: '2.0', filename: 'demo-2.0-0.conda', inspection }
    expect(await learnIdentities(db, [copy])).toEqual(['demo'])
    expect((await findIdentities(db, 'demo')).links).toMatchObject([
      { relation: 'contains', confidence: 0.6 },
    ])

    const source = { ...copy, version: '1.0', filename: 'demo-1.0-0.conda' }
    expect(await learnIdentities(db, [source])).toEqual(['demo'])
    expect(await learnIdentities(db, [source, copy])).toEqual([])
    expect(await findIdentities(db, 'demo')).toMatchObject({
      state: 'linked',
      links: [
        {
          identity: { kind: 'pypi', name: 'demo-lib' },
          relation: 'is',
          origin: 'package',
          confidence: 0.98,
          evidence: 'demo-1.0-0.conda has the Python distribution demo-lib 1.0 inside',
        },
      ],
    })
  } finally {
    await close()
  }
})
