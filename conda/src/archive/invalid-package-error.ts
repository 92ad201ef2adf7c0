/**
 * Why an archive is refused: one closed list of codes. The code is a promise, the wording is not.
 *
 * The server maps all of them to one answer and shows code, message and member; docs/ERRORS.md explains.
 */
import type { JsonValue } from '../repodata/json-value.ts'

export const invalidPackageCodes = [
  // The file as a whole
  'unsupported-extension',
  'magic-mismatch',
  'truncated',
  'corrupt-compression',
  'archive-too-large',
  // Identity
  'invalid-filename',
  'filename-mismatch',
  'invalid-name',
  'virtual-package',
  'invalid-version',
  'invalid-build',
  'invalid-subdir',
  'invalid-index',
  'missing-index',
  'invalid-json',
  // The outer zip of a .conda
  'zip-malformed',
  'zip-surrounding-bytes',
  'zip-encrypted',
  'zip-compressed',
  'zip-data-descriptor',
  'zip-duplicate-member',
  'zip-unexpected-member',
  'zip-missing-member',
  'zip-stem-mismatch',
  'zip-header-mismatch',
  'zip-overlap',
  'zip-checksum',
  'unsupported-format-version',
  // The tars
  'tar-malformed',
  'tar-trailing-data',
  'tar-size-mismatch',
  'tar-header-conflict',
  'unsafe-path',
  'path-too-long',
  'duplicate-member',
  'member-through-link',
  'unsafe-hardlink',
  'invalid-link',
  'special-member',
  'sparse-member',
  'unsupported-member',
  'setuid-member',
  'reserved-path',
  'misplaced-member',
  'paths-mismatch',
  // Limits
  'too-many-entries',
  'inflated-too-large',
  'ratio-too-high',
  'member-too-large',
  'info-too-large',
  'index-too-large',
  'paths-too-large',
] as const

export type InvalidPackageCode = (typeof invalidPackageCodes)[number]

/** A refusal: the archive breaks a rule. Anything else thrown is a fault of the reader or of the source. */
export class InvalidPackageError extends Error {
  readonly code: InvalidPackageCode
  /** The path inside the archive, as the archive spells it. */
  readonly member?: string

  constructor(code: InvalidPackageCode, message: string, options: { member?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'InvalidPackageError'
    this.code = code
    if (options.member !== undefined) this.member = options.member
  }
}

/** A value from an archive for a message: as JSON, so one line and quoted, and not much longer than a line. */
export function quote(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
