/**
 * What the PyPA database says of a conda package, read in the plainest way and with none of the product's code:
 * its lists of versions, CVSS 3 worked out after the standard's own formula, names through the mapping as it is.
 */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

interface Affected {
  readonly package: { readonly name: string; readonly ecosystem: string }
  readonly versions?: readonly string[]
}

interface Advisory {
  readonly id: string
  readonly aliases?: readonly string[]
  readonly withdrawn?: string
  readonly severity?: readonly { readonly type: string; readonly score: string }[]
  readonly affected?: readonly Affected[]
}

export class PypaTruth {
  readonly #mapping: Readonly<Record<string, readonly string[] | null>>
  /** Highest score by PyPI name and version. */
  readonly #scores = new Map<string, number>()

  constructor(advisories: string, mapping: string) {
    this.#mapping = JSON.parse(gunzipSync(readFileSync(mapping)).toString()) as Record<
      string,
      string[] | null
    >
    const lines = gunzipSync(readFileSync(advisories)).toString().trimEnd().split('\n')
    const all = lines.map((line) => JSON.parse(line) as Advisory).filter(({ withdrawn }) => !withdrawn)
    const byCve = Map.groupBy(all, idOf)
    for (const same of byCve.values()) {
      const score = same.flatMap(({ severity = [] }) => severity.map((one) => scoreOf(one.score)))[0]
      if (score === undefined) continue
      for (const { affected = [] } of same)
        for (const one of affected)
          for (const version of one.versions ?? []) this.#add(one.package.name, version, score)
    }
  }

  hasScore(condaName: string, version: string, minScore: number): boolean {
    return (this.#mapping[condaName] ?? []).some(
      (name) => (this.#scores.get(`${plainName(name)}==${plainVersion(version)}`) ?? -1) >= minScore,
    )
  }

  #add(name: string, version: string, score: number): void {
    const key = `${plainName(name)}==${plainVersion(version)}`
    this.#scores.set(key, Math.max(score, this.#scores.get(key) ?? 0))
  }
}

function idOf({ id, aliases = [] }: Advisory): string {
  return aliases.find((alias) => alias.startsWith('CVE-')) ?? id
}

function plainName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-')
}

/** PEP 440 takes 1.0 and 1.0.0 for the same, and 1.0rc1 and 1.0.rc.1. */
function plainVersion(version: string): string {
  return version
    .toLowerCase()
    .replace(/^v/, '')
    .replace(/[._-]?(a|b|rc|post|dev)[._-]?(?=\d)/g, '$1')
    .replace(/(?:\.0)+(?=$|[a-z+])/g, '')
}

const weights: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
}
const privileges: Readonly<Record<string, readonly [unchanged: number, changed: number]>> = {
  N: [0.85, 0.85],
  L: [0.62, 0.68],
  H: [0.27, 0.5],
}

/** CVSS 3.1, section 7.1; no other kind of vector is in this database. */
function scoreOf(vector: string): number {
  const parts = new Map(vector.split('/').map((part) => part.split(':') as [string, string]))
  const of = (metric: string): number => weights[metric]?.[parts.get(metric) ?? ''] ?? NaN
  const isChanged = parts.get('S') === 'C'
  const base = 1 - (1 - of('C')) * (1 - of('I')) * (1 - of('A'))
  const impact = isChanged ? 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 : 6.42 * base
  const needed = privileges[parts.get('PR') ?? '']?.[isChanged ? 1 : 0] ?? NaN
  const exploitability = 8.22 * of('AV') * of('AC') * needed * of('UI')
  if (Number.isNaN(exploitability)) throw new Error(`${vector} is no CVSS 3 vector`)
  if (impact <= 0) return 0
  const score = Math.min(10, (isChanged ? 1.08 : 1) * (impact + exploitability))
  return Math.ceil(Math.round(score * 100_000) / 10_000) / 10
}
