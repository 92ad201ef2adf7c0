/**
 * What the `license` of a record means: an SPDX expression where the text honestly is one, the families
 * policies choose by, or "unknown".
 *
 * Never a guess in favour of the package: `BSD` stays without an expression, a text nobody can read is not
 * known, and a list that does not say whether one may choose is read as "all of them".
 *
 * @see CEP 34, `license`; conda_build/license_family.py for what `license_family` was made from
 */
import {
  type LicenceFamily,
  type LicenceTerms,
  UNKNOWN_TERMS,
  declaredFamilies,
  termsOf,
  termsOfIdentifier,
} from './licence-family.ts'
import { readName } from './licence-names.ts'
import { type LicenceStatement, parseStatement } from './licence-statement.ts'
import {
  MAX_EXPRESSION_LENGTH,
  type SpdxExpression,
  parseExpression,
  printExpression,
  printLicence,
} from './spdx-expression.ts'

export interface LicenceReading {
  /** SPDX; absent when the text does not say exactly which licence is meant. */
  readonly expression?: string
  /** All families named or declared, in alphabetical order. */
  readonly families: readonly LicenceFamily[]
  /** Those that apply whatever one chooses: `GPL-2 | MIT` has none of the GPL here. */
  readonly unavoidable: readonly LicenceFamily[]
  /** False when a part that counts could not be read; then neither list is complete. */
  readonly known: boolean
  /** One sentence for people. */
  readonly why: string
}

/**
 * @param text the record's `license`
 * @param family its `license_family`: the packager's word for it. It helps where the text says nothing; where
 *   both say something else, both families are named, and the text decides what is unavoidable
 */
export function readLicence(text: string | null | undefined, family?: string | null): LicenceReading {
  const stated = text?.trim() ?? ''
  const declared = declaredFamilies(family).filter((name) => name !== 'none')
  if (stated === '' || /^(none|n\/a|null)$/i.test(stated)) return readUnstated(declared)
  const exact = parseExpression(stated)
  const terms = exact === undefined ? readText(stated) : termsOfExpression(exact)
  const useful = declared.filter((name) => name !== 'other')
  if (!terms.known && useful.length > 0 && onlyOther(terms)) {
    return reading(
      { ...termsOf(useful), expression: terms.expression },
      `Only the family ${family ?? ''} is known`,
    )
  }
  const added = useful.filter((name) => !terms.mentioned.has(name))
  const mentioned = added.length === 0 ? terms.mentioned : new Set([...terms.mentioned, ...added])
  const doubt = added.length === 0 || !terms.known ? '' : `, but its family is given as ${family ?? ''}`
  return reading({ ...terms, mentioned }, `${explain(stated, exact, terms)}${doubt}`)
}

/** Whether a family applies: `gpl` is there for every version of it. */
export function hasFamily(
  licence: LicenceReading,
  family: LicenceFamily,
  which: 'unavoidable' | 'mentioned',
): boolean {
  return (which === 'unavoidable' ? licence.unavoidable : licence.families).includes(family)
}

function readUnstated(declared: readonly LicenceFamily[]): LicenceReading {
  if (declared.length > 0) return reading(termsOf(declared), 'No licence is stated, only a family')
  return reading({ ...termsOf(['none']), known: false }, 'No licence is stated')
}

function readText(text: string): LicenceTerms {
  if (text.length > MAX_EXPRESSION_LENGTH) return UNKNOWN_TERMS
  const whole = readName(text)
  // "Tcl/Tk" and "proprietary - Intel, Inc." are names with joints in them.
  if (whole.expression !== undefined || /^proprietary\b/i.test(text)) return whole
  return termsOfStatement(parseStatement(text))
}

function termsOfExpression(expression: SpdxExpression): LicenceTerms {
  if (!('conjunction' in expression)) {
    return { ...termsOfIdentifier(expression.license), expression: printLicence(expression) }
  }
  const parts = [termsOfExpression(expression.left), termsOfExpression(expression.right)]
  return { ...combine(expression.conjunction, parts), expression: printExpression(expression) }
}

function termsOfStatement(statement: LicenceStatement): LicenceTerms {
  if (statement.kind !== 'name') return combine(statement.kind, statement.parts.map(termsOfStatement))
  const { text } = statement
  const exact = parseExpression(text)
  if (exact !== undefined) return termsOfExpression(exact)
  const withFile = /^(.+?)\s*\+\s*file licen[cs]e$/i.exec(text)?.[1]
  if (withFile !== undefined) return termsWithFile(termsOfStatement({ kind: 'name', text: withFile }))
  const whole = readName(text)
  if (whole.known) return whole
  const pieces = text.split(/\/|\+(?=[A-Za-z])/).filter((piece) => piece.trim() !== '')
  if (pieces.length < 2 || text.includes('://')) return UNKNOWN_TERMS
  return combine(
    'list',
    pieces.map((piece) => termsOfStatement({ kind: 'name', text: piece.trim() })),
  )
}

/** R: MIT and BSD are templates whose names and years stand in the file; to any other it adds terms. */
function termsWithFile(terms: LicenceTerms): LicenceTerms {
  return /^(MIT|BSD-[23]-Clause)$/.test(terms.expression ?? '') ? terms : { ...terms, expression: undefined }
}

function combine(kind: 'and' | 'or' | 'list', parts: readonly LicenceTerms[]): LicenceTerms {
  const expressions = parts.map(({ expression }) => expression)
  const complete = kind !== 'list' && expressions.every((expression) => expression !== undefined)
  const joined = parseExpression(expressions.map((expression) => `(${expression ?? ''})`).join(` ${kind} `))
  const mentioned = new Set(parts.flatMap((part) => [...part.mentioned]))
  // A choice whose terms nobody can read is no way out of those one can.
  const choices = kind === 'or' ? parts.filter((part) => part.known) : []
  const unavoidable =
    choices.length > 0
      ? choices.map((part) => part.unavoidable).reduce((a, b) => a.intersection(b))
      : new Set(parts.flatMap((part) => [...part.unavoidable]))
  const known = kind === 'or' ? choices.length > 0 : parts.every((part) => part.known)
  const expression = complete && joined !== undefined ? printExpression(joined) : undefined
  return { expression, unavoidable, mentioned, known }
}

function onlyOther({ mentioned }: LicenceTerms): boolean {
  return [...mentioned].every((family) => family === 'other')
}

function explain(text: string, exact: SpdxExpression | undefined, terms: LicenceTerms): string {
  if (!terms.known) return 'Not all of it names a licence we know'
  if (exact !== undefined) {
    return printExpression(exact) === text ? 'An SPDX expression' : 'An SPDX expression in another spelling'
  }
  if (terms.expression !== undefined) return 'A name that stands for one SPDX expression'
  return 'Names a kind of licence, but not exactly which one'
}

function reading(terms: LicenceTerms, why: string): LicenceReading {
  const { expression, unavoidable, mentioned, known } = terms
  return {
    ...(expression === undefined ? {} : { expression }),
    families: [...mentioned].sort(),
    unavoidable: [...unavoidable].sort(),
    known,
    why,
  }
}
