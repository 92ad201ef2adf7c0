/**
 * What a package itself says it is upstream: the package URLs of its record, the Python distributions inside, the
 * addresses of its sources. Better than any mapping, for it is about this very file.
 *
 * `is` needs the same version as the package; a distribution in another version is a copy inside, `contains`. What a
 * package says of C projects is not used: a tarball called tiff-4.4.0 names no vendor.
 */
import type { Identity } from './advisory.ts'
import type { IdentityLink } from './identity-link.ts'
import { readVersion } from './intervals.ts'
import { isObject, objectOf, objectsOf, textOf, textsOf } from './json-reading.ts'
import { normalizePypiName } from './pypi-name.ts'

export type PackageEvidence = 'purl' | 'dist-info' | 'source-url' | 'home'

export interface PackageLink {
  readonly identity: Identity
  readonly relation: 'is' | 'contains'
  readonly found: PackageEvidence
  /** One clause for people. */
  readonly evidence: string
}

/** The research's weights (§6.2). */
const confidences: Readonly<Record<PackageEvidence, number>> = {
  purl: 0.98,
  'dist-info': 0.98,
  'source-url': 0.95,
  home: 0.85,
}
const CONTAINS_CONFIDENCE = 0.6

export interface PackageSource {
  readonly name: string
  readonly version: string
  readonly filename: string
  /** What intake found inside (`ArtifactInspection`). */
  readonly inspection: unknown
}

/** One link for each identity, the best evidence first. */
export function packageLinks({ name, version, filename, inspection }: PackageSource): PackageLink[] {
  const found = objectOf(inspection)
  const links = new Map<string, PackageLink>()
  const candidates = [
    ...purlLinks(textsOf(objectOf(found.index).purls), version, filename),
    ...distInfoLinks(name, version, objectsOf(found.distInfo), filename),
    ...textsOf(objectOf(found.recipe).sourceUrls).flatMap((url) => urlLink(url, version)),
    ...homeLinks(found.about),
  ]
  for (const link of candidates) {
    const key = `${link.identity.kind}:${link.identity.name}`
    if (!links.has(key)) links.set(key, link)
  }
  return [...links.values()]
}

/** A stored link as the matcher uses it. */
export function toIdentityLink(
  condaName: string,
  link: Pick<PackageLink, 'identity' | 'relation' | 'evidence'>,
  found: PackageEvidence,
): IdentityLink {
  return {
    condaName,
    identity: link.identity,
    relation: link.relation,
    role: null,
    order: null,
    confidence: link.relation === 'is' ? confidences[found] : CONTAINS_CONFIDENCE,
    evidence: link.evidence,
    origin: 'package',
  }
}

const kindsByPurlType: ReadonlyMap<string, string> = new Map([
  ['pypi', 'pypi'],
  ['cran', 'cran'],
  ['npm', 'npm'],
  ['golang', 'go'],
  ['cargo', 'crates'],
  ['gem', 'rubygems'],
  ['bioconductor', 'bioconductor'],
])

function purlLinks(purls: readonly string[], version: string, filename: string): PackageLink[] {
  return purls.flatMap((purl) => {
    const [, type = '', path = '', stated] = /^pkg:([a-z]+)\/([^@?#]+)(?:@([^?#]+))?/i.exec(purl) ?? []
    const kind = kindsByPurlType.get(type.toLowerCase())
    if (kind === undefined) return []
    const isSame = stated === undefined || isSameVersion(kind, decode(stated), version)
    const evidence = `the record of ${filename} has the package URL ${purl}`
    return [
      { identity: named(kind, decode(path)), relation: isSame ? 'is' : 'contains', found: 'purl', evidence },
    ]
  })
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a stray %: the name will link to nothing
  }
}

function named(kind: string, name: string): Identity {
  return { kind, name: kind === 'pypi' ? normalizePypiName(name) : name.toLowerCase() }
}

/** Several distributions in the package's version: the one of its name is it, the others lie beside. */
function distInfoLinks(
  name: string,
  version: string,
  distributions: readonly Readonly<Record<string, unknown>>[],
  filename: string,
): PackageLink[] {
  const all = distributions.flatMap((entry) => {
    const project = normalizePypiName(textOf(entry.name) ?? '')
    const stated = textOf(entry.version) ?? ''
    return project === '' || project === 'unknown' ? [] : [{ project, stated }]
  })
  const equal = all.filter(({ stated }) => isSameVersion('pypi', stated, version))
  const own = normalizePypiName(name)
  const one = equal.length === 1 ? equal[0] : equal.find(({ project }) => project === own)
  return all.map((entry) => ({
    identity: { kind: 'pypi', name: entry.project },
    relation: entry === one ? 'is' : 'contains',
    found: 'dist-info',
    evidence: `${filename} has the Python distribution ${entry.project} ${entry.stated} inside`,
  }))
}

const urlPatterns: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^https?:\/\/(?:pypi\.io|pypi\.org|pypi\.python\.org)\/packages\/source\/[^/]\/([^/]+)\//i, 'pypi'],
  [
    /^https?:\/\/files\.pythonhosted\.org\/packages\/(?:source\/[^/]\/)?(?:[^/]+\/)*?([A-Za-z0-9._-]+?)-\d[^/]*$/i,
    'pypi',
  ],
  [/^https?:\/\/[^/]*cran[^/]*\/.*?src\/contrib\/(?:Archive\/[^/]+\/)?([A-Za-z0-9.]+)_[^/]+$/i, 'cran'],
  [/^https?:\/\/(?:www\.)?bioconductor\.org\/packages\/.*?\/([A-Za-z0-9.]+)_[^/]+$/i, 'bioconductor'],
  [/^https?:\/\/registry\.npmjs\.org\/((?:@[^/]+\/)?[^/]+)\/-\//i, 'npm'],
  [/^https?:\/\/(?:static\.)?crates\.io\/(?:api\/v1\/)?crates\/([^/]+)\//i, 'crates'],
]

/** The version has to be in the address too, or a recipe that also fetches a tool would be that tool. */
function urlLink(url: string, version: string): PackageLink[] {
  if (!url.includes(version) && !url.includes(version.replaceAll('_', '-'))) return []
  for (const [pattern, kind] of urlPatterns) {
    const name = pattern.exec(url)?.[1]
    if (name === undefined) continue
    const evidence = `its recipe builds ${url}`
    return [{ identity: named(kind, decode(name)), relation: 'is', found: 'source-url', evidence }]
  }
  return []
}

function homeLinks(about: unknown): PackageLink[] {
  if (!isObject(about)) return []
  return [about.home, about.dev_url].flatMap((value) => {
    const url = textOf(value) ?? ''
    const name = /^https?:\/\/pypi\.(?:org|python\.org)\/(?:project|pypi)\/([^/]+)/i.exec(url)?.[1]
    if (name === undefined) return []
    return [
      {
        identity: named('pypi', decode(name)),
        relation: 'is',
        found: 'home',
        evidence: `its home is ${url}`,
      },
    ]
  })
}

/** Under the order of the namespace: `1.4_2` of conda is CRAN's `1.4-2`. */
function isSameVersion(kind: string, stated: string, version: string): boolean {
  const order = kind === 'pypi' ? 'pep440' : kind === 'cran' || kind === 'bioconductor' ? 'cran' : 'generic'
  const key = readVersion(order, stated)
  return stated === version || (key !== undefined && key === readVersion(order, version))
}
