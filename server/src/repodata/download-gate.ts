/**
 * The gate in front of every package byte: the one artifact asked for is decided with today's facts, the
 * same way the index is built, without waiting for the index. Lock files, direct addresses and stale
 * client caches are stopped here.
 *
 * A decision is remembered until the epoch of decisions moves (any policy, advisory or content change
 * moves it) or until the decision itself says time will change it.
 */
import { describeDamage, type Damage } from '../artifacts/damage.ts'
import { findDamage } from '../artifacts/damage-store.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { readDecisionEpoch } from '../channels/stale-names.ts'
import type { Db } from '../platform/database/db.ts'
import { currentOrigin } from '../platform/request-origin.ts'
import { chooseAlternatives, type Alternative } from '../policies/alternatives.ts'
import { isServed, type Decision } from '../policies/decision.ts'
import type { ArtifactFacts } from '../policies/facts.ts'
import { blockedResponse } from '../policies/message.ts'
import { AppError } from '../vocabulary/errors.ts'
import { judgeFiles, type JudgedFile } from './judge-files.ts'

const MAX_REMEMBERED = 50_000

/** A file as today's policies judge it, and what is allowed instead. */
export interface Explanation {
  readonly facts: ArtifactFacts
  readonly decision: Decision
  readonly alternatives: readonly Alternative[]
  /** The page that says why, and where an exception is asked for; without one the address is not known. */
  readonly exceptionUrl?: string
  /** No policy was asked, so that no exception helps. */
  readonly isFinal: boolean
  /** Of a file whose bytes a check found damaged: whatever is decided, it is not to be had. */
  readonly damage?: string | undefined
  readonly damaged?: Damage | undefined
}

export class DownloadGate {
  readonly #db: Db
  readonly #now: () => Date
  readonly #publicUrl: string | undefined
  #epoch = ''
  readonly #decided = new Map<string, Decision>()

  constructor(parts: { db: Db; now: () => Date; publicUrl?: string | undefined }) {
    this.#publicUrl = parts.publicUrl?.replace(/\/$/, '')
    this.#db = parts.db
    this.#now = parts.now
  }

  /** @throws AppError blocked-by-policy, with the reason and the way out for people and tools */
  async admit(channel: Channel, file: ChannelFile): Promise<void> {
    if (isServed(await this.#decide(channel, file))) return
    const body = blockedResponse(await this.explainToAsker(channel, file), {
      instance: `/api/repo/${channel.name}/${file.subdir}/${file.filename}`,
    })
    throw new AppError('blocked-by-policy', body.message, { details: { ...body } })
  }

  /** The decision with what is allowed instead, for messages and for `terrarium why`. */
  explain(channel: Channel, file: ChannelFile): Promise<Explanation> {
    return this.#explain(channel, file, this.#publicUrl)
  }

  /** The same for an answer that nobody keeps: the address of the server may be as whoever asks wrote it. */
  explainToAsker(channel: Channel, file: ChannelFile): Promise<Explanation> {
    return this.#explain(channel, file, this.#publicUrl ?? currentOrigin()?.serverUrl)
  }

  async #explain(channel: Channel, file: ChannelFile, serverUrl: string | undefined): Promise<Explanation> {
    const siblings = await listFilesOfNames(this.#db, channel.id, [file.name])
    const judged = await this.judge(channel, siblings)
    const own = judged.get(file.id) ?? (await this.judge(channel, [file])).get(file.id)! // one for each file
    const damages = await findDamage(this.#db, [file.sha256, ...siblings.map(({ sha256 }) => sha256)])
    // nobody is helped by another file that is not to be had
    const sound = siblings.filter(({ sha256 }) => !damages.has(sha256)).map(({ id }) => judged.get(id)!) // one for each
    const alternatives = chooseAlternatives(own.facts, sound)
    const damaged = damages.get(file.sha256)
    const damage = damaged && describeDamage(damaged)
    const isFinal = own.asked.length === 0
    const explanation = { ...own, alternatives, damage, damaged, isFinal }
    return serverUrl === undefined || isFinal
      ? explanation
      : { ...explanation, exceptionUrl: serverUrl + whyPath(channel.name, file) }
  }

  async #decide(channel: Channel, file: ChannelFile): Promise<Decision> {
    await this.#refreshEpoch()
    const remembered = this.#decided.get(file.id)
    if (remembered && !(remembered.nextChangeAt && remembered.nextChangeAt <= this.#now())) return remembered
    const epoch = this.#epoch
    const { decision } = (await this.judge(channel, [file])).get(file.id)! // one for each file
    if (this.#epoch === epoch) {
      if (this.#decided.size >= MAX_REMEMBERED) this.#decided.clear()
      this.#decided.set(file.id, decision)
    }
    return decision
  }

  /** Today's facts and decision of files of one channel, by file id. */
  async judge(channel: Channel, files: readonly ChannelFile[]): Promise<Map<string, JudgedFile>> {
    return judgeFiles(this.#db, channel, files, this.#now())
  }

  async #refreshEpoch(): Promise<void> {
    const epoch = await readDecisionEpoch(this.#db)
    if (epoch === this.#epoch) return
    this.#epoch = epoch
    this.#decided.clear()
  }
}

/** Where people read why a file is blocked. */
export function whyPath(channel: string, { subdir, filename }: { subdir: string; filename: string }): string {
  return `/why/${[...channel.split('/'), subdir, filename].map(encodeURIComponent).join('/')}`
}
