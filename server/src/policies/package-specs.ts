/**
 * Match specs in policies: which are accepted, and lists of them made fast. A list of thousands of names
 * costs one look-up per artifact; only specs with a pattern for a name are tried one by one.
 */
import { InvalidMatchSpecError } from '@terrarium/conda/match-spec/errors.ts'
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import type { ArtifactFacts } from './facts.ts'

/** Longer specs are refused; real ones have 30 characters. */
const maxSpecLength = 256

/** What the facts can answer. A spec that asks for anything else could never match, so it is refused. */
const knownFields: ReadonlySet<string> = new Set([
  'name',
  'version',
  'build',
  'build_number',
  'subdir',
  'fn',
  'license',
  'license_family',
])

/** @returns what to tell the author; undefined for a spec that policies can use */
export function complainOfSpec(text: string): { message: string } | undefined {
  if (text.length > maxSpecLength) return { message: `is longer than ${maxSpecLength} characters` }
  if (text.trim() === '') return { message: 'is empty; "*" means every package' }
  try {
    const unknown = Object.keys(MatchSpec.parse(text.trim()).fields).filter(
      (field) => !knownFields.has(field),
    )
    if (unknown.includes('channel')) {
      return {
        message:
          'names a channel; a policy acts on the channel it is assigned to, and "origin" tells mirrors apart',
      }
    }
    return unknown.length === 0
      ? undefined
      : { message: `asks for ${unknown.join(', ')}, which policies don't look at` }
  } catch (error) {
    if (error instanceof InvalidMatchSpecError) return { message: `is no match spec: ${error.reason}` }
    throw error
  }
}

/** Whether the name of a spec is a glob or a regular expression, which costs a trial per artifact. */
export function hasNamePattern(text: string): boolean {
  return complainOfSpec(text) === undefined && isPattern(MatchSpec.parse(text.trim()).name)
}

/** Whether it costs more than a look-up: a pattern for a name, or a regular expression anywhere. */
export function isTriedOften(text: string): boolean {
  return text.includes('^') || (text.includes('*') && hasNamePattern(text))
}

function isPattern(name: string): boolean {
  return name.includes('*') || name.startsWith('^')
}

/** Finds the first of the specs that the artifact matches. */
export type SpecFinder = (facts: Named) => string | undefined

/** What a match spec looks at. */
type Named = Pick<
  ArtifactFacts,
  'name' | 'version' | 'build' | 'buildNumber' | 'subdir' | 'filename' | 'licence' | 'licenceFamily'
>

/** @throws InvalidMatchSpecError for a spec that `complainOfSpec` would have refused */
export function compileSpecs(specs: readonly string[]): SpecFinder {
  const byName = new Map<string, MatchSpec[]>()
  const patterns: MatchSpec[] = []
  const written = new Map<MatchSpec, string>()
  for (const text of specs) {
    const spec = MatchSpec.parse(text.trim())
    written.set(spec, text)
    if (isPattern(spec.name)) patterns.push(spec)
    else byName.set(spec.name, [...(byName.get(spec.name) ?? []), spec])
  }
  return (facts) => {
    const named = byName.get(facts.name.toLowerCase())
    if (named === undefined && patterns.length === 0) return undefined
    const record = matchable(facts)
    const found = named?.find((spec) => spec.matches(record)) ?? patterns.find((spec) => spec.matches(record))
    return found && written.get(found)
  }
}

function matchable(facts: Named) {
  return {
    // old indexes have names in mixed case, which conda's specs do not match: none may slip past a rule
    name: facts.name.toLowerCase(),
    version: facts.version,
    build: facts.build,
    build_number: facts.buildNumber,
    subdir: facts.subdir,
    fn: facts.filename,
    ...(facts.licence === null ? {} : { license: facts.licence }),
    ...(facts.licenceFamily === null ? {} : { license_family: facts.licenceFamily }),
  }
}
