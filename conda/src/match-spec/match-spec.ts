/**
 * Match specs: the query language of conda, in dependencies, in requests and in policies.
 *
 * Follows conda where CEP 29 and conda differ, with these exceptions, each on the safe side: digests are
 * compared without regard to case; a channel is matched with its host, not by its name alone; what a
 * regular expression may do is limited (`regex.ts`); lengths are limited.
 *
 * `read.ts` takes the text apart, `matchers.ts` gives the fields their meaning, `print.ts` puts the
 * canonical text together.
 */
import { isPackageName, isVirtualPackageName } from '../names.ts'
import { InvalidVersionSpecError } from '../version/constraint-tree.ts'
import type { VersionSpec } from '../version/version-spec.ts'
import { parseCondition } from './condition.ts'
import type { Condition } from './condition.ts'
import { InvalidMatchSpecError } from './errors.ts'
import type { MatchSpecSyntax, SpecFields } from './fields.ts'
import { fieldMatchers } from './matchers.ts'
import type { FieldMatchers, MatchableRecord } from './matchers.ts'
import { printMatchSpec } from './print.ts'
import { readFields } from './read.ts'
import { InvalidRegexError } from './regex.ts'

/** conda has no limit; the longest in a million real records has some 300 characters. */
export const MAX_MATCH_SPEC_LENGTH = 4096

const MEMORY = 16_384
const parsed = { legacy: new Map<string, MatchSpec>(), v3: new Map<string, MatchSpec>() }

export class MatchSpec {
  /** Lower case; `*`, a glob or a `^…$` regular expression where several names are meant. */
  readonly name: string
  readonly version: VersionSpec | undefined
  /** Every field that is set, as text. */
  readonly fields: Readonly<SpecFields>
  readonly #matchers: FieldMatchers
  #text: string | undefined

  private constructor(fields: SpecFields, matchers: FieldMatchers) {
    this.fields = fields
    this.name = matchers.name.text
    this.version = matchers.version
    this.#matchers = matchers
  }

  /**
   * @param syntax which of conda's two readers to follow: `legacy` is what every client and every `depends`
   *   of repodata uses, `v3` is for records of the `v3` section. They agree on all but odd texts.
   * @returns a spec that others may hold too; it cannot be changed
   * @throws InvalidMatchSpecError
   */
  static parse(text: string, syntax: MatchSpecSyntax = 'legacy'): MatchSpec {
    const memory = parsed[syntax]
    const known = memory.get(text)
    if (known !== undefined) return known
    if (text.length > MAX_MATCH_SPEC_LENGTH) {
      throw new InvalidMatchSpecError(text, `longer than ${MAX_MATCH_SPEC_LENGTH} characters`)
    }
    const fields = readFields(text, syntax)
    const matchers = compile(text, fields)
    if (syntax === 'v3' && fields.when !== undefined) checkCondition(parseCondition(fields.when))
    const spec = new MatchSpec(fields, matchers)
    if (memory.size >= MEMORY) memory.clear()
    memory.set(text, spec)
    return spec
  }

  /** Whether one name and nothing else is asked for: `python`. */
  get isNameOnly(): boolean {
    return this.#matchers.name.exact && Object.keys(this.fields).length === 1
  }

  /** The one package a spec can be satisfied by; undefined for `*`, globs and regular expressions. */
  get exactName(): string | undefined {
    return this.#matchers.name.exact ? this.name : undefined
  }

  /** Whether a record satisfies every field. `when` and `extras` do not concern the record. */
  matches(record: MatchableRecord): boolean {
    return this.#matchers.matches(record)
  }

  /**
   * conda's canonical text. Parsing it again gives a spec that matches the same records, but for globs with
   * a star both within and at the end of the version: conda prints `1.*.*` as `=1.*`, which is wider; and `extras`
   * and `flags` come out as lists, which the v3 syntax alone reads. Keep the text you were given where that
   * matters.
   */
  toString(): string {
    this.#text ??= printMatchSpec({
      channel: this.#matchers.channel,
      subdir: this.fields.subdir,
      name: this.name,
      version: this.version?.toString(),
      build: this.fields.build,
      others: this.#matchers.texts,
    })
    return this.#text
  }
}

function compile(text: string, fields: SpecFields): FieldMatchers {
  try {
    const matchers = fieldMatchers(fields)
    const { name } = matchers
    if (name.exact && !isSpecName(name.text)) {
      throw new InvalidMatchSpecError(text, `${JSON.stringify(name.text)} is not a package name`)
    }
    return matchers
  } catch (cause) {
    if (cause instanceof InvalidVersionSpecError || cause instanceof InvalidRegexError) {
      throw new InvalidMatchSpecError(text, cause.message, { cause })
    }
    throw cause
  }
}

/** Machines are asked about by virtual names: `__cuda >=12`. */
function isSpecName(name: string): boolean {
  return isPackageName(name) || isVirtualPackageName(name)
}

/** Each part of a `when` is a spec of its own, and has none again (CEP 43). */
function checkCondition(condition: Condition): void {
  if (condition.kind !== 'spec') {
    condition.parts.forEach(checkCondition)
    return
  }
  const spec = MatchSpec.parse(condition.text, 'v3')
  if (spec.fields.when !== undefined) {
    throw new InvalidMatchSpecError(condition.text, 'a condition within a condition')
  }
}
