/**
 * A hostile or broken archive for every refusal code: for the tests of this folder and for those of whoever
 * takes packages in. Each is sound but for the one thing that its name tells.
 */
import { bomb, fileCases, identityCases, limitCases } from './refusal-cases-file.ts'
import { pathsCases, tarCases } from './refusal-cases-tar.ts'
import { zipCases } from './refusal-cases-zip.ts'
import { TARBALL, type RefusalCase } from './refusal-fixtures.ts'

export type { RefusalCase } from './refusal-fixtures.ts'

export const refusalCases: readonly RefusalCase[] = [
  ...fileCases,
  ...identityCases,
  ...zipCases,
  ...tarCases,
  ...pathsCases,
  ...limitCases,
  { name: 'a bomb of zeros', code: 'ratio-too-high', filename: TARBALL, bytes: bomb },
]
