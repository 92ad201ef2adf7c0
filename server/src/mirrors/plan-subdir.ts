/**
 * Compares an upstream index with what the channel has and says what a run has to do. Pure but for giving
 * way to other work now and then; nothing here is fetched or stored.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { checkRecord } from '@terrarium/conda/repodata/check-record.ts'
import { isJsonObject, parseJson, type JsonObject } from '@terrarium/conda/repodata/json-value.ts'
import { toServedRecord, type RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { RepodataScan, ScannedRecord } from '@terrarium/conda/repodata/scan-repodata.ts'
import { recordDigest } from '../channels/file-change.ts'
import type { Origin } from '../channels/channel-file.ts'
import { errorText, formatBytes } from '../platform/text.ts'
import { IndexSignatures, type SignedRecord } from '../signatures/record-signatures.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { CompiledFilter, FilterCause, MirrorMode } from './mirror.ts'

/** A file that is bound to a name of the channel, as `listBoundFiles` has it. */
export interface BoundFile {
  readonly sha256: string
  readonly md5: string
  readonly name: string
  readonly recordSha256: string
  readonly present: boolean
  /** Its bytes are still with the upstream. */
  readonly announced: boolean
  readonly origin: Origin
}

export interface PlannedFile {
  readonly subdir: string
  readonly filename: string
  /** Stripped of what is never served. */
  readonly record: RepodataRecord
  readonly declaredSize: number | undefined
  readonly declaredSha256: string | undefined
  readonly declaredMd5: string | undefined
  /** Undefined: the index has no signature of the record. */
  readonly signed: SignedRecord | undefined
}

/** A file that can be proved when it comes, however late. */
export type AnnouncedFile = PlannedFile & { readonly declaredSha256: string; readonly declaredSize: number }

/** Why a record of the upstream is not taken; kept for people to see. */
export interface Rejection {
  readonly subdir: string
  readonly filename: string
  readonly code: string
  readonly message: string
}

export interface SubdirPlan {
  readonly subdir: string
  readonly downloads: readonly PlannedFile[]
  /** To be named without their bytes, which come when somebody asks for them. */
  readonly announcements: readonly AnnouncedFile[]
  /** Bytes that are here already under a record that changed, or came back. */
  readonly renewals: readonly (PlannedFile & { readonly bound: BoundFile })[]
  readonly removals: readonly { subdir: string; name: string; filename: string }[]
  /** How many of the removals the upstream, and not the filter, is the reason of. */
  readonly lost: number
  readonly rejections: readonly Rejection[]
  readonly filtered: Readonly<Record<FilterCause, number>>
  readonly unchanged: number
  /** Records of the upstream index, whatever became of them. */
  readonly upstreamCount: number
}

const RECORDS_BETWEEN_BREATHS = 500
/** Signatures take longer. */
const CHECKS_BETWEEN_BREATHS = 50
/** Of a million records; a text cannot be much longer. */
const MAX_SIGNATURE_BYTES = 400 * 1024 ** 2

function noneFiltered(): Record<FilterCause, number> {
  return { only_specs: 0, exclude_specs: 0, duplicated_legacy_conda: 0, platforms: 0 }
}

/** Nothing to do for a subdir. */
export function emptyPlan(subdir: string): SubdirPlan {
  return {
    subdir,
    downloads: [],
    announcements: [],
    renewals: [],
    removals: [],
    lost: 0,
    rejections: [],
    filtered: noneFiltered(),
    unchanged: 0,
    upstreamCount: 0,
  }
}

export async function planSubdir(input: {
  subdir: string
  scan: RepodataScan
  filter: CompiledFilter
  bound: ReadonlyMap<string, BoundFile>
  mirrorId: string
  /** Of the channel, by id: what a mirror brought that is gone becomes this one's, whose rules hold for it then. */
  mirrors: ReadonlySet<string>
  mode: MirrorMode
  /** Of what the index said of the signatures of files when they were last taken from it. */
  stamps: ReadonlyMap<string, string>
  signal: AbortSignal
}): Promise<SubdirPlan> {
  const { subdir, scan, bound } = input
  const signatures = new IndexSignatures(readSignatures(scan))
  let checked = 0
  const filenames = new Set<string>()
  for (const { filename } of scan.records()) filenames.add(filename)

  const downloads: PlannedFile[] = []
  const announcements: AnnouncedFile[] = []
  const renewals: (PlannedFile & { bound: BoundFile })[] = []
  const rejections: Rejection[] = scan.malformed.map(({ filename, offset }) => ({
    subdir,
    filename,
    code: 'malformed-record',
    message: `the record at byte ${offset} is no object`,
  }))
  const filtered = noneFiltered()
  const filteredOut = new Set<string>()
  const wanted = new Set<string>()
  let unchanged = 0
  let seen = 0

  for (const scanned of scan.records()) {
    seen += 1
    if (seen % RECORDS_BETWEEN_BREATHS === 0) {
      await breathe()
      input.signal.throwIfAborted()
    }
    const read = readRecord(scanned, subdir)
    if ('code' in read) {
      rejections.push(read)
      continue
    }
    const cause = input.filter.cause(read.record, read.filename, filenames)
    if (cause) {
      filtered[cause] += 1
      filteredOut.add(read.filename)
      continue
    }
    // or one of two records would be served with the bytes of the other
    if (wanted.has(read.filename)) {
      rejections.push(listedTwice(read))
      continue
    }
    wanted.add(read.filename)
    const known = bound.get(read.filename)
    if (known && !sameBytes(read, known)) {
      rejections.push(conflict(read, known))
      continue
    }
    const isPassive = input.mode === 'passive'
    const isHere = known !== undefined && (!known.announced || (isPassive && canWait(read)))
    const stamp = signatures.stampOf(read.filename, scanned.slice)
    const keeps = stamp === input.stamps.get(read.filename)
    if (isHere && known.present && !isAbandoned(known, input.mirrors) && keepsItsRecord(known, read, keeps)) {
      unchanged += 1
      continue
    }
    if (stamp !== undefined && (checked += 1) % CHECKS_BETWEEN_BREATHS === 0) await breathe()
    const signed = stamp === undefined ? undefined : signatures.check(read.filename, scanned.slice, stamp)
    const planned: PlannedFile = { ...read, signed }
    if (isHere) renewals.push({ ...planned, bound: known })
    else if (isPassive && canWait(planned)) announcements.push(planned)
    else downloads.push(planned)
  }

  const removals = [...bound]
    .filter(([filename, file]) => file.present && file.origin.id === input.mirrorId && !wanted.has(filename))
    .map(([filename, { name }]) => ({ subdir, name, filename }))
  const lost = removals.filter(({ filename }) => !filteredOut.has(filename)).length
  return {
    subdir,
    downloads,
    announcements,
    renewals,
    removals,
    lost,
    rejections,
    filtered,
    unchanged,
    upstreamCount: seen,
  }
}

/** An md5 is too weak to promise bytes by, and a client needs to know how many there will be. */
function canWait(file: PlannedFile): file is AnnouncedFile {
  return file.declaredSha256 !== undefined && file.declaredSize !== undefined
}

function isAbandoned({ origin }: BoundFile, mirrors: ReadonlySet<string>): boolean {
  return origin.kind === 'mirror' && !mirrors.has(origin.id)
}

/** What somebody uploaded is theirs: a mirror neither rewrites its record nor takes it over. */
function keepsItsRecord(known: BoundFile, file: PlannedFile, areSignaturesKnown: boolean): boolean {
  if (known.origin.kind === 'upload') return true
  return areSignaturesKnown && known.recordSha256 === recordDigest(file.record)
}

/** @throws AppError invalid-upstream-index */
function readSignatures(scan: RepodataScan): JsonObject | undefined {
  const json = scan.other.get('signatures')
  if (json === undefined) return undefined
  if (json.byteLength > MAX_SIGNATURE_BYTES) {
    throw new AppError(
      'invalid-upstream-index',
      `the signatures of the index are larger than ${formatBytes(MAX_SIGNATURE_BYTES)}`,
    )
  }
  const value = parseJson(new TextDecoder().decode(json))
  return isJsonObject(value) ? value : undefined
}

/** The record as it may be taken, or why not. */
export function readRecord(
  { section, filename, parse }: ScannedRecord,
  subdir: string,
): PlannedFile | Rejection {
  if (section.startsWith('v3.')) {
    return { subdir, filename, code: 'v3-record', message: 'records of repodata v3 are not mirrored yet' }
  }
  let record: RepodataRecord
  try {
    record = parse()
  } catch (error) {
    return { subdir, filename, code: 'malformed-record', message: errorText(error) }
  }
  const problems = checkRecord(filename, subdir, record).filter(({ fatal }) => fatal)
  const first = problems[0]
  if (first) {
    return { subdir, filename, code: first.code, message: problems.map(({ message }) => message).join('; ') }
  }
  const declaredSha256 = hexOrUndefined(record['sha256'])
  const declaredMd5 = hexOrUndefined(record['md5'])
  if (declaredSha256 === undefined && declaredMd5 === undefined) {
    return {
      subdir,
      filename,
      code: 'unverifiable',
      message: 'the record has neither sha256 nor md5: what is downloaded could not be checked',
    }
  }
  return {
    subdir,
    filename,
    record: toServedRecord(record),
    declaredSize: typeof record['size'] === 'number' ? record['size'] : undefined,
    declaredSha256,
    declaredMd5,
    signed: undefined,
  }
}

function sameBytes(file: PlannedFile, known: BoundFile): boolean {
  return file.declaredSha256 === undefined
    ? file.declaredMd5 === known.md5
    : file.declaredSha256 === known.sha256
}

function conflict(file: PlannedFile, known: BoundFile): Rejection {
  const upstream = file.declaredSha256 ? `sha256 ${file.declaredSha256}` : `md5 ${file.declaredMd5 ?? ''}`
  return {
    subdir: file.subdir,
    filename: file.filename,
    code: 'filename-taken',
    message:
      `the upstream has other bytes under this name now (${upstream}, ours are sha256 ${known.sha256}); ` +
      'ours stay, because clients and lock files know them',
  }
}

function listedTwice({ subdir, filename }: PlannedFile): Rejection {
  return {
    subdir,
    filename,
    code: 'listed-twice',
    message: 'the index lists the file twice; the first record counts',
  }
}

function hexOrUndefined(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value.toLowerCase() : undefined
}
