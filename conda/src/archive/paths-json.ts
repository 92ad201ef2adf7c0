/**
 * `info/paths.json`: what the package says it installs, and whether that is what the archive holds.
 *
 * conda installs from this list and scanners read it, so a file that is in the archive and not in the list (or
 * the other way round, or with another content) is a lie to one of them.
 *
 * @see CEP 34, `info/paths.json`
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../repodata/json-value.ts'
import { InvalidPackageError, quote } from './invalid-package-error.ts'
import type { MemberLedger } from './member-ledger.ts'
import { isInfoPath } from './member-path.ts'

const PATHS = 'info/paths.json'

export type PathType = 'hardlink' | 'softlink' | 'directory'

export interface PathEntry {
  readonly path: string
  readonly type: PathType
  readonly sha256?: string
  readonly sizeBytes?: number
  /** How the build prefix is replaced on installation; undefined when there is none to replace. */
  readonly prefixMode?: 'text' | 'binary'
}

export interface PathsJson {
  readonly version: number
  readonly entries: readonly PathEntry[]
}

export interface PathsSummary {
  readonly version: number
  readonly files: number
  readonly softlinks: number
  readonly directories: number
  /** Sum of the stated sizes. */
  readonly totalBytes: number
  readonly textPrefixFiles: number
  readonly binaryPrefixFiles: number
}

/** @throws InvalidPackageError invalid-json */
export function parsePathsJson(json: JsonObject): PathsJson {
  const version = json['paths_version']
  const list = json['paths']
  if (!Array.isArray(list)) throw invalid('paths is no list')
  return { version: typeof version === 'number' ? version : 1, entries: list.map(parseEntry) }
}

function parseEntry(value: JsonValue): PathEntry {
  if (!isJsonObject(value)) throw invalid('paths holds something else than objects')
  const path = value['_path']
  const type = value['path_type'] ?? 'hardlink'
  const sha256 = value['sha256']
  const size = value['size_in_bytes']
  const mode = value['file_mode']
  if (typeof path !== 'string') throw invalid('a path is no text')
  if (type !== 'hardlink' && type !== 'softlink' && type !== 'directory') {
    throw invalid(`${quote(path)} has the path_type ${quote(type)}`)
  }
  const hasPrefix = typeof value['prefix_placeholder'] === 'string'
  return {
    path,
    type,
    ...(typeof sha256 === 'string' && { sha256: sha256.toLowerCase() }),
    ...(typeof size === 'number' && { sizeBytes: size }),
    ...(hasPrefix && { prefixMode: mode === 'binary' ? 'binary' : 'text' }),
  }
}

export function summarizePaths({ version, entries }: PathsJson): PathsSummary {
  const count = (test: (entry: PathEntry) => boolean): number => entries.filter(test).length
  return {
    version,
    files: count((entry) => entry.type === 'hardlink'),
    softlinks: count((entry) => entry.type === 'softlink'),
    directories: count((entry) => entry.type === 'directory'),
    totalBytes: entries.reduce((sum, entry) => sum + (entry.sizeBytes ?? 0), 0),
    textPrefixFiles: count((entry) => entry.prefixMode === 'text'),
    binaryPrefixFiles: count((entry) => entry.prefixMode === 'binary'),
  }
}

/**
 * Both ways: every path is in the archive as what it says, and every file outside of info/ is a path. Size and
 * digest are of the content before the prefix is replaced; of a link they describe the target and are left out.
 * @throws InvalidPackageError paths-mismatch
 */
export function checkPaths(paths: PathsJson, members: MemberLedger): void {
  const listed = new Set<string>()
  for (const entry of paths.entries) {
    if (listed.has(entry.path)) throw mismatch(entry.path, 'is listed twice')
    listed.add(entry.path)
    checkEntry(entry, members)
  }
  for (const [path, { kind }] of members.entries()) {
    if (kind !== 'directory' && !isInfoPath(path) && !listed.has(path)) {
      throw mismatch(path, 'is in the archive and not in the list')
    }
  }
}

function checkEntry(entry: PathEntry, members: MemberLedger): void {
  const { path, type, sha256, sizeBytes } = entry
  if (type === 'directory') {
    if (members.isFolder(path)) return
    throw mismatch(path, 'is listed as a folder and is none')
  }
  const member = members.get(path)
  if (member === undefined) throw mismatch(path, 'is listed and not in the archive')
  if (type === 'softlink') {
    if (member.kind === 'symlink') return
    // Archiving on Windows makes of a link a copy of its target, or an empty file.
    if (member.kind === 'file' && (member.size === 0 || member.sha256 === sha256)) return
    throw mismatch(path, `is listed as a softlink and is a ${member.kind}`)
  }
  if (member.kind !== 'file' && member.kind !== 'hardlink') {
    throw mismatch(path, `is listed as a hardlink and is a ${member.kind}`)
  }
  if (sizeBytes !== undefined && sizeBytes !== member.size) {
    throw mismatch(path, `is listed with ${sizeBytes} bytes and has ${member.size}`)
  }
  if (sha256 !== undefined && member.sha256 !== undefined && sha256 !== member.sha256) {
    throw mismatch(path, `is listed with the sha256 ${quote(sha256)} and has ${member.sha256}`)
  }
}

function mismatch(path: string, why: string): InvalidPackageError {
  return new InvalidPackageError('paths-mismatch', `${PATHS}: ${quote(path)} ${why}`, { member: path })
}

function invalid(why: string): InvalidPackageError {
  return new InvalidPackageError('invalid-json', `${PATHS}: ${why}`, { member: PATHS })
}
