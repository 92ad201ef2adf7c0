/** A fresh database, and advisory files to import into it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inChunks, type Db } from '../../platform/database/db.ts'
import { newId } from '../../platform/ids.ts'
import { dropTestDatabase, openTestDatabase } from '../../testing/test-database.ts'
import { importAdvisories, type AdvisoryImport, type ImportResult } from '../import-advisories.ts'
import { importMapping } from '../import-mapping.ts'

export interface TestDatabase {
  readonly db: Db
  /** Imports records as JSON lines; a text is a line as it stands. */
  importRecords(records: readonly unknown[], over?: Partial<AdvisoryImport>): Promise<ImportResult>
  importNames(mapping: Readonly<Record<string, unknown>>): Promise<readonly string[]>
  /** Makes a channel that has these versions. */
  holdVersions(versions: Readonly<Record<string, readonly string[]>>): Promise<string>
  writeFile(name: string, content: string): string
  close(): Promise<void>
}

export async function startTestDatabase(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'vulnerabilities-'))
  const db = await openTestDatabase(folder)
  const writeFile = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  return {
    db,
    writeFile,
    importRecords(records, over = {}) {
      const lines = records.map((record) => (typeof record === 'string' ? record : JSON.stringify(record)))
      const path = writeFile(over.filename ?? 'advisories.jsonl', lines.join('\n'))
      return importAdvisories(db, { path, sourceName: 'test', now: new Date(1_000), ...over })
    },
    async importNames(mapping) {
      const path = writeFile('mapping.json', JSON.stringify(mapping))
      return (await importMapping(db, { path, sourceName: 'test', now: new Date(1_000) })).touchedNames
    },
    async holdVersions(versions) {
      const names = Object.entries(versions).flatMap(([name, own]) =>
        own.map((version) => ({ name, version })),
      )
      return holdVersions(db, names)
    },
    async close() {
      await db.destroy()
      await dropTestDatabase(folder)
      rmSync(folder, { recursive: true })
    },
  }
}

async function holdVersions(
  db: Db,
  names: readonly { readonly name: string; readonly version: string }[],
): Promise<string> {
  const channel_id = newId()
  const at = { created_at: 1, updated_at: 1 }
  const numbers = { revision: 0, rendered_revision: 0, newest_revision: 0, frozen: 0 }
  const words = { description: '', privacy: 'public', kind: 'default', owner_id: 'nobody' }
  await db
    .insertInto('channels')
    .values({ id: channel_id, name: channel_id, ...words, ...numbers, ...at })
    .execute()
  const sha256 = channel_id
  await db
    .insertInto('artifacts')
    .values({
      ...{ sha256, md5: '', size: 1, inspection: '{}', first_seen_at: 1 },
      ...{ announced: 0, link_scripts: 0, executables_in_noarch: 0 },
    })
    .execute()
  const rows = names.map(({ name, version }) => ({
    id: newId(),
    channel_id,
    subdir: 'noarch',
    filename: `${name}-${version}-0.conda`,
    sha256,
    state: 'present',
    name,
    version,
    build: '0',
    build_number: 0,
    size: 1,
    record_sha256: '',
    verified_by: 'digest',
    origin_kind: 'upload',
    origin_id: '',
    origin_name: '',
    added_at: 1,
    updated_at: 1,
  }))
  for (const chunk of inChunks(rows)) await db.insertInto('channel_files').values(chunk).execute()
  return channel_id
}

/** A PyPA record about `demo`, fixed in `fixed`. */
export function pypaRecord(id: string, fixed: string, over: Readonly<Record<string, unknown>> = {}): object {
  return {
    id,
    modified: '2023-01-01T00:00:00Z',
    affected: [
      {
        package: { ecosystem: 'PyPI', name: 'demo' },
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed }] }],
      },
    ],
    ...over,
  }
}

/** An NVD record with a score and nothing else. */
export function nvdRecord(id: string, base: number, over: Readonly<Record<string, unknown>> = {}): object {
  return {
    id,
    lastModified: '2023-01-01T00:00:00Z',
    vulnStatus: 'Analyzed',
    descriptions: [{ lang: 'en', value: `The flaw ${id}` }],
    metrics: { cvssMetricV31: [{ source: 'nvd@nist.gov', cvssData: { baseScore: base } }] },
    ...over,
  }
}
