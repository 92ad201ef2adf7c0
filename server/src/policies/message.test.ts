import { describe, expect, test } from 'vitest'
import { chooseAlternatives } from './alternatives.ts'
import { decide } from './decide.ts'
import type { ArtifactFacts } from './facts.ts'
import { blockedMessage, blockedResponse } from './message.ts'
import type { BlockedArtifact } from './message.ts'
import type { Policy } from './policy.ts'
import { cve, facts, now, policy } from './testing/artifact-facts.ts'

const noCritical = policy("rules: [{id: no-critical, effect: deny, when: {cve: '>= 7'}}]")

/** The block of an artifact, with the channel's other versions as the way out. */
function blocked(
  wanted: ArtifactFacts,
  policies: readonly Policy[],
  others: readonly string[] = [],
): BlockedArtifact {
  const siblings = others.map((version) => {
    const sibling = facts({ name: wanted.name, version })
    return { facts: sibling, decision: decide(sibling, policies, now) }
  })
  return {
    facts: wanted,
    decision: decide(wanted, policies, now),
    alternatives: chooseAlternatives(wanted, siblings),
  }
}

const vulnerable = facts({ vulnerabilities: [cve()] })

describe('the message', () => {
  test('of a CVE', () => {
    expect(blockedMessage(blocked(vulnerable, [noCritical], ['2.29.0', '2.31.1']))).toBe(
      'requests 2.30.0 is blocked in channel "prod" by policy "baseline", rule no-critical: CVE-2099-0001 has score 9.8 (NVD), fixed in 2.31.0. Allowed: 2.31.1 (newest), 2.29.0.',
    )
  })

  test('of several CVEs, with a rebuild as the nearest way out', () => {
    const wanted = facts({
      vulnerabilities: [3, 1, 2, 4, 5].map((n) =>
        cve({ id: `CVE-2099-000${n}`, score: 10 - n / 2, fixedIn: [] }),
      ),
    })
    const rebuilt = facts({ build: 'py311_1', buildNumber: 1 })
    const alternatives = chooseAlternatives(wanted, [{ facts: rebuilt, decision: decide(rebuilt, [], now) }])
    expect(blockedMessage({ ...blocked(wanted, [noCritical]), alternatives })).toBe(
      'requests 2.30.0 is blocked in channel "prod" by policy "baseline", rule no-critical: CVE-2099-0001 has score 9.5 (NVD); CVE-2099-0002 has score 9 (NVD); CVE-2099-0003 has score 8.5 (NVD) and 2 more CVEs. Allowed: 2.30.0 build py311_1.',
    )
  })

  test('without any way out but an exception', () => {
    expect(blockedMessage(blocked(vulnerable, [noCritical]))).toBe(
      'requests 2.30.0 is blocked in channel "prod" by policy "baseline", rule no-critical: CVE-2099-0001 has score 9.8 (NVD), fixed in 2.31.0. No other version of requests is allowed for linux-64 here. Ask the channel\'s owner for an exception.',
    )
  })

  test('with a link for exceptions', () => {
    const message = blockedMessage({
      ...blocked(vulnerable, [noCritical], ['2.31.1']),
      exceptionUrl: 'https://conda.example.org/x/8f3k2',
    })
    expect(message).toMatch(
      /Allowed: 2\.31\.1 \(newest\)\. Request an exception: https:\/\/conda\.example\.org\/x\/8f3k2$/,
    )
  })

  test('of a hold', () => {
    const wait = policy("name: patience\nrules: [{id: wait, effect: hold, when: {age: '< 7 days'}}]")
    const fresh = facts({ name: 'numpy', version: '2.4.0', firstSeenMs: Date.parse('2026-05-08T09:00:00Z') })
    expect(blockedMessage(blocked(fresh, [wait], ['2.3.5']))).toBe(
      'numpy 2.4.0 is on hold in channel "prod" by policy "patience", rule wait: it was first seen here 2 days ago (limit: < 7 days). Available from 2026-05-15 09:00 UTC. Allowed now: 2.3.5.',
    )
  })

  test('of several rules in several policies, with the words of the officer', () => {
    const platforms = policy(
      'name: platforms\nrules: [{id: no-linux, effect: deny, when: {platform: linux-64}}, {id: w, effect: warn, when: {package: "*"}}]',
    )
    const noted = policy(
      "rules: [{id: no-critical, effect: deny, when: {cve: '>= 7'}, reason: See https://wiki.example.org/cve}]",
    )
    expect(blockedMessage(blocked(vulnerable, [platforms, noted], []))).toBe(
      'requests 2.30.0 is blocked in channel "prod" by policy "baseline", rule no-critical: CVE-2099-0001 has score 9.8 (NVD), fixed in 2.31.0. Also policy "platforms", rule no-linux: platform linux-64 is listed. See https://wiki.example.org/cve. No other version of requests is allowed for linux-64 here. Ask the channel\'s owner for an exception.',
    )
  })

  test('of what is hidden, of a warning and of what is allowed', () => {
    const rule = (effect: string): Policy =>
      policy(`rules: [{id: r, effect: ${effect}, when: {package: requests}}]`)
    expect(blockedMessage(blocked(facts(), [rule('hide')]))).toBe(
      'requests 2.30.0 is hidden from new installations in channel "prod" by policy "baseline", rule r: it matches "requests". No other version of requests is allowed for linux-64 here. Ask the channel\'s owner for an exception.',
    )
    expect(blockedMessage(blocked(facts(), [rule('warn')]))).toBe(
      'requests 2.30.0 comes with a warning in channel "prod" by policy "baseline", rule r: it matches "requests".',
    )
    expect(blockedMessage(blocked(facts(), []))).toBe('requests 2.30.0 is allowed in channel "prod".')
  })

  test('is one line, whatever an upstream wrote into its records', () => {
    const hostile = facts({
      name: 'requests',
      version: '2.30.0\n\u001b[31m',
      vulnerabilities: [cve({ id: 'CVE\r\n-1', scoreSource: '\u0007NVD', fixedIn: ['\u202e2.31.0'] })],
    })
    expect(blockedMessage(blocked(hostile, [noCritical]))).toMatch(/^[\x20-\x7e]+$/)
  })
})

describe('the 403 body', () => {
  test('of a CVE', () => {
    const body = blockedResponse(blocked(vulnerable, [noCritical], ['2.31.1']), {
      instance: '/api/repo/prod/linux-64/requests-2.30.0-py311_0.conda',
    })
    expect(body).toEqual({
      code: 'blocked-by-policy',
      reason: 'BLOCKED BY POLICY',
      message: body.detail,
      type: 'urn:terrarium:problem:blocked-by-policy',
      title: 'The package is blocked by a policy',
      status: 403,
      detail:
        'requests 2.30.0 is blocked in channel "prod" by policy "baseline", rule no-critical: CVE-2099-0001 has score 9.8 (NVD), fixed in 2.31.0. Allowed: 2.31.1 (newest).',
      instance: '/api/repo/prod/linux-64/requests-2.30.0-py311_0.conda',
      effect: 'deny',
      policy: 'baseline',
      rule: 'no-critical',
      cves: [
        {
          id: 'CVE-2099-0001',
          score: 9.8,
          severity: 'critical',
          source: 'NVD',
          status: 'reported',
          fixed_in: ['2.31.0'],
        },
      ],
      alternatives: [
        {
          name: 'requests',
          version: '2.31.1',
          build: 'py311_0',
          build_number: 0,
          subdir: 'linux-64',
          filename: 'requests-2.31.1-py311_0.conda',
          relation: 'newest',
        },
      ],
      reasons: [
        {
          policy: 'baseline',
          rule: 'no-critical',
          effect: 'deny',
          text: 'CVE-2099-0001 has score 9.8 (NVD), fixed in 2.31.0 [PyPI requests <2.31.0]',
        },
      ],
    })
  })

  test('of a hold says since when', () => {
    const wait = policy("rules: [{id: wait, effect: hold, when: {age: '< 7 days'}}]")
    const body = blockedResponse(blocked(facts({ firstSeenMs: now.getTime() }), [wait]))
    expect(body).toMatchObject({
      reason: 'ON HOLD',
      effect: 'hold',
      available_from: '2026-05-17T09:00:00.000Z',
      instance: '/api/repo/prod/linux-64/requests-2.30.0-py311_0.conda',
    })
  })

  test('leaves out what is not known rather than naming nothing', () => {
    const unknown = cve({ score: null, severity: 'unscored', scoreSource: null, fixedIn: [], why: '' })
    const body = blockedResponse(
      blocked(facts({ vulnerabilities: [unknown] }), [policy('deny: [cve: {unscored: true}]')]),
    )
    expect(JSON.stringify(body)).not.toMatch(/null|undefined|""|\(\)|: \.|NaN/)
    expect(body.cves[0]).toEqual({
      id: 'CVE-2099-0001',
      severity: 'unscored',
      status: 'reported',
      fixed_in: [],
    })
  })
})
