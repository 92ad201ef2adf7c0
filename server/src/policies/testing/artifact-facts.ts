/** Builders for the tests of this folder: plausible facts in one line, the test names what matters to it. */
import type { ArtifactFacts, VulnerabilityFact } from '../facts.ts'
import type { Policy } from '../policy.ts'
import { parsePolicy } from '../policy-document.ts'

export const now = new Date('2026-05-10T09:00:00Z')

/** requests 2.30.0 for linux-64 from a mirror, seen long ago, with nothing against it. */
export function facts(given: Partial<ArtifactFacts> = {}): ArtifactFacts {
  const base = {
    channel: 'prod',
    subdir: 'linux-64',
    name: 'requests',
    version: '2.30.0',
    build: 'py311_0',
    buildNumber: 0,
    size: 60_000,
    licence: 'Apache-2.0',
    licenceFamily: null,
    timestampMs: Date.parse('2023-05-04T00:00:00Z'),
    firstSeenMs: Date.parse('2023-05-05T00:00:00Z'),
    origin: { kind: 'mirror', name: 'conda-forge' },
    unmapped: false,
    signed: false,
    attested: false,
    linkScripts: false,
    executablesInNoarch: false,
    legacyDuplicate: false,
    vulnerabilities: [],
    ...given,
  } as const
  return { filename: `${base.name}-${base.version}-${base.build}.conda`, ...base }
}

/** A critical CVE that is certain, unexamined and fixed in 2.31.0. */
export function cve(given: Partial<VulnerabilityFact> = {}): VulnerabilityFact {
  return {
    id: 'CVE-2099-0001',
    aliases: ['GHSA-aaaa-bbbb-cccc'],
    verdict: 'affected',
    score: 9.8,
    severity: 'critical',
    status: 'reported',
    confidence: 0.98,
    why: 'PyPI requests <2.31.0',
    fixedIn: ['2.31.0'],
    scoreSource: 'NVD',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    scores: [],
    kev: false,
    epss: null,
    publishedMs: Date.parse('2026-04-01T00:00:00Z'),
    fixedInChannel: [],
    ...given,
  }
}

/** A policy from YAML; named `baseline` unless the text names it. */
export function policy(text: string): Policy {
  return parsePolicy(text, { filename: 'baseline.yaml' })
}

/** A policy of one denying rule, `the-rule`, with this condition. */
export function denyWhen(condition: string): Policy {
  return policy(`rules: [{id: the-rule, effect: deny, when: ${condition}}]`)
}
