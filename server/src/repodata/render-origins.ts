/**
 * What the packages of a subdir say of themselves, beside what the channel says of them: `run_exports.json`,
 * `repodata_from_packages.json`, and the `patch_instructions.json` that lead from the one to the other. All of
 * them list exactly what is served.
 *
 * Looking into half a million packages takes long, so that what the last rendering says of a name is taken
 * over while the shard of the name is the same.
 */
import { joinParts, objectParts, type JsonPart } from '@terrarium/conda/repodata/json-chunks.ts'
import { stableJson } from '@terrarium/conda/repodata/json-value.ts'
import { makePatchInstructions } from '@terrarium/conda/repodata/make-patch-instructions.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { recordFromIndex } from '@terrarium/conda/repodata/record-from-index.ts'
import { toServedRecord } from '@terrarium/conda/repodata/record.ts'
import { normalizeRunExports } from '@terrarium/conda/repodata/run-exports.ts'
import { scanRepodata } from '@terrarium/conda/repodata/scan-repodata.ts'
import type { Origin } from '../artifacts/origins.ts'
import { JsonEntries } from './json-entries.ts'
import { RepodataDraft } from './render-subdir.ts'
import type { SubdirResource } from './rendered-files.ts'
import { byFormat, type Records } from './shard-maps.ts'

export const ORIGIN_RESOURCES = [
  'run_exports.json',
  'repodata_from_packages.json',
  'patch_instructions.json',
] as const satisfies readonly SubdirResource[]

export type OriginResource = (typeof ORIGIN_RESOURCES)[number]

export class OriginDraft {
  readonly #subdir: string
  readonly #unpatched: RepodataDraft
  readonly #runExports = new FilesDraft()
  readonly #patches = new FilesDraft()

  constructor(subdir: string) {
    this.#subdir = subdir
    this.#unpatched = new RepodataDraft(subdir)
  }

  /** @param origins by sha256, of every record whose bytes are here */
  add(served: Records, origins: ReadonlyMap<string, Origin>): void {
    const unpatched: Records = new Map()
    const known: Records = new Map()
    for (const [filename, record] of served) {
      const origin = origins.get(String(record.sha256))
      if (!origin) continue // named by a passive mirror: nobody has looked inside
      known.set(filename, record)
      unpatched.set(filename, recordOf(origin, record))
      this.#runExports.set(filename, { run_exports: normalizeRunExports(origin.runExports) })
    }
    this.#unpatched.add(unpatched)
    // the format has no words for v3
    const { instructions } = makePatchInstructions(byFormat(unpatched), byFormat(known))
    for (const changes of [instructions.packages, instructions['packages.conda']]) {
      for (const [filename, patch] of changes) this.#patches.set(filename, patch)
    }
  }

  /** Takes over what an earlier rendering says of the files of names that are `unchanged`. */
  takeOver(resource: OriginResource, bytes: Uint8Array, unchanged: (name: string) => boolean): void {
    for (const record of scanRepodata(bytes).records()) {
      const { filename, slice } = record
      if (!unchanged(nameOf(filename))) continue
      if (resource === 'run_exports.json') this.#runExports.takeOver(filename, slice)
      else if (resource === 'patch_instructions.json') this.#patches.takeOver(filename, slice)
      else this.#unpatched.addJson(record)
    }
  }

  render(resource: OriginResource): Iterable<Uint8Array> {
    switch (resource) {
      case 'run_exports.json':
        return this.#runExports.render(`"info":${stableJson({ subdir: this.#subdir, version: 1 })},`)
      case 'repodata_from_packages.json':
        return this.#unpatched.finish()
      case 'patch_instructions.json':
        return this.#patches.render('', ',"patch_instructions_version":1,"remove":[],"revoke":[]')
    }
  }
}

/** A document of something for each file, in the two maps that indexes have. */
class FilesDraft {
  readonly #bz2 = new JsonEntries()
  readonly #conda = new JsonEntries()

  set(filename: string, value: Parameters<JsonEntries['set']>[1]): void {
    this.#entriesFor(filename).set(filename, value)
  }

  takeOver(filename: string, json: Uint8Array): void {
    this.#entriesFor(filename).setJson(filename, json)
  }

  /** The chunks of it; the draft is empty then. */
  render(before: string, after = ''): Iterable<Uint8Array> {
    return joinParts(this.#parts(before, after))
  }

  *#parts(before: string, after: string): Generator<JsonPart> {
    yield `{${before}"packages":`
    yield* objectParts(this.#bz2.drain())
    yield ',"packages.conda":'
    yield* objectParts(this.#conda.drain())
    yield `${after}}`
  }

  #entriesFor(filename: string): JsonEntries {
    return filename.endsWith('.conda') ? this.#conda : this.#bz2
  }
}

/** The record as the package itself has it; what the server adds of its own is no patch. */
function recordOf(origin: Origin, served: RepodataRecord): RepodataRecord {
  const { subdir, sha256, md5, size, indexed_timestamp } = served
  const own = toServedRecord(recordFromIndex(origin.index))
  return { ...own, subdir, sha256, md5, size, indexed_timestamp } as RepodataRecord // the served ones have them all
}

/** Neither version nor build holds a hyphen, so that the name ends before the last but one. */
export function nameOf(filename: string): string {
  return filename.slice(0, filename.lastIndexOf('-', filename.lastIndexOf('-') - 1))
}
