/**
 * The curated rows as links: what a conda name is, holds a part of, or wraps, and which links of public mappings are
 * wrong. The rows themselves: `curated-projects.ts`; parts of projects: `curated-parts.ts`.
 */
import { identityKey, type Identity } from './advisory.ts'
import {
  curatedLibraries,
  curatedPrograms,
  curatedWrappers,
  type CuratedProject,
} from './curated-projects.ts'
import { partialPackages } from './curated-parts.ts'
import type { IdentityLink, Relation } from './identity-link.ts'

const CURATED_CONFIDENCE = 1
/** What public mappings get wrong, by conda name: copies inside, or another project of the same name. */
const refusals: ReadonlyMap<string, readonly string[]> = new Map([
  ['charliecloud', ['pypi:lark']],
  ['jupyter-sphinx', ['pypi:requests']],
  ['docker', ['pypi:docker']],
  ['git', ['pypi:git', 'pypi:gitpython']],
  ['graphviz', ['pypi:graphviz']],
  ['kubernetes', ['pypi:kubernetes']],
  ['minio-server', ['pypi:minio']],
  ['mongodb', ['pypi:mongodb']],
  ['nginx', ['pypi:nginx']],
  ['nodejs', ['pypi:nodejs', 'pypi:nodeenv']],
  ['perl', ['pypi:perl']],
  ['php', ['pypi:php']],
  ['postgresql', ['pypi:postgresql']],
  ['redis', ['pypi:redis']],
  ['redis-server', ['pypi:redis']],
  ['ruby', ['pypi:ruby']],
  ['rust', ['pypi:rust']],
])

const REGISTRY = /^(pypi|npm|go|crates|cran)\/(.+)$/

/** `haxx:curl` is a CPE's vendor and product, `npm/pnpm` a name of a registry. */
function readIdentity(text: string): Identity {
  const [, kind, name] = REGISTRY.exec(text) ?? []
  return kind !== undefined && name !== undefined ? { kind, name } : { kind: 'cpe', name: text }
}

function linksOf(of: CuratedProject, relation: Exclude<Relation, 'none'>): IdentityLink[] {
  return words(of.names).flatMap((word) => {
    const [condaName = '', role = ''] = word.split('=')
    return words(of.identities).map((text) => ({
      condaName,
      identity: readIdentity(text),
      relation,
      role: role === 'tool' || role === 'library' ? role : null,
      order: of.order,
      confidence: CURATED_CONFIDENCE,
      evidence:
        relation === 'wraps' ? `it is a way to reach what ${of.home} makes` : evidenceOf(of, condaName),
      origin: 'curated' as const,
    }))
  })
}

function evidenceOf(of: CuratedProject, condaName: string): string {
  const held = partialPackages.get(condaName)
  const what = held ? `${held.join(' and ')} of the sources of` : 'the sources of'
  return `its recipe builds ${what} ${of.home}`
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean)
}

const allLinks: readonly IdentityLink[] = [
  ...[...curatedLibraries, ...curatedPrograms].flatMap((of) => linksOf(of, 'is')),
  ...curatedWrappers.flatMap((of) => linksOf(of, 'wraps')),
]
const linksByName = Map.groupBy(allLinks, (link) => link.condaName)
const linksByIdentity = Map.groupBy(allLinks, (link) => identityKey(link.identity))
const libraryIdentities: ReadonlySet<string> = new Set(
  curatedLibraries.flatMap((of) => words(of.identities).map((text) => identityKey(readIdentity(text)))),
)

const STATIC = /-static$/

/** `libcurl-static` holds what `libcurl` holds, to be linked into others. */
function staticLinks(condaName: string): readonly IdentityLink[] {
  if (!STATIC.test(condaName)) return []
  return (linksByName.get(condaName.replace(STATIC, '')) ?? []).map((link) => ({ ...link, condaName }))
}

/** The curated links of a name, and the identities it must not be given by any mapping. */
export function curatedLinks(condaName: string): {
  readonly links: readonly IdentityLink[]
  readonly refused: readonly string[]
} {
  return {
    links: linksByName.get(condaName) ?? staticLinks(condaName),
    refused: refusals.get(condaName) ?? [],
  }
}

/** conda names that hold the code of an identity. */
export function curatedNames(identity: string): string[] {
  return (linksByIdentity.get(identity) ?? [])
    .filter((link) => link.relation === 'is')
    .flatMap(({ condaName }) => [condaName, `${condaName}-static`])
}

/** True for a library that conda keeps in a package of its own, whoever else bundles it. */
export function isCuratedLibrary(identity: string): boolean {
  return libraryIdentities.has(identity)
}
