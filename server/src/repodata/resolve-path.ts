/**
 * What an address below `/api/repo/` means. Decoded once, then checked, then used; whatever is not exactly
 * one of these forms is not there.
 */
import { isKnownSubdir, isSubdir } from '@terrarium/conda/names.ts'
import { findResource } from './rendered-files.ts'
import { parseRevisionSelector, type RevisionSelector } from './revision-selector.ts'

/** Of which channel, and as it was when: `main`, `main@42`, `main/dev@2026-10-01`. */
interface Place {
  readonly channel: string
  readonly at: RevisionSelector | undefined
}

type Meaning =
  | {
      readonly kind: 'shard-index' | 'repodata' | 'package'
      readonly subdir: string
      readonly filename: string
    }
  | { readonly kind: 'shard'; readonly subdir: string; readonly sha256: string }
  | { readonly kind: 'channel-file'; readonly filename: string }
  /** For people: of the channel, or of one subdir. */
  | { readonly kind: 'page'; readonly subdir: string | undefined }
  /** A page's address without the slash at its end. */
  | { readonly kind: 'page-address'; readonly location: string }
  | { readonly kind: 'nothing' }

export type RepoPath =
  | (Place & Meaning & { readonly notSelector?: undefined })
  | {
      readonly kind: 'nothing'
      readonly channel: undefined
      readonly at: undefined
      /** What stands behind the `@` of a channel, and is neither a number nor a date nor an instant. */
      readonly notSelector?: string | undefined
    }

const CHANNEL = /^[a-z][a-z0-9_-]{0,127}$/
const SHARD_FILE = /^([0-9a-f]{64})\.msgpack\.zst$/
const PACKAGE_FILE = /^[A-Za-z0-9_.!+-]+\.(?:tar\.bz2|conda)$/
const MAX_FILENAME = 211

const NOTHING: Meaning = { kind: 'nothing' }

/**
 * A subchannel stands behind its channel: `main/dev/noarch/…`. What can be read as a file of the channel is one.
 *
 * @param rawPath the path after `/api/repo/`, still percent-encoded, without the query
 */
export function resolveRepoPath(rawPath: string): RepoPath {
  const isFolder = rawPath.endsWith('/')
  const segments = decodeSegments(isFolder ? rawPath.slice(0, -1) : rawPath)
  const [first = '', ...file] = segments ?? []
  const place = readPlace(first)
  if (!place) return nowhere(first)
  const meaning = isFolder ? resolveFolder(file) : resolveFile(first, file)
  if (meaning.kind !== 'nothing' || place.at) return { ...place, ...meaning }

  const [second = '', ...rest] = file
  const inner = isKnownSubdir(second) ? undefined : readPlace(second)
  if (!inner) return second.includes('@') ? nowhere(second) : { ...place, ...meaning }
  const innerMeaning = isFolder ? resolveFolder(rest) : resolveFile(second, rest)
  if (innerMeaning.kind === 'nothing') return { ...place, ...meaning }
  return { channel: `${place.channel}/${inner.channel}`, at: inner.at, ...innerMeaning }
}

function readPlace(segment: string): Place | undefined {
  const [channel = '', ...selectors] = segment.split('@')
  if (!CHANNEL.test(channel) || selectors.length > 1) return undefined
  if (selectors[0] === undefined) return { channel, at: undefined }
  const at = parseRevisionSelector(selectors[0])
  return at && { channel, at }
}

function nowhere(segment: string): RepoPath {
  const [, notSelector] = /^[^@]*@(.*)$/s.exec(segment) ?? []
  return { kind: 'nothing', channel: undefined, at: undefined, notSelector }
}

function resolveFolder(folder: readonly string[]): Meaning {
  const [subdir] = folder
  if (folder.length > 1 || (subdir !== undefined && !isSubdir(subdir))) return NOTHING
  return { kind: 'page', subdir }
}

function resolveFile(channel: string, file: readonly string[]): Meaning {
  const [first, second, third] = file
  if (first === undefined) return { kind: 'page-address', location: `${channel}/` }
  if (second === undefined) {
    if (first === 'index.html') return { kind: 'page', subdir: undefined }
    if (isSubdir(first)) return { kind: 'page-address', location: `${first}/` }
    const isKnown = first === 'notices.json' || findResource(first, 'channel') !== undefined
    return isKnown ? { kind: 'channel-file', filename: first } : NOTHING
  }
  if (!isSubdir(first)) return NOTHING
  if (third === undefined) return resolveSubdirFile(first, second)
  const sha256 = file.length === 3 && second === 'shards' ? SHARD_FILE.exec(third)?.[1] : undefined
  return sha256 === undefined ? NOTHING : { kind: 'shard', subdir: first, sha256 }
}

function resolveSubdirFile(subdir: string, filename: string): Meaning {
  if (filename.length > MAX_FILENAME) return NOTHING
  if (filename === 'repodata_shards.msgpack.zst') return { kind: 'shard-index', subdir, filename }
  if (filename === 'index.html') return { kind: 'page', subdir }
  if (findResource(filename, 'subdir')) return { kind: 'repodata', subdir, filename }
  if (PACKAGE_FILE.test(filename)) return { kind: 'package', subdir, filename }
  return NOTHING
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
