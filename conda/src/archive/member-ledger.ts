/**
 * All members of a package, over both tars of a `.conda`: what each path is, and whether a further member may
 * join. This is where one member could otherwise write through, over or into another.
 */
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import { ancestorsOf, linkEscapes } from './member-path.ts'
import type { TarMemberKind } from './tar-reader.ts'

export interface LedgerEntry {
  readonly kind: TarMemberKind
  readonly part: string
  readonly size: number
  /** Of a file, once it has been read; undefined until then and for everything else. */
  sha256?: string
}

export class MemberLedger {
  readonly #entries = new Map<string, LedgerEntry>()
  readonly #links = new Map<string, string>()
  /** Folders that are there because something lies in them. */
  readonly #impliedFolders = new Set<string>()

  /** @throws InvalidPackageError duplicate-member, member-through-link */
  add(path: string, entry: LedgerEntry): void {
    if (this.#entries.has(path)) {
      throw new InvalidPackageError('duplicate-member', `${quote(path)} is in the archive twice`, {
        member: path,
      })
    }
    if (entry.kind !== 'directory' && this.#impliedFolders.has(path)) {
      throw throughMember(path, entry.kind, 'another member lies in it')
    }
    for (const folder of ancestorsOf(path)) {
      const above = this.#entries.get(folder)
      // A link `a -> /etc` and a member `a/passwd` would write outside of the package.
      if (above !== undefined && above.kind !== 'directory') {
        throw throughMember(path, entry.kind, `it passes through the ${above.kind} ${quote(folder)}`)
      }
      this.#impliedFolders.add(folder)
    }
    this.#entries.set(path, entry)
  }

  addSymlink(path: string, target: string, part: string): void {
    if (target.includes('\0')) {
      throw new InvalidPackageError(
        'invalid-link',
        `The link ${quote(path)} has the target ${quote(target)}`,
        {
          member: path,
        },
      )
    }
    this.add(path, { kind: 'symlink', part, size: 0 })
    this.#links.set(path, target)
  }

  /** @throws InvalidPackageError unsafe-hardlink, unless `target` is a file that came before in the same tar */
  addHardlink(path: string, target: string, part: string): void {
    const file = this.#entries.get(target)
    if (file?.kind !== 'file' || file.part !== part) {
      throw new InvalidPackageError(
        'unsafe-hardlink',
        `The hard link ${quote(path)} leads to ${quote(target)}, which is no file before it in the same tar`,
        { member: path },
      )
    }
    this.add(path, { kind: 'hardlink', part, size: file.size, ...(file.sha256 && { sha256: file.sha256 }) })
  }

  get(path: string): LedgerEntry | undefined {
    return this.#entries.get(path)
  }

  isFolder(path: string): boolean {
    return this.#impliedFolders.has(path) || this.#entries.get(path)?.kind === 'directory'
  }

  entries(): MapIterator<[string, LedgerEntry]> {
    return this.#entries.entries()
  }

  paths(): MapIterator<string> {
    return this.#entries.keys()
  }

  /** Symlinks that lead nowhere: what archiving on Windows left of some links of 2019. */
  emptyLinks(): string[] {
    return [...this.#links].filter(([, target]) => target === '').map(([path]) => path)
  }

  /** Symlinks that lead out of the package, as `path -> target`. */
  escapingLinks(): string[] {
    return [...this.#links]
      .filter(([path, target]) => linkEscapes(path, target, this.#links))
      .map(([path, target]) => `${path} -> ${target}`)
  }

  /**
   * A link `Lib -> /etc` beside files in `lib/` is harmless on Linux; where letter case does not count, the files
   * would be written through the link.
   * @throws InvalidPackageError member-through-link
   */
  requireNoFoldedLinks(): void {
    const links = new Map([...this.#links].map(([path, target]) => [fold(path), { path, target }]))
    if (links.size === 0) return
    for (const folder of this.#impliedFolders) {
      const link = links.get(fold(folder))
      if (link !== undefined && linkEscapes(link.path, link.target, this.#links)) {
        throw throughMember(
          link.path,
          'symlink',
          `where case does not count, it takes the place of ${quote(folder)}`,
        )
      }
    }
  }

  /** Pairs of paths that are one file where letter case or the form of accents does not count. */
  collisions(): [string, string][] {
    const seen = new Map<string, string>()
    const found: [string, string][] = []
    for (const path of this.#entries.keys()) {
      const folded = fold(path)
      const other = seen.get(folded)
      if (other === undefined) seen.set(folded, path)
      else found.push([other, path])
    }
    return found
  }
}

/** As file systems of Windows and macOS compare names, near enough. */
function fold(path: string): string {
  return path.normalize('NFC').toLowerCase()
}

function throughMember(path: string, kind: TarMemberKind, why: string): InvalidPackageError {
  return new InvalidPackageError('member-through-link', `The ${kind} ${quote(path)} is refused: ${why}`, {
    member: path,
  })
}
