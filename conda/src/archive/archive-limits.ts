/**
 * How large an archive may be, in every direction in which a bomb can grow. All are bounds for refusing, none
 * is a quota; a server may set its own.
 */
import { InvalidPackageError } from './invalid-package-error.ts'

export interface ArchiveLimits {
  /** The file itself. */
  readonly maxArchiveBytes: number
  /** All tars together, headers and padding included. */
  readonly maxInflatedBytes: number
  /** Inflated bytes to archive bytes, looked at once `ratioFreeBytes` have been inflated. */
  readonly maxRatio: number
  readonly ratioFreeBytes: number
  /** Members of all tars together, directories and links included. */
  readonly maxEntries: number
  readonly maxMemberBytes: number
  /** Bytes of a path or of a link target. */
  readonly maxPathBytes: number
  /** Everything below info/ but paths.json. */
  readonly maxInfoBytes: number
  readonly maxIndexBytes: number
  /** paths.json is parsed whole, at about five times its size in memory. */
  readonly maxPathsBytes: number
}

const MIB = 1024 * 1024

export const defaultArchiveLimits: ArchiveLimits = {
  maxArchiveBytes: 4 * 1024 * MIB,
  maxInflatedBytes: 32 * 1024 * MIB,
  maxRatio: 200,
  ratioFreeBytes: 64 * MIB,
  maxEntries: 500_000,
  maxMemberBytes: 16 * 1024 * MIB,
  maxPathBytes: 4096,
  maxInfoBytes: 64 * MIB,
  maxIndexBytes: MIB,
  maxPathsBytes: 64 * MIB,
}

/** Counts what inflates across the parts of one archive, and refuses as soon as a bound is passed. */
export class InflationBudget {
  entries = 0
  inflatedBytes = 0
  readonly #limits: ArchiveLimits
  readonly #archiveBytes: number

  constructor(limits: ArchiveLimits, archiveBytes: number) {
    this.#limits = limits
    this.#archiveBytes = archiveBytes
  }

  addBytes(count: number): void {
    this.inflatedBytes += count
    const { maxInflatedBytes, maxRatio, ratioFreeBytes } = this.#limits
    if (this.inflatedBytes > maxInflatedBytes) {
      throw new InvalidPackageError(
        'inflated-too-large',
        `The archive inflates to more than ${maxInflatedBytes} bytes`,
      )
    }
    if (this.inflatedBytes > ratioFreeBytes && this.inflatedBytes > maxRatio * this.#archiveBytes) {
      throw new InvalidPackageError(
        'ratio-too-high',
        `The archive of ${this.#archiveBytes} bytes inflates to more than ${maxRatio} times its size`,
      )
    }
  }

  addEntry(): void {
    this.entries++
    if (this.entries > this.#limits.maxEntries) {
      throw new InvalidPackageError(
        'too-many-entries',
        `The archive has more than ${this.#limits.maxEntries} entries`,
      )
    }
  }
}
