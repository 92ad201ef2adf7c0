/**
 * The GNU licences by the many names they go by.
 *
 * A version without "only" or "or later" names a family and no SPDX licence: whether GPL 3 was meant with
 * or without later versions decides what a package may be combined with, so we do not make it up.
 */
import { type LicenceFamily, type LicenceTerms, termsOf, termsOfIdentifier } from './licence-family.ts'

const NAME =
  /^(a|l)?gpl[\s_-]*(>=|\(>=)?\s*(?:v(?:er(?:sion)?)?\.?\s*)?(\d(?:\.\d)?)?(?:\.0)?\)?\s*(\+|-?or-later|-only)?\s*(with .*|\(.*)?$/

/** @param name in lower case, without "licence" */
export function readGnuName(name: string): LicenceTerms | undefined {
  const match = NAME.exec(abbreviate(name))
  if (match === null) return undefined
  const [, letter = '', atLeast, digits, suffix, remark] = match
  const kind = `${letter.toUpperCase()}GPL`
  const orLater = atLeast !== undefined || (suffix !== undefined && suffix !== '-only')
  // R and Fedora write "GPL+" for any version there is.
  const version = fullVersion(digits ?? (orLater && digits === undefined ? FIRST_VERSION[kind] : undefined))
  const exact = orLater ? 'or-later' : suffix === '-only' ? 'only' : undefined
  if (version !== undefined && exact !== undefined) {
    const terms = termsOfIdentifier(`${kind}-${version}-${exact}`)
    return remark === undefined ? terms : { ...terms, expression: undefined }
  }
  return termsOf(familiesOf(kind, version))
}

const FIRST_VERSION: Readonly<Record<string, string>> = { GPL: '1', LGPL: '2', AGPL: '3' }

function abbreviate(name: string): string {
  return name
    .replace(/^gnu /, '')
    .replace(/^affero (general public|gpl)/, 'agpl')
    .replace(/^(lesser|library) (general public|gpl)/, 'lgpl')
    .replace(/^general public/, 'gpl')
    .replace(/^([al]?gpl) \1(?=$|[\s+])/, '$1')
}

function fullVersion(digits: string | undefined): string | undefined {
  return digits === undefined || digits.includes('.') ? digits : `${digits}.0`
}

function familiesOf(kind: string, version: string | undefined): LicenceFamily[] {
  if (kind === 'AGPL') return ['agpl']
  if (kind === 'LGPL') return ['lgpl']
  if (version?.startsWith('2')) return ['gpl', 'gpl2']
  return version?.startsWith('3') ? ['gpl', 'gpl3'] : ['gpl']
}
