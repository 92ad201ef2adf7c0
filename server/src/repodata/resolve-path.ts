/**
 * What an address below `/api/repo/` means. Decoded once, then checked, then used; whatever is not exactly
 * one of these forms is not there.
 */
import { isSubdir } from '@terrarium/conda/names.ts'
import { findResource } from './rendered-files.ts'

export type RepoPath =
  | {
      readonly kind: 'shard-index' | 'repodata' | 'package'
      readonly channel: string
      readonly subdir: string
      readonly filename: string
    }
  | { readonly kind: 'shard'; readonly channel: string; readonly subdir: string; readonly sha256: string }
  | { readonly kind: 'channel-file'; readonly channel: string; readonly filename: string }
  /** For people: of the channel, or of one subdir. */
  | { readonly kind: 'page'; readonly channel: string; readonly subdir: string | undefined }
  /** A page's address without the slash at its end. */
  | { readonly kind: 'page-address'; readonly channel: string; readonly location: string }
  | { readonly kind: 'nothing'; readonly channel: string | undefined }

const CHANNEL = /^[a-z][a-z0-9_-]{0,127}$/
const SHARD_FILE = /^([0-9a-f]{64})\.msgpack\.zst$/
const PACKAGE_FILE = /^[A-Za-z0-9_.!+-]+\.(?:tar\.bz2|conda)$/
const MAX_FILENAME = 211

/** @param rawPath the path after `/api/repo/`, still percent-encoded, without the query */
export function resolveRepoPath(rawPath: string): RepoPath {
  const isFolder = rawPath.endsWith('/')
  const segments = decodeSegments(isFolder ? rawPath.slice(0, -1) : rawPath)
  const channel = segments?.[0]
  if (!segments || channel === undefined || !CHANNEL.test(channel))
    return { kind: 'nothing', channel: undefined }
  const file = segments.slice(1)
  return isFolder ? resolveFolder(channel, file) : resolveFile(channel, file)
}

function resolveFolder(channel: string, folder: readonly string[]): RepoPath {
  const [subdir] = folder
  if (folder.length > 1 || (subdir !== undefined && !isSubdir(subdir))) return { kind: 'nothing', channel }
  return { kind: 'page', channel, subdir }
}

function resolveFile(channel: string, file: readonly string[]): RepoPath {
  const [first, second, third] = file
  if (first === undefined) return { kind: 'page-address', channel, location: `${channel}/` }
  if (second === undefined) {
    if (first === 'index.html') return { kind: 'page', channel, subdir: undefined }
    if (isSubdir(first)) return { kind: 'page-address', channel, location: `${first}/` }
    const isKnown = first === 'notices.json' || findResource(first, 'channel') !== undefined
    return isKnown ? { kind: 'channel-file', channel, filename: first } : { kind: 'nothing', channel }
  }
  if (!isSubdir(first)) return { kind: 'nothing', channel }
  if (third === undefined) return resolveSubdirFile(channel, first, second)
  const sha256 = file.length === 3 && second === 'shards' ? SHARD_FILE.exec(third)?.[1] : undefined
  return sha256 === undefined
    ? { kind: 'nothing', channel }
    : { kind: 'shard', channel, subdir: first, sha256 }
}

function resolveSubdirFile(channel: string, subdir: string, filename: string): RepoPath {
  if (filename.length > MAX_FILENAME) return { kind: 'nothing', channel }
  if (filename === 'repodata_shards.msgpack.zst') return { kind: 'shard-index', channel, subdir, filename }
  if (filename === 'index.html') return { kind: 'page', channel, subdir }
  if (findResource(filename, 'subdir')) return { kind: 'repodata', channel, subdir, filename }
  if (PACKAGE_FILE.test(filename)) return { kind: 'package', channel, subdir, filename }
  return { kind: 'nothing', channel }
}

/** Undefined for anything that could mean two things: a bad escape, a dot segment, a hidden separator. */
function decodeSegments(rawPath: string): string[] | undefined {
  const decoded: string[] = []
  for (const raw of rawPath.split('/')) {
    let segment: string
    try {
      segment = decodeURIComponent(raw)
    } catch {
      return undefined // a percent sign that is no escape: no such address
    }
    // or `%2e%2e%2f` and its kin could climb out of the channel
    if (segment === '' || segment === '.' || segment === '..' || /[/\\\u0000-\u001f]/.test(segment))
      return undefined
    decoded.push(segment)
  }
  return decoded
}
