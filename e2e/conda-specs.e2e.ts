/** Versions and specs against conda's own code, on cases made up at random, the same ones each time. */
import { describe, expect, test } from 'vitest'
import {
  compareVersions,
  InvalidMatchSpecError,
  InvalidVersionError,
  InvalidVersionSpecError,
  MatchSpec,
  parseVersion,
  startsWith,
  VersionSpec,
} from '@terrarium/conda'
import { randomSource } from '@terrarium/conda/testing/random.ts'
import { askPeer, hasPython } from './support/python.ts'
import { specCase, type SpecCase } from './support/spec-cases.ts'

const CASES = Number(process.env['SPEC_CASES'] ?? 20_000)
const SEED = Number(process.env['SPEC_SEED'] ?? 20260101)

type Answer = boolean | number | string | readonly [canonical: string, matches: boolean]

function answer(given: SpecCase): Answer {
  switch (given.op) {
    case 'compare':
      return compareVersions(given.a, given.b)
    case 'starts_with':
      return startsWith(parseVersion(given.a), parseVersion(given.b))
    case 'version_spec':
      return VersionSpec.parse(given.spec).matches(given.version)
    case 'match': {
      const spec = MatchSpec.parse(given.spec)
      return [spec.toString(), spec.matches(given.record)]
    }
  }
}

function ours(given: SpecCase): Answer {
  try {
    return answer(given)
  } catch (error) {
    const isPromised =
      error instanceof InvalidVersionError ||
      error instanceof InvalidVersionSpecError ||
      error instanceof InvalidMatchSpecError
    if (isPromised) return 'error'
    throw error
  }
}

/** Where ours differs on purpose, or newer versions of conda differ from the one asked. */
function isKnownDifference(given: SpecCase, theirs: Answer): boolean {
  // conda stumbles over its own classes: no answer to compare with
  if (typeof theirs === 'string' && theirs.startsWith('crash')) return true
  if (!('spec' in given)) return false
  const { spec } = given
  // refused when it is read, not only when it is used
  if (/~=\s*[^.,|()\s]+(?:[=,|()[\]\s'"]|$)/.test(spec)) return true
  // printed so that it means the same when it is read again
  if (spec.includes('**') || /\([^)]*\|/.test(spec)) return true
  if (given.op !== 'match') return false
  // what newer versions of conda read otherwise: `==` in front of another operator, a version in brackets, `*`
  if (
    /=\s*[=<>!~]{2}|=\s*=\s*[=<>!~]|=[<>!~]|==(?:\s*[(^]|[^=]*[*@]|\s)|=\s+=|version\s*=["']?\s*=/.test(spec)
  )
    return true
  if (Array.isArray(theirs) && /=(?:\[|$)/.test(String(theirs[0]))) return true
  // and what they refuse: odd characters in names, brackets that are not closed
  const name = spec.replace(/^\S*::?/, '').replace(/^\^foo\.\*\$/, '')
  return spec.endsWith('@') || /^[^\s=<>!~[]*(?:[()^$|,@'"\\;+!]|[._-]{2})/.test(name) || isOpen(spec)
}

/** Brackets that are not closed, or open twice. */
function isOpen(spec: string): boolean {
  return (spec.match(/\[/g) ?? []).length !== (spec.match(/\]/g) ?? []).length || /\].*\[/.test(spec)
}

describe.skipIf(!hasPython)('conda itself', () => {
  test(`gives the same answers to ${CASES} questions`, async () => {
    const cases = Array.from({ length: CASES }, (_, i) => specCase(randomSource(SEED * 2 ** 20 + i)))
    const answers = await askPeer<Answer[]>('specs', cases)

    const compared = cases.flatMap((given, i) => {
      const theirs = answers[i]!
      return isKnownDifference(given, theirs) ? [] : [{ given, theirs, ours: ours(given) }]
    })
    const different = compared.filter((one) => JSON.stringify(one.ours) !== JSON.stringify(one.theirs))
    expect(different.slice(0, 20).map((one) => JSON.stringify(one))).toEqual([])
    expect(compared.length).toBeGreaterThan(0.8 * CASES)
    expect(compared.filter(({ theirs }) => theirs !== 'error').length).toBeGreaterThan(0.4 * CASES)
  })
})
