/**
 * Imports a public mapping of conda names to PyPI. A mapping replaces what the same source said before, as a
 * whole: unlike advisories, it is one document, and a name it no longer has is one it no longer vouches for.
 */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { inChunks, type Db, type Tx } from '../platform/database/db.ts'
import { newId } from '../platform/ids.ts'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'
import { insertImport } from './import-store.ts'
import { parseNameMapping, type MappingRow } from './name-mapping.ts'

export interface MappingImport {
  readonly path: string
  /** Names the mapping; an import under the same name replaces it. */
  readonly sourceName: string
  readonly now: Date
  readonly filename?: string
  /** Runs in the transaction that makes the mapping current. */
  readonly inTransaction?: (tx: Tx, result: MappingResult) => Promise<void>
}

export interface MappingResult {
  readonly importId: string
  /** conda names the mapping speaks of. */
  readonly names: number
  readonly links: number
  readonly skipped: readonly string[]
  /** Names whose links are not what they were. */
  readonly touchedNames: readonly string[]
}

const MAX_BYTES = 256 * 2 ** 20

/** @throws AppError invalid-mapping when the file is no mapping */
export async function importMapping(db: Db, request: MappingImport): Promise<MappingResult> {
  const filename = request.filename ?? basename(request.path)
  const mapping = parseNameMapping(await readJson(request.path, filename))
  if (!mapping || mapping.rows.length === 0) {
    throw new AppError(
      'invalid-mapping',
      `${filename} is no mapping: expected {"conda-name": ["pypi-name"] or null}`,
    )
  }
  const importId = newId()
  return db.transaction().execute(async (tx) => {
    const touchedNames = await replaceLinks(tx, request.sourceName, mapping.rows)
    const names = new Set(mapping.rows.map((row) => row.condaName))
    const links = mapping.rows.filter((row) => row.relation !== 'none').length
    const result: MappingResult = {
      importId,
      names: names.size,
      links,
      skipped: mapping.skipped,
      touchedNames,
    }
    await insertImport(tx, {
      id: importId,
      kind: 'mapping',
      sourceName: request.sourceName,
      filename,
      at: request.now,
      dataMs: null,
      records: names.size,
      added: 0,
      changed: touchedNames.length,
      unchanged: names.size - touchedNames.length,
      skipped: mapping.skipped.length,
      skippedLines: [],
    })
    await request.inTransaction?.(tx, result)
    return result
  })
}

async function readJson(path: string, filename: string): Promise<unknown> {
  try {
    const bytes = await readWhole(path)
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b
    return JSON.parse((isGzip ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes).toString('utf8'))
  } catch (cause) {
    throw new AppError('invalid-mapping', `mapping ${filename} cannot be read: ${errorText(cause)}`, {
      cause,
    })
  }
}

async function readWhole(path: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of createReadStream(path) as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** @returns names whose links changed */
async function replaceLinks(tx: Db, source: string, rows: readonly MappingRow[]): Promise<string[]> {
  const before = await tx
    .selectFrom('identity_links')
    .select(['conda_name', 'identity', 'relation'])
    .where('source', '=', source)
    .execute()
  const after = rows.map((row) => ({
    source,
    conda_name: row.condaName,
    identity: row.relation === 'none' ? '' : `pypi:${row.pypiName}`,
    relation: row.relation,
  }))
  await tx.deleteFrom('identity_links').where('source', '=', source).execute()
  for (const chunk of inChunks(after)) await tx.insertInto('identity_links').values(chunk).execute()
  const old = linksByName(before)
  const fresh = linksByName(after)
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((name) => old.get(name) !== fresh.get(name))
    .toSorted()
}

function linksByName(
  rows: readonly { readonly conda_name: string; readonly identity: string; readonly relation: string }[],
): Map<string, string> {
  const named = Map.groupBy(rows, (row) => row.conda_name)
  return new Map(
    [...named].map(([name, own]) => [
      name,
      own
        .map((row) => `${row.relation} ${row.identity}`)
        .toSorted()
        .join(),
    ]),
  )
}
