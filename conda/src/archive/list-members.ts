/**
 * All members of a package with the digest of each file: to compare two archives, or our reading of one with that
 * of another implementation. Unlike `inspectPackage` it gives the list out, so it holds it in memory.
 */
import { createSha256, type Sha256 } from '../codec/sha256.ts'
import type { ByteSource } from './byte-source.ts'
import { inspectPackage, type InspectOptions } from './inspect-package.ts'
import type { TarMember } from './tar-reader.ts'

export interface ListedMember extends TarMember {
  /** Of a file; undefined for directories and links. */
  readonly sha256?: string
}

/** Members in the order in which they are read: of a `.conda` those of info/ first. @throws InvalidPackageError */
export async function listMembers(source: ByteSource, options: InspectOptions): Promise<ListedMember[]> {
  const listed: ListedMember[] = []
  let current: TarMember | undefined
  let hash: Sha256 = createSha256()
  await inspectPackage(source, options, {
    beginMember(member) {
      current = member
      hash = createSha256()
    },
    content: (bytes) => hash.update(bytes),
    endMember() {
      if (current === undefined) return
      listed.push(current.kind === 'file' ? { ...current, sha256: hash.digestHex() } : current)
    },
  })
  return listed
}
