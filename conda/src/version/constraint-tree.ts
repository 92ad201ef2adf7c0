/**
 * The structure of a version constraint: clauses joined by `,` (and) and `|` (or, binding less), with
 * parentheses. What a clause means is `version-clause.ts`.
 *
 * Follows `treeify` in conda/models/version.py, quirks included: of two clauses with nothing between them,
 * `1.2 (1.3)`, the first counts.
 */
export type ConstraintTree =
  | { readonly kind: 'clause'; readonly text: string }
  | { readonly kind: 'all' | 'any'; readonly parts: readonly ConstraintTree[] }

export class InvalidVersionSpecError extends Error {
  override readonly name = 'InvalidVersionSpecError'
  readonly spec: string
  readonly reason: string

  constructor(spec: string, reason: string, options?: ErrorOptions) {
    const shown = spec.length > 80 ? `${spec.slice(0, 80)}…` : spec
    super(`Invalid version spec ${JSON.stringify(shown)}: ${reason}`, options)
    this.spec = spec
    this.reason = reason
  }
}

type Operator = ',' | '|'
type Pending = Operator | '('

/** @throws InvalidVersionSpecError when operators or parentheses do not fit together */
export function parseConstraintTree(spec: string): ConstraintTree {
  // conda looks for them in the first line only.
  if (!/^[^\n]*[()|,^$]/.test(spec)) return { kind: 'clause', text: spec.trim() }

  const done: ConstraintTree[] = []
  const pending: Pending[] = ['(']
  const join = (binds: (operator: Operator) => boolean): void => {
    for (let top = pending.at(-1); top !== undefined && top !== '(' && binds(top); top = pending.at(-1)) {
      pending.pop()
      const right = done.pop()
      const left = done.pop()
      if (left === undefined || right === undefined) {
        throw new InvalidVersionSpecError(spec, `nothing on one side of '${top}'`)
      }
      done.push(joined(top, left, right))
    }
  }

  for (const token of tokens(spec)) {
    if (token === '(') {
      pending.push('(')
    } else if (token === ')') {
      join(() => true)
      if (pending.pop() === undefined) throw new InvalidVersionSpecError(spec, "')' without '('")
    } else if (token === '|') {
      join(() => true)
      pending.push('|')
    } else if (token === ',') {
      join((operator) => operator === ',')
      pending.push(',')
    } else {
      done.push({ kind: 'clause', text: token })
    }
  }
  join(() => true)
  if (pending.pop() === undefined) throw new InvalidVersionSpecError(spec, "')' without '('")
  if (pending.length > 0) throw new InvalidVersionSpecError(spec, "'(' without ')'")
  const [tree] = done
  if (tree === undefined) throw new InvalidVersionSpecError(spec, 'no version')
  return tree
}

/** Joins, and merges what the same operator had joined before: (a|b)|c is one list of three. */
function joined(operator: Operator, left: ConstraintTree, right: ConstraintTree): ConstraintTree {
  const kind = operator === ',' ? 'all' : 'any'
  const parts = [left, right].flatMap((part) => (part.kind === kind ? part.parts : [part]))
  return { kind, parts }
}

/** Clauses and single operators, trimmed. A regular expression `^…$` is one clause whatever it holds. */
function* tokens(spec: string): Generator<string> {
  let at = 0
  while (at < spec.length) {
    let start = at
    while (start < spec.length && /\s/.test(spec.charAt(start))) start++
    if (start === spec.length) return
    const char = spec.charAt(start)
    if (char === '^') {
      const end = spec.indexOf('$', start)
      if (end !== -1) {
        yield spec.slice(start, end + 1)
        at = end + 1
        continue
      }
    }
    if (char === '(' || char === ')' || char === '|' || char === ',') {
      yield char
      at = start + 1
      continue
    }
    let end = at
    while (end < spec.length && !'()|,'.includes(spec.charAt(end))) end++
    yield spec.slice(at, end).trim()
    at = end
  }
}

/** The text of a tree; parentheses only where leaving them out would change what it means. */
export function printConstraintTree(tree: ConstraintTree): string {
  if (tree.kind === 'clause') return tree.text
  if (tree.kind === 'any') return tree.parts.map(printConstraintTree).join('|')
  return tree.parts
    .map((part) => (part.kind === 'any' ? `(${printConstraintTree(part)})` : printConstraintTree(part)))
    .join(',')
}
