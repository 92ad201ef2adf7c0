import { describe, expect, test } from 'vitest'
import { decide } from './decide.ts'
import type { ArtifactFacts } from './facts.ts'
import type { Policy } from './policy.ts'
import { cve, denyWhen, facts, now, policy } from './testing/artifact-facts.ts'

const day = 86_400_000

test('no policies means allow', () => {
  expect(decide(facts({ vulnerabilities: [cve()] }), [], now)).toEqual({
    effect: 'allow',
    reasons: [],
    exceptionsUsed: [],
  })
})

describe('precedence', () => {
  const rules = (effects: string[]): Policy =>
    policy(
      `rules: [${effects.map((effect, i) => `{id: r${i}, effect: ${effect}, when: {package: '*'}}`).join(', ')}]`,
    )

  test.each([
    [['warn'], 'warn'],
    [['warn', 'hide'], 'hide'],
    [['hide', 'hold', 'warn'], 'hold'],
    [['deny', 'hold', 'hide', 'warn'], 'deny'],
  ])('of %j the strictest wins: %s', (effects, expected) => {
    const decision = decide(facts(), [rules(effects)], now)
    expect(decision.effect).toBe(expected)
    expect(decision.reasons).toHaveLength(effects.length)
    expect(decision.reasons[0]?.effect).toBe(expected)
  })

  test('goes across policies, whatever their order', () => {
    const [weak, strict] = [rules(['warn']), rules(['deny'])]
    expect(decide(facts(), [weak, strict], now)).toEqual(decide(facts(), [strict, weak], now))
    expect(decide(facts(), [weak, strict], now).effect).toBe('deny')
  })
})

describe('a final rule', () => {
  const effectOf = (text: string, given: Partial<ArtifactFacts> = {}): string =>
    decide(facts(given), [policy(text)], now).effect

  test.each([
    ['deny: [package: "*"]', 'deny'],
    ['deny: [package: "*"]\nallow: [package: requests]', 'allow'],
    ['deny: [package: "*"]\nallow: [package: numpy]', 'deny'],
    ['rules: [{id: a, effect: warn, final: true, when: {package: requests}}]\ndeny: [package: "*"]', 'warn'],
    [
      'rules: [{id: a, effect: hold, final: true, when: {package: requests}}]\nallow: [package: requests]',
      'hold',
    ],
  ])('%s: %s', (text, expected) => {
    expect(effectOf(text)).toBe(expected)
  })

  test('has the last word in its own policy only', () => {
    const strict = policy('name: strict\ndeny: [package: requests]')
    const lenient = policy('name: lenient\nallow: [package: requests]\nhide: [package: requests]')
    const decision = decide(facts(), [lenient, strict], now)
    expect(decision.effect).toBe('deny')
    expect(decision.overruled).toMatchObject([{ policy: 'lenient', effect: 'hide' }])
  })

  test('that an exception lifts allows, and does not bring back what it had overruled', () => {
    const text = `
      rules: [{id: w, effect: warn, final: true, when: {package: requests}}]
      deny: [package: requests]
      exceptions: [{id: e, match: {package: requests, rule: w}, reason: r}]`
    expect(effectOf(text)).toBe('allow')
  })
})

describe('a policy speaks', () => {
  test('of the files of one mirror when it is assigned to that', () => {
    const own = { ...policy('deny: [package: "*"]'), mirrorId: 'm1' }
    const from = (id: string): ArtifactFacts => facts({ origin: { kind: 'mirror', id, name: 'conda-forge' } })
    expect(decide(from('m1'), [own], now).effect).toBe('deny')
    expect(decide(from('m2'), [own], now).effect).toBe('allow')
  })

  test('for the audit only, and says what it would have done', () => {
    const trial = { ...policy('deny: [package: "*"]'), auditOnly: true }
    const decision = decide(facts(), [trial, policy('name: other\nwarn: [package: "*"]')], now)
    expect(decision).toMatchObject({
      effect: 'warn',
      reasons: [{ policy: 'other' }],
      trial: { effect: 'deny', reasons: [{ policy: 'baseline', rule: 'deny-package' }] },
    })
  })

  test('for as long as its rules last', () => {
    const timed = policy(
      'rules: [{id: r, effect: hold, when: {package: "*"}, from: 2026-05-09, until: 2026-05-11}]',
    )
    const at = (text: string): unknown => {
      const { effect, nextChangeAt } = decide(facts(), [timed], new Date(text))
      return [effect, nextChangeAt?.toISOString()]
    }
    expect(at('2026-05-08T23:59:59.999Z')).toEqual(['allow', '2026-05-09T00:00:00.000Z'])
    expect(at('2026-05-09T00:00:00Z')).toEqual(['hold', '2026-05-12T00:00:00.000Z'])
    expect(at('2026-05-12T00:00:00Z')).toEqual(['allow', undefined])
  })
})

describe('an exception', () => {
  const baseline = (exception: string): Policy =>
    policy(`
      rules:
        - { id: no-high, effect: deny, when: { cve: '>= 7' } }
        - { id: no-requests, effect: hide, when: { package: requests } }
      exceptions: [${exception}]`)
  const high = facts({
    vulnerabilities: [cve({ id: 'CVE-2099-0001' }), cve({ id: 'CVE-2099-0002', aliases: [], score: 8 })],
  })
  const outcome = (exception: string, at = now): unknown[] => {
    const { effect, reasons, exceptionsUsed } = decide(high, [baseline(exception)], at)
    return [
      effect,
      reasons.map((reason) => reason.rule).join(' '),
      exceptionsUsed.map((use) => `${use.rule}:${use.cves?.join(' ') ?? 'all'}`),
    ]
  }

  test.each<[string, unknown[]]>([
    ['', ['deny', 'no-high no-requests', []]],
    [
      '{id: e, match: {package: requests, rule: no-high}, reason: r}',
      ['hide', 'no-requests', ['no-high:all']],
    ],
    ['{id: e, match: {package: requests}, reason: r}', ['allow', '', ['no-high:all', 'no-requests:all']]],
    ['{id: e, match: {package: requests >=2.31}, reason: r}', ['deny', 'no-high no-requests', []]],
    [
      '{id: e, match: {package: "req*", rule: [no-high, no-requests]}, reason: r}',
      ['allow', '', ['no-high:all', 'no-requests:all']],
    ],
    [
      '{id: e, match: {cve: CVE-2099-0001}, reason: r}',
      ['deny', 'no-high no-requests', ['no-high:CVE-2099-0001']],
    ],
    [
      '{id: e, match: {cve: [ghsa-aaaa-bbbb-cccc, cve-2099-0002]}, reason: r}',
      ['hide', 'no-requests', ['no-high:CVE-2099-0001 CVE-2099-0002']],
    ],
    ['{id: e, match: {cve: CVE-2099-0002, package: numpy}, reason: r}', ['deny', 'no-high no-requests', []]],
    [
      '{id: e, match: {cve: CVE-2099-0001, rule: no-requests}, reason: r}',
      ['deny', 'no-high no-requests', []],
    ],
    [
      '{id: e, match: {file: linux-64/requests-2.30.0-py311_0.conda}, reason: r}',
      ['allow', '', ['no-high:all', 'no-requests:all']],
    ],
    [
      '{id: e, match: {file: win-64/requests-2.30.0-py311_0.conda}, reason: r}',
      ['deny', 'no-high no-requests', []],
    ],
    ['{id: e, match: {cve: CVE-2000-0001}, reason: r}', ['deny', 'no-high no-requests', []]],
  ])('%s', (exception, expected) => {
    expect(outcome(exception)).toEqual(expected)
  })

  test('two, one for each CVE, lift the rule together', () => {
    expect(
      outcome(
        '{id: a, match: {cve: CVE-2099-0001}, reason: r}, {id: b, match: {cve: CVE-2099-0002}, reason: r}',
      ),
    ).toEqual(['hide', 'no-requests', ['no-high:CVE-2099-0001', 'no-high:CVE-2099-0002']])
  })

  test('for a CVE leaves the others in the evidence', () => {
    const { reasons } = decide(high, [baseline('{id: e, match: {cve: CVE-2099-0001}, reason: r}')], now)
    expect(reasons[0]?.evidence).toMatchObject([{ kind: 'cve', id: 'CVE-2099-0002' }])
  })

  test.each([
    ['2026-05-31', '2026-05-31T23:59:59.999Z', 'allow'],
    ['2026-05-31', '2026-06-01T00:00:00.000Z', 'deny'],
    ['2026-05-31T12:00:00Z', '2026-05-31T11:59:59.999Z', 'allow'],
    ['2026-05-31T12:00:00Z', '2026-05-31T12:00:00.000Z', 'deny'],
  ])('that expires %s: at %s the answer is %s', (expires, at, expected) => {
    expect(
      outcome(`{id: e, match: {package: requests}, reason: r, expires: ${expires}}`, new Date(at))[0],
    ).toBe(expected)
  })

  test('says when it ends and why it was given', () => {
    const decision = decide(
      high,
      [baseline('{id: e, match: {package: requests}, reason: needed until June, expires: 2026-05-31}')],
      now,
    )
    expect(decision.nextChangeAt).toEqual(new Date('2026-06-01T00:00:00Z'))
    expect(decision.exceptionsUsed[0]).toEqual({
      policy: 'baseline',
      exception: 'e',
      rule: 'no-high',
      reason: 'needed until June',
      expiresAt: new Date('2026-06-01T00:00:00Z'),
    })
  })

  test('does not reach into another policy', () => {
    const other = policy('name: lax\nexceptions: [{id: e, match: {package: requests}, reason: r}]')
    expect(decide(high, [baseline(''), other], now).effect).toBe('deny')
  })

  test('never makes a rule apply that asks for the absence of a CVE', () => {
    const absent = policy(`
      rules: [{id: r, effect: deny, when: {not: {cve: '>= 7'}}}]
      exceptions: [{id: e, match: {cve: [CVE-2099-0001, CVE-2099-0002]}, reason: r}]`)
    expect(decide(high, [absent], now).effect).toBe('allow')
  })

  test('is found among thousands', () => {
    const many = Array.from({ length: 4000 }, (_, i) => `{id: e${i}, match: {package: p${i}}, reason: r}`)
    expect(outcome(`${many.join(', ')}, {id: e, match: {package: requests}, reason: r}`)[0]).toBe('allow')
  })
})

describe('time', () => {
  const wait = policy("rules: [{id: wait, effect: hold, when: {age: '< 7 days', origin: mirror}}]")
  const seen = Date.parse('2026-05-08T09:00:00Z')

  test('holds a new artifact until it is old enough', () => {
    const decision = decide(facts({ firstSeenMs: seen }), [wait], now)
    expect(decision.effect).toBe('hold')
    expect(decision.nextChangeAt).toEqual(new Date('2026-05-15T09:00:00Z'))
    expect(decision.reasons[0]?.until).toEqual(new Date('2026-05-15T09:00:00Z'))
  })

  test('lets it go at that very instant, and then changes nothing more', () => {
    const at = new Date('2026-05-15T09:00:00Z')
    expect(decide(facts({ firstSeenMs: seen }), [wait], at)).toEqual({
      effect: 'allow',
      reasons: [],
      exceptionsUsed: [],
    })
  })

  test('tells of a rule that will apply later', () => {
    const old = policy("rules: [{id: old, effect: warn, when: {age: '> 30 days'}}]")
    const decision = decide(facts({ firstSeenMs: seen }), [old], now)
    expect(decision).toMatchObject({ effect: 'allow', nextChangeAt: new Date(seen + 30 * day + 1) })
  })
})

describe('reasons', () => {
  test('name the fact, how it is known, and the words of the officer', () => {
    const rule = policy(
      "rules: [{id: no-high, effect: deny, when: {cve: '>= 7'}, reason: 'Ask\n security.'}]",
    )
    const [reason] = decide(facts({ vulnerabilities: [cve()] }), [rule], now).reasons
    expect(reason).toMatchObject({
      policy: 'baseline',
      rule: 'no-high',
      effect: 'deny',
      text: 'CVE-2099-0001 has score 9.8 (NVD), fixed in 2.31.0 [PyPI requests <2.31.0]',
      note: 'Ask security.',
      evidence: [{ kind: 'cve', id: 'CVE-2099-0001', score: 9.8, scoreSource: 'NVD', confidence: 0.98 }],
    })
  })

  test.each<[string, Partial<ArtifactFacts>, string]>([
    ['{package: requests <3}', {}, 'it matches "requests <3"'],
    [
      '{package: {not_in: [a, b, c, d, e]}}',
      {},
      'it is not among the listed packages (a, b, c, d and 1 more)',
    ],
    ['{platform: linux-64}', {}, 'platform linux-64 is listed'],
    ['{platform: {not_in: [win-64, noarch]}}', {}, 'platform linux-64 is not one of win-64, noarch'],
    [
      "{age: '< 7 days'}",
      { firstSeenMs: now.getTime() - 2 * day },
      'it was first seen here 2 days ago (limit: < 7 days)',
    ],
    ["{size: '> 1 GB'}", { size: 2.1e9 }, 'its size is 2.1 GB (limit: > 1 GB)'],
    ['{origin: mirror}', {}, 'it came by mirror "conda-forge"'],
    [
      '{built: {to: 2023-12-31}}',
      {},
      'it was built 2023-05-04 by its own account (window: before 2024-01-01)',
    ],
    [
      '{not: {built: {from: 2024-01-01}}}',
      { timestampMs: null },
      'it states no build time (window: from 2024-01-01)',
    ],
    ["{not: {cve: '>= 7'}}", {}, 'no known CVE meets the condition'],
    ['{package: requests, origin: mirror}', {}, 'it matches "requests"; it came by mirror "conda-forge"'],
    [
      '{cve: {unscored: true}}',
      {
        vulnerabilities: [
          cve({ score: null, severity: 'unscored', scoreSource: null, fixedIn: [], why: '' }),
        ],
      },
      'CVE-2099-0001 has no score yet',
    ],
    [
      '{cve: {severity: high}}',
      {
        vulnerabilities: [
          cve({ score: null, severity: 'high', scoreSource: 'GitHub', status: 'active', why: '' }),
        ],
      },
      'CVE-2099-0001 is rated high (GitHub), status active, fixed in 2.31.0',
    ],
    [
      "{cve: {score: '> 0', indeterminate: true}}",
      { vulnerabilities: [cve({ verdict: 'indeterminate', why: '' })] },
      'CVE-2099-0001 has score 9.8 (NVD) and may concern this version, fixed in 2.31.0',
    ],
  ])('%s: %s', (condition, given, text) => {
    expect(decide(facts(given), [denyWhen(condition)], now).reasons[0]?.text).toBe(text)
  })

  test('name the worst three CVEs and count the others', () => {
    const vulnerabilities = [5, 9, 7, 8, 6].map((score) =>
      cve({ id: `CVE-2099-000${score}`, score, why: '', fixedIn: [] }),
    )
    const decision = decide(facts({ vulnerabilities }), [denyWhen("{cve: '>= 1'}")], now)
    expect(decision.reasons[0]?.text).toBe(
      'CVE-2099-0009 has score 9 (NVD); CVE-2099-0008 has score 8 (NVD); CVE-2099-0007 has score 7 (NVD) and 2 more CVEs',
    )
    expect(decision.reasons[0]?.evidence).toHaveLength(5)
  })

  test('carry nothing that steers a terminal', () => {
    const given = facts({ vulnerabilities: [cve({ id: 'CVE-1\u001b[2J\n\u202e', why: 'a\rb' })] })
    const text = decide(given, [denyWhen("{cve: '>= 7'}")], now).reasons[0]?.text ?? ''
    expect(text).toMatch(/^[\x20-\x7e]+$/)
  })
})

describe('what cannot be judged counts against the artifact', () => {
  test('a policy with a spec that does not parse denies everything', () => {
    const broken: Policy = {
      version: 1,
      name: 'broken',
      rules: [{ id: 'r', effect: 'warn', when: { kind: 'package', test: 'in', specs: ['a >=1,,<'] } }],
      exceptions: [],
    }
    expect(decide(facts(), [broken], now)).toMatchObject({
      effect: 'deny',
      reasons: [{ policy: 'broken', rule: 'policy', evidence: [{ kind: 'unreadable' }] }],
    })
  })

  test('a rule that fails on the facts applies', () => {
    const hostile = facts()
    Object.defineProperty(hostile, 'size', {
      get: () => {
        throw new Error('no size')
      },
    })
    expect(decide(hostile, [policy("warn: [size: '> 1 GB']")], now)).toMatchObject({
      effect: 'warn',
      reasons: [{ text: 'its facts could not be judged (no size)' }],
    })
  })
})
