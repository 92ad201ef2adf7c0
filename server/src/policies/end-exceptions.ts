/**
 * Exceptions that end by themselves: their time has come, or the channel allows a version without the CVEs
 * they were granted for. Before the time comes, whoever asked is reminded.
 */
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import { appendEvent } from '../audit/append-event.ts'
import { enqueue } from '../jobs/queue.ts'
import type { Db } from '../platform/database/db.ts'
import { isListed, type Decision } from './decision.ts'
import { markScope } from './decide-exception.ts'
import { concernedCves, type ExceptionRecord } from './exception.ts'
import { listApproved, listExpired, listToRemind, markReminded, moveException } from './exception-store.ts'
import type { ArtifactFacts, VulnerabilityFact } from './facts.ts'
import { compileSpecs } from './package-specs.ts'
import { DAY_MS } from './request-exception.ts'

export const REMIND_DAYS = 7

interface Decided {
  readonly facts: ArtifactFacts
  readonly decision: Decision
}

/** What says when an exception has become unnecessary. */
export type Fixable = Pick<ExceptionRecord, 'id' | 'files' | 'package' | 'lifts' | 'untilFixed'>

/**
 * The file that makes an exception unnecessary: newer than all it covers, for the same platform, without its
 * CVEs, and allowed by the policies without help of this exception.
 *
 * @param files of the channel, all of the names it may cover
 */
export function findFix(record: Fixable, files: readonly Decided[]): ArtifactFacts | undefined {
  const cves = new Set(concernedCves(record))
  if (!record.untilFixed || cves.size === 0) return undefined
  const covered = files.filter((file) => covers(record, file.facts) && hasAny(file.facts, cves))
  if (covered.length === 0) return undefined
  return files.find(
    (fix) =>
      isListed(fix.decision) &&
      !fix.decision.exceptionsUsed.some(({ exception }) => exception === record.id) &&
      !hasAny(fix.facts, cves) &&
      covered.every((old) => replaces(fix.facts, old.facts)),
  )?.facts
}

function covers(record: Fixable, facts: ArtifactFacts): boolean {
  if (record.files) return record.files.includes(`${facts.subdir}/${facts.filename}`)
  // one for a CVE in every package ends with its time, not with the first package that is fixed
  return record.package !== null && compileSpecs([record.package])(facts) !== undefined
}

function hasAny(facts: ArtifactFacts, cves: ReadonlySet<string>): boolean {
  return facts.vulnerabilities.some(
    (cve) => isOpen(cve) && [cve.id, ...cve.aliases].some((id) => cves.has(id.toUpperCase())),
  )
}

function isOpen({ status }: VulnerabilityFact): boolean {
  return status !== 'mitigated' && status !== 'cleared'
}

function replaces(fix: ArtifactFacts, old: ArtifactFacts): boolean {
  if (fix.name !== old.name || (fix.subdir !== old.subdir && fix.subdir !== 'noarch')) return false
  try {
    const order = compareVersions(fix.version, old.version)
    return order > 0 || (order === 0 && fix.buildNumber > old.buildNumber)
  } catch {
    return false // what can't be ordered is no fix
  }
}

/** An exception, and the file that makes it unnecessary: `linux-64/a-2-0.conda`. */
export interface Fix {
  readonly exception: string
  readonly file: string
}

/** Among the files just decided. */
export async function findFixes(db: Db, channelId: string, files: readonly Decided[]): Promise<Fix[]> {
  return (await listApproved(db, channelId)).flatMap((record) => {
    const fix = findFix(record, files)
    return fix ? [{ exception: record.id, file: `${fix.subdir}/${fix.filename}` }] : []
  })
}

/** For whoever publishes: ends what was found to be unnecessary, and marks its names. */
export async function endFixedExceptions(
  tx: Db,
  channelId: string,
  fixes: readonly Fix[],
  at: Date,
): Promise<void> {
  if (fixes.length === 0) return
  const files = new Map(fixes.map(({ exception, file }) => [exception, file]))
  for (const record of await listApproved(tx, channelId)) {
    const file = files.get(record.id)
    if (file === undefined) continue
    const cause = `${file} is allowed and has none of its CVEs`
    if (!(await moveException(tx, record.id, 'approved', { state: 'fixed', cause, at }))) continue
    await markScope(tx, record, { kind: 'exception', exception: record.id, change: 'ended' }, at)
    await appendEvent(tx, {
      at,
      actorId: undefined,
      action: 'exception.ended',
      target: record.channelName,
      details: { exception: record.id, cause },
    })
  }
}

/** Looks whether there is anything to do; run every so often, and at the start of a server. */
export async function enqueueReview({ db, now }: { db: Db; now: () => Date }): Promise<boolean> {
  const isDue =
    (await listToRemind(db, remindUntil(now()))).length > 0 || (await listExpired(db, now())).length > 0
  if (!isDue) return false
  const key = 'exceptions.review'
  await enqueue(db, { kind: key, payload: {}, now: now(), dedupeKey: key, exclusiveKey: key })
  return true
}

function remindUntil(now: Date): Date {
  return new Date(now.getTime() + REMIND_DAYS * DAY_MS)
}

/** Reminds of those that end soon and writes down the end of those that have; safe to run twice. */
export async function reviewExceptions(parts: { db: Db; now: () => Date }): Promise<void> {
  const now = parts.now()
  await parts.db.transaction().execute(async (tx) => {
    const ending = await listToRemind(tx, remindUntil(now))
    await markReminded(
      tx,
      ending.map(({ id }) => id),
      now,
    )
    for (const record of ending) {
      await appendEvent(tx, {
        at: now,
        actorId: undefined,
        action: 'exception.expiring',
        target: record.channelName,
        details: { exception: record.id, expires: record.expiresAt?.toISOString() },
      })
    }
    for (const record of await listExpired(tx, now)) {
      const change = { state: 'expired', cause: 'its time is over', at: now } as const
      if (!(await moveException(tx, record.id, 'approved', change))) continue
      await markScope(tx, record, { kind: 'exception', exception: record.id, change: 'ended' }, now)
      await appendEvent(tx, {
        at: now,
        actorId: undefined,
        action: 'exception.expired',
        target: record.channelName,
        details: { exception: record.id },
      })
    }
  })
}
