import { describe, expect, test } from 'vitest'
import { chooseAlternatives } from './alternatives.ts'
import type { Candidate } from './alternatives.ts'
import type { Decision } from './decision.ts'
import type { Effect } from './policy.ts'
import { facts } from './testing/artifact-facts.ts'

/** `2.31.0`, `2.31.0#1` for build number 1, `2.31.0@noarch`, `2.31.0!deny`. */
function sibling(text: string): Candidate {
  const [, version = '', build = '0', subdir = 'linux-64', effect = 'allow'] =
    /^([^#@!]+)(?:#(\d+))?(?:@([^!]+))?(?:!(.+))?$/.exec(text) ?? []
  return {
    facts: facts({ version, buildNumber: Number(build), build: `py_${build}`, subdir }),
    decision: { effect: effect as Effect, reasons: [], exceptionsUsed: [] } satisfies Decision, // a test's own word
  }
}

function choose(wanted: string, siblings: string): string {
  return chooseAlternatives(sibling(wanted).facts, siblings.split(' ').filter(Boolean).map(sibling))
    .map((one) => `${one.relation} ${one.version}#${one.buildNumber}`)
    .join(', ')
}

describe('the nearest allowed artifact', () => {
  test.each([
    ['2.30.0', '', ''],
    ['2.30.0', '2.29.0!deny 2.31.0!hide 2.32.0!hold', ''],
    ['2.30.0', '2.29.0 2.31.0 2.31.1', 'next-version 2.31.0#0, newest 2.31.1#0, previous-version 2.29.0#0'],
    ['2.30.0', '2.31.0 2.9.0 2.10.0', 'newest 2.31.0#0, previous-version 2.10.0#0'],
    ['2.30.0', '2.30.0#1 2.30.0#2 2.31.0', 'other-build 2.30.0#2, newest 2.31.0#0'],
    ['2.30.0#1', '2.30.0#0 2.30.0#1', ''],
    ['2.30.0', '2.31.0#0 2.31.0#3!deny 2.31.0#2', 'newest 2.31.0#2'],
    ['2.30.0', '2.31.0!warn', 'newest 2.31.0#0'],
    ['2.30.0', '2.31.0@win-64 2.32.0@noarch', 'newest 2.32.0#0'],
    ['2.30.0@noarch', '2.31.0@win-64', 'newest 2.31.0#0'],
    ['2.30.0', '2.31.0 3.0.0rc1 3.0.0.dev0', 'newest 2.31.0#0'],
    ['2.30.0', '3.0.0rc1', 'newest 3.0.0rc1#0'],
    ['3.0.0rc1', '2.31.0 3.0.0rc2', 'newest 3.0.0rc2#0, previous-version 2.31.0#0'],
    ['1.1.1k', '1.1.1j 1.1.1w', 'newest 1.1.1w#0, previous-version 1.1.1j#0'],
    ['2.30.0', 'un=readable 2.29.0', 'previous-version 2.29.0#0'],
  ])('for %s among %j: %s', (wanted, siblings, expected) => {
    expect(choose(wanted, siblings)).toBe(expected)
  })

  test('is of the same name', () => {
    const other: Candidate = { ...sibling('2.31.0'), facts: facts({ name: 'numpy', version: '2.31.0' }) }
    expect(chooseAlternatives(facts(), [other])).toEqual([])
  })

  test('says everything that is needed to ask for it', () => {
    expect(chooseAlternatives(facts(), [sibling('2.31.0#1')])).toEqual([
      {
        name: 'requests',
        version: '2.31.0',
        build: 'py_1',
        buildNumber: 1,
        subdir: 'linux-64',
        filename: 'requests-2.31.0-py_1.conda',
        relation: 'newest',
      },
    ])
  })
})
