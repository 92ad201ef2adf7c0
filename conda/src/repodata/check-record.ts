/**
 * Whether to believe a record that somebody else wrote.
 *
 * Fatal is what must keep a record out of every index: a lie about which artifact it describes, or
 * something that makes clients fail. rattler refuses every record of a name for one bad record of it, and
 * a whole index for one bad file name. Everything else is for the log.
 */
import { InvalidFilenameError, parseArtifactFilename } from '../names.ts'
import { InvalidMatchSpecError } from '../match-spec/errors.ts'
import { MatchSpec } from '../match-spec/match-spec.ts'
import { type JsonObject, isJsonArray } from './json-value.ts'
import { fieldFault } from './record-fields.ts'
import type { RepodataRecord } from './record.ts'

export type RecordProblemCode =
  | 'filename-invalid'
  | 'filename-mismatch'
  | 'subdir-mismatch'
  | 'field-missing'
  | 'field-invalid'
  | 'size-missing'
  | 'digest-missing'
  | 'dependency-invalid'

export interface RecordProblem {
  readonly code: RecordProblemCode
  readonly field?: string
  /** Whether the record may not be served. */
  readonly fatal: boolean
  readonly message: string
}

const REQUIRED = ['name', 'version', 'build', 'build_number'] as const

/**
 * All that is wrong with a record, the fatal first.
 *
 * @param filename under which the index lists it, with extension
 * @param subdir the directory of that index; whatever `noarch` says (CEP 20), the record's must equal it
 */
export function checkRecord(filename: string, subdir: string, record: RepodataRecord): RecordProblem[] {
  // Nothing has checked it yet, so look at it as the JSON that it is.
  const fields: JsonObject = record
  return [
    ...checkFields(fields),
    ...checkFilename(filename, fields),
    ...checkSubdir(subdir, fields),
    ...checkIntegrity(fields),
    ...checkDependencies(fields),
  ].sort((a, b) => Number(b.fatal) - Number(a.fatal))
}

/** Whether nothing in the list is fatal. */
export function isServable(problems: readonly RecordProblem[]): boolean {
  return !problems.some(({ fatal }) => fatal)
}

function* checkFields(fields: JsonObject): Generator<RecordProblem> {
  for (const field of REQUIRED) {
    if (fields[field] !== undefined) continue
    yield { code: 'field-missing', field, fatal: true, message: `The record has no ${field}` }
  }
  for (const field of Object.keys(fields)) {
    const wanted = fieldFault(field, fields[field])
    if (wanted === undefined) continue
    const message = `${field} is ${show(fields[field])}, but has to be ${wanted}`
    yield { code: 'field-invalid', field, fatal: true, message }
  }
}

/** The file name decides what a client asks for and where it unpacks it, the fields what a solver sees. */
function* checkFilename(filename: string, fields: JsonObject): Generator<RecordProblem> {
  try {
    const declared = parseArtifactFilename(filename)
    for (const field of ['name', 'version', 'build'] as const) {
      const value = fields[field]
      if (typeof value !== 'string' || value === declared[field]) continue
      const message = `${field} is ${show(value)}, but the file name says ${show(declared[field])}`
      yield { code: 'filename-mismatch', field, fatal: true, message }
    }
  } catch (error) {
    if (!(error instanceof InvalidFilenameError)) throw error
    yield { code: 'filename-invalid', fatal: true, message: error.message }
  }
}

function* checkSubdir(subdir: string, fields: JsonObject): Generator<RecordProblem> {
  const declared = fields.subdir
  if (typeof declared !== 'string' || declared === subdir) return
  const message = `subdir is ${show(declared)}, but the record stands in the index of ${subdir}`
  yield { code: 'subdir-mismatch', field: 'subdir', fatal: true, message }
}

function* checkIntegrity(fields: JsonObject): Generator<RecordProblem> {
  if (typeof fields.size !== 'number') {
    yield { code: 'size-missing', field: 'size', fatal: false, message: 'The record has no size' }
  }
  if (typeof fields.md5 !== 'string' && typeof fields.sha256 !== 'string') {
    const message = 'The record has neither sha256 nor md5, so a download cannot be checked'
    yield { code: 'digest-missing', field: 'sha256', fatal: false, message }
  }
}

/** A dependency no client can read makes one artifact uninstallable and no other. */
function* checkDependencies(fields: JsonObject): Generator<RecordProblem> {
  for (const field of ['depends', 'constrains'] as const) {
    const specs = fields[field]
    for (const spec of isJsonArray(specs) ? specs : []) {
      if (typeof spec !== 'string' || isMatchSpec(spec)) continue
      const message = `${field} holds ${show(spec)}, which is no match spec`
      yield { code: 'dependency-invalid', field, fatal: false, message }
    }
  }
}

function isMatchSpec(text: string): boolean {
  try {
    MatchSpec.parse(text)
    return true
  } catch (error) {
    if (error instanceof InvalidMatchSpecError) return false
    throw error
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}
