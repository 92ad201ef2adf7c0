/**
 * What a permission costs in an organisation of 10,000 people, 1,000 groups and 2,000 channels: the question
 * itself, recognising a token that was seen before, and recognising one for the first time. And how long a second
 * process on the same database goes on with what was revoked in this one.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { migrations } from '../server/src/db/migrations.ts'
import { Access } from '../server/src/identity/access.ts'
import type { Actor } from '../server/src/identity/actor.ts'
import { deleteMember } from '../server/src/identity/group-store.ts'
import { mayDo, type GuardedChannel } from '../server/src/identity/require-permission.ts'
import { newTokenSecret, tokenDigest } from '../server/src/identity/token-secret.ts'
import { deleteToken } from '../server/src/identity/token-store.ts'
import { inChunks, openSqlite, type Db } from '../server/src/platform/database/db.ts'
import { migrate } from '../server/src/platform/database/migrate.ts'
import type { Secret } from '../server/src/platform/secret.ts'
import { permissions, type Permission } from '../server/src/vocabulary/permissions.ts'
import { figure, type Bench } from './bench.ts'
import type { Seen, Watch } from './permissions-node.ts'

const USERS = 10_000
const GROUPS = 1_000
const CHANNELS = 2_000
const GROUPS_OF_USER = 10
const GROUPS_OF_CHANNEL = 5
const QUESTIONS = 1_000_000
const ASKED_AT_ONCE = 100
const LIMIT_MS = 0.05
/** Of each kind. */
const REVOCATIONS = 12
const REVOCATION_LIMIT_MS = 2000
const PHASE_MS = 1000
const DEADLINE_MS = 30_000

const NOW = new Date('2026-01-15T12:00:00Z')

export const bench: Bench = async ({ say }) => {
  const folder = mkdtempSync(join(tmpdir(), 'terrarium-bench-'))
  const db = openSqlite(join(folder, 'terrarium.db'))
  try {
    await migrate(db, migrations)
    say(`making ${USERS} accounts, ${GROUPS} groups and ${CHANNELS} channels …`)
    const { secrets, channels } = await makeOrganisation(db)
    const access = new Access({ db, now: () => NOW })

    say('recognising every token for the first time …')
    const actors: Actor[] = []
    const cold = await timeEach(secrets, async (secret) => {
      const actor = await access.find(secret)
      if (!actor) throw new Error('a token was not recognised')
      actors.push(actor)
    })
    say('and again …')
    const warm = await timeEach(secrets, async (secret) => access.find(secret))

    say(`asking ${QUESTIONS} questions …`)
    const asked = askQuestions(actors, channels)
    say(
      `revoking ${REVOCATIONS} tokens and ${REVOCATIONS} memberships while a second process asks with them …`,
    )
    const revoked = await revokeBeside(join(folder, 'terrarium.db'), db, access, secrets)
    return [
      {
        title: 'Milliseconds each',
        columns: ['what', 'median', 'p99', 'at most wanted, p99'],
        rows: [
          ['a permission in a channel', figure(asked.median), figure(asked.p99), String(LIMIT_MS)],
          ['a token that was seen before', figure(warm.median), figure(warm.p99), '–'],
          ['a token seen for the first time', figure(cold.median), figure(cold.p99), '–'],
        ],
        notes: [
          `${GROUPS_OF_USER} groups an account, ${GROUPS_OF_CHANNEL} groups a channel; ${figure((asked.allowed / asked.count) * 100)} % of the questions were answered with yes.`,
          `Questions are timed in runs of ${ASKED_AT_ONCE}, because one takes less than the clock can tell.`,
        ],
      },
      {
        title: 'Milliseconds from a revocation until a second process refuses',
        columns: ['what', 'times', 'median', 'longest', 'at most wanted'],
        rows: [
          ['a token that was dropped', ...inRow(revoked.tokens)],
          ['an account taken out of a group', ...inRow(revoked.members)],
        ],
        notes: [
          'The second process asks every 2 ms with the token, which it remembers, on the database file of this one. The process that revokes refuses at once.',
        ],
      },
    ]
  } finally {
    await db.destroy()
    rmSync(folder, { recursive: true })
  }
}

const inRow = (times: readonly number[]): string[] => [
  String(times.length),
  figure(times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0),
  figure(Math.max(...times)),
  String(REVOCATION_LIMIT_MS),
]

/** Revokes here what another process has just used, and has that say when it noticed. */
async function revokeBeside(file: string, db: Db, access: Access, secrets: readonly Secret[]) {
  const node = fork(join(import.meta.dirname, 'permissions-node.ts'), [file, NOW.toISOString()])
  try {
    await heard(node, 'ready')
    const tokens: number[] = []
    const members: number[] = []
    for (let number = 0; number < REVOCATIONS; number += 1) {
      const [first, second] = [secrets[number]!, secrets[REVOCATIONS + number]!]
      tokens.push(
        await revokedAfter(node, { secret: first.reveal(), groupId: undefined }, number, () =>
          access.change((tx) => deleteToken(tx, `t${number}`)),
        ),
      )
      const userId = `u${REVOCATIONS + number}`
      const { group_id: groupId } = await db
        .selectFrom('group_members')
        .select('group_id')
        .where('user_id', '=', userId)
        .executeTakeFirstOrThrow()
      members.push(
        await revokedAfter(node, { secret: second.reveal(), groupId }, number, () =>
          access.change((tx) => deleteMember(tx, groupId, userId, 'local')),
        ),
      )
    }
    return { tokens, members }
  } finally {
    node.disconnect()
    await once(node, 'exit')
  }
}

async function revokedAfter(
  node: ChildProcess,
  watch: Watch,
  number: number,
  revoke: () => Promise<unknown>,
): Promise<number> {
  node.send(watch)
  await heard(node, 'open')
  // at every phase of the second in which it does not look
  await wait((number * PHASE_MS) / REVOCATIONS)
  await revoke()
  const doneMs = performance.timeOrigin + performance.now()
  const seen = await heard(node, 'gone')
  return Math.max(0, ('atMs' in seen ? seen.atMs : doneMs) - doneMs)
}

async function heard(node: ChildProcess, what: Seen['what']): Promise<Seen> {
  const [seen] = (await once(node, 'message', { signal: AbortSignal.timeout(DEADLINE_MS) })) as [Seen] // it sends nothing else
  if (seen.what !== what) throw new Error(`the second process said ${seen.what}, not ${what}`)
  return seen
}

function askQuestions(actors: readonly Actor[], channels: readonly GuardedChannel[]) {
  const names = Object.keys(permissions) as Permission[]
  const times: number[] = []
  let allowed = 0
  for (let run = 0; run < QUESTIONS / ASKED_AT_ONCE; run += 1) {
    const started = performance.now()
    for (let question = 0; question < ASKED_AT_ONCE; question += 1) {
      const number = run * ASKED_AT_ONCE + question
      // strides without common factors, so that everybody meets every channel
      const actor = actors[(number * 7919) % actors.length]!
      const channel = channels[(number * 104_729) % channels.length]!
      const permission = names[number % names.length]!
      if (mayDo(actor, permission, channel)) allowed += 1
    }
    times.push((performance.now() - started) / ASKED_AT_ONCE)
  }
  return { ...quantiles(times), allowed, count: QUESTIONS }
}

async function timeEach<Item>(items: readonly Item[], run: (item: Item) => Promise<unknown>) {
  const times: number[] = []
  for (const item of items) {
    const started = performance.now()
    await run(item)
    times.push(performance.now() - started)
  }
  return quantiles(times)
}

function quantiles(times: readonly number[]): { median: number; p99: number } {
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  return { median: at(0.5), p99: at(0.99) }
}

async function makeOrganisation(db: Db): Promise<{ secrets: Secret[]; channels: GuardedChannel[] }> {
  const at = NOW.getTime()
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number)
  const secrets = numbers(USERS).map(() => newTokenSecret('user'))
  const users = numbers(USERS).map((number) => ({
    ...{ id: `u${number}`, name: `user-${number}`, password_hash: null, is_admin: 0, is_disabled: 0 },
    ...{ created_at: at, kind: 'person', display_name: '', failed_logins: 0 },
  }))
  const tokens = secrets.map((secret, number) => ({
    ...{ id: `t${number}`, user_id: `u${number}`, name: 'bench', secret_sha256: tokenDigest(secret) },
    ...{ created_at: at, expires_at: at + 86_400_000, metadata: '{}' },
  }))
  const groups = numbers(GROUPS).map((number) => ({
    ...{ id: `g${number}`, name: `group-${number}`, description: '', is_remote: 0 },
    ...{ created_at: at, updated_at: at },
  }))
  const members = numbers(USERS).flatMap((user) =>
    numbers(GROUPS_OF_USER).map((place) => ({
      ...{ user_id: `u${user}`, group_id: `g${(user * 31 + place * 97) % GROUPS}`, permission: 'read' },
      ...{ source: 'local', created_at: at },
    })),
  )
  const channels = numbers(CHANNELS).map((number): GuardedChannel => ({
    ...{ id: `c${number}`, name: `channel-${number}`, ownerId: `u${(number * 13) % USERS}` },
    privacy: (['public', 'authenticated', 'private'] as const)[number % 3]!,
  }))
  const shares = channels.flatMap(({ id }, channel) =>
    numbers(GROUPS_OF_CHANNEL).map((place) => ({
      ...{ channel_id: id, subject_kind: 'group', subject_id: `g${(channel * 17 + place * 211) % GROUPS}` },
      ...{ permission: (['read', 'write', 'manage'] as const)[place % 3]!, created_at: at, updated_at: at },
    })),
  )
  await db.transaction().execute(async (tx) => {
    for (const chunk of inChunks(users)) await tx.insertInto('users').values(chunk).execute()
    for (const chunk of inChunks(tokens)) await tx.insertInto('tokens').values(chunk).execute()
    for (const chunk of inChunks(groups)) await tx.insertInto('groups').values(chunk).execute()
    for (const chunk of inChunks(members)) await tx.insertInto('group_members').values(chunk).execute()
    for (const { id, name, privacy, ownerId } of channels)
      await insertChannel(tx, { id, name, privacy, ownerId })
    for (const chunk of inChunks(shares)) await tx.insertInto('channel_shares').values(chunk).execute()
  })
  return { secrets, channels }
}

async function insertChannel(db: Db, { id, name, privacy, ownerId }: GuardedChannel): Promise<void> {
  const at = NOW.getTime()
  await db
    .insertInto('channels')
    .values({
      ...{ id, name, privacy, owner_id: ownerId, description: '', revision: 0, rendered_revision: 0 },
      ...{ created_at: at, updated_at: at, rendered_at: at, frozen: 0, kind: 'default', newest_revision: 0 },
    })
    .execute()
}
