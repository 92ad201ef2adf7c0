/**
 * The index of one subdir in one file, from its served shards: `repodata.json`, and `current_repodata.json` for
 * classic conda. Name after name, so that memory holds what is compressed of the file, and not its records.
 */
import { CurrentRepodata } from '@terrarium/conda/repodata/current-repodata.ts'
import type { RecordEntry, RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { renderRepodata, type RepodataContent } from '@terrarium/conda/repodata/render-repodata.ts'
import type { RecordSection, ScannedRecord } from '@terrarium/conda/repodata/scan-repodata.ts'
import { repodataRevisions, v3Key } from '@terrarium/conda/repodata/v3.ts'
import { JsonEntries } from './json-entries.ts'
import { byFormat, offeredRecords, type NameContents, type Records } from './shard-maps.ts'

/** Everything of a repodata.json, collected name after name. */
export class RepodataDraft {
  readonly #subdir: string
  readonly #sections = new Map<RecordSection, JsonEntries>()
  readonly #removed: string[] = []
  /** Only what the summary of v3 asks for. */
  readonly #v3: RepodataRecord[] = []

  constructor(subdir: string) {
    this.#subdir = subdir
  }

  add(records: Records, removed: readonly string[] = []): void {
    const { packages, 'packages.conda': conda, v3 } = byFormat(records)
    this.#addAll('packages', packages)
    this.#addAll('packages.conda', conda)
    for (const [extension, section] of v3) {
      this.#addAll(`v3.${extension}`, section)
      this.#v3.push(...section.values())
    }
    for (const filename of removed) this.#removed.push(filename)
  }

  /** A record of a file that was rendered before; its JSON is taken as it is. */
  addJson({
    section,
    filename,
    slice,
    parse,
  }: Pick<ScannedRecord, 'section' | 'filename' | 'slice' | 'parse'>): void {
    const isV3 = section.startsWith('v3.')
    this.section(section).setJson(isV3 ? v3Key(filename) : filename, slice)
    if (isV3) this.#v3.push(parse())
  }

  section(name: RecordSection): JsonEntries {
    const known = this.#sections.get(name)
    if (known) return known
    const made = new JsonEntries()
    this.#sections.set(name, made)
    return made
  }

  /** The chunks of it; the draft is empty then. */
  finish(): Iterable<Uint8Array> {
    const extensions = [...this.#sections.keys()].filter((name) => name.startsWith('v3.')).sort()
    const revisions = repodataRevisions(this.#v3)
    const content: RepodataContent = {
      subdir: this.#subdir,
      ...(revisions && { repodataRevisions: revisions }),
      packages: this.section('packages').drain(),
      'packages.conda': this.section('packages.conda').drain(),
      removed: this.#removed,
      ...(extensions.length > 0 && {
        v3: extensions.map((name) => [name.slice('v3.'.length), this.section(name).drain()] as const),
      }),
    }
    return renderRepodata(content)
  }

  #addAll(name: RecordSection, records: Records): void {
    const section = this.section(name)
    for (const [key, record] of records) section.set(key, record)
  }
}

/** `repodata.json` and `current_repodata.json` of a subdir. */
export class SubdirDraft {
  readonly #whole: RepodataDraft
  readonly #current = new CurrentRepodata()
  readonly #subdir: string

  constructor(subdir: string) {
    this.#subdir = subdir
    this.#whole = new RepodataDraft(subdir)
  }

  add(name: string, { records, removed }: NameContents): void {
    this.#whole.add(records, removed)
    this.#current.add(name, legacyEntries(offeredRecords(records)))
  }

  /** The chunks of `repodata.json`; called once. */
  finishWhole(): Iterable<Uint8Array> {
    return this.#whole.finish()
  }

  /** The chunks of `current_repodata.json`. @param load the records of a name once more */
  async renderCurrent(load: (name: string) => Promise<Records>): Promise<Iterable<Uint8Array>> {
    for (const name of this.#current.incomplete()) {
      this.#current.complete(name, legacyEntries(await load(name)))
    }
    const kept = this.#current.records()
    const draft = new RepodataDraft(this.#subdir)
    draft.add(new Map([...kept.packages, ...kept['packages.conda']]))
    return draft.finish()
  }
}

/** Classic conda, for which the small index is made, reads no v3. */
function legacyEntries(records: Records): RecordEntry[] {
  const { packages, 'packages.conda': conda } = byFormat(records)
  return [...packages, ...conda]
}
