/**
 * Reads a match spec into its fields: `channel/subdir::name version build [key=value, …]` and all the
 * other ways conda accepts to write it (CEP 29, and `_parse_spec_str` in conda/models/match_spec.py,
 * whose steps these are). What the fields mean is for `match-spec.ts`.
 */
import { parseChannelName } from './channel.ts'
import { InvalidMatchSpecError } from './errors.ts'
import { applyBrackets } from './fields.ts'
import type { BracketEntry, MatchSpecSyntax, SpecFields } from './fields.ts'
import { readLegacyEntries, takeLastGroup } from './legacy-brackets.ts'
import { readPackageAddress } from './package-address.ts'
import { takeV3Brackets } from './v3-brackets.ts'

/** @throws InvalidMatchSpecError */
export function readFields(spec: string, syntax: MatchSpecSyntax): SpecFields {
  if (spec === '') return { name: '*' }
  if (spec.endsWith('@')) return { name: '*', track_features: spec.slice(0, -1) }
  const uncommented = withoutComment(spec, syntax)
  const address = readPackageAddress(uncommented)
  if (address !== undefined) return address

  const brackets = takeBrackets(spec, uncommented, syntax)
  // `(optional)` and the like: read by old versions of conda, ignored by all.
  const outside = takeLastGroup(brackets.rest, '(', ')').rest
  const { channel, rest } = takeChannel(outside)
  const fields = readPositional(spec, rest)
  placeChannel(fields, channel)
  placeChannel(fields, brackets.entries.findLast((entry) => entry.key === 'channel')?.value)
  const unknown = applyBrackets(fields, brackets.entries)
  if (unknown !== undefined) throw new InvalidMatchSpecError(spec, `unknown key ${unknown}`)
  return fields
}

function withoutComment(spec: string, syntax: MatchSpecSyntax): string {
  const comment = spec.indexOf('#')
  const text = comment === -1 ? spec : spec.slice(0, comment)
  if (syntax === 'v3') return text
  const condition = text.indexOf(' if ')
  return condition === -1 ? text : text.slice(0, condition)
}

interface Brackets {
  readonly rest: string
  readonly entries: readonly BracketEntry[]
}

function takeBrackets(spec: string, text: string, syntax: MatchSpecSyntax): Brackets {
  if (syntax === 'v3') {
    const { rest, entries = [] } = takeV3Brackets(text)
    return { rest, entries: entries.map(normalizedEntry) }
  }
  const { rest, inside } = takeLastGroup(text, '[', ']')
  const entries = inside === undefined ? [] : readLegacyEntries(spec, inside)
  return { rest, entries: entries.map(normalizedEntry) }
}

function normalizedEntry(entry: BracketEntry): BracketEntry {
  if (entry.key !== 'version' || typeof entry.value !== 'string') return entry
  return { key: entry.key, value: translateVersion(entry.value, undefined) }
}

/** `channel::rest`, `channel:namespace:rest`; what stands before a single colon is a namespace: ignored. */
function takeChannel(text: string): { channel: string | undefined; rest: string } {
  const last = text.lastIndexOf(':')
  if (last === -1) return { channel: undefined, rest: text }
  const rest = text.slice(last + 1)
  const before = last === 0 ? -1 : text.lastIndexOf(':', last - 1)
  return { channel: before === -1 ? undefined : text.slice(0, before), rest }
}

/** A channel brings its subdir along; a `subdir` in the brackets still overrides that. */
function placeChannel(fields: SpecFields, text: BracketEntry['value'] | undefined): void {
  const channel = typeof text === 'string' ? parseChannelName(text) : undefined
  if (channel === undefined) return
  fields.channel = channel.canonical
  if (channel.subdir !== undefined) fields.subdir = channel.subdir
}

/** `name`, and what follows it from the first space or operator on. */
function readPositional(spec: string, text: string): SpecFields {
  const end = text.search(/[ =<>!~]/)
  const name = end === -1 ? text : text.slice(0, end)
  if (name === '') throw new InvalidMatchSpecError(spec, 'no package name')
  // `pkg=` says nothing about the version, and conda lets it pass.
  const rest = end === -1 || end === text.length - 1 ? '' : text.slice(end).trim()
  if (rest === '') return { name }
  if (rest.includes('[')) throw new InvalidMatchSpecError(spec, 'brackets open twice, or do not close')

  const { version, build } = splitBuild(rest)
  const translated = translateVersion(version, build)
  return build === undefined ? { name, version: translated } : { name, version: translated, build }
}

/**
 * Parts `>=1.0 , < 2.0 py34_0` into version and build: at the first space or `=` that no operator stands
 * before and behind which nothing looks like a version constraint. Spaces in the version are dropped.
 */
function splitBuild(text: string): { version: string; build: string | undefined } {
  const earliest = Math.max(1, lastIndexOfAny(text, '-=,|<>~'))
  for (let at = earliest; at < text.length - 1; at++) {
    const char = text[at]
    if (char !== ' ' && char !== '=') continue
    if ('=!|,<>~'.includes(text.charAt(at - 1))) continue
    return { version: text.slice(0, at).replaceAll(' ', ''), build: text.slice(at + 1).trim() }
  }
  return { version: text.replaceAll(' ', ''), build: undefined }
}

function lastIndexOfAny(text: string, chars: string): number {
  for (let at = text.length - 1; at >= 0; at--) if (chars.includes(text.charAt(at))) return at
  return -1
}

/** `=1.2` is the family 1.2.*, yet exactly 1.2 when a build follows; `==` is what no operator means. */
function translateVersion(version: string, build: string | undefined): string {
  if (!version.startsWith('=') || version === '=' || version === '==') return version
  const bare = version.replace(/^=+/, '')
  if (version.startsWith('==') && build === undefined) return bare
  if (/[=,|]/.test(bare)) return version
  return build === undefined && !bare.endsWith('*') ? `${bare}*` : bare
}
