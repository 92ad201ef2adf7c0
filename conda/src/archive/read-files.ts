/**
 * The contents of chosen files of a package: its recipe, its licences, the scripts that run when it is linked.
 * What `inspectPackage` and `readPackageInfo` keep by themselves is only what every reader needs.
 */
import { defaultArchiveLimits } from './archive-limits.ts'
import type { ByteSource } from './byte-source.ts'
import { inspectPackage, readPackageInfo, type InspectOptions } from './inspect-package.ts'
import type { TarMember, TarVisitor } from './tar-reader.ts'

export interface ReadFilesOptions extends InspectOptions {
  /** `info`, the default, reads no more of a `.conda` than its info part, and refuses less: see readPackageInfo. */
  readonly within?: 'info' | 'all'
  /** Of all files together; by default as much as info/ may have. */
  readonly maxBytes?: number
}

/**
 * @param wanted asked for every file, by its path such as `info/recipe/meta.yaml`
 * @returns the files by path, in the order of the archive; links are not followed
 * @throws InvalidPackageError; RangeError beyond `maxBytes`
 */
export async function readPackageFiles(
  source: ByteSource,
  options: ReadFilesOptions,
  wanted: (path: string) => boolean,
): Promise<Map<string, Uint8Array>> {
  const { within = 'info', maxBytes = defaultArchiveLimits.maxInfoBytes } = options
  const isWanted = (path: string): boolean => (within === 'all' || path.startsWith('info/')) && wanted(path)
  const collector = new FileCollector(isWanted, maxBytes)
  await (within === 'all' ? inspectPackage : readPackageInfo)(source, options, collector)
  return collector.files
}

class FileCollector implements TarVisitor {
  readonly files = new Map<string, Uint8Array>()
  readonly #wanted: (path: string) => boolean
  readonly #maxBytes: number
  #total = 0
  #current: Uint8Array | undefined
  #filled = 0

  constructor(wanted: (path: string) => boolean, maxBytes: number) {
    this.#wanted = wanted
    this.#maxBytes = maxBytes
  }

  beginMember({ kind, declaredPath, size }: TarMember): void {
    this.#current = undefined
    // The rules for paths have been checked, so that only the `./` is left that some archives put in front.
    const path = declaredPath.replace(/^(?:\.\/)+/, '')
    if (kind !== 'file' || !this.#wanted(path)) return
    this.#total += size
    if (this.#total > this.#maxBytes)
      throw new RangeError(`The files asked for have more than ${this.#maxBytes} bytes`)
    this.#current = new Uint8Array(size)
    this.#filled = 0
    this.files.set(path, this.#current)
  }

  content(bytes: Uint8Array): void {
    this.#current?.set(bytes, this.#filled)
    this.#filled += bytes.length
  }

  endMember(): void {
    this.#current = undefined
  }
}
