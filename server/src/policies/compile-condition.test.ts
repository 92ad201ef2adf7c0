import { describe, expect, test } from 'vitest'
import { decide } from './decide.ts'
import type { ArtifactFacts } from './facts.ts'
import { denyWhen, facts, now } from './testing/artifact-facts.ts'

const day = 86_400_000

function effectOf(condition: string, given: Partial<ArtifactFacts>): string {
  return decide(facts(given), [denyWhen(condition)], now).effect
}

describe('conditions on the artifact', () => {
  test.each<[string, Partial<ArtifactFacts>, 'deny' | 'allow']>([
    ['{package: requests}', {}, 'deny'],
    ['{package: requests <2.31}', {}, 'deny'],
    ['{package: requests >=2.31}', {}, 'allow'],
    ['{package: [numpy, requests 2.30.0 py311_0]}', {}, 'deny'],
    ['{package: [numpy, requests 2.30.0 py312_0]}', {}, 'allow'],
    ['{package: "req*"}', {}, 'deny'],
    ['{package: "*"}', {}, 'deny'],
    ['{package: "*[subdir=win-64]"}', {}, 'allow'],
    ['{package: "requests[build_number=\'>=1\']"}', {}, 'allow'],
    ['{package: "requests[build_number=\'>=1\']"}', { buildNumber: 1 }, 'deny'],
    ['{package: requests}', { name: 'Requests' }, 'deny'],
    ['{package: {not_in: [numpy, pandas]}}', {}, 'deny'],
    ['{package: {not_in: requests 2.*}}', {}, 'allow'],
    ['{platform: linux-64}', {}, 'deny'],
    ['{platform: [win-64, osx-arm64]}', {}, 'allow'],
    ['{platform: {not_in: [linux-64, noarch]}}', {}, 'allow'],
    ['{platform: {not_in: [linux-64, noarch]}}', { subdir: 'win-64' }, 'deny'],
    ["{size: '> 1 MB'}", { size: 1_000_000 }, 'allow'],
    ["{size: '> 1 MB'}", { size: 1_000_001 }, 'deny'],
    ['{origin: upload}', {}, 'allow'],
    ['{origin: mirror}', {}, 'deny'],
    ['{origin: {kind: [mirror, bundle], name: conda-forge}}', {}, 'deny'],
    ['{origin: {name: [bioconda, defaults]}}', {}, 'allow'],
    ['{built: {from: 2023-05-04}}', {}, 'deny'],
    ['{built: {from: 2023-05-05}}', {}, 'allow'],
    ['{built: {to: 2023-05-04}}', { timestampMs: Date.parse('2023-05-04T23:59:59.999Z') }, 'deny'],
    ['{built: {to: 2023-05-04}}', { timestampMs: Date.parse('2023-05-05T00:00:00Z') }, 'allow'],
    ['{built: {to: 2023-05-04}}', { timestampMs: null }, 'allow'],
    ['{not: {built: {to: 2023-05-04}}}', { timestampMs: null }, 'deny'],
    ["{age: '< 7 days'}", { firstSeenMs: now.getTime() - 7 * day + 1 }, 'deny'],
    ["{age: '< 7 days'}", { firstSeenMs: now.getTime() - 7 * day }, 'allow'],
    ["{age: '>= 7 days'}", { firstSeenMs: now.getTime() - 7 * day }, 'deny'],
    ['{age: {above: 1 hour, at_most: 1 day}}', { firstSeenMs: now.getTime() - day / 2 }, 'deny'],
    ["{age: '< 7 days'}", { timestampMs: now.getTime() }, 'allow'],
    ["{build_age: '< 7 days'}", { timestampMs: now.getTime() }, 'deny'],
    ["{build_age: '< 7 days'}", { timestampMs: now.getTime() - 7 * day }, 'allow'],
    ["{build_age: '>= 0 days'}", { timestampMs: null }, 'allow'],
    ['{unmapped: true}', {}, 'allow'],
    ['{unmapped: true}', { unmapped: true }, 'deny'],
    ['{unmapped: false}', {}, 'deny'],
    ['{signed: false}', {}, 'deny'],
    ['{attested: true}', { attested: true }, 'deny'],
    ['{link_scripts: true}', { linkScripts: true }, 'deny'],
    ['{executables_in_noarch: true}', { executablesInNoarch: true }, 'deny'],
    ['{legacy_duplicate: true}', { legacyDuplicate: true }, 'deny'],
  ])('%s of %j: %s', (condition, given, expected) => {
    expect(effectOf(condition, given)).toBe(expected)
  })
})

describe('all, any, not', () => {
  test.each<[string, 'deny' | 'allow']>([
    ['{all: [{package: requests}, {platform: linux-64}]}', 'deny'],
    ['{all: [{package: requests}, {platform: win-64}]}', 'allow'],
    ['{any: [{package: numpy}, {platform: linux-64}]}', 'deny'],
    ['{any: [{package: numpy}, {platform: win-64}]}', 'allow'],
    ['{not: {package: numpy}}', 'deny'],
    ['{not: {not: {package: numpy}}}', 'allow'],
    ['{package: requests, platform: linux-64}', 'deny'],
    ['{package: requests, platform: win-64}', 'allow'],
    ['{package: requests, not: {platform: win-64}}', 'deny'],
    ['{package: requests, any: [{platform: win-64}, {origin: mirror}], not: {origin: upload}}', 'deny'],
  ])('%s: %s', (condition, expected) => {
    expect(effectOf(condition, {})).toBe(expected)
  })
})
