/** Version constraints such as `>=1.2,<2|==3.0`: what stands in the version field of a match spec. */
import { versionOf } from './compare.ts'
import { InvalidVersionSpecError, parseConstraintTree, printConstraintTree } from './constraint-tree.ts'
import type { ConstraintTree } from './constraint-tree.ts'
import { InvalidVersionError } from './parse.ts'
import type { Version } from './parse.ts'
import { parseVersionClause } from './version-clause.ts'
import type { VersionTest } from './version-clause.ts'

/** conda has no limit; the longest in a million real records has some 300 characters. */
export const MAX_VERSION_SPEC_LENGTH = 2048

const MEMORY = 16_384
const parsed = new Map<string, VersionSpec>()

export class VersionSpec {
  readonly #text: string
  readonly #test: VersionTest

  private constructor(text: string, test: VersionTest) {
    this.#text = text
    this.#test = test
  }

  /** @throws InvalidVersionSpecError */
  static parse(text: string): VersionSpec {
    const known = parsed.get(text)
    if (known !== undefined) return known
    if (text.length > MAX_VERSION_SPEC_LENGTH) {
      throw new InvalidVersionSpecError(text, `longer than ${MAX_VERSION_SPEC_LENGTH} characters`)
    }
    const { tree, test } = compile(parseConstraintTree(text))
    const spec = new VersionSpec(printConstraintTree(tree), test)
    if (parsed.size >= MEMORY) parsed.clear()
    parsed.set(text, spec)
    return spec
  }

  /**
   * Whether a version lies in the range. A text that is not a version matches only `*`, globs and regular
   * expressions, which look at the text: a bad record must not stop a search through good ones.
   */
  matches(version: string): boolean {
    return this.#test(version, versionOrNone(version))
  }

  /** Canonical text: as conda prints it, but with every parenthesis that carries meaning. */
  toString(): string {
    return this.#text
  }
}

function versionOrNone(text: string): Version | undefined {
  try {
    return versionOf(text)
  } catch (error) {
    if (error instanceof InvalidVersionError) return undefined
    throw error
  }
}

function compile(tree: ConstraintTree): { tree: ConstraintTree; test: VersionTest } {
  if (tree.kind === 'clause') {
    const { text, test } = parseVersionClause(tree.text)
    return { tree: { kind: 'clause', text }, test }
  }
  const parts = tree.parts.map(compile)
  const tests = parts.map((part) => part.test)
  return {
    tree: { kind: tree.kind, parts: parts.map((part) => part.tree) },
    test:
      tree.kind === 'all'
        ? (text, version) => tests.every((test) => test(text, version))
        : (text, version) => tests.some((test) => test(text, version)),
  }
}
