/**
 * One tar of a package, member by member: every rule that a single member can break, the digest of every file,
 * and the contents of info/ that are kept. Rules over the whole package come after, in inspect-package.ts.
 */
import { createSha256, type Sha256 } from '../codec/sha256.ts'
import type { ArchiveLimits, InflationBudget } from './archive-limits.ts'
import { EXECUTABLE_HEAD_BYTES, isExecutable } from './executable-magic.ts'
import type { InfoFiles } from './info-files.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import type { LedgerEntry, MemberLedger } from './member-ledger.ts'
import { checkMemberPath, isInfoPath } from './member-path.ts'
import type { TarMember, TarVisitor } from './tar-reader.ts'

/** The tar of a `.tar.bz2`, or one of the two of a `.conda`. */
export type PackagePart = 'whole' | 'info' | 'pkg'

/** What the tars of one package share. */
export interface ScanState {
  readonly limits: ArchiveLimits
  readonly ledger: MemberLedger
  readonly info: InfoFiles
  readonly budget: InflationBudget
  readonly executables: string[]
  readonly warnings: string[]
  /** Off where only info/ is wanted and the digests would be thrown away. */
  readonly digests: boolean
}

const SETUID_OR_SETGID = 0o6000

export class PackageScan implements TarVisitor {
  readonly #part: PackagePart
  readonly #state: ScanState
  readonly #head = new Uint8Array(EXECUTABLE_HEAD_BYTES)
  #path = ''
  #entry: LedgerEntry | undefined
  #hash: Sha256 | undefined
  #kept: Uint8Array | undefined
  #done = 0

  constructor(part: PackagePart, state: ScanState) {
    this.#part = part
    this.#state = state
  }

  beginMember(member: TarMember): void {
    const { budget, ledger, info } = this.#state
    budget.addEntry()
    this.#entry = undefined
    const path = this.#checkPath(member.declaredPath, member.kind === 'directory')
    if (path === '') return
    this.#checkPlace(path, member)
    this.#checkMode(path, member)
    switch (member.kind) {
      case 'directory': {
        ledger.add(path, { kind: 'directory', part: this.#part, size: 0 })
        return
      }
      case 'symlink': {
        ledger.addSymlink(path, this.#checkTargetLength(member), this.#part)
        return
      }
      case 'hardlink': {
        ledger.addHardlink(path, this.#checkPath(member.declaredTarget, false), this.#part)
        return
      }
      case 'file':
        this.#path = path
        this.#entry = { kind: 'file', part: this.#part, size: member.size }
        ledger.add(path, this.#entry)
        this.#done = 0
        this.#hash = this.#state.digests ? createSha256() : undefined
        this.#kept = isInfoPath(path) ? info.reserve(path, member.size) : undefined
    }
  }

  content(bytes: Uint8Array): void {
    this.#hash?.update(bytes)
    this.#kept?.set(bytes, this.#done)
    if (this.#done < EXECUTABLE_HEAD_BYTES) {
      this.#head.set(bytes.subarray(0, EXECUTABLE_HEAD_BYTES - this.#done), this.#done)
    }
    this.#done += bytes.length
  }

  endMember(): void {
    const entry = this.#entry
    if (entry === undefined) return
    if (this.#hash !== undefined) entry.sha256 = this.#hash.digestHex()
    const head = this.#head.subarray(0, Math.min(entry.size, EXECUTABLE_HEAD_BYTES))
    if (isExecutable(head, entry.size)) this.#state.executables.push(this.#path)
  }

  #checkPath(declaredPath: string, isDirectory: boolean): string {
    const { maxPathBytes } = this.#state.limits
    return checkMemberPath(declaredPath, isDirectory, { maxPathBytes, allowDotSlash: this.#part === 'whole' })
  }

  /** info/ in the info tar and the rest in the other, or readers of one tar alone see another package. */
  #checkPlace(path: string, member: TarMember): void {
    const inInfo = isInfoPath(path)
    if (this.#part === 'info' && !inInfo) throw misplaced(member, 'the info tar, which holds info/ only')
    if (this.#part === 'pkg' && inInfo && !isLicensePath(path)) {
      throw misplaced(member, 'the pkg tar, which holds everything but info/')
    }
    if (
      path === 'info' ? member.kind !== 'directory' : this.#state.info.isKept(path) && member.kind !== 'file'
    ) {
      throw new InvalidPackageError(
        'misplaced-member',
        `${quote(path)} is a ${member.kind}, where readers follow none`,
        {
          member: member.declaredPath,
        },
      )
    }
  }

  #checkMode(path: string, member: TarMember): void {
    if ((member.mode & SETUID_OR_SETGID) === 0) return
    if (member.kind === 'file' || member.kind === 'hardlink') {
      throw new InvalidPackageError(
        'setuid-member',
        `${quote(path)} has the mode ${member.mode.toString(8)}: it would run as its owner`,
        { member: member.declaredPath },
      )
    }
    this.#state.warnings.push(`${quote(path)} has the mode ${member.mode.toString(8)}`)
  }

  #checkTargetLength(member: TarMember): string {
    const { maxPathBytes } = this.#state.limits
    if (new TextEncoder().encode(member.declaredTarget).length <= maxPathBytes) return member.declaredTarget
    throw new InvalidPackageError(
      'path-too-long',
      `The link ${quote(member.declaredPath)} has a target of more than ${maxPathBytes} bytes`,
      { member: member.declaredPath },
    )
  }
}

/** conda-package-handling put the licences of all packages into the pkg tar until 2023; nobody reads them there. */
function isLicensePath(path: string): boolean {
  return path.startsWith('info/licenses/')
}

function misplaced(member: TarMember, where: string): InvalidPackageError {
  return new InvalidPackageError('misplaced-member', `${quote(member.declaredPath)} is in ${where}`, {
    member: member.declaredPath,
  })
}
