import { expect, test } from 'vitest'
import { decide } from './decide.ts'
import { cve, facts, now, policy } from './testing/artifact-facts.ts'
import { cpuTimeMs } from '@terrarium/conda/testing/cpu-time.ts'

/** Far below what a quiet machine does, so that only a change of kind fails here. */
const minDecisionsPerSecond = 200_000

const tenRules = policy(`
  rules:
    - { id: r1, effect: deny, when: { cve: '>= 7' } }
    - { id: r2, effect: warn, when: { cve: { unscored: true } } }
    - { id: r3, effect: deny, when: { licence: [GPL, AGPL] } }
    - { id: r4, effect: deny, when: { platform: { not_in: [linux-64, osx-arm64, noarch] } } }
    - { id: r5, effect: deny, when: { package: [openssl <3, log4j, 'evil-*'] } }
    - { id: r6, effect: hide, when: { package: [numpy <1.20, pandas <1], origin: mirror } }
    - { id: r7, effect: deny, when: { size: '> 2 GB' } }
    - { id: r8, effect: warn, when: { origin: upload, licence: unknown } }
    - { id: r9, effect: deny, when: { all: [{ cve: { severity: high } }, { not: { package: pip } }] } }
    - { id: r10, effect: warn, when: { any: [{ package: python 2.* }, { built: { to: 2015-01-01 } }] } }
`)

const artifacts = Array.from({ length: 2000 }, (_, index) =>
  facts({
    name: `package-${index % 700}`,
    version: `1.${index % 50}.0`,
    licence: ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'BSD 3-Clause'][index % 4] ?? null,
    vulnerabilities: index % 10 === 0 ? [cve({ score: 4, severity: 'medium' })] : [],
  }),
)

test(`decides at least ${minDecisionsPerSecond} times a second under ten rules`, () => {
  const rounds = 100
  for (const artifact of artifacts) expect(decide(artifact, [tenRules], now).effect).toBe('allow')
  const start = cpuTimeMs()
  for (let round = 0; round < rounds; round += 1)
    for (const artifact of artifacts) decide(artifact, [tenRules], now)
  const perSecond = (rounds * artifacts.length * 1000) / (cpuTimeMs() - start)
  console.info(`decisions per second under ten rules: ${Math.round(perSecond).toLocaleString('en')}`)
  expect(perSecond).toBeGreaterThan(minDecisionsPerSecond)
})

test('patterns that make other engines hang cost nothing here', () => {
  const hostile = policy(
    `deny: [package: ['a*a*a*a*a*a*a*a*a*a*a*a*a*b', '^a+a+a+a+a+a+a+a+a+b$', 'x a*a*a*a*a*a*a*a*b', '* *a*a*a*a*a*a*a*b']]`,
  )
  const long = facts({ name: 'a'.repeat(5000), version: '1', build: 'a'.repeat(5000) })
  const start = cpuTimeMs()
  for (let round = 0; round < 20; round += 1) expect(decide(long, [hostile], now).effect).toBe('allow')
  expect(cpuTimeMs() - start).toBeLessThan(10_000)
})

test('the worst patterns that are accepted take a moment for a package, of every kind and as many as may be', () => {
  const kinds = [
    (i: number) => `^${'a+'.repeat(50)}b${i}$`,
    (i: number) => `a*${'a*'.repeat(100)}b${i}`,
    (i: number) => `x[build='^(a|b)*(ab*a*)*a{20}c${i}$']`,
    (i: number) => `x * ${'a*'.repeat(100)}b${i}`,
    (i: number) => `x[version='^(a|b)*(ab*a*)*a{20}c${i}$']`,
  ]
  for (const kind of kinds) {
    const lists = Array.from({ length: 10 }, (_, list) => {
      const specs = Array.from({ length: 100 }, (_, i) => kind(list * 100 + i))
      return `{ package: ${JSON.stringify(specs)} }`
    })
    const worst = policy(`deny: [${lists.join(', ')}]`)
    const long = facts({
      name: kind(0).startsWith('x') ? 'x' : 'a'.repeat(128),
      version: 'a'.repeat(64),
      build: 'a'.repeat(128),
    })
    decide(long, [worst], now) // compiled
    const start = cpuTimeMs()
    expect([kind(0), decide(long, [worst], now).effect]).toEqual([kind(0), 'allow'])
    const taken = cpuTimeMs() - start
    expect(taken).toBeLessThan(500)
  }
})
