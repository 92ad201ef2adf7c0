/**
 * Brings the bytes of a file that a passive mirror has only named, when somebody asks for it: from that mirror's
 * own upstream and nowhere else, proved like those of any run. Requests for one file share one transfer.
 */
import { recordArtifacts } from '../artifacts/store.ts'
import { claimBlobs } from '../blobs/condemned-store.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { markArrived } from '../channels/contents-store.ts'
import { enqueuePublish, markStale } from '../channels/stale-names.ts'
import type { Db } from '../platform/database/db.ts'
import { AppError } from '../vocabulary/errors.ts'
import { openUpstreamOf } from './open-upstream.ts'
import { findMirror } from './store.ts'
import { transferFile, type TransferParts } from './transfer-file.ts'
import type { UpstreamRules } from './upstream.ts'

export interface BringParts extends TransferParts {
  readonly db: Db
  readonly now: () => Date
  readonly upstreamRules: UpstreamRules
}

export class AnnouncedBytes {
  readonly #parts: BringParts
  readonly #underWay = new Map<string, Promise<void>>()
  readonly #closing = new AbortController()

  constructor(parts: BringParts) {
    this.#parts = parts
  }

  /** @throws AppError upstream-answer, upstream-unreachable when they don't come or are not what the record says */
  bring(channel: Channel, file: ChannelFile): Promise<void> {
    const known = this.#underWay.get(file.id)
    if (known) return known
    const transfer = this.#bring(channel, file).finally(() => this.#underWay.delete(file.id))
    this.#underWay.set(file.id, transfer)
    return transfer
  }

  async close(): Promise<void> {
    this.#closing.abort(new AppError('shutting-down', 'the server stops'))
    await Promise.allSettled(this.#underWay.values())
  }

  async #bring(channel: Channel, file: ChannelFile): Promise<void> {
    const path = `${file.subdir}/${file.filename}`
    const mirror = await findMirror(this.#parts.db, file.origin.id)
    if (!mirror) {
      throw new AppError(
        'upstream-answer',
        `${path} was never fetched, and the mirror ${file.origin.name} that named it is gone`,
      )
    }
    const upstream = await openUpstreamOf(mirror, this.#parts.upstreamRules)
    const wanted = {
      subdir: file.subdir,
      filename: file.filename,
      declaredSize: file.size,
      declaredSha256: file.sha256,
      declaredMd5: undefined,
    }
    const transfer = await transferFile(this.#parts, upstream, wanted, this.#closing.signal, () => {})
    if (!transfer.ok) {
      throw new AppError(
        'upstream-answer',
        `${path} could not be fetched from ${upstream.description}: ${transfer.rejection.message}`,
      )
    }
    const at = this.#parts.now()
    await this.#parts.db.transaction().execute(async (tx) => {
      await claimBlobs(tx, this.#parts.blobs, [transfer.artifact.sha256])
      await recordArtifacts(tx, [transfer.artifact], at)
      await markArrived(tx, file.id)
      // what is inside may be against a policy
      await markStale(tx, channel.id, [file.name], { kind: 'arrival', file: path })
      await enqueuePublish(tx, channel.id, at)
    })
  }
}
