/**
 * The patch instructions that lead from the records of the artifacts to those a channel serves: for
 * mirrors and for people who want to see what was changed.
 */
import { type JsonObject, type JsonValue, isJsonObject, stableJson } from './json-value.ts'
import { type PatchInstructions, type RecordMap, applyPatchInstructions } from './patch-instructions.ts'

export interface MadeInstructions {
  readonly instructions: PatchInstructions
  /**
   * Files for which the format has no words: added ones, and a `.tar.bz2` that is gone while its `.conda`
   * stays, because to remove the one is to remove both.
   */
  readonly inexpressible: readonly string[]
}

interface Records {
  readonly packages: RecordMap
  readonly 'packages.conda': RecordMap
}

/**
 * Applied to `before`, the instructions give `after`, but for what is `inexpressible` and for fields that
 * are gone: no instruction removes a field, so those become null.
 */
export function makePatchInstructions(before: Records, after: Records): MadeInstructions {
  const remove = [
    ...[...before.packages.keys()].filter((filename) => !after.packages.has(filename)),
    ...[...before['packages.conda'].keys()].filter((filename) => !after['packages.conda'].has(filename)),
  ].sort()
  const packages = changesOf(before.packages, after.packages)
  const first: PatchInstructions = { packages, 'packages.conda': new Map(), revoke: [], remove: [] }
  // What was said of a .tar.bz2 has reached its .conda by then, wanted or not.
  const half = applyPatchInstructions(before, first)
  const instructions: PatchInstructions = {
    ...first,
    'packages.conda': changesOf(half['packages.conda'], after['packages.conda']),
    remove,
  }
  const reached = applyPatchInstructions(before, instructions)
  const inexpressible = [
    ...[...after.packages.keys()].filter((filename) => !reached.packages.has(filename)),
    ...[...after['packages.conda'].keys()].filter((filename) => !reached['packages.conda'].has(filename)),
  ].sort()
  return { instructions, inexpressible }
}

/** As it is served: `patch_instructions.json`. */
export function renderPatchInstructions(instructions: PatchInstructions): string {
  return stableJson({
    patch_instructions_version: 1,
    packages: Object.fromEntries(instructions.packages),
    'packages.conda': Object.fromEntries(instructions['packages.conda']),
    revoke: instructions.revoke,
    remove: instructions.remove,
  })
}

function changesOf(before: RecordMap, after: RecordMap): Map<string, JsonObject> {
  const changes = new Map<string, JsonObject>()
  for (const [filename, record] of after) {
    const old = before.get(filename)
    if (old === undefined || old === record) continue
    const patch = difference(old, record)
    if (Object.keys(patch).length > 0) changes.set(filename, patch)
  }
  return changes
}

/** What to lay over `before` to get `after`. Objects are merged, so theirs are differences again. */
function difference(before: JsonObject, after: JsonObject): JsonObject {
  const changed = new Map<string, JsonValue>()
  for (const key of Object.keys(before)) {
    if (after[key] === undefined && before[key] !== undefined && before[key] !== null) changed.set(key, null)
  }
  for (const [key, value] of Object.entries(after)) {
    const old = before[key]
    if (value === undefined || (old !== undefined && stableJson(old) === stableJson(value))) continue
    changed.set(key, isJsonObject(old) && isJsonObject(value) ? difference(old, value) : value)
  }
  return Object.fromEntries(changed)
}
