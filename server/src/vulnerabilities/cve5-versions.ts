/**
 * The `versions` of one product of a CVE 5 record, with its `defaultStatus`.
 *
 * The schema gives a status to versions and ranges, and `defaultStatus` to the rest. Where that is "affected"
 * and only unaffected versions are listed, everything else is affected; where affected ones are listed too,
 * the list is taken at its word, for many CNAs set the default without meaning it.
 */
import {
  everyVersion,
  type AffectedEntry,
  type RangeEvent,
  type RangeScheme,
  type VersionRange,
} from './advisory.ts'
import { objectsOf, textOf, type JsonObject } from './json-reading.ts'
import { bareVersion, isOpenStart, readVersionText } from './version-text.ts'

export type ProductVersions = Pick<AffectedEntry, 'ranges' | 'versions' | 'except'>

/** @returns undefined where the product states no affected version */
export function readProductVersions(product: JsonObject): ProductVersions | undefined {
  const items = objectsOf(product.versions)
  const affected = items.filter((item) => item.status === 'affected').map(readItem)
  const unaffected = items.filter((item) => item.status === 'unaffected').map(readItem)
  const except = unaffected.flatMap((item) => [...item.ranges, ...item.versions.map(only)])
  if (affected.length > 0) {
    return {
      ranges: affected.flatMap((item) => item.ranges),
      versions: affected.flatMap((item) => item.versions),
      except,
    }
  }
  if (product.defaultStatus !== 'affected') return undefined
  return { ranges: [everyVersion], versions: [], except }
}

interface ItemVersions {
  readonly ranges: readonly VersionRange[]
  readonly versions: readonly string[]
}

const schemesByType: ReadonlyMap<unknown, RangeScheme> = new Map([
  ['semver', 'semver'],
  ['git', 'git'],
  ['python', 'python'],
])

function readItem(item: JsonObject): ItemVersions {
  const scheme = schemesByType.get(item.versionType) ?? 'generic'
  const version = textOf(item.version) ?? ''
  const below = textOf(item.lessThan)
  const upTo = textOf(item.lessThanOrEqual)
  const changes = objectsOf(item.changes)
  if (below === undefined && upTo === undefined && changes.length === 0)
    return readVersionText(version, scheme)
  const events: RangeEvent[] = [
    { kind: 'introduced', version: isOpenStart(version) ? '0' : bareVersion(version) },
  ]
  for (const change of changes) {
    const at = textOf(change.at)
    if (at === undefined) continue
    events.push({ kind: change.status === 'affected' ? 'introduced' : 'fixed', version: bareVersion(at) })
  }
  if (below !== undefined && below !== '*') events.push({ kind: 'fixed', version: bareVersion(below) })
  else if (upTo !== undefined && upTo !== '*')
    events.push({ kind: 'lastAffected', version: bareVersion(upTo) })
  return { ranges: [{ form: 'events', scheme, events }], versions: [] }
}

function only(version: string): VersionRange {
  const bound = { version, isInclusive: true }
  return { form: 'bounds', scheme: 'generic', from: bound, to: bound, isUnspecified: false }
}
