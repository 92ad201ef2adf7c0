/**
 * The channel of a spec or a record, which both write in many ways: `conda-forge`, `conda-forge/noarch`,
 * `https://conda.anaconda.org/conda-forge/noarch`, `/local/dir`.
 *
 * Names are read as a client with conda's default settings reads them: below conda.anaconda.org, except
 * for `defaults`, which is several channels of repo.anaconda.com.
 *
 * @see conda/models/channel.py
 */
import { isKnownSubdir } from '../names.ts'
import { globMatches } from './glob.ts'
import { regexTest } from './regex.ts'
import { isRegex } from './text-pattern.ts'

export interface ChannelName {
  /** What conda prints: the name below the alias, `defaults`, or a URL. */
  readonly canonical: string
  /** What identifies the channel: its base URL, or `defaults` for that bundle. */
  readonly base: string
  /** The subdir written behind the channel, if it is one that clients know. */
  readonly subdir: string | undefined
}

const ALIAS = 'https://conda.anaconda.org'
const DEFAULTS = 'defaults'
const DEFAULT_MEMBERS: ReadonlySet<string> = new Set(['pkgs/main', 'pkgs/r', 'pkgs/msys2'])
const DEFAULT_BASES: ReadonlySet<string> = new Set(
  [...DEFAULT_MEMBERS].map((name) => `https://repo.anaconda.com/${name}`),
)

const MEMORY = 1024
const read = new Map<string, ChannelName>()

/** @returns undefined for an empty text */
export function parseChannelName(text: string): ChannelName | undefined {
  if (text === '') return undefined
  const known = read.get(text)
  if (known !== undefined) return known
  const channel = isRegex(text) ? { canonical: text, base: text, subdir: undefined } : readChannel(text)
  if (read.size >= MEMORY) read.clear()
  read.set(text, channel)
  return channel
}

function readChannel(text: string): ChannelName {
  const url = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/]*)(.*)$/.exec(text)
  if (url === null) return readPathOrName(text)
  const [, scheme = '', authority = '', path = ''] = url
  // Credentials, in front of the host or as `/t/<token>`, are not part of what a channel is.
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const { parts, subdir } = cutAtSubdir(path.replace(/^\/t\/[^/]+(?=\/|$)/, ''))
  const base = [scheme + host, ...parts].join('/')
  const canonical = base.startsWith(`${ALIAS}/`) ? base.slice(ALIAS.length + 1) : base
  return { canonical, base, subdir }
}

function readPathOrName(text: string): ChannelName {
  const cut = cutAtSubdir(text)
  // A channel may be called like a subdir; it is one only behind a channel.
  const alone = cut.parts.length === 0 && cut.subdir !== undefined
  const { parts, subdir } = alone ? { parts: [cut.subdir], subdir: undefined } : cut
  const name = parts.join('/')
  if (text.startsWith('/')) {
    const base = `file:///${name}`
    return { canonical: base, base, subdir }
  }
  if (name === DEFAULTS || DEFAULT_MEMBERS.has(name)) return { canonical: DEFAULTS, base: DEFAULTS, subdir }
  return { canonical: name, base: `${ALIAS}/${name}`, subdir }
}

/** conda cuts at the first part named like a subdir it knows, wherever it stands, and keeps the rest. */
function cutAtSubdir(path: string): { parts: string[]; subdir: string | undefined } {
  const parts = path.split('/').filter((part) => part !== '')
  const at = parts.findIndex(isKnownSubdir)
  if (at === -1) return { parts, subdir: undefined }
  const [subdir] = parts.splice(at, 1)
  return { parts, subdir }
}

/** How a spec's channel is compared with a record's. */
export interface ChannelPattern {
  readonly canonical: string
  readonly base: string
  readonly exact: boolean
  /** @param channel as the record has it, a name or a URL */
  matches(channel: string): boolean
}

/** @throws InvalidRegexError */
export function channelPattern(wanted: ChannelName): ChannelPattern {
  const { canonical, base } = wanted
  if (isRegex(canonical)) {
    const test = regexTest(canonical)
    return { canonical, base: canonical, exact: false, matches: (text) => test(canonicalOf(text)) }
  }
  if (canonical.includes('*')) {
    return {
      canonical,
      base: canonical,
      exact: false,
      matches: (text) => globMatches(canonical, canonicalOf(text)),
    }
  }
  return {
    canonical,
    base,
    exact: true,
    matches: (text) => {
      const given = parseChannelName(text)
      if (given === undefined) return false
      if (given.base === base) return true
      if (base === DEFAULTS) return DEFAULT_BASES.has(given.base)
      return given.base === DEFAULTS && DEFAULT_BASES.has(base)
    },
  }
}

function canonicalOf(text: string): string {
  return parseChannelName(text)?.canonical ?? ''
}
