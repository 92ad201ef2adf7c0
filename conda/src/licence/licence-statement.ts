/**
 * Takes apart what people write into `license` when it is no SPDX: names joined by "and", "or", commas,
 * R's `|`, with parentheses and remarks. What a name means says `licence-names.ts`.
 */
export type LicenceStatement =
  | { readonly kind: 'name'; readonly text: string }
  /** `list` is a comma or a slash: nobody says whether one has to keep all of them or may choose. */
  | { readonly kind: 'and' | 'or' | 'list'; readonly parts: readonly LicenceStatement[] }

type Joint = Exclude<LicenceStatement['kind'], 'name'>

/** Loosest first. */
const JOINTS: readonly (readonly [kind: Joint, form: RegExp])[] = [
  ['list', /^\s*[,;]\s*/],
  ['or', /^(\s+or\s+|\s*\|\|?\s*)/i],
  ['and', /^(\s+and\s+|\s*&\s*)/i],
]

const MAX_NESTING = 32

/** Never fails: what cannot be taken apart is one name. */
export function parseStatement(text: string): LicenceStatement {
  return parse(plainWords(text), 0)
}

/** Brings phrases that hold "or", commas and parentheses of their own into a form without. */
function plainWords(text: string): string {
  return (
    text
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/\s*\((https?:[^)]*)\)/gi, '')
      .replace(/\s*\(or ([^()]*)\)/gi, ' or $1')
      .replace(/ or (any )?(later|newer|greater)( versions?)?/gi, '+')
      .replace(/,? or at your option\b/gi, '')
      .replace(/library or lesser/gi, 'Lesser')
      .replace(/,? \(?version /gi, ' version ')
      .replace(/,? (january|february|march|june|july) \d{4}$/i, '')
      .replace(/, (inc|llc|ltd)\b\.?/gi, ' $1')
      // A short name behind the long one, as in trove classifiers.
      .replace(/\s*\((?:[al]?gpl(?:v\d(?:\.\d)?)?\+?|iscl|mpl(?: \d\.\d)?|ncsa|cecill-[\d.]+)\)/gi, '')
  )
}

function parse(text: string, depth: number): LicenceStatement {
  const inner = withoutParentheses(text.trim())
  for (const [kind, form] of JOINTS) {
    const pieces = depth < MAX_NESTING ? split(inner, form) : [inner]
    if (pieces.length > 1) return { kind, parts: pieces.map((piece) => parse(piece, depth + 1)) }
  }
  return { kind: 'name', text: inner }
}

/** Splits where `joint` matches outside of parentheses. */
function split(text: string, joint: RegExp): string[] {
  const pieces: string[] = []
  let start = 0
  let nesting = 0
  for (let at = 0; at < text.length;) {
    const char = text[at]
    if (char === '(') nesting++
    else if (char === ')') nesting--
    const match = nesting === 0 ? joint.exec(text.slice(at, at + 16)) : null
    if (match === null) {
      at++
      continue
    }
    pieces.push(text.slice(start, at))
    at += match[0].length
    start = at
  }
  pieces.push(text.slice(start))
  return pieces.map((piece) => piece.trim()).filter((piece) => piece !== '')
}

/** Without a pair that encloses all of it. */
function withoutParentheses(text: string): string {
  if (!text.startsWith('(') || !text.endsWith(')')) return text
  let nesting = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '(') nesting++
    else if (text[at] === ')') nesting--
    if (nesting === 0 && at < text.length - 1) return text
  }
  return withoutParentheses(text.slice(1, -1).trim())
}
