import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { InvalidPolicyError } from './policy-faults.ts'
import type { PolicyFault } from './policy-faults.ts'
import { parsePolicy } from './policy-document.ts'
import { denyWhen, policy } from './testing/artifact-facts.ts'
import { cpuTimeMs } from '@terrarium/conda/testing/cpu-time.ts'

const examples = new URL('examples/', import.meta.url)

function faultsOf(text: string): readonly PolicyFault[] {
  try {
    parsePolicy(text, { filename: 'policy.yaml' })
  } catch (error) {
    if (error instanceof InvalidPolicyError) return error.faults
    throw error
  }
  return []
}

/** `line:column path` of each fault with its suggestion, the part of a fault that has to be right. */
function placesOf(text: string): string[] {
  return faultsOf(text).map(({ line, column, path, suggestion }) =>
    [`${line}:${column}`, path, suggestion && `-> ${suggestion}`].filter(Boolean).join(' '),
  )
}

describe('a policy text', () => {
  test.each(readdirSync(examples))('of the examples is accepted: %s', (file) => {
    const read = parsePolicy(readFileSync(new URL(file, examples), 'utf8'), { filename: file })
    expect(read.rules.length).toBeGreaterThan(0)
  })

  test('can be one line', () => {
    const read = parsePolicy("deny: [cve: '>= 7', licence: GPL]", { filename: 'etc/strict.yaml' })
    expect(read.name).toBe('strict')
    expect(read.rules.map(({ id, effect, when }) => [id, effect, when.kind])).toEqual([
      ['deny-cve', 'deny', 'cve'],
      ['deny-licence', 'deny', 'licence'],
    ])
  })

  test('means the same in the short and the long form, in YAML and in JSON', () => {
    const short = policy("deny: [cve: '>= 7']")
    const long = policy(`
      version: 1
      name: baseline
      rules:
        - id: deny-cve
          effect: deny
          when:
            cve:
              score: { at_least: 7 }
              status: [reported, active, disputed]
              min_confidence: 0.8
              indeterminate: false`)
    const json = policy('{"name": "baseline", "deny": [{"cve": {"score": ">=7"}}]}')
    expect(short).toEqual(long)
    expect(json).toEqual(long)
  })

  test('takes both spellings of licence', () => {
    expect(denyWhen('{license: MIT}')).toEqual(denyWhen('{licence: MIT}'))
  })

  test('gives shorthands ids that no rule has', () => {
    const { rules } = policy(
      "rules: [{id: deny-cve, effect: warn, when: {cve: '> 1'}}]\ndeny: [cve: '> 2', cve: '> 3', {platform: win-64, cve: '> 4'}]",
    )
    expect(rules.map((rule) => rule.id)).toEqual(['deny-cve', 'deny-cve-2', 'deny-cve-3', 'deny-platform'])
  })

  test('may use anchors', () => {
    const { rules } = policy("deny: [&high {cve: '>= 7'}]\nwarn: [{not: *high}]")
    expect(rules[1]?.when).toEqual({ kind: 'not', of: rules[0]?.when })
  })

  test('without rules allows everything, and says nothing of it', () => {
    expect(policy('name: open').rules).toEqual([])
  })

  test('takes its name from the caller when it states none', () => {
    expect(parsePolicy('deny: []', { filename: 'policy x', name: 'x' }).name).toBe('x')
    expect(parsePolicy('name: y', { filename: 'policy x', name: 'x' }).name).toBe('y')
  })

  test.each([
    ['2027-01-31', '2027-02-01T00:00:00.000Z'],
    ['2027-01-31T12:00:00Z', '2027-01-31T12:00:00.000Z'],
    ['2027-01-31T12:00:00+02:00', '2027-01-31T10:00:00.000Z'],
  ])('an exception that expires %s ends at %s', (expires, end) => {
    const { exceptions } = policy(
      `exceptions: [{id: a, match: {package: x}, reason: r, expires: ${expires}}]`,
    )
    expect(new Date(exceptions[0]?.expiresMs ?? 0).toISOString()).toBe(end)
  })
})

describe('a bad policy is refused with line, column and suggestion', () => {
  test('all faults at once, in the order of the text', () => {
    const text = `name: x
rules:
  - id: a
    efect: deny
    when: { platform: linus-64, cve: ">= 17" }
  - id: a
    effect: denied
    when: { cve: { scor: 7, status: activ }, packag: x }
    reason: ""
exceptions:
  - id: e
    match: { rule: b }
`
    expect(placesOf(text)).toEqual([
      '3:5 rules[0].effect',
      '4:5 rules[0].efect -> effect',
      '5:23 rules[0].when.platform -> linux-64',
      '5:38 rules[0].when.cve',
      '6:9 rules[1].id',
      '7:13 rules[1].effect -> deny',
      '8:20 rules[1].when.cve.scor -> score',
      '8:37 rules[1].when.cve.status -> active',
      '8:46 rules[1].when.packag -> package',
      '9:13 rules[1].reason',
      '11:5 exceptions[0].reason',
      '12:12 exceptions[0].match',
      '12:20 exceptions[0].match.rule -> a',
    ])
  })

  test('reads as one line for each fault', () => {
    expect(() => parsePolicy('deny: [platform: linus-64]\nfoo: 1', { filename: 'p.yaml' })).toThrow(
      'The policy has 2 faults:\n' +
        'p.yaml:1:18: deny[0].platform is "linus-64": is no platform that conda knows; did you mean "linux-64"?\n' +
        'p.yaml:2:1: foo: there is no such field here; known are version, name, description, allow, deny, hold, hide, warn, rules, exceptions',
    )
  })

  test.each([
    // syntax
    ['', ['1:1']],
    ['deny: [cve: >= 7]', ["1:13 -> '>= 7'"]],
    ['deny:\n  - cve: >= 7\n', ["2:11 -> '>= 7'"]],
    ['deny: [', ['1:8']],
    ['\tname: x', ['1:1']],
    ['name: !!js/function x', ['1:7']],
    ['name: a\nname: b', ['2:1 name']],
    ['name: a\n---\n---\nname: b', ['3:1']],
    ['{"name": "a", "name": "b"}', ['1:15 name']],
    ['? name\n: x', ['1:1']],
    ['deny: *nothing', ['1:7']],
    // shape
    ['[]', ['1:1']],
    ['just text', ['1:1']],
    ['version: 2', ['1:10 version']],
    ['name: 1.10', ["1:7 name -> '1.1'"]],
    ['name: "a\\u001b[31mb"', ['1:7 name']],
    ['deny: {cve: x-1}', ['1:7 deny']],
    ['deny: null', ['1:7 deny']],
    ['deny: [null]', ['1:8 deny[0]']],
    ['deny: [{}]', ['1:8 deny[0]']],
    ['deny: [all: []]', ['1:13 deny[0].all']],
    ['deny: [{licence: MIT, license: MIT}]', ['1:8 deny[0]']],
    ['__proto__: {a: 1}', ['1:1 __proto__']],
    ['constructor: 1', ['1:1 constructor']],
    // values
    ['deny: [cve: 7]', ["1:13 deny[0].cve -> '>= 7'"]],
    ["deny: [cve: '7']", ['1:13 deny[0].cve -> >= 7']],
    ['deny: [cve: {score: {at_least: 70}}]', ['1:32 deny[0].cve.score.at_least']],
    ['deny: [cve: {score: {atleast: 7}}]', ['1:22 deny[0].cve.score.atleast -> at_least']],
    ['deny: [cve: {ids: CVE-21-1}]', ['1:19 deny[0].cve.ids']],
    ['deny: [cve: {ids: 2021-44228}]', ['1:19 deny[0].cve.ids -> CVE-2021-44228']],
    ['deny: [cve: {severity: [hihg]}]', ['1:25 deny[0].cve.severity[0] -> high']],
    ['deny: [cve: {min_confidence: 80}]', ['1:30 deny[0].cve.min_confidence']],
    ['deny: [platform: {not in: win-64}]', ['1:19 deny[0].platform.not in -> not_in']],
    ['deny: [platform: {in: win-64, not_in: win-32}]', ['1:18 deny[0].platform']],
    ['deny: [platform: [linux-64, linux-46]]', ['1:29 deny[0].platform[1] -> linux-64']],
    ['deny: [package: "numpy >=1,,<"]', ['1:17 deny[0].package']],
    ['deny: [package: "*[md5=abc]"]', ['1:17 deny[0].package']],
    ['deny: [package: "conda-forge::numpy"]', ['1:17 deny[0].package']],
    ['deny: [package: ""]', ['1:17 deny[0].package']],
    ['deny: [package: [a, b, 5]]', ["1:24 deny[0].package[2] -> '5'"]],
    ['deny: [package: "^(a$"]', ['1:17 deny[0].package']],
    ['deny: [not: {licence: Apache 2.0}]', ['1:23 deny[0].not.licence -> Apache-2.0']],
    ['deny: [licence: {not_in: [MIT, Apach-2.0]}]', ['1:32 deny[0].licence.not_in[1] -> Apache-2.0']],
    ['deny: [age: "< 7 months"]', ['1:13 deny[0].age']],
    ['deny: [built: {from: 2027-02-30}]', ['1:22 deny[0].built.from']],
    ['deny: [size: "> 1 XB"]', ['1:14 deny[0].size']],
    ['deny: [origin: uplod]', ['1:16 deny[0].origin -> upload']],
    ['rules: [{id: No Critical, effect: deny, when: {age: "> 1 day"}}]', ['1:14 rules[0].id -> no-critical']],
    // names
    ['exceptions: [{id: e, match: {}, reason: r}]', ['1:29 exceptions[0].match']],
    [
      'exceptions: [{id: e, match: {rule: deny-cv}, reason: r, expires: 2027-01-01}]\ndeny: [cve: "> 1"]',
      ['1:36 exceptions[0].match.rule -> deny-cve'],
    ],
    [
      'exceptions: [{id: e, match: {rule: deny-cve}, reason: r}]\ndeny: [cve: "> 1"]',
      ['1:29 exceptions[0].match'],
    ],
  ])('%j', (text, places) => {
    expect(placesOf(text)).toEqual(places)
  })
})

describe('a hostile policy', () => {
  const mebi = 2 ** 20
  test.each([
    ['larger than a mebibyte', `name: ${'x'.repeat(mebi)}`],
    [
      'an alias bomb',
      ['x', ...Array.from({ length: 8 }, (_, i) => String.fromCharCode(97 + i))]
        .map(
          (letter, i) =>
            `${'abcdefghi'[i] ?? ''}: &${'abcdefghi'[i] ?? ''} [${`${i ? '*' : ''}${letter},`.repeat(9)}]`,
        )
        .join('\n'),
    ],
    ['many aliases', `a: &a 1\nb: [${'*a,'.repeat(50_000)}]`],
    ['an alias inside itself', 'deny: &a [all: *a]'],
    ['deep brackets', '['.repeat(mebi)],
    ['deep braces', '{a: '.repeat(mebi / 4)],
    ['deep lists', '- '.repeat(mebi / 2)],
    ['deep indentation', Array.from({ length: 1400 }, (_, depth) => `${' '.repeat(depth)}all:`).join('\n')],
    ['deep explicit keys', '? '.repeat(mebi / 2)],
    ['many documents', '---\n'.repeat(mebi / 4)],
    ['many keys', `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}": 1`).join(',')}}`],
    ['many faults', `deny: [${'5,'.repeat(10_000)}]`],
    ['many rules', `deny: [${'{platform: noarch},'.repeat(10_000)}]`],
    ['many patterns', `deny: [package: [${'"a*a*a*a*a*b",'.repeat(4_000)}]]`],
    ['many lists of patterns', `deny: [${`{package: [${"'a*',".repeat(100)}]},`.repeat(11)}]`],
    [
      'many lists of regular expressions',
      `deny: [${`{all: [{package: [${"'x * ^a.*$',".repeat(100)}]}]},`.repeat(11)}]`,
    ],
    ['a repetition of a repetition', "deny: [package: '^(a+)+$']"],
    ['huge repetition', "deny: [package: '^a{1000}b{1000}$']"],
  ])('is refused in a moment: %s', (_, text) => {
    const start = cpuTimeMs()
    expect(faultsOf(text).length).toBeGreaterThan(0)
    expect(cpuTimeMs() - start).toBeLessThan(10_000)
  })
})
