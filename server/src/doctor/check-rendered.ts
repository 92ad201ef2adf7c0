/**
 * The monolithic files: `repodata.json` holds exactly the records of the served shards of its revision, and
 * its compressed forms are the same bytes. Records are compared by a sum of digests, so that no more than
 * one file is in memory.
 */
import { createHash, type Hash } from 'node:crypto'
import { createGunzip } from 'node:zlib'
import { zstdDecompressChunks } from '@terrarium/conda/codec/zstd-node.ts'
import { stableJson } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { scanRepodata } from '@terrarium/conda/repodata/scan-repodata.ts'
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import { errorText } from '../platform/text.ts'
import { listRenderedFiles, listSubdirStates, type SubdirState } from '../repodata/revision-store.ts'
import type { Check } from './check.ts'
import type { FindingCode } from './finding.ts'

export const RENDERED_FILES = ['repodata.json', 'repodata.json.zst', 'repodata.json.gz'] as const

interface Rendering {
  readonly filename: string
  readonly sha256: string
  readonly size: number
  readonly number: number
}

/** @param states of the current revision */
export async function checkRendered(
  check: Check,
  channel: Channel,
  states: readonly SubdirState[],
): Promise<void> {
  await checkRenderedBlobs(check, channel)
  const coming = await isRenderComing(check, channel.id)
  const rendered = await listRenderedFiles(check.parts.db, channel.id, channel.renderedRevision)
  for (const { subdir } of states) {
    const found = (rendered.get(subdir) ?? [])
      .filter(({ filename }) => (RENDERED_FILES as readonly string[]).includes(filename))
      .map((file): Rendering => ({ ...file, number: channel.renderedRevision }))
    await new SubdirCheck(check, channel, subdir, found).run(coming)
  }
}

/** Every file that was ever made of a revision that is kept. */
async function checkRenderedBlobs(check: Check, channel: Channel): Promise<void> {
  const rows = await check.parts.db
    .selectFrom('revision_files')
    .select(['number', 'subdir', 'filename', 'sha256', 'size'])
    .where('channel_id', '=', channel.id)
    .orderBy('number')
    .execute()
  for (const { number, subdir, filename, sha256, size } of rows) {
    const fault = check.name(sha256)
    const actual = fault ? undefined : (await check.parts.blobs.stat(sha256))?.size
    if (!fault && actual === size) continue
    check.add({
      code: fault?.kind === 'missing' ? 'rendered-file-missing' : 'rendered-file-corrupt',
      where: `${channel.name}@${number}/${subdir}/${filename}`,
      message: fault?.message ?? `it has ${actual ?? 0} bytes, the database states ${size}`,
      place: { channel: channel.name, revision: number, sha256 },
    })
  }
}

async function isRenderComing(check: Check, channelId: string): Promise<boolean> {
  const job = await check.parts.db
    .selectFrom('jobs')
    .select('id')
    .where('state', 'in', ['queued', 'running'])
    .where('exclusive_key', '=', `render:${channelId}`)
    .limit(1)
    .executeTakeFirst()
  return job !== undefined
}

class SubdirCheck {
  readonly #check: Check
  readonly #channel: Channel
  readonly #subdir: string
  readonly #files: readonly Rendering[]

  constructor(check: Check, channel: Channel, subdir: string, files: readonly Rendering[]) {
    this.#check = check
    this.#channel = channel
    this.#subdir = subdir
    this.#files = files
  }

  async run(coming: boolean): Promise<void> {
    const [json, zst, gz] = RENDERED_FILES.map((name) =>
      this.#files.find(({ filename }) => filename === name),
    )
    if (!json || !zst || !gz || new Set(this.#files.map(({ number }) => number)).size > 1) {
      if (!coming || this.#files.length > 0)
        this.#report(
          'not-rendered',
          `of its three forms are there: ${this.#files.map(describe).join(', ') || 'none'}`,
        )
      return
    }
    if (json.number < this.#channel.revision && !coming) {
      this.#report(
        'not-rendered',
        `it is of revision ${json.number}, ${this.#channel.revision} is served, and no job waits`,
      )
    }
    if (this.#files.some(({ sha256 }) => this.#check.name(sha256))) return // reported
    const { blobs } = this.#check.parts
    const expected = await this.#servedSum(json.number)
    if (expected) {
      const actual = sumOfRepodata(await blobs.read(json.sha256), this.#subdir)
      if (actual !== expected)
        this.#report(
          'rendered-file-differs',
          `${describe(json)} does not hold the records that are served (${actual}, not ${expected})`,
        )
    }
    await this.#checkForm(zst, json, () => zstdForm(blobs, zst.sha256))
    await this.#checkForm(gz, json, () => gzipForm(blobs, gz.sha256))
  }

  async #checkForm(file: Rendering, json: Rendering, digest: () => Promise<string>): Promise<void> {
    const found = await digest().catch((error: unknown) => errorText(error))
    if (found === json.sha256) return
    this.#report('rendered-file-differs', `${describe(file)} does not unpack to repodata.json: ${found}`)
  }

  /** Of the records served by the revision; undefined when its shards cannot be read, which is reported elsewhere. */
  async #servedSum(number: number): Promise<string | undefined> {
    const states = await listSubdirStates(this.#check.parts.db, this.#channel.id, number)
    const state = states.find(({ subdir }) => subdir === this.#subdir)
    if (!state) return undefined
    const index = await this.#check.readIndex(state.servedSha256, this.#subdir)
    if (!index.ok) return undefined
    const sum = new RecordSum()
    for (const sha256 of index.value.values()) {
      const shard = await this.#check.readShard(sha256)
      if (!shard.ok) return undefined
      for (const [filename, record] of shard.value) sum.add(filename, record)
    }
    return sum.toString()
  }

  #report(code: FindingCode, message: string): void {
    this.#check.add({
      code,
      where: `${this.#channel.name}/${this.#subdir}/repodata.json`,
      message,
      place: { channel: this.#channel.name, revision: this.#channel.renderedRevision, subdir: this.#subdir },
    })
  }
}

function describe({ filename, number }: Rendering): string {
  return `${filename} of revision ${number}`
}

/** Says the same of the same records in any order. */
class RecordSum {
  #count = 0
  #sum = 0n

  add(filename: string, record: RepodataRecord): void {
    const digest = createHash('sha256')
      .update(`${filename}\n${stableJson(record)}`)
      .digest('hex')
    this.#count += 1
    this.#sum = BigInt.asUintN(256, this.#sum + BigInt(`0x${digest}`))
  }

  toString(): string {
    return `${this.#count} records with sum ${this.#sum.toString(16).slice(0, 16)}`
  }
}

/** Of the records of a repodata.json, or what is wrong with it as a whole. */
function sumOfRepodata(bytes: Uint8Array, subdir: string): string {
  try {
    const scan = scanRepodata(bytes)
    const sum = new RecordSum()
    for (const { section, filename, parse } of scan.records()) {
      const expected = filename.endsWith('.conda') ? 'packages.conda' : 'packages'
      if (section !== expected && !section.startsWith('v3.')) return `${filename} stands in ${section}`
      sum.add(filename, parse())
    }
    const unknown = Object.keys(scan.info).filter((key) => key !== 'subdir' && key !== 'repodata_revisions')
    if (scan.subdir !== subdir || unknown.length > 0) return `info is ${stableJson(scan.info)}`
    if (scan.other.size > 0) return `there are the keys ${[...scan.other.keys()].join(', ')}`
    return sum.toString()
  } catch (error) {
    return errorText(error)
  }
}

async function zstdForm(blobs: BlobStore, sha256: string): Promise<string> {
  return digestOfStream(zstdDecompressChunks(await blobs.open(sha256)))
}

async function gzipForm(blobs: BlobStore, sha256: string): Promise<string> {
  const source = await blobs.open(sha256)
  const unpacked = createGunzip()
  source.on('error', (error) => unpacked.destroy(error))
  return digestOfStream(source.pipe(unpacked))
}

async function digestOfStream(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash: Hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}
