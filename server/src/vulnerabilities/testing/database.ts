/** A fresh database, and advisory files to import into it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Db } from '../../platform/database/db.ts'
import { dropTestDatabase, openTestDatabase } from '../../testing/test-database.ts'
import { importAdvisories, type AdvisoryImport, type ImportResult } from '../import-advisories.ts'
import { importMapping } from '../import-mapping.ts'

export interface TestDatabase {
  readonly db: Db
  /** Imports records as JSON lines; a text is a line as it stands. */
  importRecords(records: readonly unknown[], over?: Partial<AdvisoryImport>): Promise<ImportResult>
  importNames(mapping: Readonly<Record<string, unknown>>): Promise<readonly string[]>
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
      const path = writeFile('advisories.jsonl', lines.join('\n'))
      return importAdvisories(db, { path, sourceName: 'test', now: new Date(1_000), ...over })
    },
    async importNames(mapping) {
      const path = writeFile('mapping.json', JSON.stringify(mapping))
      return (await importMapping(db, { path, sourceName: 'test', now: new Date(1_000) })).touchedNames
    },
    async close() {
      await db.destroy()
      await dropTestDatabase(folder)
      rmSync(folder, { recursive: true })
    },
  }
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
