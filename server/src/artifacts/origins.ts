/** What packages say of themselves, as it was found inside when they came: for the files made from it. */
import type { PackageInspection } from '@terrarium/conda/archive/inspect-package.ts'
import { inChunks, type Db } from '../platform/database/db.ts'

export type Origin = Pick<PackageInspection, 'index' | 'about' | 'runExports' | 'flags'>

const DIGESTS_AT_ONCE = 200

/** By sha256; unknown digests are left out. */
export async function findOrigins(db: Db, digests: Iterable<string>): Promise<Map<string, Origin>> {
  const found = new Map<string, Origin>()
  for (const chunk of inChunks([...new Set(digests)], DIGESTS_AT_ONCE)) {
    const rows = await db
      .selectFrom('artifacts')
      .select(['sha256', 'inspection'])
      .where('sha256', 'in', chunk)
      .where('announced', '=', 0)
      .execute()
    for (const { sha256, inspection } of rows) {
      const { index, about, runExports, flags } = JSON.parse(inspection) as PackageInspection // written by `recordArtifacts`
      found.set(sha256, { index, flags, ...(about && { about }), ...(runExports && { runExports }) })
    }
  }
  return found
}
