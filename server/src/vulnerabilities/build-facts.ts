/**
 * What one build of a package tells about vulnerabilities, beyond its name and version: its recipe's patches, what it
 * depends on, the distributions inside, and its builder's own statements. Read once from the package at intake;
 * `overlays.ts` draws the conclusions.
 */
import { parseSecurityJson, type BuilderStatement } from './security-json.ts'
import { isObject, objectOf, objectsOf, textOf, textsOf } from './json-reading.ts'

export interface RecipePatch {
  /** Within the recipe: `patches/0001-CVE-2022-2056.patch`. */
  readonly file: string
  /** CVE ids of the file's name, of its header, and of the recipe's lines about it. */
  readonly vulnerabilityIds: readonly string[]
}

export interface BuildFacts {
  readonly patches: readonly RecipePatch[]
  /** Names of what it needs at run time, without versions. */
  readonly dependsOn: readonly string[]
  readonly statements: readonly BuilderStatement[]
}

export const noBuildFacts: BuildFacts = { patches: [], dependsOn: [], statements: [] }

const CVE = /CVE[-_](\d{4})[-_](\d{4,7})/gi

/** The CVE ids in a text, in any spelling that file names use: `cve_2022_2056`. */
export function cvesIn(text: string): string[] {
  return [...new Set([...text.matchAll(CVE)].map(([, year, number]) => `CVE-${year ?? ''}-${number ?? ''}`))]
}

/**
 * Facts from what intake found inside a package (`PackageInspection`), as the database keeps it.
 * @param inspection unknown fields are ignored, for older releases kept fewer
 */
export function readBuildFacts(inspection: unknown): BuildFacts {
  if (!isObject(inspection)) return noBuildFacts
  const named = textsOf(inspection.recipePatches).map((file) => ({ file, vulnerabilityIds: cvesIn(file) }))
  const read = objectsOf(objectOf(inspection.recipe).patches).map((patch) => ({
    file: textOf(patch.file) ?? '',
    vulnerabilityIds: textsOf(patch.vulnerabilityIds),
  }))
  const files = new Map([...named, ...read].map((patch) => [patch.file, patch]))
  return {
    patches: [...files.values()],
    dependsOn: textsOf(objectOf(inspection.index).depends).map(nameOfSpec),
    statements:
      inspection.securityJson === undefined ? [] : parseSecurityJson(inspection.securityJson).statements,
  }
}

/** `libexpat` of `libexpat >=2.6.3,<3.0a0` and of `conda-forge::libexpat`. */
export function nameOfSpec(spec: string): string {
  const name = /^(?:[^\s:]+::)?([^\s<>=!~[]+)/.exec(spec.trim())?.[1] ?? ''
  return name.toLowerCase()
}
