/**
 * What a channel has and serves now: its rows against the contents shards of the newest revision, these
 * against the served ones, and the served ones against what was decided. Both ways, some names at a time.
 */
import { parseJson, isJsonObject, stableJson } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { decisiveColumns } from '../channels/file-change.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { type PendingChange, listChanges } from '../channels/pending-changes.ts'
import { isExplained, withoutExplanation } from '../repodata/explained-record.ts'
import type { SubdirState } from '../repodata/revision-store.ts'
import type { Records, ShardMap } from '../repodata/shard-maps.ts'
import { findStaleNames } from './check-database.ts'
import { checkDecisions } from './check-decisions.ts'
import type { Check } from './check.ts'
import type { FindingCode } from './finding.ts'

const NAMES_AT_ONCE = 200

/** One subdir of the current revision, with its maps as far as they can be read. */
interface SubdirMaps {
  readonly state: SubdirState
  readonly contents: ShardMap | undefined
  readonly served: ShardMap | undefined
  contentsCount: number
  servedCount: number
  /** Of a subdir with a damaged shard the sums say nothing. */
  countable: boolean
}

export async function checkContents(
  check: Check,
  channel: Channel,
  states: readonly SubdirState[],
): Promise<void> {
  const subdirs = new Map<string, SubdirMaps>()
  for (const state of states) subdirs.set(state.subdir, await readMaps(check, channel, state))
  const runs = await listNamesInRuns(check, channel, subdirs.values())
  const total = runs.reduce((sum, names) => sum + names.length, 0)
  const startedAtMs = performance.now()
  let done = 0
  for (const names of runs) {
    await checkNames(check, channel, subdirs, names)
    done += names.length
    const secondsEach = (performance.now() - startedAtMs) / 1000 / done
    check.step({
      step: `checking the ${total} names of ${channel.name}`,
      done,
      seconds_remaining: Math.ceil((total - done) * secondsEach),
    })
  }
  for (const maps of subdirs.values()) checkCounts(check, channel, maps)
}

async function readMaps(check: Check, channel: Channel, state: SubdirState): Promise<SubdirMaps> {
  const read = async (kind: 'contents' | 'served', sha256: string): Promise<ShardMap | undefined> => {
    const found = await check.readIndex(sha256, state.subdir)
    if (found.ok) return found.value
    check.add({
      code: found.fault.kind === 'missing' ? 'index-missing' : 'index-corrupt',
      where: `${channel.name}/${state.subdir}`,
      message: `index of the ${kind} shards: ${found.fault.message}`,
      place: { channel: channel.name, subdir: state.subdir, revision: channel.newestRevision, sha256 },
    })
    return undefined
  }
  const contents = await read('contents', state.contentsSha256)
  const served =
    state.servedSha256 === state.contentsSha256 ? contents : await read('served', state.servedSha256)
  const countable = contents !== undefined && served !== undefined
  return { state, contents, served, contentsCount: 0, servedCount: 0, countable }
}

/** Every name the rows or the maps know, in order. */
async function listNamesInRuns(
  check: Check,
  channel: Channel,
  subdirs: Iterable<SubdirMaps>,
): Promise<string[][]> {
  const names = new Set<string>()
  for (const { contents, served } of subdirs) {
    for (const name of contents?.keys() ?? []) names.add(name)
    for (const name of served?.keys() ?? []) names.add(name)
  }
  const rows = await check.parts.db
    .selectFrom('channel_files')
    .select('name')
    .distinct()
    .where('channel_id', '=', channel.id)
    .where('state', '=', 'present')
    .execute()
  for (const { name } of rows) names.add(name)
  const sorted = [...names].sort()
  return Array.from({ length: Math.ceil(sorted.length / NAMES_AT_ONCE) }, (_, run) =>
    sorted.slice(run * NAMES_AT_ONCE, (run + 1) * NAMES_AT_ONCE),
  )
}

async function checkNames(
  check: Check,
  channel: Channel,
  subdirs: Map<string, SubdirMaps>,
  names: readonly string[],
): Promise<void> {
  const files = Map.groupBy(await listFilesOfNames(check.parts.db, channel.id, names), keyOf)
  const changes = Map.groupBy(await listChanges(check.parts.db, channel.id, names), keyOf)
  const stale = await findStaleNames(check, channel.id, names)
  const known = new Set([...files.keys(), ...changes.keys()])
  for (const [subdir, { contents, served }] of subdirs) {
    for (const name of names) if (contents?.has(name) || served?.has(name)) known.add(`${subdir}/${name}`)
  }
  for (const key of known) {
    const [subdir = '', name = ''] = key.split('/')
    const checkOne = new NameCheck(check, channel, subdir, name, {
      files: files.get(key) ?? [],
      changes: new Map((changes.get(key) ?? []).map((change) => [change.filename, change])),
      isStale: stale.has(name),
    })
    await checkOne.run(subdirs.get(subdir))
  }
  await checkDecisions(
    check,
    channel,
    [...files.values()].flat().filter(({ name }) => !stale.has(name)),
  )
}

function keyOf({ subdir, name }: { subdir: string; name: string }): string {
  return `${subdir}/${name}`
}

/** What the database says of one name in one subdir. */
interface NameRows {
  readonly files: readonly ChannelFile[]
  readonly changes: ReadonlyMap<string, PendingChange>
  readonly isStale: boolean
}

class NameCheck {
  readonly #check: Check
  readonly #channel: Channel
  readonly #subdir: string
  readonly #name: string
  readonly #rows: NameRows

  constructor(check: Check, channel: Channel, subdir: string, name: string, rows: NameRows) {
    this.#check = check
    this.#channel = channel
    this.#subdir = subdir
    this.#name = name
    this.#rows = rows
  }

  async run(maps: SubdirMaps | undefined): Promise<void> {
    this.#checkChanges()
    // without its index nothing can be said of a name; the index itself has been reported
    if (maps && (!maps.contents || !maps.served)) return
    const contentsDigest = maps?.contents?.get(this.#name)
    const servedDigest = maps?.served?.get(this.#name)
    const contents = await this.#readShard('contents', contentsDigest)
    const served = servedDigest === contentsDigest ? contents : await this.#readShard('served', servedDigest)
    if (!contents || !served) {
      if (maps) maps.countable = false
      return
    }
    if (maps) {
      maps.contentsCount += contents.size
      for (const record of served.values()) if (!isExplained(record)) maps.servedCount += 1
    }
    this.#checkRows(contents)
    this.#checkServed(contents, served)
    if (servedDigest !== undefined) await this.#checkGrant(servedDigest)
  }

  async #readShard(kind: string, sha256: string | undefined): Promise<Records | undefined> {
    if (sha256 === undefined) return new Map()
    const found = await this.#check.readShard(sha256)
    if (found.ok) return found.value
    const code = found.fault.kind === 'missing' ? 'shard-missing' : 'shard-corrupt'
    this.#report(code, `${kind} shard: ${found.fault.message}`, undefined, sha256)
    return undefined
  }

  #checkChanges(): void {
    const files = new Map(this.#rows.files.map((file) => [file.filename, file]))
    for (const { filename, record } of this.#rows.changes.values()) {
      const file = files.get(filename)
      const fault =
        (record === null) === (file !== undefined)
          ? `it waits to be ${record === null ? 'taken out' : 'put in'}, and the file is ${file ? '' : 'not '}there`
          : file && record !== null
            ? differenceOf(file, readRecord(record))
            : undefined
      if (fault) this.#report('change-differs', fault, filename)
    }
  }

  #checkRows(contents: Records): void {
    const { files, changes } = this.#rows
    const present = new Set(files.map(({ filename }) => filename))
    for (const file of files) {
      const record = contents.get(file.filename)
      const change = changes.get(file.filename)
      if (!record) {
        if (typeof change?.record !== 'string') {
          this.#report(
            'file-not-in-contents',
            'the channel has the file, and no shard has its record',
            file.filename,
          )
        }
        continue
      }
      const difference = differenceOf(file, record)
      if (difference) this.#report('record-differs', difference, file.filename)
    }
    for (const filename of contents.keys()) {
      if (present.has(filename) || changes.get(filename)?.record === null) continue
      this.#report(
        'record-without-row',
        'a shard has a record of it, and the channel has no such file',
        filename,
      )
    }
  }

  #checkServed(contents: Records, served: Records): void {
    for (const [filename, record] of served) {
      const origin = contents.get(filename)
      if (!origin) this.#report('served-differs', 'it is served and not among the contents', filename)
      else if (
        origin !== record &&
        stableJson(withoutExplanation(origin)) !== stableJson(withoutExplanation(record))
      )
        this.#report('served-differs', 'it is served with another record than the contents have', filename)
    }
    if (this.#rows.isStale) return // to be decided anew
    for (const { filename, effect } of this.#rows.files) {
      if (!contents.has(filename)) continue
      if (effect === null)
        this.#report('file-undecided', 'nothing was decided of it, and it is not stale', filename)
      else if (isOffered(served.get(filename)) !== (effect === 'allow' || effect === 'warn'))
        this.#report(
          'served-differs',
          `it was decided to ${effect} it, and it is ${isOffered(served.get(filename)) ? '' : 'not '}in the served index`,
          filename,
        )
    }
  }

  /** A shard is answered only to those channels that have served it. */
  async #checkGrant(sha256: string): Promise<void> {
    const granted = await this.#check.parts.db
      .selectFrom('served_shards')
      .select('sha256')
      .where('channel_id', '=', this.#channel.id)
      .where('subdir', '=', this.#subdir)
      .where('sha256', '=', sha256)
      .executeTakeFirst()
    if (granted) return
    const message = `the index names the shard ${sha256}, and clients would get 404`
    this.#report('shard-not-granted', message, undefined, sha256)
  }

  #report(code: FindingCode, message: string, filename?: string, sha256?: string): void {
    const place = { channel: this.#channel.name, subdir: this.#subdir, name: this.#name }
    this.#check.add({
      code,
      where: `${this.#channel.name}/${this.#subdir}/${filename ?? this.#name}`,
      message,
      place: { ...place, ...(filename && { filename }), ...(sha256 && { sha256 }) },
    })
  }
}

/** In the index, and not only to say why it is blocked. */
function isOffered(record: RepodataRecord | undefined): boolean {
  return record !== undefined && !isExplained(record)
}

function readRecord(text: string): RepodataRecord | undefined {
  try {
    const value = parseJson(text)
    return isJsonObject(value) ? (value as RepodataRecord) : undefined // compared field by field
  } catch {
    return undefined
  }
}

/** What a record says otherwise than the row of its file; undefined when they agree. */
export function differenceOf(file: ChannelFile, record: RepodataRecord | undefined): string | undefined {
  if (!record) return 'its record is no record'
  const decisive = decisiveColumns(record)
  const pairs: [string, unknown, unknown][] = [
    ['sha256', file.sha256, record['sha256']],
    ['size', file.size, record['size']],
    ['name', file.name, record.name],
    ['version', file.version, record.version],
    ['build', file.build, record.build],
    ['build_number', file.buildNumber, record.build_number],
    ['subdir', file.subdir, record['subdir']],
    ['license', file.licence, decisive.licence],
    ['license_family', file.licenceFamily, decisive.licenceFamily],
    ['timestamp', file.builtAtMs, decisive.builtAtMs],
    ['noarch', file.noarch, decisive.noarch],
  ]
  for (const [field, ours, theirs] of pairs) {
    if (ours !== theirs) return `the record has ${field} ${String(theirs)}, the database ${String(ours)}`
  }
  return undefined
}

function checkCounts(check: Check, channel: Channel, maps: SubdirMaps): void {
  if (!maps.countable) return
  const { state, contentsCount, servedCount } = maps
  if (state.contentsCount === contentsCount && state.servedCount === servedCount) return
  check.add({
    code: 'count-differs',
    where: `${channel.name}/${state.subdir}`,
    message:
      `revision ${channel.newestRevision} states ${state.contentsCount} files and ${state.servedCount} served, ` +
      `its shards hold ${contentsCount} and ${servedCount}`,
    place: { channel: channel.name, subdir: state.subdir },
  })
}
