/**
 * A tar as a stream of members: bytes are pushed in, a visitor is told of each member and its content.
 *
 * Knows the format, not the package: which paths are allowed where is member-path.ts and member-ledger.ts. Takes
 * files, directories and links; everything else a tar can hold has no place in a package and is refused.
 */
import type { ArchiveLimits } from './archive-limits.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import { addExtension, applyExtensions, extensionTypes, noExtensions } from './tar-extension.ts'
import { BLOCK, isZeroBlock, parseTarHeader, type TarHeader } from './tar-header.ts'

export type TarMemberKind = 'file' | 'directory' | 'symlink' | 'hardlink'

export interface TarMember {
  readonly kind: TarMemberKind
  /** As the archive spells it: not checked, and not safe to join to anything. */
  readonly declaredPath: string
  /** Likewise; empty unless a link. */
  readonly declaredTarget: string
  readonly size: number
  readonly mode: number
  /** Seconds since 1970. */
  readonly mtime: number
}

export interface TarVisitor {
  beginMember(member: TarMember): void
  /** A piece of the current file; valid only until this returns. */
  content(bytes: Uint8Array): void
  endMember(): void
}

type State = 'header' | 'extension' | 'content' | 'padding' | 'after-end'

/** Extended attributes can be large; a name can not. */
const MAX_EXTENSION_BYTES = 1024 * 1024

export class TarReader {
  readonly #visitor: TarVisitor
  readonly #limits: ArchiveLimits
  readonly #block = new Uint8Array(BLOCK)
  #state: State = 'header'
  #filled = 0
  #zeroBlocks = 0
  /** Bytes of the current content, and of the padding behind it, still to come. */
  #left = 0
  #padding = 0
  #extensions = noExtensions
  #extensionType = ''
  #extensionBody = new Uint8Array(0)

  constructor(visitor: TarVisitor, limits: ArchiveLimits) {
    this.#visitor = visitor
    this.#limits = limits
  }

  /** @throws InvalidPackageError */
  push(chunk: Uint8Array): void {
    let offset = 0
    while (offset < chunk.length) {
      const available = chunk.length - offset
      switch (this.#state) {
        case 'header': {
          const taken = Math.min(BLOCK - this.#filled, available)
          this.#block.set(chunk.subarray(offset, offset + taken), this.#filled)
          this.#filled += taken
          offset += taken
          if (this.#filled === BLOCK) {
            this.#filled = 0
            this.#readHeader()
          }
          break
        }
        case 'extension': {
          const taken = Math.min(this.#left, available)
          this.#extensionBody.set(
            chunk.subarray(offset, offset + taken),
            this.#extensionBody.length - this.#left,
          )
          this.#left -= taken
          offset += taken
          if (this.#left === 0) this.#endExtension()
          break
        }
        case 'content': {
          const taken = Math.min(this.#left, available)
          this.#visitor.content(chunk.subarray(offset, offset + taken))
          this.#left -= taken
          offset += taken
          if (this.#left === 0) this.#endContent()
          break
        }
        case 'padding': {
          const taken = Math.min(this.#padding, available)
          this.#padding -= taken
          offset += taken
          if (this.#padding === 0) this.#state = 'header'
          break
        }
        case 'after-end':
          // Readers differ on what follows the end mark: some stop, some read on.
          if (chunk.subarray(offset).some((byte) => byte !== 0)) {
            throw new InvalidPackageError('tar-trailing-data', 'The tar holds data behind its end mark')
          }
          return
      }
    }
  }

  /** @throws InvalidPackageError truncated */
  end(): void {
    if (this.#state !== 'after-end') {
      throw new InvalidPackageError('truncated', 'The tar ends without its end mark')
    }
  }

  #readHeader(): void {
    if (isZeroBlock(this.#block)) {
      if (this.#extensions !== noExtensions) {
        throw new InvalidPackageError('tar-malformed', 'A tar extension header has no member behind it')
      }
      if (++this.#zeroBlocks === 2) this.#state = 'after-end'
      return
    }
    if (this.#zeroBlocks > 0) {
      // Python stops at the first zero block, GNU tar at the second.
      throw new InvalidPackageError('tar-trailing-data', 'The tar goes on behind a block of zeros')
    }
    const header = parseTarHeader(this.#block)
    if (extensionTypes.has(header.typeFlag)) this.#beginExtension(header)
    else this.#beginMember(applyExtensions(header, this.#extensions))
  }

  #beginExtension(header: TarHeader): void {
    if (header.size > MAX_EXTENSION_BYTES) {
      throw new InvalidPackageError(
        'path-too-long',
        `A tar extension header has ${header.size} bytes, more than ${MAX_EXTENSION_BYTES}`,
      )
    }
    this.#extensionType = header.typeFlag
    this.#extensionBody = new Uint8Array(header.size)
    this.#left = header.size
    this.#padding = paddingOf(header.size)
    this.#state = 'extension'
    if (header.size === 0) this.#endExtension()
  }

  #endExtension(): void {
    this.#extensions = addExtension(this.#extensions, this.#extensionType, this.#extensionBody)
    this.#state = this.#padding === 0 ? 'header' : 'padding'
  }

  #beginMember(header: TarHeader): void {
    this.#extensions = noExtensions
    const kind = memberKind(header)
    const member = header.name
    if (kind !== 'file' && header.size !== 0) {
      // Python does not skip content here, others do: the next header would be read at two places.
      throw new InvalidPackageError(
        'tar-size-mismatch',
        `${quote(member)} is a ${kind} and yet has ${header.size} bytes`,
        { member },
      )
    }
    if (header.size > this.#limits.maxMemberBytes) {
      throw new InvalidPackageError(
        'member-too-large',
        `${quote(member)} has ${header.size} bytes, more than ${this.#limits.maxMemberBytes}`,
        { member },
      )
    }
    this.#visitor.beginMember({
      kind,
      declaredPath: header.name,
      declaredTarget: kind === 'symlink' || kind === 'hardlink' ? header.linkName : '',
      size: header.size,
      mode: header.mode,
      mtime: header.mtime,
    })
    this.#left = header.size
    this.#padding = paddingOf(header.size)
    this.#state = 'content'
    if (header.size === 0) this.#endContent()
  }

  #endContent(): void {
    this.#visitor.endMember()
    this.#state = this.#padding === 0 ? 'header' : 'padding'
  }
}

function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK
}

function memberKind(header: TarHeader): TarMemberKind {
  const member = header.name
  switch (header.typeFlag) {
    case '0':
      return 'file'
    case '\0':
      // The oldest tars mark a directory by its name alone.
      return header.name.endsWith('/') ? 'directory' : 'file'
    case '1':
      return 'hardlink'
    case '2':
      return 'symlink'
    case '5':
      return 'directory'
    case '3':
    case '4':
    case '6':
      throw new InvalidPackageError('special-member', `${quote(member)} is a device or a pipe`, { member })
    case 'S':
      throw new InvalidPackageError('sparse-member', `${quote(member)} is a sparse file`, { member })
    default:
      throw new InvalidPackageError(
        'unsupported-member',
        `${quote(member)} has the tar type ${quote(header.typeFlag)}, which no package needs`,
        { member },
      )
  }
}
