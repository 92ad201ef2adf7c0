/**
 * From a package file to the plain bytes of its tars, whichever of the two formats it has.
 */
import { zstdDecompressChunks } from '#zstd'
import { bzip2Decompress } from '../codec/bzip2-decode.ts'
import { CorruptStreamError } from '../codec/corrupt-stream-error.ts'
import { ZstdFrameCheck } from '../codec/zstd-frames.ts'
import type { ArtifactFormat } from '../names.ts'
import type { ArchiveLimits } from './archive-limits.ts'
import { readExactly, readRange, type ByteSource } from './byte-source.ts'
import { readCondaMembers, readStoredMember } from './conda-members.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import type { PackagePart } from './package-scan.ts'

export interface PackageTar {
  readonly part: PackagePart
  /** The tar, decompressed as it is read. */
  readonly bytes: AsyncIterable<Uint8Array>
}

/** `PK\x03\x04` and `BZh`. */
const magics: Record<ArtifactFormat, readonly number[]> = {
  conda: [0x50, 0x4b, 0x03, 0x04],
  'tar.bz2': [0x42, 0x5a, 0x68],
}

/** @throws InvalidPackageError archive-too-large, truncated, magic-mismatch */
export async function requireFormat(
  source: ByteSource,
  format: ArtifactFormat,
  limits: ArchiveLimits,
): Promise<void> {
  if (source.size > limits.maxArchiveBytes) {
    throw new InvalidPackageError(
      'archive-too-large',
      `The file has ${source.size} bytes, more than ${limits.maxArchiveBytes}`,
    )
  }
  const magic = magics[format]
  if (source.size < magic.length)
    throw new InvalidPackageError('truncated', `The file has ${source.size} bytes`)
  const start = await readExactly(source, 0, magic.length)
  if (magic.some((byte, i) => start[i] !== byte)) {
    throw new InvalidPackageError(
      'magic-mismatch',
      `The file name ends in .${format}, but the file starts with ${quote(String.fromCharCode(...start))}`,
    )
  }
}

/**
 * The tars in the order in which to read them: info first, since it says what to expect of the rest.
 * @param wanted `info` leaves the pkg tar of a `.conda` unread; a `.tar.bz2` has to be read whole in any case,
 *   since info/ may lie anywhere in it
 */
export async function openTars(
  source: ByteSource,
  format: ArtifactFormat,
  options: { stem: string; wanted: 'all' | 'info'; warnings: string[]; signal?: AbortSignal | undefined },
): Promise<PackageTar[]> {
  const { stem, wanted, warnings, signal } = options
  if (format === 'tar.bz2') {
    return [
      {
        part: 'whole',
        bytes: refuseCorrupt(bzip2Decompress(readRange(source, 0, source.size, signal)), 'tar'),
      },
    ]
  }
  const members = await readCondaMembers(source, stem)
  if (!members.hasMetadata)
    warnings.push('The archive has no metadata.json, or an empty one, where CEP 35 asks for a format version')
  const parts = wanted === 'all' ? (['info', 'pkg'] as const) : (['info'] as const)
  return parts.map((part) => ({
    part,
    bytes: refuseCorrupt(inflate(readStoredMember(source, members[part], signal), part, warnings), part),
  }))
}

async function* inflate(
  chunks: AsyncIterable<Uint8Array>,
  part: string,
  warnings: string[],
): AsyncGenerator<Uint8Array, void, undefined> {
  const frames = new ZstdFrameCheck()
  yield* zstdDecompressChunks(chunks, frames)
  if (frames.frames > 1)
    warnings.push(`The ${part} tar has ${frames.frames} zstd frames; some readers stop at the first`)
}

async function* refuseCorrupt(
  chunks: AsyncIterable<Uint8Array>,
  part: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks
  } catch (error) {
    if (!(error instanceof CorruptStreamError)) throw error
    throw new InvalidPackageError(
      error.reason === 'truncated' ? 'truncated' : 'corrupt-compression',
      `The ${part === 'tar' ? 'archive' : `${part} tar`} can not be decompressed: ${error.message}`,
      { cause: error },
    )
  }
}
