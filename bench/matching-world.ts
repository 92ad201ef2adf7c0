/**
 * A world for the matcher, made from a seed: conda names with versions, the identities of some of them, and OSV records
 * about those. Heavy tails as in reality: a few projects have hundreds of advisories, most have some.
 */
import type { IdentityLink } from '../server/src/vulnerabilities/identity-link.ts'

export interface WorldSize {
  readonly names: number
  readonly nameVersions: number
  /** Names that some advisory concerns. */
  readonly linked: number
  readonly advisories: number
}

export interface WorldPackage {
  readonly name: string
  readonly versions: readonly string[]
  readonly links: readonly IdentityLink[]
}

/** mulberry32: small, fast, the same everywhere. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Names in order; how many versions each has falls off as Zipf says, and every name has one. */
export function makePackages(
  { names, nameVersions, linked }: WorldSize,
  random: () => number,
): WorldPackage[] {
  const weights = Array.from({ length: names }, (_, rank) => 1 / (rank + 10) ** 0.3)
  const total = weights.reduce((sum, weight) => sum + weight)
  const spare = nameVersions - names
  let given = 0
  return weights.map((weight, index) => {
    const isLast = index === names - 1
    const extra = isLast ? spare - given : Math.floor((spare * weight) / total)
    given += extra
    const name = `package-${index}`
    return {
      name,
      versions: makeVersions(1 + extra, random),
      links: index < linked ? [linkOf(name, index)] : [],
    }
  })
}

function makeVersions(count: number, random: () => number): string[] {
  const versions: string[] = []
  let [major, minor, patch] = [0, 1, 0]
  while (versions.length < count) {
    const roll = random()
    if (roll < 0.03) [major, minor, patch] = [major + 1, 0, 0]
    else if (roll < 0.35) [minor, patch] = [minor + 1, 0]
    else patch += 1
    versions.push(`${major}.${minor}.${patch}${roll > 0.97 ? 'rc1' : ''}`)
  }
  return versions
}

/** Four of five are PyPI projects, the others C libraries. */
function linkOf(condaName: string, index: number): IdentityLink {
  const isPython = index % 5 !== 0
  return {
    condaName,
    identity: isPython ? { kind: 'pypi', name: condaName } : { kind: 'cpe', name: `vendor:${condaName}` },
    relation: 'is',
    role: null,
    order: isPython ? null : 'generic',
    confidence: 0.9,
    evidence: 'the generator made it so',
    origin: 'mapping',
  }
}

/** Whom each advisory is about. */
export function* makeOwners(
  packages: readonly WorldPackage[],
  { linked, advisories }: WorldSize,
  random: () => number,
): Generator<WorldPackage> {
  for (let number = 0; number < advisories; number += 1) yield packages[pickOwner(linked, random)]!
}

/** Records one by one: OSV for PyPI projects, NVD 2.0 for C libraries. Every fifth shares its CVE with the one before. */
export function* makeRecords(
  packages: readonly WorldPackage[],
  size: WorldSize,
  random: () => number,
): Generator<object> {
  let number = 0
  for (const owner of makeOwners(packages, size, random)) {
    yield makeRecord(owner, number, seeded(number))
    number += 1
  }
}

/** A heavy tail: of 300,000 advisories the first of 5,000 projects has some 700, the last some 30. */
export function pickOwner(linked: number, random: () => number): number {
  const shift = Math.sqrt(TAIL)
  return Math.floor((random() * (Math.sqrt(linked + TAIL) - shift) + shift) ** 2 - TAIL)
}

const TAIL = 10

export function makeRecord(owner: WorldPackage, number: number, random: () => number): object {
  const identity = owner.links[0]?.identity
  const from = Math.floor(random() * owner.versions.length)
  const to = Math.min(owner.versions.length - 1, from + Math.ceil(random() * 6))
  const introduced = random() < 0.6 ? '0' : (owner.versions[from] ?? '0')
  const fixed = owner.versions[to] ?? '9'
  const cve = `CVE-2024-${10_000 + number - (number % 5 === 4 ? 1 : 0)}`
  const modified = '2026-01-01T00:00:00Z'
  if (identity?.kind === 'pypi') {
    return {
      id: `PYSEC-2024-${number}`,
      modified,
      aliases: [cve],
      summary: `Flaw ${number} of ${owner.name}`,
      severity: [{ type: 'CVSS_V3', score: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' }],
      affected: [
        {
          package: { ecosystem: 'PyPI', name: owner.name },
          ranges: [{ type: 'ECOSYSTEM', events: [{ introduced }, { fixed }] }],
        },
      ],
    }
  }
  return {
    id: cve,
    vulnStatus: 'Analyzed',
    lastModified: modified,
    descriptions: [{ lang: 'en', value: `Flaw ${number} of ${owner.name}` }],
    metrics: {
      cvssMetricV31: [
        {
          source: 'nvd@nist.gov',
          cvssData: { vectorString: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', baseScore: 7.5 },
        },
      ],
    },
    configurations: [
      {
        nodes: [
          {
            operator: 'OR',
            cpeMatch: [
              {
                vulnerable: true,
                criteria: `cpe:2.3:a:vendor:${owner.name}:*:*:*:*:*:*:*:*`,
                ...(introduced === '0' ? {} : { versionStartIncluding: introduced }),
                versionEndExcluding: fixed,
              },
            ],
          },
        ],
      },
    ],
  }
}
