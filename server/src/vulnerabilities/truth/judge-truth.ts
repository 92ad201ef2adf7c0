/** What the matcher answers to labelled rows, under given advisories, links, recipe facts and rulings. */
import { identityKey } from '../advisory.ts'
import { holdAdvisories, type LinkLookup, type MemoryAdvisories } from '../memory-advisories.ts'
import { isOverlaidSafe, overlaysOf, PROPOSAL_WEIGHT } from '../overlays.ts'
import { holdsIn, type Match } from '../vulnerability-fact.ts'
import { citedAdvisories } from './cited-advisories.ts'
import { rulingOn, type Ruling } from './curation-file.ts'
import { buildFactsOf, type RecipeFacts } from './recipe-facts.ts'
import type { TruthRow } from './truth-file.ts'

export interface TruthSetting {
  readonly sources: MemoryAdvisories
  readonly linksOf: LinkLookup
  /** Undefined to know nothing of any build, not even what rows cite. */
  readonly recipes: readonly RecipeFacts[] | undefined
  readonly rulings: readonly Ruling[]
  /** Whether rows of which no source speaks are judged by the range they cite themselves. */
  readonly useCitations: boolean
}

/** Where the advisory came from: a source at hand, the row's own citation, or nowhere. */
export type Basis = 'sources' | 'citation' | 'none'

export interface Judgement {
  readonly row: TruthRow
  readonly basis: Basis
  readonly verdict: 'affected' | 'not-affected' | 'indeterminate'
  /** How probable it is that the file is affected. */
  readonly probability: number
  readonly why: string
}

/** @returns one judgement a row, in the order of the rows */
export function judgeTruth(rows: readonly TruthRow[], setting: TruthSetting): Judgement[] {
  const { sources } = setting
  const basisOf = new Map(
    rows.map((row) => [row.id, speaksOf(sources, row, setting.linksOf) ? 'sources' : 'none']),
  )
  const uncovered = rows.filter((row) => basisOf.get(row.id) === 'none')
  const cited = holdAdvisories(setting.useCitations ? citedAdvisories(uncovered) : [])
  return rows.map((row) => {
    if (basisOf.get(row.id) === 'sources') return judge(row, sources, setting, 'sources')
    // a row of one build may leave the range to the row of its version
    return speaksOf(cited, row, setting.linksOf)
      ? judge(row, cited, setting, 'citation')
      : judge(row, sources, setting, 'none')
  })
}

/** Whether an advisory says anything of this CVE for an identity that the package has, or that the row names. */
function speaksOf(held: MemoryAdvisories, row: TruthRow, linksOf: LinkLookup): boolean {
  const identities = [
    ...linksOf(row.package).map((link) => identityKey(link.identity)),
    row.upstream.replace(/^pkg:([a-z]+)\//, '$1:'),
  ]
  return identities.some((identity) =>
    held.rowsOf([identity]).some((own) => isAbout(held, own.vulnerabilityId, row.cve)),
  )
}

function isAbout(held: MemoryAdvisories, vulnerabilityId: string, cve: string): boolean {
  return vulnerabilityId === cve || held.vulnerability(vulnerabilityId)?.aliases.includes(cve) === true
}

function judge(row: TruthRow, held: MemoryAdvisories, setting: TruthSetting, basis: Basis): Judgement {
  const found = matchOf(row, held, setting.linksOf)
  if (!found) return { row, basis, verdict: 'not-affected', probability: 0, why: 'no match' }
  const ruling = rulingOn(row, setting.rulings)
  if (ruling) {
    const verdict = ruling.isSafe ? 'not-affected' : 'affected'
    return { row, basis, verdict, probability: ruling.isSafe ? 0 : 1, why: 'as the curation says' }
  }
  const facts = setting.recipes && buildFactsOf(row, setting.recipes)
  const overlays = overlaysOf(found, facts)
  const why = [found.why, ...overlays.map((overlay) => overlay.why)].join('; ')
  if (isOverlaidSafe(overlays)) {
    return { row, basis, verdict: 'not-affected', probability: found.confidence * (1 - PROPOSAL_WEIGHT), why }
  }
  const weight = found.verdict === 'affected' ? 1 : PROPOSAL_WEIGHT
  return { row, basis, verdict: found.verdict, probability: found.confidence * weight, why }
}

/** A row without a platform is about any. */
function matchOf(row: TruthRow, held: MemoryAdvisories, linksOf: LinkLookup): Match | undefined {
  const found = held.match(row.package, linksOf(row.package), [row.version]).get(row.version) ?? []
  const own = found.filter(
    (match) => isAbout(held, match.vulnerability.id, row.cve) && holdsIn(match, row.subdir ?? 'noarch'),
  )
  return own.find((match) => match.verdict === 'affected') ?? own[0]
}
