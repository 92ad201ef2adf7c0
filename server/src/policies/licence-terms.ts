/**
 * Licences as policies list them, held against a licence as it was read: a family (`GPL`), one SPDX licence
 * (`GPL-3.0-only`), or `unknown` for one that is absent or that nobody can read.
 *
 * Two questions, each answered on the safe side where the text leaves it open: can everything listed be
 * avoided, and can the licence be kept with what is listed alone?
 */
import { LICENCE_FAMILIES, termsOfIdentifier } from '@terrarium/conda/licence/licence-family.ts'
import type { LicenceFamily } from '@terrarium/conda/licence/licence-family.ts'
import { licenceSatisfies } from '@terrarium/conda/licence/licence-satisfies.ts'
import { readLicence } from '@terrarium/conda/licence/read-licence.ts'
import type { LicenceReading } from '@terrarium/conda/licence/read-licence.ts'
import { parseExpression, printLicence } from '@terrarium/conda/licence/spdx-expression.ts'
import type { SpdxExpression, SpdxLicence } from '@terrarium/conda/licence/spdx-expression.ts'
import { suggest } from './suggest.ts'

const maxTermLength = 100

export interface LicenceTerms {
  readonly families: ReadonlySet<LicenceFamily>
  /** Single SPDX licences, `GPL-3.0-only WITH GCC-exception-3.1`. */
  readonly licences: readonly string[]
  readonly unknown: boolean
}

/** @param listed accepted by `complainOfLicence` */
export function parseLicenceTerms(listed: readonly string[]): LicenceTerms {
  return {
    families: new Set(listed.flatMap((text) => familyOf(text) ?? [])),
    licences: listed.filter((text) => familyOf(text) === undefined && !isUnknown(text)),
    unknown: listed.some(isUnknown),
  }
}

/** @returns what to tell the author; undefined for a family, a single SPDX licence or `unknown` */
export function complainOfLicence(text: string): { message: string; suggestion?: string } | undefined {
  if (text.length > maxTermLength) return { message: `is longer than ${maxTermLength} characters` }
  if (isUnknown(text) || familyOf(text) !== undefined) return undefined
  const parsed = parseExpression(text)
  if (parsed !== undefined && !('conjunction' in parsed)) return undefined
  if (parsed !== undefined) return { message: 'joins several licences; list them one by one' }
  // "Apache 2.0" is read as a licence of a package, so it is clear what was meant.
  const meant = readLicence(text).expression ?? suggest(text, wellKnown)
  const message = 'is neither a licence family nor an SPDX licence'
  return meant === undefined ? { message } : { message, suggestion: meant }
}

/** Whether something listed comes with every choice the licence leaves. */
export function isUnavoidable(reading: LicenceReading, terms: LicenceTerms): boolean {
  const { unavoidable } = reading
  if (!reading.known) {
    return isUnknownListed(reading, terms) || named(unavoidable).some((family) => covers(terms, family))
  }
  const expression = reading.expression === undefined ? undefined : parseExpression(reading.expression)
  if (expression) return isInEveryChoice(expression, terms)
  if (unavoidable.some((family) => covers(terms, family))) return true
  return reading.families.length > 0 && coversAll(terms, reading.families)
}

/** Whether there is a choice that needs nothing but what is listed. */
export function isEnough(reading: LicenceReading, terms: LicenceTerms): boolean {
  if (!reading.known) {
    return isUnknownListed(reading, terms) && coversAll(terms, named(reading.unavoidable))
  }
  const expression = reading.expression === undefined ? undefined : parseExpression(reading.expression)
  if (expression) return isKeptWith(expression, terms)
  // "BSD or GPL 2" names no exact licences; without them nobody vouches for the choice.
  return coversAll(terms, reading.families)
}

function isInEveryChoice(expression: SpdxExpression, terms: LicenceTerms): boolean {
  if (!('conjunction' in expression)) return isListed(expression, terms)
  const left = isInEveryChoice(expression.left, terms)
  if (expression.conjunction === 'and') return left || isInEveryChoice(expression.right, terms)
  return left && isInEveryChoice(expression.right, terms)
}

function isListed(licence: SpdxLicence, terms: LicenceTerms): boolean {
  const { unavoidable } = termsOfIdentifier(licence.license)
  if ([...unavoidable].some((family) => covers(terms, family))) return true
  // A listed licence is meant with any exception to it, unless the list names one.
  const bare: SpdxLicence = licence.plus
    ? { license: licence.license, plus: true }
    : { license: licence.license }
  return satisfiesOne(licence, terms) || satisfiesOne(bare, terms)
}

function isKeptWith(expression: SpdxExpression, terms: LicenceTerms): boolean {
  if ('conjunction' in expression) {
    const left = isKeptWith(expression.left, terms)
    if (expression.conjunction === 'or') return left || isKeptWith(expression.right, terms)
    return left && isKeptWith(expression.right, terms)
  }
  const { unavoidable, mentioned } = termsOfIdentifier(expression.license)
  const isOfFamily = [...unavoidable, ...mentioned].some((family) => terms.families.has(family))
  return isOfFamily || satisfiesOne(expression, terms)
}

function satisfiesOne(licence: SpdxLicence, terms: LicenceTerms): boolean {
  return terms.licences.length > 0 && licenceSatisfies(printLicence(licence), terms.licences)
}

/** A GPL of no stated version is covered by its versions together: it is one of them. */
function covers({ families }: LicenceTerms, family: LicenceFamily): boolean {
  return families.has(family) || (family === 'gpl' && families.has('gpl2') && families.has('gpl3'))
}

/** @param families of a text without an expression; where it has `gpl2` or `gpl3`, `gpl` only repeats it */
function coversAll(terms: LicenceTerms, families: readonly LicenceFamily[]): boolean {
  const isVersioned = families.includes('gpl2') || families.includes('gpl3')
  return families.every((family) => {
    if (family === 'gpl' && isVersioned) return true
    return covers(terms, family) || ((family === 'gpl2' || family === 'gpl3') && covers(terms, 'gpl'))
  })
}

function isUnknownListed(reading: LicenceReading, terms: LicenceTerms): boolean {
  const isUnstated = reading.families.length === 1 && reading.families[0] === 'none'
  return terms.unknown || (isUnstated && terms.families.has('none'))
}

/** The families that say something: `other` and `none` also stand for what could not be read. */
function named(families: readonly LicenceFamily[]): LicenceFamily[] {
  return families.filter((family) => family !== 'other' && family !== 'none')
}

function isUnknown(text: string): boolean {
  return text.trim().toLowerCase() === 'unknown'
}

const familyNames: ReadonlyMap<string, LicenceFamily> = new Map(
  LICENCE_FAMILIES.map((family) => [family, family]),
)

/** `GPL`, `gpl3`, `Public-Domain`. `MIT` is the family, which has the SPDX licence MIT in it. */
function familyOf(text: string): LicenceFamily | undefined {
  return familyNames.get(
    text
      .trim()
      .toLowerCase()
      .replace(/[\s-]+/g, '_'),
  )
}

/** For "did you mean": what policies are most likely to list. */
const wellKnown = [
  ...LICENCE_FAMILIES.map((family) => family.toUpperCase().replace('_', '-')),
  'unknown',
  'AGPL-3.0-only',
  'AGPL-3.0-or-later',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BSL-1.0',
  'CC0-1.0',
  'CC-BY-4.0',
  'EPL-2.0',
  'GPL-2.0-only',
  'GPL-2.0-or-later',
  'GPL-3.0-only',
  'GPL-3.0-or-later',
  'ISC',
  'LGPL-2.1-only',
  'LGPL-2.1-or-later',
  'LGPL-3.0-only',
  'LGPL-3.0-or-later',
  'MPL-2.0',
  'PSF-2.0',
  'Python-2.0',
  'Unlicense',
  'Zlib',
]
