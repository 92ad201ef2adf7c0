/**
 * What one build adds to the matches of its version: a recipe patch that names the CVE, a library taken from a package
 * of its own, a part that is not built, a flaw that is only in PyPI's wheels, or what the builder says himself.
 *
 * A match is per (name, version); an overlay is per file and never removes the match. What a rule here infers is
 * *proposed*: it lowers the confidence until a person confirms it. Only `info/security.json` *states*.
 */
import type { BuildFacts } from './build-facts.ts'
import { curatedNames } from './curated-identities.ts'
import { judgeParts, usualPartner } from './curated-parts.ts'

export const overlayKinds = [
  'security-json',
  'recipe-patch',
  'unvendored',
  'absent-part',
  'wheel-only',
] as const
export type OverlayKind = (typeof overlayKinds)[number]

/** What a rule looks at of a match. */
export interface OverlaidMatch {
  readonly condaName: string
  readonly version: string
  readonly vulnerability: {
    readonly id: string
    readonly aliases: readonly string[]
    readonly summary: string
    readonly libraries: readonly string[]
    readonly mentions: readonly string[]
  }
  /** The deciding statement first. */
  readonly evidence: readonly { readonly identity: string }[]
}

export interface Overlay {
  readonly kind: OverlayKind
  readonly says: 'mitigated' | 'cleared' | 'active'
  /** `stated` by who built the package, `proposed` by a rule. */
  readonly basis: 'stated' | 'proposed'
  /** One sentence for people. */
  readonly why: string
}

/** How much of a match's confidence a proposal leaves: below what blocks by default, above what is hidden. */
export const PROPOSAL_WEIGHT = 0.5

/**
 * @param facts undefined for a file nobody has opened: then only what holds for every build of the name is proposed
 * @returns the statement first, then proposals; empty where the build changes nothing
 */
export function overlaysOf(match: OverlaidMatch, facts: BuildFacts | undefined): Overlay[] {
  return [
    ...builderStatement(match, facts),
    ...recipePatch(match, facts),
    ...unvendored(match, facts),
    ...absentPart(match, facts),
    ...wheelOnly(match),
  ]
}

/** True where the overlays together say that the file does not have the flaw, be it only as a proposal. */
export function isOverlaidSafe(overlays: readonly Overlay[]): boolean {
  const stated = overlays.find((overlay) => overlay.basis === 'stated')
  return stated ? stated.says !== 'active' : overlays.length > 0
}

function namesOf({ vulnerability }: OverlaidMatch): Set<string> {
  return new Set([vulnerability.id, ...vulnerability.aliases])
}

function builderStatement(match: OverlaidMatch, facts: BuildFacts | undefined): Overlay[] {
  const names = namesOf(match)
  const own = facts?.statements.find((statement) => names.has(statement.vulnerabilityId))
  if (!own) return []
  const reason = own.comment === '' ? '' : `: ${own.comment}`
  return [
    {
      kind: 'security-json',
      says: own.status,
      basis: 'stated',
      why: `info/security.json of this build says ${own.vulnerabilityId} is ${own.status}${reason}`,
    },
  ]
}

function recipePatch(match: OverlaidMatch, facts: BuildFacts | undefined): Overlay[] {
  const names = namesOf(match)
  for (const patch of facts?.patches ?? []) {
    const named = patch.vulnerabilityIds.find((id) => names.has(id))
    if (named === undefined) continue
    const why = `the recipe of this build applies ${patch.file}, which names ${named}`
    return [{ kind: 'recipe-patch', says: 'mitigated', basis: 'proposed', why }]
  }
  return []
}

/**
 * The advisories name a library as well, and this build gets it from a package of its own: the finding belongs there.
 * `python:python` is listed for CVE-2024-50602 because CPython bundles Expat; conda's python depends on libexpat.
 */
function unvendored(match: OverlaidMatch, facts: BuildFacts | undefined): Overlay[] {
  for (const identity of match.vulnerability.libraries) {
    const holders = curatedNames(identity)
    if (holders.includes(match.condaName)) continue
    const partner = facts
      ? facts.dependsOn.find((name) => holders.includes(name))
      : usualPartner(match.condaName, match.version, holders)
    if (partner === undefined) continue
    const why = `the advisories name ${identity.slice(4)} too, which this build takes from the package ${partner}`
    return [{ kind: 'unvendored', says: 'cleared', basis: 'proposed', why }]
  }
  return []
}

function absentPart(match: OverlaidMatch, facts: BuildFacts | undefined): Overlay[] {
  // an advisory without words names no part, and says nothing by that
  if (match.vulnerability.summary === '') return []
  const why = judgeParts(match.condaName, match.vulnerability.mentions, facts)
  return why === undefined ? [] : [{ kind: 'absent-part', says: 'cleared', basis: 'proposed', why }]
}

/** Said by an advisory of PyPI, so only a link to PyPI can have brought it here. */
function wheelOnly(match: OverlaidMatch): Overlay[] {
  const deciding = match.evidence[0]
  if (deciding?.identity.startsWith('pypi:') !== true || !match.vulnerability.mentions.includes('wheels'))
    return []
  const why =
    'the flaw is in a library inside the wheels of PyPI; conda builds take it from a package of its own'
  return [{ kind: 'wheel-only', says: 'cleared', basis: 'proposed', why }]
}
