/**
 * What things in conda may be called: CEP 26, with the tables of conda/base/constants.py.
 * Every check looks at the length before it looks at the characters.
 */
import { InvalidVersionError, parseVersion } from './version/parse.ts'

/** Longest names of CEP 26, in characters (all ASCII). */
export const MAX_LENGTH = {
  channelComponent: 128,
  label: 128,
  subdir: 32,
  packageName: 64,
  version: 64,
  build: 64,
  extension: 16,
  filename: 211,
} as const

/** The subdirs current clients know. Others are legal, but no client asks for them by itself. */
export const KNOWN_SUBDIRS = [
  'noarch',
  'emscripten-wasm32',
  'wasi-wasm32',
  'freebsd-64',
  'linux-32',
  'linux-64',
  'linux-aarch64',
  'linux-armv6l',
  'linux-armv7l',
  'linux-ppc64',
  'linux-ppc64le',
  'linux-riscv64',
  'linux-s390x',
  'osx-64',
  'osx-arm64',
  'win-32',
  'win-64',
  'win-arm64',
  'zos-z',
] as const

/** Means "no labels at all", so nothing can be published under it. */
export const RESERVED_LABEL = 'nolabel'

const knownSubdirs: ReadonlySet<string> = new Set(KNOWN_SUBDIRS)
const CHANNEL_COMPONENT = /^[a-z0-9_][a-z0-9_.-]*$/
const LABEL = /^[a-zA-Z][0-9a-zA-Z_\-./]*$/
const SUBDIR = /^(?:noarch|[a-z0-9]+-[a-z0-9]+)$/
// The regular expressions of CEP 26 for the two kinds of names, rearranged so that no two ways lead
// through the same text (a backtracking engine would try them all).
const PACKAGE_NAME = /^(?:[a-z0-9]|_(?!_))(?:[._-](?![._-])|[a-z0-9])*$/
const VIRTUAL_NAME = /^__[a-z0-9](?:[._-](?![._-])|[a-z0-9])*$/
const VERSION = /^[0-9a-zA-Z._+!]+$/
const BUILD = /^[a-zA-Z0-9_.+]+$/

export function isKnownSubdir(text: string): boolean {
  return knownSubdirs.has(text)
}

/** `noarch`, or two words joined by a dash; not only those of KNOWN_SUBDIRS. */
export function isSubdir(text: string): boolean {
  return text.length <= MAX_LENGTH.subdir && SUBDIR.test(text)
}

/** A name an artifact can have. Lower case only: clients lower the names they ask for. */
export function isPackageName(text: string): boolean {
  return text.length <= MAX_LENGTH.packageName && PACKAGE_NAME.test(text)
}

/**
 * `__glibc`, `__cuda`: describes the machine, never a file on a server. One real package has such a name,
 * `__anaconda_core_depends` of `defaults`, so a mirror meets it.
 */
export function isVirtualPackageName(text: string): boolean {
  return text.length <= MAX_LENGTH.packageName && VIRTUAL_NAME.test(text)
}

/** One part of a channel's path. Whether it is also free to use says `isReservedChannelComponent`. */
export function isChannelComponent(text: string): boolean {
  return text.length <= MAX_LENGTH.channelComponent && CHANNEL_COMPONENT.test(text)
}

/**
 * Parts of a URL that clients read a meaning into: they cut a URL at the first part named like a subdir,
 * take what follows `t` for a token and what follows `label` for a label.
 */
export function isReservedChannelComponent(text: string): boolean {
  return knownSubdirs.has(text) || text === 't' || text === 'label'
}

/** May hold `/`. `nolabel` fits too; compare with RESERVED_LABEL before publishing under one. */
export function isLabel(text: string): boolean {
  return text.length <= MAX_LENGTH.label && LABEL.test(text)
}

export function isBuildString(text: string): boolean {
  return text.length <= MAX_LENGTH.build && BUILD.test(text)
}

/** Whether a text may stand as the version in a file name: CEP 26's letters, and it has to parse. */
export function isArtifactVersion(text: string): boolean {
  if (text.length > MAX_LENGTH.version || !VERSION.test(text)) return false
  try {
    parseVersion(text)
    return true
  } catch (error) {
    if (error instanceof InvalidVersionError) return false
    throw error
  }
}

export type ArtifactFormat = 'tar.bz2' | 'conda'

export interface ArtifactFilename {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly format: ArtifactFormat
}

export type FilenamePart = 'filename' | 'format' | 'name' | 'version' | 'build'

export class InvalidFilenameError extends Error {
  override readonly name = 'InvalidFilenameError'
  readonly filename: string
  readonly part: FilenamePart

  constructor(filename: string, part: FilenamePart, reason: string) {
    const shown = filename.length > 100 ? `${filename.slice(0, 100)}…` : filename
    super(`Invalid artifact file name ${JSON.stringify(shown)}: ${reason}`)
    this.filename = filename
    this.part = part
  }
}

/**
 * Takes `<name>-<version>-<build>.<format>` apart at the last two dashes: a name may hold dashes, a
 * version and a build may not. What it returns is safe to join to a path.
 *
 * Virtual names are let through for the sake of mirrors; ask `isVirtualPackageName` where they are not
 * wanted.
 *
 * @throws InvalidFilenameError
 * @see CEP 26, Filenames
 */
export function parseArtifactFilename(filename: string): ArtifactFilename {
  if (filename.length > MAX_LENGTH.filename) {
    throw new InvalidFilenameError(filename, 'filename', `longer than ${MAX_LENGTH.filename} characters`)
  }
  const format = artifactFormat(filename)
  if (format === undefined) {
    throw new InvalidFilenameError(filename, 'format', 'it has to end in .conda or .tar.bz2')
  }
  const stem = filename.slice(0, -format.length - 1)
  const buildDash = stem.lastIndexOf('-')
  const versionDash = buildDash < 1 ? -1 : stem.lastIndexOf('-', buildDash - 1)
  if (versionDash === -1) {
    throw new InvalidFilenameError(filename, 'filename', 'it has to read <name>-<version>-<build>')
  }
  const name = stem.slice(0, versionDash)
  const version = stem.slice(versionDash + 1, buildDash)
  const build = stem.slice(buildDash + 1)
  if (!isPackageName(name) && !isVirtualPackageName(name)) {
    throw new InvalidFilenameError(filename, 'name', `${JSON.stringify(name)} is not a package name`)
  }
  if (!isArtifactVersion(version)) {
    throw new InvalidFilenameError(filename, 'version', `${JSON.stringify(version)} is not a version`)
  }
  if (!isBuildString(build)) {
    throw new InvalidFilenameError(filename, 'build', `${JSON.stringify(build)} is not a build string`)
  }
  return { name, version, build, format }
}

/** The package format a file name announces; undefined for any other file. */
export function artifactFormat(filename: string): ArtifactFormat | undefined {
  if (filename.endsWith('.conda')) return 'conda'
  return filename.endsWith('.tar.bz2') ? 'tar.bz2' : undefined
}
