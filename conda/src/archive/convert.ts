/**
 * `.tar.bz2` to `.conda` with identical content: the same members with the same bytes, modes and times (in
 * whole seconds), sorted into the two tars. The result is another file with other digests; what to record about the two is the caller's.
 *
 * The source streams by twice, once to verify and measure, once to compress. In memory are info/ and the result.
 */
import { zstdCompressChunks } from '#zstd'
import { defaultArchiveLimits } from './archive-limits.ts'
import type { ByteSource } from './byte-source.ts'
import { inspectPackage, type InspectOptions } from './inspect-package.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import { checkMemberPath, isInfoPath } from './member-path.ts'
import { stemOf } from './package-identity.ts'
import { openTars } from './package-tars.ts'
import { TarReader, type TarMember, type TarVisitor } from './tar-reader.ts'
import { concatBytes, paddingAfter, tarHead, writeTar, type TarEntry } from './tar-writer.ts'
import { zipConda } from './write-package.ts'

export interface ConvertedPackage {
  readonly filename: string
  readonly bytes: Uint8Array
}

/** Two blocks of zeros. */
const TAR_END = new Uint8Array(1024)

/**
 * @param options.filename of the source, ending in `.tar.bz2`
 * @param options.level of zstd
 * @throws InvalidPackageError, also for a `.conda`
 */
export async function convertToConda(
  source: ByteSource,
  options: InspectOptions & { readonly level?: number },
): Promise<ConvertedPackage> {
  if (!options.filename.endsWith('.tar.bz2')) {
    throw new InvalidPackageError('unsupported-extension', `${quote(options.filename)} is no .tar.bz2`)
  }
  const stem = stemOf(options.filename, 'tar.bz2')
  const measure = new Splitter(() => undefined)
  await inspectPackage(source, options, measure)
  const pkgBytes = measure.pkgBytes + TAR_END.length
  const pkg = await collect(zstdCompressChunks(pkgTar(source, stem, options), pkgBytes, options.level))
  const infoTar = writeTar(measure.info)
  const info = await collect(zstdCompressChunks([infoTar], infoTar.length, options.level))
  return { filename: `${stem}.conda`, bytes: zipConda(stem, info, pkg) }
}

/** The pkg tar, made from the second reading. */
async function* pkgTar(
  source: ByteSource,
  stem: string,
  options: InspectOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { signal } = options
  const pending: Uint8Array[] = []
  const splitter = new Splitter((bytes) => pending.push(bytes))
  for (const tar of await openTars(source, 'tar.bz2', { stem, wanted: 'all', warnings: [], signal })) {
    const reader = new TarReader(splitter, { ...defaultArchiveLimits, ...options.limits })
    for await (const chunk of tar.bytes) {
      reader.push(chunk)
      yield* pending.splice(0)
    }
  }
  yield TAR_END
}

/** Sorts the members of one tar into two. Keeps info/ whole, and tells the rest to whoever wants it. */
class Splitter implements TarVisitor {
  readonly info: TarEntry[] = []
  /** Of the pkg tar, headers and padding included, end mark not. */
  pkgBytes = 0
  readonly #emitPkg: (bytes: Uint8Array) => void
  #infoContent: Uint8Array[] | undefined
  #member: TarEntry | undefined

  constructor(emitPkg: (bytes: Uint8Array) => void) {
    this.#emitPkg = emitPkg
  }

  beginMember(member: TarMember): void {
    const entry = entryOf(member)
    this.#member = entry
    this.#infoContent = undefined
    if (entry === undefined) return
    if (isInfoPath(entry.path)) this.#infoContent = []
    else this.#emit(tarHead({ ...entry, statedSize: member.size }))
  }

  content(bytes: Uint8Array): void {
    // A copy: the bytes are the reader's again as soon as this returns.
    if (this.#infoContent !== undefined) this.#infoContent.push(bytes.slice())
    else this.#emit(bytes.slice())
  }

  endMember(): void {
    if (this.#member === undefined) return
    if (this.#infoContent !== undefined) {
      this.info.push({ ...this.#member, content: concatBytes(this.#infoContent) })
    } else {
      this.#emit(paddingAfter(this.pkgBytes))
    }
  }

  #emit(bytes: Uint8Array): void {
    this.pkgBytes += bytes.length
    this.#emitPkg(bytes)
  }
}

const kindToType: Record<TarMember['kind'], string> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  directory: '5',
}

/** Undefined for the root folder, which has no place in a `.conda`. Paths were verified in the first reading. */
function entryOf(member: TarMember): TarEntry | undefined {
  const rules = { maxPathBytes: Number.POSITIVE_INFINITY, allowDotSlash: true }
  const path = checkMemberPath(member.declaredPath, member.kind === 'directory', rules)
  if (path === '') return undefined
  const target =
    member.kind === 'hardlink' ? checkMemberPath(member.declaredTarget, false, rules) : member.declaredTarget
  if (member.kind === 'hardlink' && isInfoPath(path) !== isInfoPath(target)) {
    throw new InvalidPackageError(
      'unsafe-hardlink',
      `The hard link ${quote(path)} leads to ${quote(target)}, which a .conda keeps in its other tar`,
      { member: path },
    )
  }
  return { path, type: kindToType[member.kind], target, mode: member.mode & 0o7777, mtime: member.mtime }
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return concatBytes(parts)
}
