/**
 * Advisories from what labelled rows cite, for rows whose advisory is in none of the sources at hand. What the row says
 * of the range and the upstream is used; whether the package is that upstream, and all else, the matcher must find out.
 */
import type { Advisory, AffectedEntry, BoundRange, Component, Identity } from '../advisory.ts'
import type { TruthRow } from './truth-file.ts'

/** @returns one advisory for each CVE and upstream; rows without a range cite nothing that can be used */
export function citedAdvisories(rows: readonly TruthRow[]): Advisory[] {
  const cited = rows.filter((row) => row.range !== undefined)
  return [...Map.groupBy(cited, (row) => `${row.cve} ${row.upstream}`)].flatMap(([key, own]) => {
    const [first] = own
    const identity = first && citedIdentity(first.upstream)
    if (!identity) return []
    const entries = new Map(own.map((row) => [`${row.range} ${row.component}`, toEntry(row, identity)]))
    return [toAdvisory(`nvd:cited ${key}`, first.cve, [...entries.values()])]
  })
}

export function citedIdentity(upstream: string): Identity | undefined {
  const [, kind, name] = /^(cpe|pkg:[a-z]+)[:/](.+)$/.exec(upstream) ?? []
  return kind === undefined || name === undefined ? undefined : { kind: kind.replace('pkg:', ''), name }
}

function toAdvisory(key: string, id: string, affected: readonly AffectedEntry[]): Advisory {
  return {
    key,
    source: 'nvd',
    id,
    aliases: [],
    upstream: [],
    state: 'active',
    isDisputed: false,
    publishedMs: null,
    modifiedMs: null,
    summary: '',
    mentions: [],
    scores: [],
    affected,
    references: [],
  }
}

function toEntry({ range = '', component }: TruthRow, identity: Identity): AffectedEntry {
  const [versions = '', system] = range.split(' AND ')
  return {
    identity,
    ranges: versions.split('||').map((part) => toBounds(part.trim())),
    versions: [],
    except: [],
    platforms: system === 'windows' ? ['win'] : null,
    conditions: [],
    component: toComponent(component),
    targetSoftware: null,
    isSecondary: false,
    note: null,
  }
}

function toComponent(text: string | undefined): Component | null {
  if (text === 'lib') return 'library'
  return text === 'tool' || text === 'both' ? text : null
}

function toBounds(text: string): BoundRange {
  const open: BoundRange = { form: 'bounds', scheme: 'generic', from: null, to: null, isUnspecified: false }
  return text.split(',').reduce((range, part) => {
    const [, sign, isInclusive, version] = /^\s*([<>=])(=?)\s*(.+?)\s*$/.exec(part) ?? []
    if (version === undefined) return range
    const bound = { version, isInclusive: isInclusive === '=' || sign === '=' }
    if (sign === '=') return { ...range, from: bound, to: bound }
    return sign === '>' ? { ...range, from: bound } : { ...range, to: bound }
  }, open)
}
