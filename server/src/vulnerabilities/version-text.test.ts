import { describe, expect, test } from 'vitest'
import { readProductVersions } from './cve5-versions.ts'
import { readVersionText } from './version-text.ts'
import { bounds } from './testing/builders.ts'

const every = bounds('')
const unspecified = { ...every, isUnspecified: true }

test.each([
  ['1.2.3', [], ['1.2.3']],
  ['v1.2.3', [], ['1.2.3']],
  ['= 2.45.0', [], ['2.45.0']],
  ['>= 2.43.0, < 2.43.4', [bounds('>=2.43.0, <2.43.4')], []],
  ['< 2.39.4', [bounds('<2.39.4')], []],
  ['<=0.3.10', [bounds('<=0.3.10')], []],
  ['before 2.5', [bounds('<2.5')], []],
  ['1.4 and earlier', [bounds('<=1.4')], []],
  ['20.0.7.3 and prior versions', [bounds('<=20.0.7.3')], []],
  ['1.0 through 1.4', [bounds('>=1.0, <=1.4')], []],
  ['*', [every], []],
  ['all versions', [every], []],
  ['n/a', [unspecified], []],
  ['-', [unspecified], []],
  ['', [unspecified], []],
  ['0', [], ['0']],
  ['>= 3.0.0, 3.5.0', [], ['>= 3.0.0, 3.5.0']],
  ['Salt masters prior to 3005.2 or 3006.2', [], ['Salt masters prior to 3005.2 or 3006.2']],
])('the version text %j', (text, ranges, versions) => {
  expect(readVersionText(text, 'generic')).toEqual({ ranges, versions })
})

describe('the versions of a CVE 5 product', () => {
  const affected = (over: object): object => ({ status: 'affected', version: '1.0', ...over })
  const events = (...pairs: [string, string][]): object => ({
    form: 'events',
    scheme: 'generic',
    events: pairs.map(([kind, version]) => ({ kind, version })),
  })
  test.each<[string, object, unknown]>([
    [
      'a range',
      { versions: [affected({ lessThan: '2.0' })] },
      [events(['introduced', '1.0'], ['fixed', '2.0'])],
    ],
    [
      'a range with its end',
      { versions: [affected({ lessThanOrEqual: '2.0' })] },
      [events(['introduced', '1.0'], ['lastAffected', '2.0'])],
    ],
    [
      'from the beginning',
      { versions: [affected({ version: 'unspecified', lessThan: '2.0' })] },
      [events(['introduced', '0'], ['fixed', '2.0'])],
    ],
    ['without an end', { versions: [affected({ lessThan: '*' })] }, [events(['introduced', '1.0'])]],
    [
      'signs in bounds',
      { versions: [affected({ version: '>= 1.0', lessThan: '<v2.0' })] },
      [events(['introduced', '1.0'], ['fixed', '2.0'])],
    ],
    [
      'changes inside',
      { versions: [affected({ lessThan: '3.0', changes: [{ at: '2.5', status: 'unaffected' }] })] },
      [events(['introduced', '1.0'], ['fixed', '2.5'], ['fixed', '3.0'])],
    ],
    ['all of it by default', { defaultStatus: 'affected' }, [every]],
  ])('%s', (_, product, ranges) => {
    expect(readProductVersions(product as Readonly<Record<string, unknown>>)).toMatchObject({ ranges })
  })
  test('the rest of an "affected" product', () => {
    const product = {
      defaultStatus: 'affected',
      versions: [
        { status: 'unaffected', version: '2.0', lessThan: '*' },
        { status: 'unaffected', version: '1.9' },
      ],
    }
    expect(readProductVersions(product)).toEqual({
      ranges: [every],
      versions: [],
      except: [events(['introduced', '2.0']), bounds('>=1.9, <=1.9')],
    })
  })
  test('a list is taken at its word, whatever the default', () => {
    expect(readProductVersions({ defaultStatus: 'affected', versions: [affected({})] })).toEqual({
      ranges: [],
      versions: ['1.0'],
      except: [],
    })
  })
  test.each([
    {},
    { defaultStatus: 'unaffected' },
    { versions: [{ status: 'unknown', version: '1' }] },
    { versions: 'x' },
  ])('%j states nothing', (product) => {
    expect(readProductVersions(product)).toBeUndefined()
  })
})
