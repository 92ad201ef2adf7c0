/**
 * What people say of the links of a conda name: a link that holds, one that does not, or that the name is no project.
 * Kept apart from what imports bring, so that no import undoes it.
 */
import { identityKey } from './advisory.ts'
import type { IdentityLink, Relation } from './identity-link.ts'

export interface IdentityRuling {
  readonly condaName: string
  /** `pypi:requests`, or `conda:libcurl` for the same project as another conda name; empty for none at all. */
  readonly identity: string
  readonly ruling: 'linked' | 'refused'
  readonly relation: Relation
  readonly reason: string
  readonly actorId: string
  readonly author: string
  readonly at: Date
}

/** Names of other namespaces that an identity can have, and how they are spelled. */
export const identityKinds: Readonly<Record<string, RegExp>> = {
  pypi: /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/,
  cran: /^[a-z][a-z0-9.]*$/i,
  bioconductor: /^[a-z][a-z0-9.]*$/i,
  npm: /^(?:@[a-z0-9._~-]+\/)?[a-z0-9._~-]+$/,
  crates: /^[a-z0-9_-]+$/i,
  go: /^[a-z0-9._~/-]+$/i,
  rubygems: /^[a-z0-9._-]+$/i,
  cpe: /^[a-z0-9._~!\\-]+:[a-z0-9._~!\\-]+$/,
  conda: /^[a-z0-9_][a-z0-9._-]*$/,
}

/** @returns what is wrong with it; undefined for one that can be */
export function complainOfIdentity(text: string): string | undefined {
  const split = text.indexOf(':')
  const kind = text.slice(0, split)
  const pattern = Object.hasOwn(identityKinds, kind) ? identityKinds[kind] : undefined
  if (split < 0 || !pattern) {
    return `${JSON.stringify(text)} is no identity: begin with ${Object.keys(identityKinds).join(':, ')}:`
  }
  if (!pattern.test(text.slice(split + 1))) {
    const hint = kind === 'cpe' ? ', such as cpe:haxx:curl' : ''
    return `${JSON.stringify(text.slice(split + 1))} is no name of ${kind}${hint}`
  }
  return undefined
}

/** The other conda name that a ruling points at. */
export function aliasOf({ ruling, identity }: IdentityRuling): string | undefined {
  return ruling === 'linked' && identity.startsWith('conda:') ? identity.slice('conda:'.length) : undefined
}

/** What the rulings make of what machines found. @param aliased links of the names that rulings point at */
export function applyRulings(
  condaName: string,
  found: readonly IdentityLink[],
  rulings: readonly IdentityRuling[],
  aliased: ReadonlyMap<string, readonly IdentityLink[]>,
): readonly IdentityLink[] {
  if (rulings.some(({ ruling, identity }) => ruling === 'linked' && identity === '')) {
    return []
  }
  const refused = new Set(
    rulings.filter(({ ruling }) => ruling === 'refused').map(({ identity }) => identity),
  )
  const said = rulings.flatMap((ruling) => toLinks(condaName, ruling, found, aliased))
  const keys = new Set(said.map((link) => identityKey(link.identity)))
  const kept = found.filter(
    ({ identity }) => !refused.has(identityKey(identity)) && !keys.has(identityKey(identity)),
  )
  return [...said.filter(({ identity }) => !refused.has(identityKey(identity))), ...kept]
}

function toLinks(
  condaName: string,
  ruling: IdentityRuling,
  found: readonly IdentityLink[],
  aliased: ReadonlyMap<string, readonly IdentityLink[]>,
): IdentityLink[] {
  const { relation, identity, author, reason } = ruling
  if (ruling.ruling === 'refused' || relation === 'none') return []
  const evidence = `${author} says so: ${reason}`
  const alias = aliasOf(ruling)
  if (alias !== undefined) {
    return (aliased.get(alias) ?? [])
      .filter((link) => link.relation === 'is')
      .map((link) => ({
        ...link,
        condaName,
        relation,
        evidence: `it is ${alias}, ${evidence}; ${link.evidence}`,
        origin: 'person',
      }))
  }
  const split = identity.indexOf(':')
  const known = found.find((link) => identityKey(link.identity) === identity)
  return [
    {
      condaName,
      identity: { kind: identity.slice(0, split), name: identity.slice(split + 1) },
      relation,
      role: known?.role ?? null,
      order: known?.order ?? null,
      confidence: relation === 'contains' ? CONTAINS_CONFIDENCE : 1,
      evidence: known ? `${evidence}; ${known.evidence}` : evidence,
      origin: 'person',
    },
  ]
}

/** A copy in a version that nobody knows stays one, whoever says that it is there. */
const CONTAINS_CONFIDENCE = 0.6
