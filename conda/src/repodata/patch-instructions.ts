/**
 * Patch instructions: how a channel corrects records after the fact, without touching the artifacts.
 *
 * Applied as conda-index does it: values replace, null takes a field away, nested objects are merged, and what is
 * said of a `.tar.bz2` holds for the `.conda` of the same name too. Unlike there, a patch cannot say which file a
 * record is about: identity, digests and the time of indexing stay.
 *
 * @see `_apply_instructions` in conda_index/index/__init__.py; CEP 21; CEP 47, "Not subject to patching"
 */
import { type JsonObject, type JsonValue, isJsonObject, parseJson, stringsIn } from './json-value.ts'
import type { RepodataRecord } from './record.ts'

export type RecordMap = ReadonlyMap<string, RepodataRecord>

export interface PatchInstructions {
  readonly packages: ReadonlyMap<string, JsonObject>
  readonly 'packages.conda': ReadonlyMap<string, JsonObject>
  /** To be made uninstallable. */
  readonly revoke: readonly string[]
  /** To be taken out of the index. */
  readonly remove: readonly string[]
}

export interface PatchedRecords {
  readonly packages: RecordMap
  readonly 'packages.conda': RecordMap
  /** What `remove` took out, in order. */
  readonly removed: readonly string[]
  /** Fields that a patch wanted to change and may not. */
  readonly refused: readonly { readonly filename: string; readonly field: string }[]
}

export class InvalidPatchInstructionsError extends Error {
  override readonly name = 'InvalidPatchInstructionsError'
}

/** Stands in no channel, so that nothing which depends on it can be installed. */
export const REVOKED_DEPENDENCY = 'package_has_been_revoked'

const MAX_VERSION = 2
const PROTECTED: ReadonlySet<string> = new Set([
  'name',
  'version',
  'build',
  'subdir',
  'md5',
  'sha256',
  'size',
  'indexed_timestamp',
])

/** Reads a patch_instructions.json; keys it does not know are ignored. @throws InvalidPatchInstructionsError */
export function parsePatchInstructions(text: string): PatchInstructions {
  const document = parseDocument(text)
  const version = document.patch_instructions_version ?? 1
  if (typeof version !== 'number' || version > MAX_VERSION) {
    throw new InvalidPatchInstructionsError(
      `patch_instructions_version ${JSON.stringify(version)} is unknown`,
    )
  }
  return {
    packages: readPatches('packages', document.packages),
    'packages.conda': readPatches('packages.conda', document['packages.conda']),
    revoke: stringsIn(document.revoke),
    remove: stringsIn(document.remove),
  }
}

function parseDocument(text: string): JsonObject {
  try {
    const document = parseJson(text)
    if (isJsonObject(document)) return document
  } catch (cause) {
    throw new InvalidPatchInstructionsError(`Not JSON: ${String(cause)}`, { cause })
  }
  throw new InvalidPatchInstructionsError('The document is no object')
}

function readPatches(section: string, value: JsonValue | undefined): Map<string, JsonObject> {
  if (value === undefined || value === null) return new Map()
  if (!isJsonObject(value)) throw new InvalidPatchInstructionsError(`\`${section}\` is no object`)
  const patches = new Map<string, JsonObject>()
  for (const [filename, patch] of Object.entries(value)) {
    if (!isJsonObject(patch))
      throw new InvalidPatchInstructionsError(`${filename} in \`${section}\` is no object`)
    patches.set(filename, patch)
  }
  return patches
}

/** The records as the instructions want them. Names that are not there are ignored. */
export function applyPatchInstructions(
  records: { readonly packages: RecordMap; readonly 'packages.conda': RecordMap },
  instructions: PatchInstructions,
): PatchedRecords {
  const bz2 = new Map(records.packages)
  const conda = new Map(records['packages.conda'])
  const refused: { filename: string; field: string }[] = []
  const patch = (target: Map<string, RepodataRecord>, filename: string, changes: JsonObject): void => {
    const record = target.get(filename)
    if (record === undefined) return
    for (const field of Object.keys(changes)) if (PROTECTED.has(field)) refused.push({ filename, field })
    target.set(filename, patchRecord(record, changes))
  }
  for (const [filename, changes] of instructions.packages) patch(bz2, filename, changes)
  for (const [filename, changes] of instructions.packages) patch(conda, condaTwin(filename), changes)
  for (const [filename, changes] of instructions['packages.conda']) patch(conda, filename, changes)

  for (const filename of instructions.revoke) {
    revoke(bz2, filename)
    revoke(conda, condaTwin(filename))
  }
  const removed: string[] = []
  for (const filename of instructions.remove) {
    if (bz2.delete(filename)) removed.push(filename)
    if (conda.delete(condaTwin(filename))) removed.push(condaTwin(filename))
  }
  return { packages: bz2, 'packages.conda': conda, removed: removed.sort(), refused }
}

/** The `.conda` a `.tar.bz2` has beside it; any other name is its own. */
function condaTwin(filename: string): string {
  return filename.endsWith('.tar.bz2') ? `${filename.slice(0, -'.tar.bz2'.length)}.conda` : filename
}

function revoke(target: Map<string, RepodataRecord>, filename: string): void {
  const record = target.get(filename)
  if (record === undefined) return
  target.set(filename, { ...record, revoked: true, depends: [...(record.depends ?? []), REVOKED_DEPENDENCY] })
}

function patchRecord(record: RepodataRecord, changes: JsonObject): RepodataRecord {
  const allowed = Object.entries(changes).filter(([field]) => !PROTECTED.has(field))
  return merge(record, Object.fromEntries(allowed)) as RepodataRecord // the required fields but one are protected
}

function merge(base: JsonObject, changes: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base))
  for (const [key, value] of Object.entries(changes)) {
    const before = merged.get(key)
    if (value === null) merged.delete(key)
    else merged.set(key, isJsonObject(before) && isJsonObject(value) ? merge(before, value) : value)
  }
  return Object.fromEntries(merged)
}
