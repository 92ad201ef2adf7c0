/** What the refusal cases are made of: a sound little package, to which each case does one thing. */
import { bzip2Compress } from '../codec/bzip2-encode.ts'
import type { ArchiveLimits } from './archive-limits.ts'
import type { InvalidPackageCode } from './invalid-package-error.ts'
import { writeTar, type TarEntry } from './tar-writer.ts'
import { writeConda, type PackageSpec } from './write-package.ts'

export interface RefusalCase {
  readonly name: string
  readonly code: InvalidPackageCode
  readonly filename: string
  readonly bytes: () => Uint8Array | Promise<Uint8Array>
  readonly limits?: Partial<ArchiveLimits>
}

export const STEM = 'demo-1.0-0'
export const CONDA = `${STEM}.conda`
export const TARBALL = `${STEM}.tar.bz2`
export const SPEC: PackageSpec = { name: 'demo', version: '1.0', files: { 'lib/a.txt': 'a' } }
export const INDEX =
  '{"name":"demo","version":"1.0","build":"0","build_number":0,"depends":[],"subdir":"noarch"}'
export const INFO: readonly TarEntry[] = [{ path: 'info/index.json', content: INDEX }]

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A `.tar.bz2` with these members behind a sound index.json. */
export function tarball(...members: TarEntry[]): () => Uint8Array {
  return () => bzip2Compress(writeTar([...INFO, ...members]))
}

/** A `.conda` with these members in its pkg tar. */
export function conda(...members: TarEntry[]): () => Uint8Array {
  return () => writeConda(STEM, writeTar(INFO), writeTar(members))
}
