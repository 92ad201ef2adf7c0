/**
 * The SQL of what is matched against: writing current advisories. What imports said is `version-store.ts`, what follows
 * for vulnerabilities is `vulnerability-store.ts`; reading for matches is `store.ts`.
 */
import type { Advisory } from './advisory.ts'
import { identityKey } from './advisory.ts'
import { inChunks, type Db } from '../platform/database/db.ts'
import { namesOf, vulnerabilityAlone, type NamedRecord } from './vulnerability.ts'

export interface CurrentVersion {
  readonly importId: string
  readonly contentSha256: string
}

/** What is current under these keys. */
export async function findCurrent(db: Db, keys: readonly string[]): Promise<Map<string, CurrentVersion>> {
  const found = new Map<string, CurrentVersion>()
  for (const chunk of inChunks(keys)) {
    const rows = await db
      .selectFrom('advisories')
      .select(['key', 'import_id', 'content_sha256'])
      .where('key', 'in', chunk)
      .execute()
    for (const row of rows) found.set(row.key, { importId: row.import_id, contentSha256: row.content_sha256 })
  }
  return found
}

export interface VersionOfAdvisory {
  readonly advisory: Advisory
  readonly contentSha256: string
  readonly importId: string
}

/**
 * Writes advisories over what is there under their keys, and takes others away.
 * @returns the identities the old and the new versions speak of, and all their names
 */
export async function putAdvisories(
  tx: Db,
  latest: readonly VersionOfAdvisory[],
  gone: readonly string[],
  at: Date,
): Promise<{ identities: Set<string>; names: Set<string> }> {
  const keys = [...latest.map((item) => item.advisory.key), ...gone]
  const identities = new Set(await identitiesOfAdvisories(tx, keys))
  const names = new Set(await namesOfAdvisories(tx, keys))
  await tx.deleteFrom('advisory_affected').where('advisory_key', 'in', keys).execute()
  await tx.deleteFrom('advisory_names').where('advisory_key', 'in', keys).execute()
  if (gone.length > 0) await tx.deleteFrom('advisories').where('key', 'in', gone).execute()
  if (latest.length > 0) await upsertDocuments(tx, latest, at)
  const nameRows = latest.flatMap(({ advisory }) =>
    [...new Set(namesOf(advisory))].map((name) => ({ advisory_key: advisory.key, name })),
  )
  for (const chunk of inChunks(nameRows)) await tx.insertInto('advisory_names').values(chunk).execute()
  const affectedRows = latest.flatMap(({ advisory }) =>
    advisory.affected.map((entry, position) => ({
      advisory_key: advisory.key,
      position,
      identity: identityKey(entry.identity),
      entry: JSON.stringify(entry),
    })),
  )
  for (const chunk of inChunks(affectedRows)) await tx.insertInto('advisory_affected').values(chunk).execute()
  for (const row of affectedRows) identities.add(row.identity)
  for (const row of nameRows) names.add(row.name)
  return { identities, names }
}

async function upsertDocuments(tx: Db, versions: readonly VersionOfAdvisory[], at: Date): Promise<void> {
  const rows = versions.map(({ advisory, contentSha256, importId }) => ({
    key: advisory.key,
    source: advisory.source,
    id: advisory.id,
    vulnerability_id: vulnerabilityAlone(advisory),
    state: advisory.state,
    modified_at: advisory.modifiedMs,
    imported_at: at.getTime(),
    import_id: importId,
    content_sha256: contentSha256,
    document: JSON.stringify({ ...advisory, affected: [] }),
  }))
  await tx
    .insertInto('advisories')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('key').doUpdateSet((eb) => ({
        vulnerability_id: eb.ref('excluded.vulnerability_id'),
        state: eb.ref('excluded.state'),
        modified_at: eb.ref('excluded.modified_at'),
        imported_at: eb.ref('excluded.imported_at'),
        import_id: eb.ref('excluded.import_id'),
        content_sha256: eb.ref('excluded.content_sha256'),
        document: eb.ref('excluded.document'),
      })),
    )
    .execute()
}

async function identitiesOfAdvisories(tx: Db, keys: readonly string[]): Promise<string[]> {
  const rows = await tx
    .selectFrom('advisory_affected')
    .select('identity')
    .distinct()
    .where('advisory_key', 'in', keys)
    .execute()
  return rows.map((row) => row.identity)
}

async function namesOfAdvisories(tx: Db, keys: readonly string[]): Promise<string[]> {
  const rows = await tx
    .selectFrom('advisory_names')
    .select('name')
    .where('advisory_key', 'in', keys)
    .execute()
  return rows.map((row) => row.name)
}

/** The vulnerabilities some advisories were about before these were written. */
export async function findVulnerabilityIds(tx: Db, keys: readonly string[]): Promise<string[]> {
  const ids: string[] = []
  for (const chunk of inChunks(keys)) {
    const rows = await tx
      .selectFrom('advisories')
      .select('vulnerability_id')
      .distinct()
      .where('key', 'in', chunk)
      .execute()
    ids.push(...rows.map((row) => row.vulnerability_id))
  }
  return ids
}

export interface NamedAdvisory extends NamedRecord {
  /** As stored now. */
  readonly vulnerabilityId: string
}

/** Every advisory with one of these names, with all of its names. */
export async function findAdvisoriesNamed(tx: Db, names: readonly string[]): Promise<NamedAdvisory[]> {
  const found = new Map<string, NamedAdvisory & { names: string[] }>()
  for (const chunk of inChunks(names)) {
    const rows = await tx
      .selectFrom('advisory_names as own')
      .innerJoin('advisory_names as other', 'other.advisory_key', 'own.advisory_key')
      .innerJoin('advisories', 'advisories.key', 'own.advisory_key')
      .select([
        'advisories.key as key',
        'advisories.id as id',
        'advisories.vulnerability_id as vulnerabilityId',
        'other.name as name',
      ])
      .distinct()
      .where('own.name', 'in', chunk)
      .execute()
    for (const { name, ...row } of rows) {
      const known = found.get(row.key)
      if (!known) found.set(row.key, { ...row, names: [name] })
      else if (!known.names.includes(name)) known.names.push(name)
    }
  }
  return [...found.values()]
}

/** Moves advisories to another vulnerability. */
export async function assignVulnerability(tx: Db, id: string, keys: readonly string[]): Promise<void> {
  for (const chunk of inChunks(keys)) {
    await tx.updateTable('advisories').set({ vulnerability_id: id }).where('key', 'in', chunk).execute()
  }
}

export interface ImportRow {
  readonly id: string
  readonly kind: 'mapping'
  readonly sourceName: string
  readonly filename: string
  readonly at: Date
  readonly dataMs: number | null
  readonly records: number
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly skipped: number
  readonly skippedLines: readonly { readonly line: number; readonly reason: string }[]
}

export async function insertImport(tx: Db, row: ImportRow): Promise<void> {
  await tx
    .insertInto('advisory_imports')
    .values({
      id: row.id,
      kind: row.kind,
      source_name: row.sourceName,
      filename: row.filename,
      imported_at: row.at.getTime(),
      data_at: row.dataMs,
      records: row.records,
      added: row.added,
      changed: row.changed,
      unchanged: row.unchanged,
      skipped: row.skipped,
      skipped_lines: JSON.stringify(row.skippedLines),
      state: 'active',
      findings: '[]',
      effects: '{}',
      marker: '{}',
    })
    .execute()
}
