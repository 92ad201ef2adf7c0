/**
 * Licence families: the coarse classes that policies and mirror filters choose by, the same as in the
 * product this one replaces.
 */
export const LICENCE_FAMILIES = [
  'agpl',
  'gpl',
  'gpl2',
  'gpl3',
  'lgpl',
  'bsd',
  'mit',
  'apache',
  'psf',
  'public_domain',
  'proprietary',
  'cc',
  'mozilla',
  /** A licence that is none of the above, or nobody knows which. */
  'other',
  /** No licence is stated. */
  'none',
] as const

export type LicenceFamily = (typeof LICENCE_FAMILIES)[number]

/** What is known of a licence, or of several joined together. */
export interface LicenceTerms {
  /** SPDX, where the text says exactly which licence it is. */
  readonly expression?: string | undefined
  /** Families that apply whatever one chooses. */
  readonly unavoidable: ReadonlySet<LicenceFamily>
  /** All families that are named, those one can avoid by a choice too. */
  readonly mentioned: ReadonlySet<LicenceFamily>
  /** Whether every part that counts was understood, at least to its family. */
  readonly known: boolean
}

/**
 * The terms of a licence of these families.
 * @param choice families one of which applies, for "version 2 or later"
 */
export function termsOf(
  families: readonly LicenceFamily[],
  expression?: string,
  choice: readonly LicenceFamily[] = [],
): LicenceTerms {
  return {
    expression,
    unavoidable: new Set(families),
    mentioned: new Set([...families, ...choice]),
    known: true,
  }
}

export const UNKNOWN_TERMS: LicenceTerms = { ...termsOf(['other']), known: false }

const BY_PREFIX: readonly (readonly [prefix: RegExp, families: readonly LicenceFamily[]])[] = [
  [/^AGPL-/, ['agpl']],
  [/^LGPL-|^LGPLLR$/, ['lgpl']],
  [/^GPL-2\.0-only/, ['gpl', 'gpl2']],
  [/^GPL-3\.0/, ['gpl', 'gpl3']],
  [/^GPL-/, ['gpl']],
  [/^(0BSD$|BSD-|TCL$|bzip2-)/, ['bsd']],
  [/^(MIT($|-|NFA)|X11($|-)|curl$)/, ['mit']],
  [/^Apache-/, ['apache']],
  [/^(PSF-|Python-|CNRI-)/, ['psf']],
  [/^MPL-/, ['mozilla']],
  [/^(CC0-|CC-PDDC$)/, ['cc', 'public_domain']],
  [/^CC-/, ['cc']],
  [/^(Unlicense|blessing$|SAX-PD|NIST-PD|LicenseRef-Public-Domain)/, ['public_domain']],
  [/^LicenseRef-(Proprietary|Commercial)/i, ['proprietary']],
  [/^LicenseRef-(PSF|Python)/i, ['psf']],
  [/^LicenseRef-BSD/i, ['bsd']],
  [/^LicenseRef-MIT/i, ['mit']],
]

/** The terms of one SPDX identifier, current and in its own spelling, or of a LicenseRef. */
export function termsOfIdentifier(identifier: string): LicenceTerms {
  const families = BY_PREFIX.find(([prefix]) => prefix.test(identifier))?.[1]
  if (families === undefined) {
    // A reference to a text we do not have says nothing unless its name does.
    return identifier.includes('LicenseRef-')
      ? { ...UNKNOWN_TERMS, expression: identifier }
      : termsOf(['other'], identifier)
  }
  const laterGpl = /^GPL-[12]\.0-or-later/.test(identifier)
  return termsOf(families, identifier, laterGpl ? ['gpl2', 'gpl3'] : [])
}

const DECLARED: ReadonlyMap<string, readonly LicenceFamily[]> = new Map<string, readonly LicenceFamily[]>([
  ...LICENCE_FAMILIES.map((family) => [family, [family]] as const),
  ['gpl2', ['gpl', 'gpl2']],
  ['gpl3', ['gpl', 'gpl3']],
  ['publicdomain', ['public_domain']],
])

/** What a record's `license_family` says, in any spelling of the last ten years; empty when nothing. */
export function declaredFamilies(text: string | null | undefined): readonly LicenceFamily[] {
  const key = (text ?? '').toLowerCase().replace(/[\s_-]+/g, '')
  return DECLARED.get(key) ?? []
}
