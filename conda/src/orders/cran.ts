import { asKey, numbers } from './key.ts'
import type { VersionKey } from './key.ts'

/**
 * The order of R packages, CRAN's and Bioconductor's: whole numbers between `.` and `-`, for which conda
 * writes `_`. A longer version is above its own beginning: `1.0` < `1.0.0`.
 *
 * @see R, `package_version` and `compareVersion`
 */
export function cranKey(text: string): VersionKey | undefined {
  const trimmed = text.trim()
  if (!/^[0-9]+(?:[._-][0-9]+)*$/.test(trimmed)) return undefined
  return asKey(numbers(trimmed.split(/[._-]/)))
}
