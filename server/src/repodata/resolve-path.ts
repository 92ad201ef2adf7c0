/**
 * What an address below `/api/repo/` means. Decoded once, then checked, then used; whatever is not exactly
 * one of these forms is not there.
 */
import { isSubdir } from '@terrarium/conda/names.ts'

export type RepoPath =
  | {
      readonly kind: 'shard-index' | 'repodata'
      readonly channel: string
      readonly subdir: string
      readonly filename: string
    }
  | { readonly kind: 'shard'; readonly channel: string; readonly subdir: string; readonly sha256: string }
  | { readonly kind: 'package'; readonly channel: string; readonly subdir: string; readonly filename: string }
  | { readonly kind: 'nothing'; readonly channel: string | undefined }

const CHANNEL = /^[a-z][a-z0-9_-]{0,127}$/
const SHARD_FILE = /^([0-9a-f]{64})\.msgpack\.zst$/
const PACKAGE_FILE = /^[A-Za-z0-9_.!+-]+\.(?:tar\.bz2|conda)$/
const MAX_FILENAME = 211

/** @param rawPath the path after `/api/repo/`, still percent-encoded, without the query */
export function resolveRepoPath(rawPath: string): RepoPath {
  const segments = decodeSegments(rawPath)
  const channel = segments?.[0]
  if (!segments || channel === undefined || !CHANNEL.test(channel))
    return { kind: 'nothing', channel: undefined }
  const [, subdir, third, fourth] = segments
  if (subdir === undefined || third === undefined || !isSubdir(subdir)) return { kind: 'nothing', channel }
  if (segments.length === 4 && third === 'shards' && fourth !== undefined) {
    const sha256 = SHARD_FILE.exec(fourth)?.[1]
    return sha256 === undefined ? { kind: 'nothing', channel } : { kind: 'shard', channel, subdir, sha256 }
  }
  if (segments.length !== 3 || third.length > MAX_FILENAME) return { kind: 'nothing', channel }
  if (third === 'repodata_shards.msgpack.zst')
    return { kind: 'shard-index', channel, subdir, filename: third }
  if (third === 'repodata.json' || third === 'repodata.json.zst') {
    return { kind: 'repodata', channel, subdir, filename: third }
  }
  if (PACKAGE_FILE.test(third)) return { kind: 'package', channel, subdir, filename: third }
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
