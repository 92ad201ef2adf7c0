/**
 * The `when` of a conditional dependency (CEP 43): match specs joined by `and` and `or` (which binds
 * less), with parentheses.
 */
import { InvalidMatchSpecError } from './errors.ts'

export type Condition =
  | { readonly kind: 'spec'; readonly text: string }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Condition[] }

const MAX_NESTING = 64

/**
 * Reads the structure; that each text is a spec is for the caller to check.
 *
 * @throws InvalidMatchSpecError
 */
export function parseCondition(text: string): Condition {
  const words = tokens(text)
  let at = 0

  const parseJoined = (word: 'and' | 'or', parsePart: () => Condition): Condition => {
    const first = parsePart()
    const parts = [first]
    while (words[at] === word) {
      at++
      parts.push(parsePart())
    }
    return parts.length === 1 ? first : { kind: word, parts }
  }
  const parseOr = (depth: number): Condition =>
    parseJoined('or', () => parseJoined('and', () => parseOne(depth)))
  const parseOne = (depth: number): Condition => {
    const word = words[at++]
    if (word === '(') {
      // or a few thousand parentheses would use up the stack
      if (depth === MAX_NESTING) throw new InvalidMatchSpecError(text, 'parentheses nested too deeply')
      const inner = parseOr(depth + 1)
      if (words[at++] !== ')') throw new InvalidMatchSpecError(text, "'(' without ')'")
      return inner
    }
    if (word === undefined || word === ')' || word === 'and' || word === 'or') {
      throw new InvalidMatchSpecError(text, `a spec is missing ${word ? `before '${word}'` : 'at the end'}`)
    }
    return { kind: 'spec', text: word }
  }

  const condition = parseOr(0)
  if (at < words.length) throw new InvalidMatchSpecError(text, `'${words[at] ?? ''}' is out of place`)
  return condition
}

/** Whether a condition holds, when `holds` knows that of each spec in it. */
export function evaluateCondition(condition: Condition, holds: (spec: string) => boolean): boolean {
  switch (condition.kind) {
    case 'spec':
      return holds(condition.text)
    case 'and':
      return condition.parts.every((part) => evaluateCondition(part, holds))
    case 'or':
      return condition.parts.some((part) => evaluateCondition(part, holds))
  }
}

/** Parentheses, `and`, `or`, and the specs between them, which may hold spaces and brackets. */
function tokens(text: string): string[] {
  const found: string[] = []
  let spec = ''
  let depth = 0
  const endSpec = (): void => {
    const trimmed = spec.trim()
    if (trimmed !== '') found.push(trimmed)
    spec = ''
  }
  // Outside of brackets a spec never holds a parenthesis; inside it may, in a regular expression.
  for (const [piece] of text.matchAll(/[[\]()]|\s+|[^[\]()\s]+/g)) {
    if (depth === 0 && (piece === '(' || piece === ')' || piece === 'and' || piece === 'or')) {
      endSpec()
      found.push(piece)
      continue
    }
    if (piece === '[') depth++
    else if (piece === ']' && depth > 0) depth--
    spec += piece
  }
  endSpec()
  return found
}
