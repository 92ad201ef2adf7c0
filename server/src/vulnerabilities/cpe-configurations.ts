/**
 * NVD's configurations: a tree of AND and OR over CPE matches, made into flat affected entries.
 *
 * An OR is a list of alternatives. In an AND, every member is a condition for the others: "python:python
 * 3.9 AND microsoft:windows" says nothing about Python on Linux. Operating systems become `platforms`;
 * anything else we cannot see from a package, a plug-in's host for instance, becomes a `condition`.
 * `vulnerable: false` marks what is a condition only. Negated nodes are not evaluated.
 */
import { osClasses, type AffectedEntry, type Bound, type OsClass, type VersionRange } from './advisory.ts'
import { cpeIdentity, exactVersion, systemOf, type Cpe } from './cpe.ts'
import { normalizePypiName } from './pypi-name.ts'

export interface ConfigurationNode {
  readonly isAnd: boolean
  readonly isNegated: boolean
  readonly matches: readonly CpeMatch[]
  readonly children: readonly ConfigurationNode[]
}

export interface CpeMatch {
  readonly cpe: Cpe
  readonly isVulnerable: boolean
  readonly from: Bound | null
  readonly to: Bound | null
  readonly matchCriteriaId: string | null
}

/** What an AND asks of a machine besides the vulnerable software itself. */
interface Requirement {
  readonly platforms: readonly OsClass[] | null
  readonly conditions: readonly string[]
}

const nothingRequired: Requirement = { platforms: null, conditions: [] }

/** @param roots alternatives: the record affects what any of them describes */
export function affectedByConfigurations(roots: readonly ConfigurationNode[]): AffectedEntry[] {
  const groups = new Map<string, CpeMatch[]>()
  const requirements = new Map<string, Requirement>()
  const collect = (match: CpeMatch, requirement: Requirement): void => {
    if (!match.isVulnerable || match.cpe.part !== 'a') return
    const key = JSON.stringify([cpeIdentity(match.cpe).name, match.cpe.targetSoftware, requirement])
    const group = groups.get(key)
    if (group) group.push(match)
    else groups.set(key, [match])
    requirements.set(key, requirement)
  }
  for (const root of roots) walk(root, nothingRequired, collect)
  return [...groups].flatMap(([key, matches]) => {
    const entry = toEntry(matches, requirements.get(key) ?? nothingRequired)
    return entry.targetSoftware === 'python' ? [entry, asPythonProject(entry)] : [entry]
  })
}

/** A product "for Python" bears its PyPI name; PyPI has each name once, so no other vendor can be meant. */
function asPythonProject(entry: AffectedEntry): AffectedEntry {
  const product = entry.identity.name.slice(entry.identity.name.indexOf(':') + 1)
  return { ...entry, identity: { kind: 'pypi', name: normalizePypiName(product) }, targetSoftware: null }
}

type Collect = (match: CpeMatch, requirement: Requirement) => void

function walk(node: ConfigurationNode, requirement: Requirement, collect: Collect): void {
  if (node.isNegated) return
  if (!node.isAnd) {
    for (const match of node.matches) collect(match, requirement)
    for (const child of node.children) walk(child, requirement, collect)
    return
  }
  const members: ConfigurationNode[] = [...node.children, ...node.matches.map(alone)]
  members.forEach((member, index) => {
    const others = members.filter((_, other) => other !== index)
    walk(member, others.map(requirementOf).reduce(both, requirement), collect)
  })
}

function alone(match: CpeMatch): ConfigurationNode {
  return { isAnd: false, isNegated: false, matches: [match], children: [] }
}

function requirementOf(node: ConfigurationNode): Requirement {
  const cpes = cpesOf(node)
  if (node.isNegated || cpes.length === 0) return nothingRequired
  if (cpes.some((cpe) => cpe.part !== 'o')) {
    return { platforms: null, conditions: [`with ${namesOf(cpes)}`] }
  }
  const systems = new Set(cpes.map(systemOf))
  const platforms = osClasses.filter((os) => systems.has(os))
  if (!systems.has('distribution') || platforms.includes('linux')) return { platforms, conditions: [] }
  const distributions = cpes.filter((cpe) => systemOf(cpe) === 'distribution')
  return { platforms: ['linux', ...platforms], conditions: [`as packaged by ${namesOf(distributions)}`] }
}

function cpesOf(node: ConfigurationNode): Cpe[] {
  return [...node.matches.map((match) => match.cpe), ...node.children.flatMap(cpesOf)]
}

function namesOf(cpes: readonly Cpe[]): string {
  const names = [...new Set(cpes.map((cpe) => cpeIdentity(cpe).name))]
  return names.length > 3 ? `${names.slice(0, 3).join(' or ')} or others` : names.join(' or ')
}

function both(left: Requirement, right: Requirement): Requirement {
  const { platforms } = right
  return {
    platforms:
      left.platforms && platforms
        ? left.platforms.filter((os) => platforms.includes(os))
        : (left.platforms ?? platforms),
    conditions: [...new Set([...left.conditions, ...right.conditions])],
  }
}

/** `matches` name one product under one requirement; there is at least one. */
function toEntry(matches: readonly CpeMatch[], requirement: Requirement): AffectedEntry {
  const { cpe, matchCriteriaId } = matches[0]!
  const versions = new Set<string>()
  const ranges: VersionRange[] = []
  for (const match of matches) {
    const exact = exactVersion(match.cpe)
    if (match.from || match.to) ranges.push(bounds(match.from, match.to, false))
    else if (exact !== undefined) versions.add(exact)
    else ranges.push(bounds(null, null, match.cpe.version === '-'))
  }
  const target = ['*', '-'].includes(cpe.targetSoftware) ? null : cpe.targetSoftware
  const required = target === null ? requirement : both(requirement, targetRequirement(target))
  return {
    identity: cpeIdentity(cpe),
    ranges,
    versions: [...versions],
    except: [],
    platforms: required.platforms,
    conditions: required.conditions,
    component: null,
    targetSoftware: target !== null && targetSystems.has(target) ? null : target,
    isSecondary: false,
    note: matchCriteriaId,
  }
}

function bounds(from: Bound | null, to: Bound | null, isUnspecified: boolean): VersionRange {
  return { form: 'bounds', scheme: 'generic', from, to, isUnspecified }
}

/** Systems that stand in the target-software field of a CPE, where they do not belong but often are. */
const targetSystems: ReadonlyMap<string, readonly OsClass[]> = new Map<string, readonly OsClass[]>([
  ['windows', ['win']],
  ['linux', ['linux']],
  ['linux_kernel', ['linux']],
  ['mac_os_x', ['osx']],
  ['macos', ['osx']],
  ['unix', ['linux', 'osx']],
  ['android', []],
  ['iphone_os', []],
])

function targetRequirement(target: string): Requirement {
  return { platforms: targetSystems.get(target) ?? null, conditions: [] }
}
