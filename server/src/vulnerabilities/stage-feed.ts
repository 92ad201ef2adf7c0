/**
 * Reads a file of advisories, KEV or EPSS and puts aside, where no query of matches looks, what it says that its source
 * did not say before. Bad records are kept with their reason and left out.
 */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import type { Db } from '../platform/database/db.ts'
import { errorText } from '../platform/text.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { Advisory, AdvisorySource } from './advisory.ts'
import { parseRecord } from './detect-format.ts'
import { parseEpss, type EpssEntry } from './epss.ts'
import { isNews, type FeedKind, type FeedVersion } from './feed-version.ts'
import { RecordError } from './json-reading.ts'
import { parseKev, type KevEntry } from './kev.ts'
import { defaultReadLimits, readAdvisoryFile, type ReadLimits } from './read-advisory-file.ts'
import type { SignalFile } from './signal-file.ts'
import {
  findStanding,
  insertFaults,
  keepUnversioned,
  latestOf,
  listOwnKeys,
  stageVersions,
  type Fault,
} from './version-store.ts'

export interface FeedFile {
  readonly path: string
  readonly filename: string
  readonly kind: FeedKind
  readonly importId: string
  readonly sourceId: string | null
  /** Undefined: any that we know. */
  readonly writers?: readonly AdvisorySource[] | undefined
  readonly limits?: ReadLimits | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((records: number) => void) | undefined
}

export interface Tally {
  records: number
  added: number
  changed: number
  /** Also records older than what we have. */
  unchanged: number
  /** Of those that changed: they stood, and now say that they are withdrawn, rejected or not listed any more. */
  ended: number
  skippedCount: number
  /** The first hundred. */
  readonly skipped: { readonly line: number; readonly reason: string }[]
  /** The newest date the data names. */
  dataMs: number | null
}

const CHUNK = 300
const MAX_REPORTED = 100
const MAX_FAULTS = 10_000
const RECORD_BEGINNING = 500
/** KEV has 1 MB, EPSS 12 MB. */
const MAX_SIGNAL_BYTES = 256 * 2 ** 20

/** @throws AppError invalid-advisories when the file as a whole is unusable */
export async function stageFeed(db: Db, file: FeedFile): Promise<Tally> {
  const tally: Tally = {
    records: 0,
    added: 0,
    changed: 0,
    unchanged: 0,
    ended: 0,
    skippedCount: 0,
    skipped: [],
    dataMs: null,
  }
  const staging = new Staging(db, file, tally)
  if (file.kind === 'advisories') await stageAdvisories(file, staging)
  else await stageSignals(db, file, staging)
  await staging.flush()
  if (tally.records === 0) {
    const first = tally.skipped[0]
    const why = first ? `: line ${first.line}: ${first.reason}` : ': it is empty'
    throw new AppError('invalid-advisories', `${file.filename} holds no record we can read${why}`)
  }
  return tally
}

class Staging {
  readonly #db: Db
  readonly #file: FeedFile
  readonly tally: Tally
  #chunk: (FeedVersion & { readonly isEnded: boolean })[] = []
  #faults: Fault[] = []
  #keptFaults = 0

  constructor(db: Db, file: FeedFile, tally: Tally) {
    this.#db = db
    this.#file = file
    this.tally = tally
  }

  /** @param isEnded whether it says that it stands no more */
  async add(version: FeedVersion, isEnded: boolean): Promise<void> {
    this.#chunk.push({ ...version, isEnded })
    this.tally.records += 1
    this.tally.dataMs = Math.max(this.tally.dataMs ?? 0, version.modifiedMs ?? 0) || null
    if (this.#chunk.length >= CHUNK) await this.flush()
  }

  refuse(line: number, reason: string, record: unknown): void {
    this.tally.skippedCount += 1
    if (this.tally.skipped.length < MAX_REPORTED) this.tally.skipped.push({ line, reason })
    if (this.#keptFaults + this.#faults.length >= MAX_FAULTS) return
    const text = typeof record === 'string' ? record : (JSON.stringify(record) ?? '')
    // a NUL is refused by PostgreSQL, and a cut can leave half a character
    const beginning = text.slice(0, RECORD_BEGINNING).replaceAll('\u0000', '').toWellFormed()
    this.#faults.push({ line, reason, record: beginning })
  }

  async flush(): Promise<void> {
    await insertFaults(this.#db, this.#file.importId, this.#keptFaults, this.#faults)
    this.#keptFaults += this.#faults.length
    this.#faults = []
    const chunk = this.#chunk
    this.#chunk = []
    const keys = chunk.map(({ key }) => key)
    if (this.#file.kind === 'advisories') await keepUnversioned(this.#db, keys)
    const known = latestOf(await findStanding(this.#db, keys), this.#file.sourceId)
    const news: FeedVersion[] = []
    for (const { isEnded, ...version } of chunk) {
      const before = known.get(version.key)
      if (!isNews(before, version)) {
        this.tally.unchanged += 1
        continue
      }
      if (before) this.tally.changed += 1
      else this.tally.added += 1
      if (before && isEnded) this.tally.ended += 1
      news.push(version)
    }
    await stageVersions(this.#db, this.#file.importId, news)
    this.#file.onProgress?.(this.tally.records)
    this.#file.signal?.throwIfAborted()
  }
}

async function stageAdvisories(file: FeedFile, staging: Staging): Promise<void> {
  for await (const item of readAdvisoryFile(file.path, file.limits ?? defaultReadLimits, file.filename)) {
    if (item.kind === 'broken') {
      staging.refuse(item.line, item.reason, '')
      continue
    }
    try {
      const advisory = parseRecord(item.record)
      requireWriter(advisory, file)
      await staging.add(toVersion(advisory), advisory.state !== 'active')
    } catch (error) {
      if (!(error instanceof RecordError)) throw error
      staging.refuse(item.line, error.message, item.record)
    }
  }
}

function requireWriter(advisory: Advisory, { writers }: FeedFile): void {
  if (!writers || writers.includes(advisory.source)) return
  throw new RecordError(
    `${advisory.id} is a record of ${advisory.source}; this source holds records of ${writers.join(', ')}`,
  )
}

function toVersion(advisory: Advisory): FeedVersion {
  const document = JSON.stringify(advisory)
  return {
    key: advisory.key,
    modifiedMs: advisory.modifiedMs,
    contentSha256: createHash('sha256').update(document).digest('hex'),
    document,
  }
}

/** A catalogue is whole: what it does not name any more is gone. */
async function stageSignals(db: Db, file: FeedFile, staging: Staging): Promise<void> {
  const { kind } = file
  const text = await readText(file)
  const parsed = parseSignals(
    (): SignalFile<KevEntry | EpssEntry> => (kind === 'kev' ? parseKev(text) : parseEpss(text)),
    file.filename,
  )
  for (const { position, reason } of parsed.bad) staging.refuse(position, reason, '')
  const named = new Set(parsed.bad.flatMap(({ reason }) => /CVE-\d{4}-\d{4,}/.exec(reason)?.[0] ?? []))
  for (const entry of parsed.entries) {
    named.add(entry.cve)
    const document = JSON.stringify(entry)
    await staging.add(
      {
        key: `${kind}:${entry.cve}`,
        modifiedMs: parsed.dataMs,
        contentSha256: createHash('sha256').update(document).digest('hex'),
        document,
      },
      false,
    )
  }
  await staging.flush()
  if (parsed.entries.length === 0) return
  for (const key of await listOwnKeys(db, kind, file.sourceId)) {
    // one that is named and cannot be read is not gone
    if (named.has(key.slice(kind.length + 1))) continue
    await staging.add({ key, modifiedMs: parsed.dataMs, contentSha256: '', document: null }, true)
    staging.tally.records -= 1
  }
}

function parseSignals<Entry>(parse: () => SignalFile<Entry>, filename: string): SignalFile<Entry> {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof RecordError)) throw cause
    throw new AppError('invalid-advisories', `${filename}: ${cause.message}`, { cause })
  }
}

async function readText({ path, filename }: FeedFile): Promise<string> {
  try {
    if ((await stat(path)).size > MAX_SIGNAL_BYTES) throw new Error(`it has over ${MAX_SIGNAL_BYTES} bytes`)
    const bytes = await readFile(path)
    const magic = bytes.subarray(0, 4).toString('hex')
    const options = { maxOutputLength: MAX_SIGNAL_BYTES }
    if (magic.startsWith('1f8b')) return gunzipSync(bytes, options).toString('utf8')
    if (magic === '28b52ffd') return zstdDecompressSync(bytes, options).toString('utf8')
    return bytes.toString('utf8')
  } catch (cause) {
    throw new AppError(
      'invalid-advisories',
      `${basename(filename)}: it is cut, damaged or too large: ${errorText(cause)}`,
      { cause },
    )
  }
}
