import { describe, expect, test } from 'vitest'
import { InvalidPolicyError } from './policy-faults.ts'
import { parsePolicy } from './policy-document.ts'

function faultsOf(condition: string): string[] {
  try {
    parsePolicy(`rules: [{id: r, effect: deny, when: ${condition}}]`, { filename: 'p.yaml' })
    return []
  } catch (error) {
    if (!(error instanceof InvalidPolicyError)) throw error
    return error.faults.map(({ path }) => path)
  }
}

describe('a rule that can never apply is refused where the contradiction stands', () => {
  test.each([
    ["{age: '< 1 day, > 2 days'}", 'rules[0].when.age'],
    ["{age: '< 0 days'}", 'rules[0].when.age'],
    ["{size: '> 2 GB, < 2 GB'}", 'rules[0].when.size'],
    ["{build_age: '= 1 day, > 1 day'}", 'rules[0].when.build_age'],
    ["{cve: '> 10'}", 'rules[0].when.cve'],
    ["{cve: {score: '>= 9, < 7'}}", 'rules[0].when.cve'],
    ["{cve: {epss: '> 1'}}", 'rules[0].when.cve'],
    ["{cve: {score: '>= 7', severity: unscored}}", 'rules[0].when.cve'],
    ['{built: {from: 2024-01-02, to: 2024-01-01}}', 'rules[0].when.built'],
    ['{package: "openssl >3,<3"}', 'rules[0].when.package'],
    ['{package: {not_in: ["*"]}}', 'rules[0].when.package'],
    ['{all: [{platform: linux-64}, {platform: [win-64, osx-64]}]}', 'rules[0].when'],
    ['{platform: linux-64, not: {platform: linux-64}}', 'rules[0].when'],
    ['{all: [{platform: [linux-64]}, {platform: {not_in: [linux-64]}}]}', 'rules[0].when'],
    ['{all: [{package: openssl <3}, {package: numpy}]}', 'rules[0].when'],
    ['{any: [{package: a}, {unmapped: true, all: [{unmapped: false}]}]}', 'rules[0].when.any[1]'],
    ["{all: [{age: '< 1 day'}, {all: [{age: '> 2 days'}]}]}", 'rules[0].when'],
    ['{all: [{origin: upload}, {origin: {kind: [mirror, bundle]}}]}', 'rules[0].when'],
  ])('%s: %s', (condition, path) => {
    expect(faultsOf(condition)).toEqual([path])
  })

  test.each([
    "{age: '>= 1 day, <= 1 day'}",
    "{cve: '= 10'}",
    "{cve: {score: '>= 7', severity: [high, unscored]}}",
    '{package: "openssl >=3,<=3"}',
    '{package: "openssl <1|>2"}',
    '{all: [{package: "open*"}, {package: openssl}]}',
    '{all: [{platform: [linux-64, win-64]}, {platform: {not_in: [linux-64]}}]}',
    "{any: [{age: '< 1 day'}, {age: '> 2 days'}]}",
    "{all: [{cve: '>= 7'}, {cve: '< 4'}]}",
  ])('%s is possible', (condition) => {
    expect(faultsOf(condition)).toEqual([])
  })
})

test('an allow that is not final says nothing and is refused', () => {
  expect(() =>
    parsePolicy('rules: [{id: r, effect: allow, when: {package: a}}]', { filename: 'p.yaml' }),
  ).toThrow(/final: true/)
})

test('a rule that ends before it begins is refused', () => {
  expect(() =>
    parsePolicy('rules: [{id: r, effect: deny, when: {package: a}, from: 2026-02-01, until: 2026-01-31}]', {
      filename: 'p.yaml',
    }),
  ).toThrow(/ends before it begins/)
})
