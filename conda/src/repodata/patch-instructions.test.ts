import { globSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { makePatchInstructions, renderPatchInstructions } from './make-patch-instructions.ts'
import {
  InvalidPatchInstructionsError,
  type PatchedRecords,
  applyPatchInstructions,
  parsePatchInstructions,
} from './patch-instructions.ts'
import type { RepodataRecord } from './record.ts'
import { type RepodataScan, scanRepodata } from './scan-repodata.ts'

type Records = Record<'packages' | 'packages.conda', ReadonlyMap<string, RepodataRecord>>

function record(fields: object = {}): RepodataRecord {
  return {
    name: 'a',
    version: '1',
    build: '0',
    build_number: 0,
    depends: ['b'],
    sha256: 'f',
    ...fields,
  }
}

function both(fields: object = {}): Records {
  return {
    packages: new Map([['a-1-0.tar.bz2', record(fields)]]),
    'packages.conda': new Map([
      ['a-1-0.conda', record(fields)],
      ['c-1-0.conda', record(fields)],
    ]),
  }
}

function patched(records: Records, instructions: object): PatchedRecords {
  return applyPatchInstructions(records, parsePatchInstructions(JSON.stringify(instructions)))
}

function depends(result: PatchedRecords): unknown[] {
  return [...result.packages, ...result['packages.conda']].map(([, { depends }]) => depends)
}

describe('applying', () => {
  test('what is said of a .tar.bz2 holds for its .conda, where more may be said', () => {
    const result = patched(both(), {
      packages: {
        'a-1-0.tar.bz2': { depends: ['x'], license: 'MIT' },
        'unknown-1-0.tar.bz2': { depends: [] },
      },
      'packages.conda': { 'a-1-0.conda': { depends: ['y'] } },
    })
    expect(depends(result)).toEqual([['x'], ['y'], ['b']])
    expect(result['packages.conda'].get('a-1-0.conda')?.license).toBe('MIT')
  })

  test('lists are replaced, objects merged, null takes away', () => {
    const result = patched(both({ extra_depends: { x: ['1'], y: ['2'] }, features: 'f' }), {
      'packages.conda': { 'c-1-0.conda': { extra_depends: { y: ['3'] }, features: null } },
    })
    expect(result['packages.conda'].get('c-1-0.conda')).toEqual({
      ...record(),
      extra_depends: { x: ['1'], y: ['3'] },
    })
  })

  test('revoking makes both formats uninstallable', () => {
    const result = patched(both(), { revoke: ['a-1-0.tar.bz2'] })
    expect(depends(result)).toEqual([
      ['b', 'package_has_been_revoked'],
      ['b', 'package_has_been_revoked'],
      ['b'],
    ])
    expect(result.packages.get('a-1-0.tar.bz2')?.revoked).toBe(true)
  })

  test('removing a .tar.bz2 removes its .conda, not the other way round', () => {
    const result = patched(both(), { remove: ['a-1-0.tar.bz2', 'unknown-1-0.conda'] })
    expect(result.removed).toEqual(['a-1-0.conda', 'a-1-0.tar.bz2'])
    expect([...result['packages.conda'].keys()]).toEqual(['c-1-0.conda'])
    expect(patched(both(), { remove: ['a-1-0.conda'] }).packages.size).toBe(1)
  })

  test('which file a record is about cannot be patched', () => {
    const result = patched(both(), {
      packages: { 'a-1-0.tar.bz2': { sha256: 'evil', indexed_timestamp: 1, size: 2 } },
    })
    expect(result.packages.get('a-1-0.tar.bz2')).toEqual(record())
    expect(result.refused.map(({ filename, field }) => `${filename} ${field}`)).toContain(
      'a-1-0.tar.bz2 sha256',
    )
  })

  test('the records given are left as they were', () => {
    const records = both()
    patched(records, { revoke: ['a-1-0.tar.bz2'], remove: ['c-1-0.conda'] })
    expect(records).toEqual(both())
  })
})

describe('parsing', () => {
  const refused = [
    '',
    '[]',
    'null',
    '{"patch_instructions_version":3}',
    '{"patch_instructions_version":"1"}',
    '{"packages":[]}',
    '{"packages":{"a":1}}',
  ]

  test.each(refused)('%j is refused', (text) => {
    expect(() => parsePatchInstructions(text)).toThrow(InvalidPatchInstructionsError)
  })

  test('a patch cannot reach the prototype', () => {
    const text = '{"packages":{"a-1-0.tar.bz2":{"__proto__":{"polluted":true}}}}'
    const result = applyPatchInstructions(both(), parsePatchInstructions(text))
    expect(result.packages.get('a-1-0.tar.bz2')).toEqual(record())
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })
})

describe('making', () => {
  test('instructions lead from one to the other', () => {
    const before = both({ license: 'X' })
    const after = {
      packages: new Map([['a-1-0.tar.bz2', record({ license: 'MIT', depends: [] })]]),
      'packages.conda': new Map([['a-1-0.conda', record({ license: 'ISC' })]]),
    }
    const { instructions, inexpressible } = makePatchInstructions(before, after)
    expect(inexpressible).toEqual([])
    const result = applyPatchInstructions(
      before,
      parsePatchInstructions(renderPatchInstructions(instructions)),
    )
    expect(result).toEqual({ ...after, removed: ['c-1-0.conda'], refused: [] })
  })

  test('nothing changed needs no words', () => {
    expect(renderPatchInstructions(makePatchInstructions(both(), both()).instructions)).toBe(
      '{"packages":{},"packages.conda":{},"patch_instructions_version":1,"remove":[],"revoke":[]}',
    )
  })

  test('a .tar.bz2 gone without its .conda, and a new file, cannot be said', () => {
    const conda = new Map([...both()['packages.conda'], ['new-1-0.conda', record()]])
    const { inexpressible } = makePatchInstructions(both(), { packages: new Map(), 'packages.conda': conda })
    expect(inexpressible).toEqual(['a-1-0.conda', 'new-1-0.conda'])
  })

  test('a field that is gone becomes null', () => {
    const { instructions } = makePatchInstructions(both({ features: 'x', license: null }), both())
    expect(instructions.packages.get('a-1-0.tar.bz2')).toEqual({ features: null })
  })
})

describe.skipIf(!hasSharedData)('real files', () => {
  const folder = sharedPath('data/repodata/patches')
  const read = (path: string): string =>
    (path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)).toString()

  function recordsOf(scan: RepodataScan): Records {
    const of = (section: string): Map<string, RepodataRecord> =>
      new Map([...scan.records()].filter((r) => r.section === section).map((r) => [r.filename, r.parse()]))
    return { packages: of('packages'), 'packages.conda': of('packages.conda') }
  }

  test('all of them parse', () => {
    const files = globSync(`${folder}/**/patch_instructions*.json{,.gz}`)
    expect(files.length).toBe(12)
    for (const file of files) parsePatchInstructions(read(file))
  })

  test('those of conda-forge change the records they name in its index of two years before', () => {
    const index = gunzipSync(
      readFileSync(sharedPath('data/repodata/medium/conda-forge-linux-64-2016-08-06.json.gz')),
    )
    const before = recordsOf(scanRepodata(index))
    const instructions = parsePatchInstructions(
      read(`${folder}/conda-forge-20180828/linux-64/patch_instructions.json.gz`),
    )
    const after = applyPatchInstructions(before, instructions)
    const named = [...instructions.packages].filter(([filename]) => before.packages.has(filename))
    expect(named.length).toBeGreaterThan(50)
    for (const [filename, changes] of named) {
      const record = after.packages.get(filename)
      for (const [field, value] of Object.entries(changes))
        expect(record?.[field], `${filename} ${field}`).toEqual(value ?? undefined)
    }
    expect(after.refused).toEqual([])

    const made = makePatchInstructions(before, after)
    expect(made.inexpressible).toEqual([])
    expect(applyPatchInstructions(before, made.instructions)).toEqual(after)
  })

  test('those of rattler do what its tests expect', () => {
    const scan = scanRepodata(readFileSync(`${folder}/rattler-test/linux-64/repodata_from_packages.json`))
    const before = recordsOf(scan)
    const apply = (file: string): PatchedRecords =>
      applyPatchInstructions(before, parsePatchInstructions(read(`${folder}/rattler-test/linux-64/${file}`)))
    const first = apply('patch_instructions.json')
    expect(first.packages.get('cross-python_emscripten-32-3.10.1-h60d57d3_8.tar.bz2')?.license).toBe(
      'WOLF LICENSE',
    )
    expect(first['packages.conda'].get('cross-python_emscripten-32-3.12.1-h60d57d3_8.conda')?.license).toBe(
      'WOLF LICENSE II',
    )
    expect(apply('patch_instructions_2.json').removed).toEqual([
      'cross-python_emscripten-32-3.10.1-h60d57d3_8.conda',
      'cross-python_emscripten-32-3.10.1-h60d57d3_8.tar.bz2',
      'emscripten_emscripten-32-3.1.27-h60d57d3_5.tar.bz2',
    ])
    expect(apply('patch_instructions_3.json').removed).toEqual([
      'cross-python_emscripten-32-3.10.1-h60d57d3_8.conda',
    ])
  })
})
