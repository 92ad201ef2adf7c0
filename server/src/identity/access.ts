/**
 * From a token or a session to the actor it speaks for. What was found is kept in memory, because a cold
 * solve asks hundreds of times a minute with the same token, and is dropped as soon as anything about rights
 * changes: at once on the node where it changed, within `POLL_MS` on every other, which reads a counter
 * that each change moves.
 */
import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/db.ts'
import type { Secret } from '../platform/secret.ts'
import { makeNobody, type Actor } from './actor.ts'
import { findSessionByDigest } from './session-store.ts'
import { toActor } from './standing.ts'
import { loadEveryone, loadStanding } from './standing-store.ts'
import { findTokenByDigest } from './token-store.ts'
import { tokenDigest } from './token-secret.ts'

const POLL_MS = 1000
const MAX_REMEMBERED = 50_000

export interface AccessParts {
  readonly db: Db
  readonly now: () => Date
  /** A clock that only goes forward, for how old the memory is. */
  readonly monotonicMs?: () => number
}

export class Access {
  readonly #db: Db
  readonly #now: () => Date
  readonly #monotonicMs: () => number
  readonly #actors = new Map<string, Actor>()
  #nobody: Actor | undefined
  #epoch = -1
  #epochReadAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  /** Moves whenever the memory is emptied, so that what was being read meanwhile is not kept. */
  #generation = 0

  constructor({ db, now, monotonicMs = () => performance.now() }: AccessParts) {
    this.#db = db
    this.#now = now
    this.#monotonicMs = monotonicMs
  }

  /** Whoever asks without a token, or with one that opens nothing. */
  async nobody(): Promise<Actor> {
    await this.#refresh()
    if (this.#nobody) return this.#nobody
    const generation = this.#generation
    const actor = makeNobody(await loadEveryone(this.#db))
    if (generation === this.#generation) this.#nobody = actor
    return actor
  }

  /** Whom a token or a session speaks for; undefined when it is unknown, has run out or its owner is disabled. */
  async find(secret: Secret): Promise<Actor | undefined> {
    const digest = tokenDigest(secret)
    await this.#refresh()
    const remembered = this.#actors.get(digest)
    if (remembered) return this.#unlessOver(remembered)
    const generation = this.#generation
    const actor = await this.#load(digest)
    if (actor && generation === this.#generation) {
      if (this.#actors.size >= MAX_REMEMBERED) this.#actors.clear()
      this.#actors.set(digest, actor)
    }
    return actor && this.#unlessOver(actor)
  }

  /** For jobs and verbs, which act for an account; undefined when it is gone or disabled. */
  async findAccount(userId: string): Promise<Actor | undefined> {
    const standing = await loadStanding(this.#db, userId)
    return standing && toActor(standing)
  }

  /** A transaction that changes rights: nobody's memory outlives it. */
  async change<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    try {
      return await this.#db.transaction().execute(async (tx) => {
        const result = await work(tx)
        await tx
          .updateTable('access_epoch')
          .set({ value: sql`value + 1` })
          .execute()
        return result
      })
    } finally {
      this.forget()
    }
  }

  /** Empties the memory of this node. */
  forget(): void {
    this.#generation += 1
    this.#actors.clear()
    this.#nobody = undefined
    this.#epochReadAtMs = Number.NEGATIVE_INFINITY
  }

  #unlessOver(actor: Actor): Actor | undefined {
    if (actor.kind === 'user' && actor.credential && actor.credential.expiresAt <= this.#now())
      return undefined
    return actor
  }

  async #load(digest: string): Promise<Actor | undefined> {
    const token = await findTokenByDigest(this.#db, digest)
    const found = token ?? (await findSessionByDigest(this.#db, digest))
    const standing = found && (await loadStanding(this.#db, found.userId))
    return standing && toActor(standing, found.credential, found.limit)
  }

  #refresh(): Promise<void> | undefined {
    if (this.#monotonicMs() - this.#epochReadAtMs < POLL_MS) return undefined
    return (this.#reading ??= this.#readEpoch().finally(() => (this.#reading = undefined)))
  }

  async #readEpoch(): Promise<void> {
    const at = this.#monotonicMs()
    const { value } = await this.#db.selectFrom('access_epoch').select('value').executeTakeFirstOrThrow()
    if (value !== this.#epoch) this.forget()
    this.#epoch = value
    this.#epochReadAtMs = at
  }
}
