/**
 * Which upstream project a conda name is. No advisory database knows conda, so every match runs over this link,
 * and every link says where it comes from.
 *
 * A name nobody has linked is *unmapped*, never taken to be the PyPI project of the same name: conda's `redis`
 * of 2016 is the server, `graphviz` the C program. Curated links: `curated-identities.ts`. The imported ones:
 * `name-mapping.ts`.
 */
import type { VersionOrderId } from '@terrarium/conda/orders/order.ts'
import { identityKey } from './advisory.ts'
import { curatedLinks } from './curated-identities.ts'
import type { IdentityLink } from './identity-link.ts'

/** What a mapping says about a conda name: links, or that there are none. */
export interface MappedName {
  readonly links: readonly IdentityLink[]
  /** False where no mapping has heard of the name. */
  readonly isKnown: boolean
}

export interface NameIdentities {
  readonly links: readonly IdentityLink[]
  /** `unmapped`: nobody has looked at this name, so that no match means nothing. */
  readonly state: 'linked' | 'none' | 'unmapped'
}

/**
 * All links of a name, the surest first, one for each identity.
 * @param mapped what the imported mappings say
 */
export function identitiesOf(condaName: string, mapped: MappedName): NameIdentities {
  const curated = curatedLinks(condaName)
  const candidates = [...curated.links, ...ruleLinks(condaName), ...mapped.links]
  const links = new Map<string, IdentityLink>()
  for (const link of candidates.toSorted((left, right) => right.confidence - left.confidence)) {
    const key = identityKey(link.identity)
    if (!links.has(key) && !curated.refused.includes(key)) links.set(key, link)
  }
  if (links.size > 0) return { links: [...links.values()], state: 'linked' }
  return { links: [], state: mapped.isKnown ? 'none' : 'unmapped' }
}

const RULE_CONFIDENCE = 0.85

interface NameRule {
  readonly prefix: string
  readonly kind: string
  readonly order: VersionOrderId
  readonly evidence: string
}

/** Recipes made from a language's own archive, which name the package after it. */
const nameRules: readonly NameRule[] = [
  { prefix: 'r-', kind: 'cran', order: 'cran', evidence: 'packages named r-* are built from CRAN' },
  {
    prefix: 'bioconductor-',
    kind: 'bioconductor',
    order: 'cran',
    evidence: 'packages named bioconductor-* are built from Bioconductor',
  },
]

function ruleLinks(condaName: string): IdentityLink[] {
  const rule = nameRules.find(({ prefix }) => condaName.startsWith(prefix))
  if (!rule || condaName === 'r-base') return []
  const name = condaName.slice(rule.prefix.length)
  return [
    {
      condaName,
      identity: { kind: rule.kind, name },
      relation: 'is',
      role: null,
      order: rule.order,
      confidence: RULE_CONFIDENCE,
      evidence: rule.evidence,
      origin: 'name-rule',
    },
  ]
}

/** The conda names that a name rule gives to an identity: the reverse of `ruleLinks`. */
export function namesByRule(identity: string): string[] {
  return nameRules
    .filter(({ kind }) => identity.startsWith(`${kind}:`))
    .map(({ kind, prefix }) => prefix + identity.slice(kind.length + 1))
}
