/**
 * Reads the YAML or JSON of a policy into plain values and remembers where each stood.
 *
 * Policies come over the API, so the text is treated as hostile: it is counted token by token before the
 * parser sees it, because what the parser takes minutes for (deep nesting, explicit keys, many documents,
 * a large mapping checked for double keys) fits in a megabyte. No custom tags, no merge keys, JSON's types
 * only, and aliases that stay small.
 */
import { Lexer, LineCounter, isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit } from 'yaml'
import type { Document, Node, Pair } from 'yaml'

import type { Path, PolicyFault } from './policy-faults.ts'

const maxBytes = 1024 * 1024
const maxTokens = 250_000
const maxDepth = 64
const maxAliases = 100
const maxSyntaxFaults = 50

export interface PositionedYaml {
  readonly value: unknown
  /** Where the value at the path stands; of its nearest existing ancestor when there is none. */
  positionOf(path: Path): Position
  /** Where the key of the last step stands. */
  positionOfKey(path: Path): Position
}

export interface Position {
  readonly line: number
  readonly column: number
}

/** @returns the faults instead, at least one, when the text cannot be read */
export function readPositionedYaml(text: string): PositionedYaml | readonly PolicyFault[] {
  const start = { line: 1, column: 1, path: '' }
  if (Buffer.byteLength(text) > maxBytes) {
    return [{ ...start, message: `the text is larger than ${maxBytes} bytes` }]
  }
  const lines = new LineCounter()
  const excess = findExcess(text)
  if (excess) return [{ ...offsetPosition(text, excess.offset), path: '', message: excess.message }]

  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: false, // quadratic in the parser; `findDoubleKeys` does it in one pass
      prettyErrors: false,
      logLevel: 'silent',
      lineCounter: lines,
    })
    const at = (offset: number): Position => position(lines, offset)
    const faults = [...readSyntaxErrors(document, text, at), ...findDoubleKeys(document, at)]
    if (faults.length > 0) return faults
    const value: unknown = document.toJS({ maxAliasCount: maxAliases })
    if (holdsItself(value, [])) {
      return [{ ...aliasPosition(text), path: '', message: 'an alias stands inside what it stands for' }]
    }
    return {
      value,
      positionOf: (path) => at(offsetOf(document, path, 'value')),
      positionOfKey: (path) => at(offsetOf(document, path, 'key')),
    }
  } catch (error) {
    // The library's own words for an alias bomb or an alias without an anchor.
    if (error instanceof ReferenceError) return [{ ...aliasPosition(text), path: '', message: error.message }]
    if (error instanceof RangeError) return [{ ...start, message: 'the text is nested too deeply' }]
    throw error
  }
}

function findExcess(text: string): { offset: number; message: string } | undefined {
  let offset = 0
  let tokens = 0
  let depth = 0
  let documents = 0
  let aliases = 0
  for (const token of new Lexer().lex(text)) {
    const refuse = (message: string): { offset: number; message: string } => ({ offset, message })
    tokens += 1
    if (tokens > maxTokens) return refuse(`the text has more than ${maxTokens} tokens`)
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    else if (token === '?') return refuse('explicit keys ("? key") are not used in policies')
    else if (token === '---') documents += 1
    else if (token.startsWith('*')) aliases += 1
    if (depth > maxDepth) return refuse(`the text is nested more than ${maxDepth} deep`)
    if (documents > 1) return refuse('one file holds one policy; this starts a second document')
    if (aliases > maxAliases) return refuse(`the text has more than ${maxAliases} aliases`)
    if (!markers.has(token)) offset += token.length
  }
  return undefined
}

/** The lexer's tokens that stand for no text: start of a document, of a flow error, of a scalar. */
const markers: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f'])

function findDoubleKeys(document: Document.Parsed, at: (offset: number) => Position): PolicyFault[] {
  const faults: PolicyFault[] = []
  visit(document, {
    Map: (_, map) => {
      const seen = new Set<string>()
      for (const pair of map.items) {
        const key = keyText(pair)
        if (seen.has(key) && isNode(pair.key)) {
          faults.push({ ...at(pair.key.range?.[0] ?? 0), path: key, message: 'is given twice' })
        }
        seen.add(key)
      }
    },
  })
  return faults
}

/** One fault per line: what the parser says after its first stumble only confuses. */
function readSyntaxErrors(
  document: Document.Parsed,
  text: string,
  at: (offset: number) => Position,
): PolicyFault[] {
  const byLine = new Map<number, PolicyFault>()
  for (const error of [...document.errors, ...document.warnings]) {
    const place = at(error.pos[0])
    if (byLine.has(place.line)) continue
    byLine.set(place.line, {
      ...place,
      path: '',
      ...explainSyntax(lineOf(text, error.pos[0]), error.message),
    })
    if (byLine.size >= maxSyntaxFaults) break
  }
  return [...byLine.values()]
}

function explainSyntax(line: string, message: string): { message: string; suggestion?: string } {
  // `cve: >= 7`: to YAML a bare `>` starts a folded text, and its own message says nothing of quotes.
  const comparison = /:\s+(>=?\s*\d[^,\]}#]*)/.exec(line)?.[1]
  if (comparison)
    return { message: 'a comparison has to stand in quotes', suggestion: `'${comparison.trim()}'` }
  return { message: `this is not YAML: ${message}` }
}

function lineOf(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  const end = text.indexOf('\n', offset)
  return text.slice(start, Math.min(end === -1 ? text.length : end, start + 500))
}

/** `&a [*a]` is YAML, and would send every reader round in circles. */
function holdsItself(value: unknown, ancestors: readonly unknown[]): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (ancestors.includes(value)) return true
  const inside = [...ancestors, value]
  return Object.values(value).some((inner) => holdsItself(inner, inside))
}

function offsetOf(document: Document.Parsed, path: Path, of: 'key' | 'value'): number {
  let node: Node | null = document.contents
  let offset = node?.range?.[0] ?? 0
  for (const [index, step] of path.entries()) {
    if (isAlias(node)) node = node.resolve(document) ?? null
    if (isMap(node)) {
      const pair: Pair | undefined = node.items.find((item) => keyText(item) === String(step))
      if (!pair) return offset
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset
      node = isNode(pair.value) ? pair.value : null
    } else if (isSeq(node)) {
      const item: unknown = node.items[Number(step)]
      if (!isNode(item)) return offset
      node = item
    } else {
      return offset
    }
    const isKeyWanted = of === 'key' && index === path.length - 1
    if (!isKeyWanted && node?.range) offset = node.range[0]
  }
  return offset
}

function keyText(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key)
}

function position(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function offsetPosition(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 }
}

function aliasPosition(text: string): Position {
  const alias = /(?:^|[\s,[{])(\*[^\s,\]}]+)/.exec(text)
  return offsetPosition(text, alias ? alias.index + alias[0].length - (alias[1]?.length ?? 0) : 0)
}

export function isFaults(read: PositionedYaml | readonly PolicyFault[]): read is readonly PolicyFault[] {
  return Array.isArray(read)
}
