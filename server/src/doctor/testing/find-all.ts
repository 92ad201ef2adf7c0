/** All that a check finds, as an array, where that is little. */
import { checkStorage } from '../check-storage.ts'
import type { CheckOptions, CheckParts } from '../check.ts'
import type { Finding } from '../finding.ts'

export async function findAll(
  parts: CheckParts,
  options: Omit<CheckOptions, 'onFinding'> = {},
): Promise<Finding[]> {
  const found: Finding[] = []
  await checkStorage(parts, { ...options, onFinding: (finding) => void found.push(finding) })
  return found
}
