/**
 * Paths inside a package: what may be a member's name, and where a link leads. Rules only, on text.
 *
 * Extraction happens on the machines of users, on any system; so a path is refused when it leaves the package
 * on any of them, not only on ours.
 */
import { InvalidPackageError, quote } from './invalid-package-error.ts'

export interface PathRules {
  readonly maxPathBytes: number
  /** `tar.bz2` only: readers of a `.conda` look members up by exact name, so `./info/index.json` is not found. */
  readonly allowDotSlash: boolean
}

const encoder = new TextEncoder()

/**
 * @returns the path without a leading `./`, or without the `/` that may end a directory's; empty for the root
 * @throws InvalidPackageError unsafe-path, path-too-long, reserved-path
 */
export function checkMemberPath(declaredPath: string, isDirectory: boolean, rules: PathRules): string {
  const refuse = (why: string): InvalidPackageError =>
    new InvalidPackageError('unsafe-path', `${quote(declaredPath)} ${why}`, { member: declaredPath })

  if (encoder.encode(declaredPath).length > rules.maxPathBytes) {
    throw new InvalidPackageError(
      'path-too-long',
      `${quote(declaredPath)} is longer than ${rules.maxPathBytes} bytes`,
      { member: declaredPath },
    )
  }
  let path = declaredPath
  if (rules.allowDotSlash) while (path.startsWith('./')) path = path.slice(2)
  if (isDirectory && path.endsWith('/')) path = path.slice(0, -1)
  if (isDirectory && rules.allowDotSlash && (path === '' || path === '.') && declaredPath.startsWith('.'))
    return ''
  if (path === '') throw refuse('names no file')
  if (path.includes('\0')) throw refuse('holds a NUL, where some readers end the name')
  if (path.includes('\\')) throw refuse('holds a backslash, which separates folders on Windows')
  if (path.startsWith('/')) throw refuse('is absolute')
  if (/^[A-Za-z]:/.test(path)) throw refuse('starts with a drive letter')
  for (const part of path.split('/')) {
    if (part === '') throw refuse('has an empty part')
    if (part === '.' || part === '..') throw refuse(`has the part ${quote(part)}`)
  }
  requireFreePath(path, declaredPath)
  return path
}

/** Paths that installers write themselves. @see CEP 34, `info/repodata_record.json` and `conda-meta` */
function requireFreePath(path: string, declaredPath: string): void {
  const folded = path.toLowerCase()
  const top = folded.split('/', 1)[0]
  // A package could otherwise pass for another that is installed, or run as conda's history.
  if (top === 'conda-meta' || folded === 'info/repodata_record.json') {
    throw new InvalidPackageError(
      'reserved-path',
      `${quote(declaredPath)} is written by the installer only`,
      {
        member: declaredPath,
      },
    )
  }
  // On Windows and macOS `Info/index.json` is the same file as `info/index.json`, and would replace it.
  if (top === 'info' && !path.startsWith('info')) {
    throw new InvalidPackageError('reserved-path', `${quote(declaredPath)} is info/ in another case`, {
      member: declaredPath,
    })
  }
}

export function isInfoPath(path: string): boolean {
  return path === 'info' || path.startsWith('info/')
}

/** Every folder above `path`, outermost first: `a/b/c` gives `a`, `a/b`. */
export function* ancestorsOf(path: string): Generator<string, void, undefined> {
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
    yield path.slice(0, slash)
}

const MAX_LINK_HOPS = 40

/**
 * Whether a symlink's target leaves the package, following the package's own links on the way. Real packages
 * have such links (to `/usr`, to a build machine's folder), so this is told, not refused.
 * @param links path to target, of all symlinks of the package
 */
export function linkEscapes(path: string, target: string, links: ReadonlyMap<string, string>): boolean {
  const walked = path.split('/').slice(0, -1)
  const pending = target.split('/').reverse()
  if (isRooted(target)) return true
  for (let hops = 0; pending.length > 0;) {
    const part = pending.pop()
    if (part === undefined || part === '' || part === '.') continue
    if (part === '..') {
      if (walked.pop() === undefined) return true
      continue
    }
    walked.push(part)
    const next = links.get(walked.join('/'))
    if (next === undefined) continue
    if (isRooted(next) || ++hops > MAX_LINK_HOPS) return true
    walked.pop()
    pending.push(...next.split('/').reverse())
  }
  return false
}

function isRooted(target: string): boolean {
  return target.startsWith('/') || target.startsWith('\\') || /^[A-Za-z]:/.test(target)
}
