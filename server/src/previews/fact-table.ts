/**
 * The facts of every file of a channel in columns: half a million files take some tens of megabytes, where objects
 * take ten times as much, and go to disk and back as they are. They come in blocks of some names that know nothing of
 * each other, so that whoever makes, writes or reads a table holds one of them. Never changed once made; pure.
 */
import { flagFacts, type ArtifactFacts, type Origin, type VulnerabilityFact } from '../policies/facts.ts'

const flags = Object.values(flagFacts)
/** What each set of bits says: half a million times looking one up is quicker than making it. */
const flagSets = Array.from({ length: 1 << flags.length }, (_, bits) => readFlags(bits))
const extensions = ['.conda', '.tar.bz2'] as const
/** In a column of texts: there is none. The text of that number is never asked for. */
const NO_TEXT = 0

/** A block is full with so many files, or so many names; the files of a name stay together. */
const FULL = { files: 4_096, names: 1_024 }

/** What a block has. */
export interface FactNames {
  readonly names: readonly string[]
  /** Of each name, as in `fact_marks` just before its facts were read. */
  readonly marks: readonly string[]
}

/** Plain data, as it is written to disk. A row is a file, those of a name beside each other. */
export interface FactColumns {
  /** The first row of each name, and after the last the number of all rows. */
  readonly starts: Uint32Array
  readonly texts: readonly string[]
  readonly origins: readonly Origin[]
  /** Each list once, and in them each vulnerability once. */
  readonly vulnerabilityLists: readonly (readonly VulnerabilityFact[])[]
  /** Numbers of texts. */
  readonly subdir: Uint32Array
  readonly version: Uint32Array
  readonly build: Uint32Array
  readonly licence: Uint32Array
  readonly licenceFamily: Uint32Array
  readonly noarch: Uint32Array
  readonly signedWhy: Uint32Array
  readonly attestedWhy: Uint32Array
  /** Number of an extension where the rest follows from name, version and build; above those, of a text. */
  readonly filename: Uint32Array
  readonly buildNumber: Float64Array
  readonly size: Float64Array
  /** NaN where the record tells no time. */
  readonly timestampMs: Float64Array
  readonly firstSeenMs: Float64Array
  /** A bit for each of `flagFacts`. */
  readonly flags: Uint8Array
  readonly origin: Uint32Array
  readonly vulnerabilities: Uint32Array
}

/** The facts of some names. */
export class FactBlock {
  readonly channel: string
  readonly names: readonly string[]
  readonly marks: readonly string[]
  readonly columns: FactColumns

  constructor(channel: string, { names, marks }: FactNames, columns: FactColumns) {
    this.channel = channel
    this.names = names
    this.marks = marks
    this.columns = columns
  }

  /** It is worth keeping as it is. */
  get isFull(): boolean {
    return isFull(this.names.length, this.columns.flags.length)
  }

  /** @param index of one of its names */
  filesAt(index: number): ArtifactFacts[] {
    const { starts } = this.columns
    const name = this.names[index]!
    const files: ArtifactFacts[] = []
    for (let row = starts[index]!; row < starts[index + 1]!; row += 1) files.push(this.#fileAt(row, name))
    return files
  }

  /** Every index was made by `FactBlockBuilder`, so each of them hits. */
  #fileAt(row: number, name: string): ArtifactFacts {
    const { columns } = this
    const { texts } = columns
    const version = texts[columns.version[row]!]!
    const build = texts[columns.build[row]!]!
    const filename = columns.filename[row]!
    const extension = extensions[filename]
    const set = flagSets[columns.flags[row]!]!
    const timestampMs = columns.timestampMs[row]!
    return {
      channel: this.channel,
      subdir: texts[columns.subdir[row]!]!,
      filename:
        extension === undefined
          ? texts[filename - extensions.length]!
          : `${name}-${version}-${build}${extension}`,
      name,
      version,
      build,
      buildNumber: columns.buildNumber[row]!,
      size: columns.size[row]!,
      licence: textOf(texts, columns.licence[row]!) ?? null,
      licenceFamily: textOf(texts, columns.licenceFamily[row]!) ?? null,
      timestampMs: Number.isNaN(timestampMs) ? null : timestampMs,
      firstSeenMs: columns.firstSeenMs[row]!,
      noarch: textOf(texts, columns.noarch[row]!),
      origin: columns.origins[columns.origin[row]!]!,
      unmapped: set.unmapped,
      signed: set.signed,
      signedWhy: textOf(texts, columns.signedWhy[row]!),
      attested: set.attested,
      attestedWhy: textOf(texts, columns.attestedWhy[row]!),
      linkScripts: set.linkScripts,
      executablesInNoarch: set.executablesInNoarch,
      legacyDuplicate: set.legacyDuplicate,
      vulnerabilities: columns.vulnerabilityLists[columns.vulnerabilities[row]!]!,
    }
  }
}

function textOf(texts: readonly string[], number: number): string | undefined {
  return number === NO_TEXT ? undefined : texts[number]!
}

function readFlags(bits: number): Readonly<Record<(typeof flags)[number], boolean>> {
  const read = flags.map((flag, index) => [flag, (bits & (1 << index)) !== 0])
  return Object.fromEntries(read) as Record<(typeof flags)[number], boolean> // one for each
}

/** All blocks of a channel. */
export class FactTable {
  readonly channel: string
  readonly #places = new Map<string, { readonly block: FactBlock; readonly index: number }>()

  constructor(channel: string, blocks: readonly FactBlock[]) {
    this.channel = channel
    for (const block of blocks) {
      for (const [index, name] of block.names.entries()) this.#places.set(name, { block, index })
    }
  }

  get names(): Iterable<string> {
    return this.#places.keys()
  }

  /** undefined for a name that it does not have; one without files may have a mark. */
  markOf(name: string): string | undefined {
    const place = this.#places.get(name)
    return place?.block.marks[place.index]
  }

  filesOf(name: string): ArtifactFacts[] {
    const place = this.#places.get(name)
    return place ? place.block.filesAt(place.index) : []
  }
}

function isFull(names: number, files: number): boolean {
  return files >= FULL.files || names >= FULL.names
}

/** Takes names one after the other, each once. */
export class FactBlockBuilder {
  readonly #channel: string
  readonly #names: string[] = []
  readonly #marks: string[] = []
  readonly #starts: number[] = [0]
  readonly #texts = new Numbered<string>(['']) // NO_TEXT
  readonly #origins = new Numbered<Origin>()
  readonly #lists = new Numbered<readonly VulnerabilityFact[]>()
  readonly #vulnerabilities = new Numbered<VulnerabilityFact>()
  readonly #knownLists = new WeakMap<readonly VulnerabilityFact[], number>()
  readonly #rows = {
    subdir: [] as number[],
    version: [] as number[],
    build: [] as number[],
    licence: [] as number[],
    licenceFamily: [] as number[],
    noarch: [] as number[],
    signedWhy: [] as number[],
    attestedWhy: [] as number[],
    filename: [] as number[],
    buildNumber: [] as number[],
    size: [] as number[],
    timestampMs: [] as number[],
    firstSeenMs: [] as number[],
    flags: [] as number[],
    origin: [] as number[],
    vulnerabilities: [] as number[],
  }

  /** @param channel the name of the channel, a fact of every file */
  constructor(channel: string) {
    this.#channel = channel
  }

  add(name: string, mark: string, files: readonly ArtifactFacts[]): void {
    this.#names.push(name)
    this.#marks.push(mark)
    for (const file of files) this.#addFile(file)
    this.#starts.push(this.#rows.flags.length)
  }

  get isFull(): boolean {
    return isFull(this.#names.length, this.#rows.flags.length)
  }

  finish(): FactBlock {
    const rows = this.#rows
    return new FactBlock(
      this.#channel,
      { names: this.#names, marks: this.#marks },
      {
        starts: Uint32Array.from(this.#starts),
        texts: this.#texts.items,
        origins: this.#origins.items,
        vulnerabilityLists: this.#lists.items,
        subdir: Uint32Array.from(rows.subdir),
        version: Uint32Array.from(rows.version),
        build: Uint32Array.from(rows.build),
        licence: Uint32Array.from(rows.licence),
        licenceFamily: Uint32Array.from(rows.licenceFamily),
        noarch: Uint32Array.from(rows.noarch),
        signedWhy: Uint32Array.from(rows.signedWhy),
        attestedWhy: Uint32Array.from(rows.attestedWhy),
        filename: Uint32Array.from(rows.filename),
        buildNumber: Float64Array.from(rows.buildNumber),
        size: Float64Array.from(rows.size),
        timestampMs: Float64Array.from(rows.timestampMs),
        firstSeenMs: Float64Array.from(rows.firstSeenMs),
        flags: Uint8Array.from(rows.flags),
        origin: Uint32Array.from(rows.origin),
        vulnerabilities: Uint32Array.from(rows.vulnerabilities),
      },
    )
  }

  #addFile(file: ArtifactFacts): void {
    const rows = this.#rows
    rows.subdir.push(this.#text(file.subdir))
    rows.version.push(this.#text(file.version))
    rows.build.push(this.#text(file.build))
    rows.licence.push(this.#textOrNone(file.licence))
    rows.licenceFamily.push(this.#textOrNone(file.licenceFamily))
    rows.noarch.push(this.#textOrNone(file.noarch))
    rows.signedWhy.push(this.#textOrNone(file.signedWhy))
    rows.attestedWhy.push(this.#textOrNone(file.attestedWhy))
    rows.filename.push(this.#filename(file))
    rows.buildNumber.push(file.buildNumber)
    rows.size.push(file.size)
    rows.timestampMs.push(file.timestampMs ?? NaN)
    rows.firstSeenMs.push(file.firstSeenMs)
    rows.flags.push(flags.reduce((bits, flag, index) => bits | (file[flag] ? 1 << index : 0), 0))
    const { kind, id, name } = file.origin
    rows.origin.push(this.#origins.numberOf(JSON.stringify([kind, id, name]), file.origin))
    rows.vulnerabilities.push(this.#list(file.vulnerabilities))
  }

  #text(text: string): number {
    return this.#texts.numberOf(text, text)
  }

  #textOrNone(text: string | null | undefined): number {
    return text === null || text === undefined ? NO_TEXT : this.#text(text)
  }

  #filename({ name, version, build, filename }: ArtifactFacts): number {
    const known = extensions.findIndex((extension) => filename === `${name}-${version}-${build}${extension}`)
    return known >= 0 ? known : extensions.length + this.#text(filename)
  }

  #list(list: readonly VulnerabilityFact[]): number {
    const known = this.#knownLists.get(list)
    if (known !== undefined) return known
    const numbers = list.map((one) => this.#vulnerabilities.numberOf(JSON.stringify(one), one))
    const number = this.#lists.numberOf(
      numbers.join(),
      numbers.map((one) => this.#vulnerabilities.items[one]!),
    )
    this.#knownLists.set(list, number)
    return number
  }
}

/** One of each, by a key. */
class Numbered<T> {
  readonly items: T[]
  readonly #numbers = new Map<string, number>()

  /** @param reserved stand first and are nobody's */
  constructor(reserved: readonly T[] = []) {
    this.items = [...reserved]
  }

  numberOf(key: string, item: T): number {
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    this.#numbers.set(key, this.items.length)
    this.items.push(item)
    return this.items.length - 1
  }
}
