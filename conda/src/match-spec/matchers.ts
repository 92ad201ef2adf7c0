/** Turns the fields of a spec into tests of a record, and into their canonical texts. */
import { VersionSpec } from '../version/version-spec.ts'
import { buildNumberPattern } from './build-number.ts'
import { channelPattern, parseChannelName } from './channel.ts'
import type { ChannelPattern } from './channel.ts'
import type { SpecFields } from './fields.ts'
import { globMatches } from './glob.ts'
import { caselessPattern, textPattern } from './text-pattern.ts'
import type { TextPattern } from './text-pattern.ts'

/** What a spec can look at, under the names repodata uses. A field a record lacks matches no value. */
export interface MatchableRecord {
  readonly name: string
  readonly version: string
  readonly build: string
  readonly build_number?: number | undefined
  /** A name or a URL, as `parseChannelName` reads them. */
  readonly channel?: string | undefined
  readonly subdir?: string | undefined
  readonly fn?: string | undefined
  readonly url?: string | undefined
  readonly md5?: string | undefined
  readonly sha256?: string | undefined
  readonly license?: string | null | undefined
  readonly license_family?: string | null | undefined
  /** Separated by spaces or commas, or already apart. */
  readonly track_features?: string | readonly string[] | null | undefined
  readonly features?: string | readonly string[] | null | undefined
  readonly flags?: readonly string[] | undefined
}

type RecordTest = (record: MatchableRecord) => boolean

export interface FieldMatchers {
  readonly name: TextPattern
  readonly version: VersionSpec | undefined
  readonly channel: ChannelPattern | undefined
  /** Canonical texts of the fields that have no place in front of the brackets. */
  readonly texts: ReadonlyMap<string, string>
  matches(record: MatchableRecord): boolean
}

/** @throws InvalidVersionSpecError, InvalidRegexError */
export function fieldMatchers(fields: SpecFields): FieldMatchers {
  const name = textPattern(fields.name.toLowerCase())
  const version = fields.version === undefined ? undefined : VersionSpec.parse(fields.version)
  const channelName = fields.channel === undefined ? undefined : parseChannelName(fields.channel)
  const channel = channelName === undefined ? undefined : channelPattern(channelName)

  const tests: RecordTest[] = []
  const texts = new Map<string, string>()
  if (version !== undefined) tests.push((record) => version.matches(record.version))
  addText(tests, 'build', fields.build)
  addBuildNumber(tests, texts, fields.build_number)
  if (channel !== undefined && channel.canonical !== '*') {
    tests.push((record) => record.channel !== undefined && channel.matches(record.channel))
  }
  addExact(tests, texts, fields)
  addFeatures(tests, texts, 'track_features', fields.track_features)
  addFeatures(tests, texts, 'features', fields.features)
  addLicense(tests, texts, 'license', fields.license)
  addLicense(tests, texts, 'license_family', fields.license_family)
  if (fields.when !== undefined) texts.set('when', fields.when)
  if (fields.extras !== undefined) texts.set('extras', printList(fields.extras))
  addFlags(tests, texts, fields.flags)

  const anyName = name.text === '*'
  const matches: RecordTest = (record) =>
    (anyName || name.matches(record.name)) && tests.every((test) => test(record))
  return { name, version, channel, texts, matches }
}

function addText(tests: RecordTest[], field: 'build', wanted: string | undefined): void {
  if (wanted === undefined) return
  const pattern = textPattern(wanted)
  tests.push((record) => pattern.matches(record[field]))
}

function addBuildNumber(tests: RecordTest[], texts: Map<string, string>, wanted: string | undefined): void {
  if (wanted === undefined) return
  const pattern = buildNumberPattern(wanted)
  texts.set('build_number', String(pattern.value))
  tests.push((record) => pattern.matches(record.build_number ?? 0))
}

/** Fields without patterns. Digests are hexadecimal numbers, so their case means nothing. */
function addExact(tests: RecordTest[], texts: Map<string, string>, fields: SpecFields): void {
  const { subdir, url, fn } = fields
  if (subdir !== undefined) tests.push((record) => record.subdir === subdir)
  if (url !== undefined) {
    texts.set('url', url)
    tests.push((record) => record.url === url)
  }
  for (const digest of ['md5', 'sha256'] as const) {
    const wanted = fields[digest]
    if (wanted === undefined) continue
    texts.set(digest, wanted)
    const lower = wanted.toLowerCase()
    tests.push((record) => record[digest]?.toLowerCase() === lower)
  }
  if (fn !== undefined) {
    texts.set('fn', fn)
    tests.push((record) => filenames(record).includes(fn))
  }
}

/** A record without `fn` is keyed by it in repodata, so that both formats are possible. */
function filenames(record: MatchableRecord): readonly string[] {
  if (record.fn !== undefined) return [record.fn]
  const stem = `${record.name}-${record.version}-${record.build}`
  return [`${stem}.conda`, `${stem}.tar.bz2`]
}

/** Features match as sets: all of them and no others. */
function addFeatures(
  tests: RecordTest[],
  texts: Map<string, string>,
  field: 'track_features' | 'features',
  text: string | undefined,
): void {
  if (text === undefined) return
  const wanted = featureSet(text).join(' ')
  texts.set(field, wanted)
  tests.push((record) => featureSet(record[field] ?? '').join(' ') === wanted)
}

function featureSet(features: string | readonly string[]): string[] {
  const list = typeof features === 'string' ? features.split(/[\s,]+/) : features.map((text) => text.trim())
  return [...new Set(list.filter((feature) => feature !== ''))].sort(byCodePoint)
}

function addLicense(
  tests: RecordTest[],
  texts: Map<string, string>,
  field: 'license' | 'license_family',
  wanted: string | undefined,
): void {
  if (wanted === undefined) return
  const pattern = caselessPattern(wanted)
  texts.set(field, pattern.text)
  tests.push((record) => pattern.matches(record[field] ?? ''))
}

/** Each wanted flag has to be there; `blas:*` asks for any of a kind (CEP 45). */
function addFlags(
  tests: RecordTest[],
  texts: Map<string, string>,
  wanted: readonly string[] | undefined,
): void {
  if (wanted === undefined) return
  texts.set('flags', printList(wanted))
  tests.push((record) => wanted.every((flag) => record.flags?.some((given) => globMatches(flag, given))))
}

/** As Python prints a list of texts. */
function printList(items: readonly string[]): string {
  const quoted = items.map((item) => (item.includes("'") ? `"${item}"` : `'${item}'`))
  return `[${quoted.sort(byCodePoint).join(', ')}]`
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
