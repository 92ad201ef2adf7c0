import { describe, expect, test } from 'vitest'
import { identityKey } from './advisory.ts'
import { curatedNames } from './curated-identities.ts'
import { identitiesOf, namesByRule } from './identity.ts'
import { mappingLink, parseNameMapping, type MappingRow } from './name-mapping.ts'

function links(condaName: string, mapping: Readonly<Record<string, unknown>> = {}): unknown {
  const rows = parseNameMapping(mapping)?.rows ?? []
  const own = rows.filter((row) => row.condaName === condaName)
  const found = identitiesOf(condaName, {
    isKnown: own.length > 0,
    links: own.flatMap((row) => mappingLink(row, 'test') ?? []),
  })
  return {
    state: found.state,
    links: found.links.map((link) => `${link.relation} ${identityKey(link.identity)} ${link.confidence}`),
  }
}

describe('what a conda name is', () => {
  test.each<[string, Readonly<Record<string, unknown>>, string, string[]]>([
    ['idna', { idna: ['idna'] }, 'linked', ['is pypi:idna 0.9']],
    ['torch-like', { 'torch-like': ['torch'] }, 'linked', ['is pypi:torch 0.9']],
    [
      'flask_cors',
      { flask_cors: ['Flask-Cors', 'six'] },
      'linked',
      ['is pypi:flask-cors 0.9', 'contains pypi:six 0.6'],
    ],
    ['isce2', { isce2: ['pip', 'wheel'] }, 'linked', ['contains pypi:pip 0.6', 'contains pypi:wheel 0.6']],
    ['ray-core', { 'ray-core': ['click', 'ray'] }, 'linked', ['is pypi:ray 0.9', 'contains pypi:click 0.6']],
    [
      'flow',
      { flow: ['pip', 'apache-flow'] },
      'linked',
      ['is pypi:apache-flow 0.9', 'contains pypi:pip 0.6'],
    ],
    ['libzip-static', {}, 'linked', ['is cpe:nih:libzip 1', 'is cpe:libzip:libzip 1']],
    ['cvxpy-base', { 'cvxpy-base': ['cvxpy', 'unknown'] }, 'linked', ['is pypi:cvxpy 0.9']],
    ['4ti2', { '4ti2': null }, 'none', []],
    ['redis', { other: ['other'] }, 'unmapped', []],
    ['redis', { redis: ['redis'] }, 'none', []],
    ['idna', {}, 'unmapped', []],
    ['charliecloud', { charliecloud: ['lark'] }, 'none', []],
    ['r-readxl', {}, 'linked', ['is cran:readxl 0.85']],
    ['constructor', {}, 'unmapped', []],
    ['__proto__', {}, 'unmapped', []],
    ['libpq', {}, 'linked', ['is cpe:postgresql:postgresql 1']],
    ['redis-py', {}, 'linked', ['wraps cpe:redis:redis 1', 'wraps cpe:redislabs:redis 1']],
  ])('%s under %j', (name, mapping, state, expected) => {
    expect(links(name, mapping)).toEqual({ state, links: expected })
  })

  test.each([
    ['openssl', 'cpe:openssl:openssl', 'letters', null],
    ['curl', 'cpe:haxx:curl', 'generic', 'tool'],
    ['libcurl', 'cpe:haxx:curl', 'generic', 'library'],
    ['git', 'cpe:git-scm:git', 'generic', null],
    ['python', 'cpe:python:python', 'pep440', null],
    ['r-base', 'cpe:r-project:r', 'generic', null],
  ])('%s is %s', (name, identity, order, role) => {
    const found = identitiesOf(name, { links: [], isKnown: false }).links
    expect(found.find((link) => identityKey(link.identity) === identity)).toMatchObject({
      order,
      role,
      relation: 'is',
      confidence: 1,
    })
    expect(curatedNames(identity)).toContain(name)
  })

  test.each([
    ['git', 'cpe:jenkins:git'],
    ['openssl', 'cpe:redhat:openssl'],
    ['flex', 'cpe:adobe:flex'],
    ['redis-py', 'cpe:redis:redis'],
    ['minio', 'cpe:minio:minio'],
  ])('%s is not %s, which only shares its name', (name, identity) => {
    expect(curatedNames(identity)).not.toContain(name)
  })
})

test('name rules work backwards', () => {
  expect(namesByRule('cran:readxl')).toEqual(['r-readxl'])
  expect(namesByRule('pypi:readxl')).toEqual([])
})

describe('a mapping file', () => {
  const row = (condaName: string, pypiName: string, relation: MappingRow['relation']): MappingRow => ({
    condaName,
    pypiName,
    relation,
  })
  test('in the form of parselmouth', () => {
    expect(parseNameMapping({ a: ['A.b'], c: null, d: [], e: 5 })).toEqual({
      rows: [row('a', 'a-b', 'is'), row('c', '', 'none'), row('d', '', 'none')],
      skipped: ['e'],
    })
  })
  test('in the form of grayskull', () => {
    expect(parseNameMapping({ _dvc: 'dvc' })?.rows).toEqual([row('_dvc', 'dvc', 'is')])
  })
  test.each([null, [], 'x', { info: {}, packages: {} }, { a: 1, b: 2, c: ['c'] }])(
    '%j is none',
    (document) => {
      expect(parseNameMapping(document)).toBeUndefined()
    },
  )
})
