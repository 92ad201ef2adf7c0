/**
 * What an import that was read and not applied would change of the names and versions in our channels. It looks at the
 * advisories connected with what is new, as they stand and as they would, in memory and in runs, and never writes to
 * what is matched against. Readers are not kept waiting.
 */
import { inChunks, type Db } from '../platform/database/db.ts'
import type { Advisory } from './advisory.ts'
import { identityKey } from './advisory.ts'
import { findConnected } from './apply-import.ts'
import type { EpssEntry } from './epss.ts'
import { chooseVersion, type FeedKind } from './feed-version.ts'
import { findKnowledge } from './find-vulnerabilities.ts'
import type { IdentityLink } from './identity-link.ts'
import { compareMatches, gravest, withEpss, type Effect, type EffectChange } from './import-effect.ts'
import { MemoryAdvisories } from './memory-advisories.ts'
import { crosses } from './signal-store.ts'
import { findIdentitiesOfNames, namesOfIdentities } from './store.ts'
import { findStanding, keysOfImports, readDocuments, readEntries } from './version-store.ts'
import { namesOf } from './vulnerability.ts'
import { findIdentitiesOfVulnerabilities } from './vulnerability-store.ts'

export interface StagedImport {
  readonly importId: string
  readonly kind: FeedKind
  /** When it would be applied. */
  readonly at: Date
  readonly epssBounds: readonly number[]
  readonly signal?: AbortSignal | undefined
}

/** Effects in runs; none of names that no channel has. */
export async function* previewImport(db: Db, staged: StagedImport): AsyncGenerator<readonly Effect[]> {
  if (staged.kind === 'advisories') yield* previewAdvisories(db, staged)
  else yield* previewSignals(db, staged)
}

async function* previewAdvisories(db: Db, staged: StagedImport): AsyncGenerator<readonly Effect[]> {
  const stagedKeysOf = await indexNames(db, staged.importId)
  const linksOf = new Map<string, readonly IdentityLink[]>()
  const done = new Set<string>()
  for await (const keys of keysOfImports(db, [staged.importId])) {
    staged.signal?.throwIfAborted()
    const seeds = keys.filter((key) => !done.has(key))
    if (seeds.length === 0) continue
    const { current, next, looked } = await loadConnected(db, staged, seeds, stagedKeysOf)
    for (const key of looked) done.add(key)
    const before = new MemoryAdvisories()
    before.put(current)
    const after = new MemoryAdvisories()
    after.put(current)
    after.put(next)
    const identities = [...current, ...next].flatMap(({ affected }) =>
      affected.map(({ identity }) => identityKey(identity)),
    )
    const names = await namesOfIdentities(db, [...new Set(identities)])
    const held = await findHeldVersions(db, names)
    const unknown = [...held.keys()].filter((name) => !linksOf.has(name))
    for (const [name, found] of await findIdentitiesOfNames(db, unknown)) linksOf.set(name, found.links)
    const effects: Effect[] = []
    for (const [name, versions] of held) {
      const links = linksOf.get(name) ?? []
      const [was, is] = [before, after].map((world) =>
        [...world.match(name, links, versions).values()].flat(),
      )
      effects.push(...compareMatches(name, was ?? [], is ?? []))
    }
    yield effects
  }
}

/** Keys of what was staged by each name of it. */
async function indexNames(db: Db, importId: string): Promise<Map<string, string[]>> {
  const keysOf = new Map<string, string[]>()
  for await (const keys of keysOfImports(db, [importId])) {
    for (const advisory of await readStaged(db, importId, keys)) {
      for (const name of new Set(namesOf(advisory))) {
        const own = keysOf.get(name)
        if (own) own.push(advisory.key)
        else keysOf.set(name, [advisory.key])
      }
    }
  }
  return keysOf
}

async function readStaged(db: Db, importId: string, keys: readonly string[]): Promise<Advisory[]> {
  const documents = await readDocuments(
    db,
    keys.map((key) => ({ key, importId })),
  )
  return [...documents.values()].map((document) => JSON.parse(document) as Advisory) // written by `stageFeed`
}

/** All advisories that share a name with the seeds, through others too: as they stand, and those that would be new. */
async function loadConnected(
  db: Db,
  staged: StagedImport,
  seeds: readonly string[],
  stagedKeysOf: ReadonlyMap<string, readonly string[]>,
): Promise<{ current: Advisory[]; next: Advisory[]; looked: ReadonlySet<string> }> {
  const next = new Map<string, Advisory>()
  const currentKeys = new Set<string>()
  const names = new Set<string>()
  // a set that grows while it is walked
  const pending = new Set(seeds)
  const wanted = new Set(seeds)
  while (pending.size > 0) {
    for (const advisory of await readStaged(db, staged.importId, [...pending])) {
      next.set(advisory.key, advisory)
      for (const name of namesOf(advisory)) names.add(name)
    }
    // the version that stands can have other names than the one that comes
    for (const name of await namesOfCurrent(db, [...pending])) names.add(name)
    pending.clear()
    for (const advisory of await findConnected(db, names)) {
      currentKeys.add(advisory.key)
      for (const name of advisory.names) names.add(name)
    }
    for (const name of names) {
      for (const key of stagedKeysOf.get(name) ?? []) {
        if (wanted.has(key)) continue
        wanted.add(key)
        pending.add(key)
      }
    }
  }
  const standing = await findStanding(db, [...next.keys()], {
    importId: staged.importId,
    activatedMs: staged.at.getTime(),
  })
  const chosen = [...next.values()].filter(
    ({ key }) => chooseVersion(standing.get(key) ?? [])?.importId === staged.importId,
  )
  return { current: await readCurrent(db, [...currentKeys]), next: chosen, looked: wanted }
}

async function namesOfCurrent(db: Db, keys: readonly string[]): Promise<string[]> {
  const names: string[] = []
  for (const chunk of inChunks(keys)) {
    const rows = await db
      .selectFrom('advisory_names')
      .select('name')
      .distinct()
      .where('advisory_key', 'in', chunk)
      .execute()
    names.push(...rows.map(({ name }) => name))
  }
  return names
}

async function readCurrent(db: Db, keys: readonly string[]): Promise<Advisory[]> {
  const found: Advisory[] = []
  for (const chunk of inChunks(keys)) {
    const entries = await readEntries(db, chunk)
    const rows = await db
      .selectFrom('advisories')
      .select(['key', 'document'])
      .where('key', 'in', chunk)
      .execute()
    for (const row of rows) {
      const advisory = JSON.parse(row.document) as Advisory // written by `putAdvisories`
      found.push({ ...advisory, affected: entries.get(row.key) ?? [] })
    }
  }
  return found
}

/** Versions that channels have of these names. */
export async function findHeldVersions(db: Db, names: readonly string[]): Promise<Map<string, string[]>> {
  const held = new Map<string, string[]>()
  for (const chunk of inChunks(names)) {
    const rows = await db
      .selectFrom('channel_files')
      .select(['name', 'version'])
      .distinct()
      .where('name', 'in', chunk)
      .where('state', '=', 'present')
      .orderBy('name')
      .orderBy('version')
      .execute()
    for (const { name, version } of rows) {
      const own = held.get(name)
      if (own) own.push(version)
      else held.set(name, [version])
    }
  }
  return held
}

async function* previewSignals(db: Db, staged: StagedImport): AsyncGenerator<readonly Effect[]> {
  for await (const keys of keysOfImports(db, [staged.importId])) {
    staged.signal?.throwIfAborted()
    const standing = await findStanding(db, keys, {
      importId: staged.importId,
      activatedMs: staged.at.getTime(),
    })
    const chosen = keys.filter((key) => chooseVersion(standing.get(key) ?? [])?.importId === staged.importId)
    const changes = await (staged.kind === 'kev' ? kevChanges : epssChanges)(db, staged, chosen)
    const names = await namesOfIdentities(db, await findIdentitiesOfVulnerabilities(db, [...changes.keys()]))
    const effects: Effect[] = []
    const held = await findHeldVersions(db, names)
    for (const [condaName, { found }] of await findKnowledge(db, [...held.keys()], () =>
      Promise.resolve(held),
    )) {
      for (const [version, matches] of found) {
        for (const [vulnerabilityId, own] of Map.groupBy(matches, (match) => match.vulnerability.id)) {
          const change = changes.get(vulnerabilityId)
          if (!change) continue
          const match = gravest(own)
          const [before, after] = change.epss
            ? [withEpss(match, change.epss.before), withEpss(match, change.epss.after)]
            : [match, match]
          effects.push({ condaName, version, vulnerabilityId, change: change.change, before, after })
        }
      }
    }
    yield effects
  }
}

interface SignalChange {
  readonly change: EffectChange
  readonly epss?: { readonly before: number | null; readonly after: number | null }
}

async function kevChanges(
  db: Db,
  { importId }: StagedImport,
  keys: readonly string[],
): Promise<Map<string, SignalChange>> {
  const documents = await readDocuments(
    db,
    keys.map((key) => ({ key, importId })),
  )
  const cves = keys.map((key) => key.slice('kev:'.length))
  const rows = await db.selectFrom('kev_entries').select('cve').where('cve', 'in', cves).execute()
  const listed = new Set(rows.map(({ cve }) => cve))
  return new Map(
    cves.flatMap((cve): [string, SignalChange][] => {
      const isListed = documents.has(`kev:${cve}`)
      if (isListed === listed.has(cve)) return []
      return [[cve, { change: isListed ? 'kev_listed' : 'kev_removed' }]]
    }),
  )
}

async function epssChanges(
  db: Db,
  { importId, epssBounds }: StagedImport,
  keys: readonly string[],
): Promise<Map<string, SignalChange>> {
  const documents = await readDocuments(
    db,
    keys.map((key) => ({ key, importId })),
  )
  const cves = keys.map((key) => key.slice('epss:'.length))
  const rows = await db
    .selectFrom('epss_scores')
    .select(['cve', 'probability'])
    .where('cve', 'in', cves)
    .execute()
  const known = new Map(rows.map((row) => [row.cve, row.probability]))
  return new Map(
    cves.flatMap((cve): [string, SignalChange][] => {
      const document = documents.get(`epss:${cve}`)
      const before = known.get(cve)
      const after = document === undefined ? undefined : (JSON.parse(document) as EpssEntry).probability // written by `stageFeed`
      if (!crosses(before, after, epssBounds)) return []
      return [[cve, { change: 'epss_changed', epss: { before: before ?? null, after: after ?? null } }]]
    }),
  )
}
