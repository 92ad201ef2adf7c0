/**
 * Who a package says it is: `info/index.json` and the file name have to say the same, byte for byte, since
 * indexes, caches and lock files know a package by its file name alone.
 *
 * Dependencies are only looked at as far as their types; match specs, timestamps and the v3 fields are for the
 * subject that publishes.
 */
import { InvalidFilenameError, isSubdir, isVirtualPackageName, parseArtifactFilename } from '../names.ts'
import type { ArtifactFilename, ArtifactFormat, FilenamePart } from '../names.ts'
import type { JsonObject, JsonValue } from '../repodata/json-value.ts'
import { InvalidPackageError, quote, type InvalidPackageCode } from './invalid-package-error.ts'

export interface PackageIdentity {
  /** As in the file name: lower case. */
  readonly name: string
  readonly version: string
  readonly build: string
  readonly buildNumber: number
  /** From index.json, else from its `platform` and `arch`; undefined when a very old package has neither. */
  readonly subdir?: string
}

const INDEX = 'info/index.json'

const codeOfPart: Record<FilenamePart, InvalidPackageCode> = {
  filename: 'invalid-filename',
  format: 'unsupported-extension',
  name: 'invalid-name',
  version: 'invalid-version',
  build: 'invalid-build',
}

export interface FilenameRules {
  /** For mirrors: `defaults` has one real package with a virtual name. */
  readonly allowVirtualName: boolean
}

/** @throws InvalidPackageError invalid-filename, unsupported-extension, invalid-name, -version, -build, virtual-package */
export function readFilename(filename: string, rules: FilenameRules): ArtifactFilename {
  try {
    const parsed = parseArtifactFilename(filename)
    if (!rules.allowVirtualName && isVirtualPackageName(parsed.name)) {
      throw new InvalidPackageError(
        'virtual-package',
        `${quote(parsed.name)} is a virtual package: it describes a machine and is never a file`,
      )
    }
    return parsed
  } catch (error) {
    if (!(error instanceof InvalidFilenameError)) throw error
    throw new InvalidPackageError(codeOfPart[error.part], error.message, { cause: error })
  }
}

export function stemOf(filename: string, format: ArtifactFormat): string {
  return filename.slice(0, -format.length - 1)
}

/** @throws InvalidPackageError invalid-index, invalid-subdir, filename-mismatch */
export function readIdentity(index: JsonObject, file: ArtifactFilename): PackageIdentity {
  const declaredName = requireText(index, 'name')
  const version = requireText(index, 'version')
  const build = requireText(index, 'build')
  // A few packages of the first years write a capital here and none in the file name.
  const stem = `${declaredName.toLowerCase()}-${version}-${build}`
  const expected = `${file.name}-${file.version}-${file.build}`
  // Three equal parts, not one equal text: "a-1" with "2" and "a" with "1-2" join to the same.
  const same = declaredName.toLowerCase() === file.name && version === file.version && build === file.build
  if (!same) {
    throw new InvalidPackageError(
      'filename-mismatch',
      `The file is named ${quote(expected)} and holds the package ${quote(stem)}`,
      { member: INDEX },
    )
  }
  requireTextList(index, 'depends')
  requireTextList(index, 'constrains')
  const subdir = readSubdir(index)
  return { name: file.name, version, build, buildNumber: readBuildNumber(index), ...(subdir && { subdir }) }
}

function requireText(index: JsonObject, key: string): string {
  const value = index[key]
  if (typeof value === 'string' && value !== '') return value
  throw invalidIndex(`${key} is ${show(value)}, not a text`)
}

function readBuildNumber(index: JsonObject): number {
  const value = index['build_number'] ?? 0
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw invalidIndex(`build_number is ${show(value)}, not a whole number from 0`)
}

function requireTextList(index: JsonObject, key: string): void {
  const value = index[key]
  if (value === undefined || value === null) return
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return
  throw invalidIndex(`${key} is ${show(value)}, not a list of texts`)
}

function readSubdir(index: JsonObject): string | undefined {
  const subdir = index['subdir'] ?? subdirOfPlatform(index)
  if (subdir === undefined) return undefined
  if (typeof subdir === 'string' && isSubdir(subdir)) return subdir
  throw new InvalidPackageError(
    'invalid-subdir',
    `${INDEX}: subdir is ${show(subdir)}, which can not be one`,
    {
      member: INDEX,
    },
  )
}

/** How conda-build spelled it before there was `subdir`. */
function subdirOfPlatform(index: JsonObject): string | undefined {
  const { platform, arch } = index
  if (typeof platform !== 'string' || typeof arch !== 'string') return undefined
  const bits = arch === 'x86_64' ? '64' : arch === 'x86' ? '32' : arch
  return `${platform}-${bits}`
}

function invalidIndex(why: string): InvalidPackageError {
  return new InvalidPackageError('invalid-index', `${INDEX}: ${why}`, { member: INDEX })
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? 'missing' : quote(value)
}
