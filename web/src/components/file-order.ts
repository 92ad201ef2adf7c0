import { compareVersions } from '@terrarium/conda/version/compare.ts'
import type { PackageFile } from '../api/types.ts'

/** Newest version first, then the highest build number, then by place. */
export function newestFirst(files: readonly PackageFile[]): PackageFile[] {
  return files.toSorted(
    (a, b) =>
      compareVersions(b.metadata.version, a.metadata.version) ||
      b.metadata.build_number - a.metadata.build_number ||
      (a.ckey < b.ckey ? -1 : 1),
  )
}

/** The newest version of which clients are offered a file. @param files as `newestFirst` orders them */
export function newestOffered(files: readonly PackageFile[]): string | undefined {
  return files.find(({ effect, damage }) => (effect === 'allow' || effect === 'warn') && !damage)?.metadata
    .version
}
