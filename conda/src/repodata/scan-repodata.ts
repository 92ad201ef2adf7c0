/**
 * Reads a whole repodata.json as bytes, of any age, without ever holding it as a string or as objects.
 *
 * One pass checks the grammar of every byte and notes where each record lies; a record becomes an object
 * when somebody asks for it. Checked here is the form of the file, not the truth of a record: that is
 * `checkRecord` in record.ts. Nothing here says what may be served: an index is written anew from records
 * (render-repodata.ts), never by editing one that was read.
 *
 * @see CEP 36, `repodata.json`; CEP 48, the `v3` key
 */
import { JsonBytes, OPEN_BRACE } from './json-bytes.ts'
import { type JsonFault, JsonSyntaxError } from './json-syntax-error.ts'
import { type JsonObject, type JsonValue, isJsonObject, parseJson, stringsIn } from './json-value.ts'
import { notJsonHint } from './not-repodata.ts'
import { OffsetList } from './offset-list.ts'
import type { RepodataRecord } from './record.ts'

/** The map a record stands in: the two of CEP 36, or a section of CEP 48's `v3`. */
export type RecordSection = 'packages' | 'packages.conda' | `v3.${string}`

export interface ScannedRecord {
  readonly section: RecordSection
  /** With its extension, also in `v3`, whose keys have none. As declared: nothing has checked it. */
  readonly filename: string
  /** The bytes of the record's JSON object; a view, not a copy. */
  readonly slice: Uint8Array
  /** The record as an object; its types are claims until `checkRecord` has seen them. */
  parse(): RepodataRecord
}

/** A value that is no object where a record was to be: to be logged and left out. */
export interface MalformedRecord {
  readonly section: RecordSection
  readonly filename: string
  readonly offset: number
}

export interface RepodataScan {
  /** Empty in an index without one. */
  readonly info: JsonObject
  /** `info.subdir`, when it is a string. */
  readonly subdir: string | undefined
  readonly repodataVersion: number | undefined
  /** The strings in `removed`. */
  readonly removed: readonly string[]
  /** Keys that are none of the above nor maps of records (`signatures`, `metadata`, `_etag`), as JSON. */
  readonly other: ReadonlyMap<string, Uint8Array>
  readonly malformed: readonly MalformedRecord[]
  readonly recordCount: number
  /** All records in the order of the file. */
  records(): Generator<ScannedRecord>
}

export type RepodataFault =
  JsonFault | 'empty' | 'byte-order-mark' | 'html' | 'compressed' | 'wrong-type' | 'trailing' | 'too-large'

/** The bytes are no repodata.json; `offset` says where that shows. */
export class InvalidRepodataError extends Error {
  override readonly name = 'InvalidRepodataError'
  readonly fault: RepodataFault
  readonly offset: number

  constructor(fault: RepodataFault, found: string, offset: number, options?: ErrorOptions) {
    super(`Not a repodata.json: at byte ${offset}, ${found}`, options)
    this.fault = fault
    this.offset = offset
  }
}

/** Offsets are kept in four bytes. The largest index there is has some 500 MB. */
const MAX_BYTES = 2 ** 32

/** Of an index without records; an empty object is one too, by CEP 36, an answer like `{"error": …}` is not. */
const ownKeys: ReadonlySet<string> = new Set(['info', 'removed', 'repodata_version', 'v3'])

interface Section {
  readonly name: RecordSection
  /** Appended to the keys to make file names: `.conda` in `v3.conda`, else nothing. */
  readonly extension: string
  /** Four numbers a record: start and end of the key, start and end of the value. */
  readonly offsets: OffsetList
}

/** @throws InvalidRepodataError */
export function scanRepodata(bytes: Uint8Array): RepodataScan {
  if (bytes.byteLength >= MAX_BYTES) throw new InvalidRepodataError('too-large', 'more than 4 GiB', MAX_BYTES)
  const hint = notJsonHint(bytes)
  if (hint !== undefined) throw new InvalidRepodataError(hint.fault, hint.found, 0)
  try {
    return scanDocument(bytes)
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error
    throw new InvalidRepodataError(error.fault, error.message, error.offset, { cause: error })
  }
}

function scanDocument(bytes: Uint8Array): RepodataScan {
  // A plain Uint8Array and never a Buffer: one kind of array keeps the loops over it fast.
  const json = new JsonBytes(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const sections: Section[] = []
  const malformed: MalformedRecord[] = []
  const other = new Map<string, Uint8Array>()

  const start = json.skipSpace(0)
  if (bytes[start] !== OPEN_BRACE) {
    json.skipValue(start, 1) // or throws: not even JSON
    throw new InvalidRepodataError('wrong-type', 'a value that is no object', start)
  }
  const end = json.skipObject(start, 1, (keyStart, keyEnd, at) => {
    const key = json.string(keyStart, keyEnd)
    if (key === 'packages' || key === 'packages.conda')
      return scanRecords(json, at, 2, key, '', sections, malformed)
    if (key === 'v3' && bytes[at] === OPEN_BRACE) {
      return json.skipObject(at, 2, (nameStart, nameEnd, sectionAt) => {
        const extension = json.string(nameStart, nameEnd)
        return scanRecords(json, sectionAt, 3, `v3.${extension}`, `.${extension}`, sections, malformed)
      })
    }
    const valueEnd = json.skipValue(at, 2)
    other.set(key, json.bytes.subarray(at, valueEnd))
    return valueEnd
  })
  const last = json.skipSpace(end)
  if (last < bytes.length) {
    throw new InvalidRepodataError('trailing', json.unexpected(last, 'the end of the file').message, last)
  }
  const isIndex = sections.length > 0 || other.size === 0 || [...other.keys()].some((key) => ownKeys.has(key))
  if (!isIndex) throw new InvalidRepodataError('wrong-type', 'an object with no key of an index', start)
  return describe(json, sections, malformed, other)
}

/** A map of records; null counts as an empty one. */
function scanRecords(
  json: JsonBytes,
  start: number,
  depth: number,
  name: RecordSection,
  extension: string,
  sections: Section[],
  malformed: MalformedRecord[],
): number {
  if (json.bytes[start] !== OPEN_BRACE) {
    const end = json.skipValue(start, depth)
    if (json.text(start, end) === 'null') return end
    throw new InvalidRepodataError('wrong-type', `\`${name}\` is no object`, start)
  }
  const offsets = new OffsetList()
  sections.push({ name, extension, offsets })
  return json.skipObject(start, depth, (keyStart, keyEnd, at) => {
    const end = json.skipValue(at, depth + 1)
    if (json.bytes[at] === OPEN_BRACE) offsets.push(keyStart, keyEnd, at, end)
    else malformed.push({ section: name, filename: json.string(keyStart, keyEnd) + extension, offset: at })
    return end
  })
}

function describe(
  json: JsonBytes,
  sections: readonly Section[],
  malformed: readonly MalformedRecord[],
  other: Map<string, Uint8Array>,
): RepodataScan {
  const take = (key: string): JsonValue => {
    const slice = other.get(key)
    other.delete(key)
    return slice === undefined ? null : parseJson(new TextDecoder().decode(slice))
  }
  const info = take('info')
  const removed = take('removed')
  const version = take('repodata_version')
  const subdir = isJsonObject(info) ? info.subdir : undefined
  return {
    info: isJsonObject(info) ? info : {},
    subdir: typeof subdir === 'string' ? subdir : undefined,
    repodataVersion: typeof version === 'number' ? version : undefined,
    removed: stringsIn(removed),
    other,
    malformed,
    recordCount: sections.reduce((count, { offsets }) => count + offsets.length / 4, 0),
    *records() {
      for (const section of sections) yield* recordsOf(json, section)
    },
  }
}

function* recordsOf(json: JsonBytes, { name, extension, offsets }: Section): Generator<ScannedRecord> {
  const { values, length } = offsets
  for (let i = 0; i < length; i += 4) {
    const start = values[i + 2]! // four numbers a record, as pushed above
    const end = values[i + 3]!
    yield {
      section: name,
      filename: json.string(values[i]!, values[i + 1]!) + extension,
      slice: json.bytes.subarray(start, end),
      // The scan has found an object there.
      parse: () => parseJson(json.text(start, end)) as RepodataRecord,
    }
  }
}
