/**
 * From a token or a session to the actor it speaks for. What was found is kept in memory, because a cold
 * solve asks hundreds of times a minute with the same token, and is dropped as soon as anything about rights
 * changes: at once on the node where it changed, within `POLL_MS` on every other, which reads a counter
 * that each change moves.
 */
import { sql } from 'kysely'
import type { Db, Tx } from '../platform/database/db.ts'
import type { Secret } from '../platform/secret.ts'
import {
  makeNobody,
  type Account,
  type Actor,
  type Credential,
  type Nobody,
  type RefusedCredential,
} from './actor.ts'
import { findSessionByDigest, findSessionSeen, setSessionSeen } from './session-store.ts'
import { toActor } from './standing.ts'
import { loadEveryone, loadStanding } from './standing-store.ts'
import { findTokenByDigest, setTokenUsed, type Found } from './token-store.ts'
import { tokenDigest } from './token-secret.ts'

const POLL_MS = 1000
const MAX_REMEMBERED = 50_000
const DEFAULT_IDLE_MS = 8 * 3600 * 1000

interface Use {
  readonly kind: 'token' | 'session'
  readonly at: Date
  readonly address: string | undefined
}

export interface AccessParts {
  readonly db: Db
  readonly now: () => Date
  /** After how long without a request a session ends. */
  readonly sessionIdleMs?: number
  /** A clock that only goes forward, for how old the memory is. */
  readonly monotonicMs?: () => number
}

export class Access {
  readonly #db: Db
  readonly #now: () => Date
  readonly #monotonicMs: () => number
  readonly #sessionIdleMs: number
  readonly #actors = new Map<string, Account>()
  /** By credential: what was used since the last time that it was written down, and what was written then. */
  #uses = new Map<string, Use>()
  #flushed = new Map<string, Use>()
  #nobody: Nobody | undefined
  #epoch = -1
  #epochReadAtMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  /** Moves whenever the memory is emptied, so that what was being read meanwhile is not kept. */
  #generation = 0

  constructor({ db, now, sessionIdleMs, monotonicMs }: AccessParts) {
    this.#db = db
    this.#now = now
    this.#sessionIdleMs = sessionIdleMs ?? DEFAULT_IDLE_MS
    this.#monotonicMs = monotonicMs ?? (() => performance.now())
  }

  /** Whoever asks without a token, or with one that opens nothing. */
  async nobody(): Promise<Nobody> {
    await this.#refresh()
    if (this.#nobody) return this.#nobody
    const generation = this.#generation
    const actor = makeNobody(await loadEveryone(this.#db))
    if (generation === this.#generation) this.#nobody = actor
    return actor
  }

  /**
   * Whom a token or a session speaks for; undefined when it is unknown, has run out or its owner is disabled.
   * @param address of whoever uses it, to show it to its owner
   */
  async find(secret: Secret, address?: string): Promise<Actor | undefined> {
    const digest = tokenDigest(secret)
    return this.#find(digest, address, async () => {
      return (await findTokenByDigest(this.#db, digest)) ?? findSessionByDigest(this.#db, digest)
    })
  }

  /** The same for what comes in the cookie: a session, and no token. */
  async findSession(secret: Secret, address?: string): Promise<Actor | undefined> {
    const digest = tokenDigest(secret)
    return this.#find(`cookie ${digest}`, address, () => findSessionByDigest(this.#db, digest))
  }

  /** Of a token that `find` has just not found. */
  whyRefused(secret: Secret): RefusedCredential {
    const expiresAt = this.#actors.get(tokenDigest(secret))?.credential?.expiresAt
    return expiresAt && expiresAt <= this.#now()
      ? { reason: 'expired', at: expiresAt }
      : { reason: 'unknown' }
  }

  async #find(
    name: string,
    address: string | undefined,
    load: () => Promise<Found | undefined>,
  ): Promise<Actor | undefined> {
    await this.#refresh()
    const actor = this.#actors.get(name) ?? (await this.#remember(name, load))
    if (!actor?.credential) return undefined
    const { credential } = actor
    const now = this.#now()
    if (credential.expiresAt <= now) return undefined
    if (credential.kind === 'session' && (await this.#isIdle(credential, now))) return undefined
    this.#uses.set(credential.id, { kind: credential.kind, at: now, address })
    return actor
  }

  async #remember(name: string, load: () => Promise<Found | undefined>): Promise<Account | undefined> {
    const generation = this.#generation
    const found = await load()
    const standing = found && (await loadStanding(this.#db, found.userId))
    const actor = standing && toActor(standing, found.credential, found.limit)
    if (actor && generation === this.#generation) {
      if (this.#actors.size >= MAX_REMEMBERED) this.#actors.clear()
      this.#actors.set(name, actor)
    }
    return actor
  }

  /** A session may be in use on another node, so that the database is asked before one is called idle. */
  async #isIdle({ id }: Credential, now: Date): Promise<boolean> {
    const earliest = now.getTime() - this.#sessionIdleMs
    const seen = this.#uses.get(id) ?? this.#flushed.get(id)
    if (seen && seen.at.getTime() > earliest) return false
    const stored = await findSessionSeen(this.#db, id)
    return stored === undefined || stored.getTime() <= earliest
  }

  /** Writes down when tokens and sessions were last used, of which requests only keep a note. */
  async flushUses(): Promise<void> {
    const uses = this.#uses
    if (uses.size === 0) return
    this.#uses = new Map()
    this.#flushed = uses
    await this.#db.transaction().execute(async (tx) => {
      for (const [id, use] of uses) {
        if (use.kind === 'token') await setTokenUsed(tx, id, use.at, use.address)
        else await setSessionSeen(tx, id, use.at)
      }
    })
  }

  /** For jobs and verbs, which act for an account; undefined when it is gone or disabled. */
  async findAccount(userId: string): Promise<Account | undefined> {
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
