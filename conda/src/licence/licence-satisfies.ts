/** Whether a list of allowed licences is enough to use something under a licence expression. */
import satisfies from 'spdx-satisfies'
import { type SpdxExpression, type SpdxLicence, parseExpression, printLicence } from './spdx-expression.ts'

/** An entry of a list of allowed licences is no single SPDX licence. */
export class InvalidAllowedLicenceError extends Error {
  override readonly name = 'InvalidAllowedLicenceError'
}

/**
 * Of what is joined by AND all has to be allowed, of what is joined by OR one. An entry for a version
 * "or later" (`GPL-2.0-or-later`, `MPL-1.1+`) allows the later ones too; a licence with an exception needs
 * an entry with the same.
 *
 * @returns false also for a text that is no SPDX expression
 * @throws InvalidAllowedLicenceError
 */
export function licenceSatisfies(expression: string, allowed: readonly string[]): boolean {
  const entries = allowed.map(readAllowed)
  const parsed = parseExpression(expression)
  return parsed !== undefined && isAllowed(parsed, entries)
}

function readAllowed(text: string): SpdxLicence {
  const parsed = parseExpression(text)
  if (parsed !== undefined && !('conjunction' in parsed)) return parsed
  throw new InvalidAllowedLicenceError(`${JSON.stringify(text)} is not one SPDX licence`)
}

// Walked here and not by the library, which multiplies out: thirty pairs of choices would be 2^30 lists.
function isAllowed(expression: SpdxExpression, allowed: readonly SpdxLicence[]): boolean {
  if (!('conjunction' in expression)) return allowed.some((entry) => covers(entry, expression))
  const left = isAllowed(expression.left, allowed)
  if (expression.conjunction === 'and') return left && isAllowed(expression.right, allowed)
  return left || isAllowed(expression.right, allowed)
}

function covers(allowed: SpdxLicence, licence: SpdxLicence): boolean {
  if (allowed.license === licence.license && allowed.exception === licence.exception) return true
  // a reference is somebody's own text, whatever it is called: it has no later versions
  if (isReference(allowed) || isReference(licence)) return false
  // spdx-satisfies 6 takes every identifier of eight letters for "or later", so ask it about real ones only.
  if (!isRange(allowed) && !isRange(licence)) return false
  return satisfies(printLicence(licence), [printLicence(allowed)])
}

function isRange({ license, plus }: SpdxLicence): boolean {
  return plus === true || license.endsWith('-or-later')
}

function isReference({ license }: SpdxLicence): boolean {
  return license.startsWith('LicenseRef-') || license.startsWith('DocumentRef-')
}
