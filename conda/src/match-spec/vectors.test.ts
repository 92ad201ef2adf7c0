/** Every case of the shared table: what conda itself answers. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { hasSharedData, sharedPath } from '../testing/shared-data.ts'
import { parseChannelName } from './channel.ts'
import { InvalidMatchSpecError } from './errors.ts'
import type { MatchSpecSyntax } from './fields.ts'
import { MatchSpec } from './match-spec.ts'
import type { MatchableRecord } from './matchers.ts'

interface SpecCase {
  op: 'parse' | 'match' | 'version_spec'
  spec: string
  mode?: MatchSpecSyntax
  error?: true
  canonical: string
  components: Record<string, unknown>
  record: MatchableRecord
  expect: boolean
}

/** The fields as conda's raw values, in the way the table renders them. */
function componentsOf(spec: MatchSpec): Record<string, unknown> {
  const { channel, license, license_family, build_number, track_features, ...rest } = spec.fields
  const name = channel === undefined ? undefined : parseChannelName(channel)
  const components: Record<string, unknown> = { ...rest, name: spec.name, version: spec.version?.toString() }
  if (name !== undefined) components['channel'] = name.canonical.includes('*') ? name.canonical : name.base
  components['license'] = license?.toLowerCase()
  components['license_family'] = license_family?.toLowerCase()
  components['track_features'] = track_features?.split(/[ ,]+/)
  if (build_number !== undefined) {
    components['build_number'] = /^[0-9]+$/.test(build_number) ? Number(build_number) : build_number
  }
  return Object.fromEntries(Object.entries(components).filter(([, value]) => value !== undefined))
}

describe.skipIf(!hasSharedData)('as conda itself', () => {
  const cases = hasSharedData
    ? (JSON.parse(readFileSync(sharedPath('vectors/match-spec.json'), 'utf8')) as { cases: SpecCase[] }).cases
    : []

  test('parses and prints', () => {
    const parsed = cases.filter((c) => c.op === 'parse')
    expect(parsed.length).toBeGreaterThan(500)
    for (const { spec, mode, error, canonical, components } of parsed) {
      // Without a mode conda's two readers agree.
      for (const syntax of mode === undefined ? (['legacy', 'v3'] as const) : [mode]) {
        if (error) {
          expect(() => MatchSpec.parse(spec, syntax), spec).toThrow(InvalidMatchSpecError)
          continue
        }
        const actual = MatchSpec.parse(spec, syntax)
        expect([spec, actual.toString()]).toEqual([spec, canonical])
        expect(componentsOf(actual), spec).toEqual(components)
      }
    }
  })

  test('matches', () => {
    const matched = cases.filter((c) => c.op === 'match')
    expect(matched.length).toBeGreaterThan(1200)
    for (const { spec, mode, record, expect: expected } of matched) {
      const actual = MatchSpec.parse(spec, mode).matches(record)
      expect([spec, record, actual]).toEqual([spec, record, expected])
    }
  })

  test('reads and prints every dependency of a real channel', () => {
    const bytes = readFileSync(sharedPath('data/repodata/medium/pkgs-main-linux-aarch64-2022-02-01.json.gz'))
    const repodata = JSON.parse(gunzipSync(bytes).toString()) as {
      'packages.conda': Record<string, { depends: string[] }>
    }
    const depends = new Set(Object.values(repodata['packages.conda']).flatMap((record) => record.depends))
    expect(depends.size).toBeGreaterThan(500)
    for (const text of depends) {
      const canonical = MatchSpec.parse(text).toString()
      expect([text, MatchSpec.parse(canonical).toString()]).toEqual([text, canonical])
    }
  })
})
