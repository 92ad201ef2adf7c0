/** What nobody in particular gets of all channels, record by record and package by package, to compare two moments. */
import { createHash } from 'node:crypto'
import { decodeShard } from '@terrarium/conda/repodata/shard.ts'
import { decodeShardIndex } from '@terrarium/conda/repodata/shard-index.ts'
import { stableJson } from '@terrarium/conda/repodata/json-value.ts'
import type { RepodataRecord } from '@terrarium/conda/repodata/record.ts'
import { isExplained } from '../../repodata/explained-record.ts'
import type { TestApp } from '../../testing/test-app.ts'

/** By address: a digest of what is there, or the status of a refusal. */
export type Answers = ReadonlyMap<string, string>

export interface Place {
  /** `main`, `main@3` */
  readonly channel: string
  readonly subdir: string
}

export interface Asked {
  readonly places: readonly Place[]
  /** Packages, from the channel on. */
  readonly files: readonly string[]
}

const REFUSAL = /^[45]\d\d$/

export async function takeAnswers(t: TestApp, { places, files }: Asked): Promise<Answers> {
  const answers = new Map<string, string>()
  const client = t.nobody()
  for (const { channel, subdir } of places) {
    const root = `/api/repo/${channel}/${subdir}`
    const note = (form: string, filename: string, record: RepodataRecord): void => {
      if (!isExplained(record)) answers.set(`${root} ${form} ${filename}`, digestOf(stableJson(record)))
    }
    const json = await client.get(`${root}/repodata.json`)
    answers.set(`${root} json`, String(json.statusCode))
    if (json.statusCode === 200) {
      const sections = json.json<Record<string, Record<string, RepodataRecord>>>()
      for (const section of ['packages', 'packages.conda'])
        for (const [filename, record] of Object.entries(sections[section] ?? {}))
          note('json', filename, record)
    }
    const index = await client.get(`${root}/repodata_shards.msgpack.zst`)
    answers.set(`${root} shards`, String(index.statusCode))
    if (index.statusCode !== 200) continue
    for (const [name, sha256] of decodeShardIndex(index.rawPayload).shards) {
      const shard = await client.get(`${root}/shards/${sha256}.msgpack.zst`)
      answers.set(`${root} shard ${name}`, String(shard.statusCode))
      if (shard.statusCode !== 200) continue
      if (digestOf(shard.rawPayload) !== sha256) answers.set(`${root} shard ${name}`, 'wrong bytes')
      const records = decodeShard(shard.rawPayload)
      for (const section of [records.packages, records['packages.conda']])
        for (const [filename, record] of section) note('shard', filename, record)
    }
  }
  for (const file of files) {
    const answer = await client.get(`/api/repo/${file}`)
    answers.set(file, answer.statusCode === 200 ? digestOf(answer.rawPayload) : String(answer.statusCode))
  }
  return answers
}

/** What somebody got that is not what was promised: another thing, or a thing that was refused or not there. */
export function wrongAnswers(promised: Answers, given: Answers): string[] {
  return [...given].flatMap(([address, answer]) => {
    const before = promised.get(address)
    if (REFUSAL.test(answer) || before === answer) return []
    return [`${address}: ${answer.slice(0, 12)}, not ${before?.slice(0, 12) ?? 'nothing'}`]
  })
}

/** What was promised and is not to be had. */
export function lostAnswers(promised: Answers, given: Answers): string[] {
  return [...promised].flatMap(([address, before]) => {
    const answer = given.get(address)
    if (REFUSAL.test(before) || (answer !== undefined && !REFUSAL.test(answer))) return []
    return [`${address}: ${answer ?? 'nothing'}`]
  })
}

function digestOf(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}
