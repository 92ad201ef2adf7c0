/** What an exception would have to lift: the rules that keep the files back which it is asked for. */
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import type { Channel } from '../channels/channel.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { findFilesByPath } from '../channels/list-contents.ts'
import type { Db } from '../platform/database/db.ts'
import type { DecisionReason } from '../policies/decision.ts'
import { findFix, type Fixable } from '../policies/end-exceptions.ts'
import { liftsAgainst, type Lift } from '../policies/exception.ts'
import { loadChannelPolicies } from '../policies/load-policies.ts'
import { compileSpecs, complainOfSpec, hasNamePattern } from '../policies/package-specs.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { DownloadGate } from './download-gate.ts'

export interface LiftParts {
  readonly db: Db
  readonly gate: DownloadGate
}

export interface WantedScope {
  /** `subdir/filename` */
  readonly files: readonly string[] | null
  /** A match spec. */
  readonly package: string | null
  readonly cves?: readonly string[] | undefined
}

/** @throws AppError not-found for files that are not there, bad-request for a spec that can't be used */
export async function findLifts(parts: LiftParts, channel: Channel, wanted: WantedScope): Promise<Lift[]> {
  const complaint = wanted.package === null ? undefined : complainOfSpec(wanted.package)
  if (complaint) throw new AppError('bad-request', `package "${wanted.package}" ${complaint.message}`)
  if (wanted.cves) return liftsForCves(parts, channel, wanted.cves)
  const files = wanted.files
    ? await filesAt(parts, channel, wanted.files)
    : await filesOf(parts, channel, wanted.package ?? '*')
  return liftsAgainst(await reasonsAgainst(parts, channel, files))
}

/**
 * An exception that ends with the first fixed version is none when there is one already: it would be granted, and
 * over with the next publish.
 *
 * @throws AppError bad-request, with the version to take and the way to have the exception all the same
 */
export async function refuseWhatIsFixed(
  parts: LiftParts,
  channel: Channel,
  wanted: Pick<Fixable, 'files' | 'package' | 'lifts'>,
): Promise<void> {
  const asked = wanted.files
    ? await filesAt(parts, channel, wanted.files)
    : wanted.package === null
      ? []
      : await filesOf(parts, channel, wanted.package)
  const names = [...new Set(asked.map(({ name }) => name))]
  if (names.length !== 1) return // of several packages no one version is the fix, and for all packages there is none
  const named = await listFilesOfNames(parts.db, channel.id, names)
  const judged = await parts.gate.judge(channel, named)
  const fix = findFix({ ...wanted, id: '', untilFixed: true }, [...judged.values()])
  if (!fix) return
  throw new AppError(
    'bad-request',
    `${fix.subdir}/${fix.filename} is allowed and has none of the CVEs, so the exception would end at once; take that ` +
      'file, or ask for one that goes on all the same: until_fixed false, --keep-when-fixed, or without the tick at ' +
      '"End it as soon as the channel allows a version without the CVEs"',
  )
}

/** The rules that hold these files now, each as a whole. @throws AppError not-found */
export async function findHolds(
  parts: LiftParts,
  channel: Channel,
  paths: readonly string[],
): Promise<Lift[]> {
  const reasons = await reasonsAgainst(parts, channel, await filesAt(parts, channel, paths))
  const held = liftsAgainst(reasons.filter(({ effect }) => effect === 'hold'))
  return held.map(({ policy, rule }) => ({ policy, rule, cves: null }))
}

async function liftsForCves(parts: LiftParts, channel: Channel, cves: readonly string[]): Promise<Lift[]> {
  const ids = [...new Set(cves.map((id) => id.toUpperCase()))].sort()
  const policies = await loadChannelPolicies(parts.db, channel.id)
  const names = new Set(policies.filter(({ auditOnly }) => !auditOnly).map(({ name }) => name))
  return [...names].map((policy) => ({ policy, rule: null, cves: ids }))
}

async function reasonsAgainst(
  parts: LiftParts,
  channel: Channel,
  files: readonly ChannelFile[],
): Promise<DecisionReason[]> {
  const judged = await parts.gate.judge(channel, files)
  return [...judged.values()].flatMap(({ decision }) => decision.reasons)
}

async function filesAt(parts: LiftParts, channel: Channel, paths: readonly string[]): Promise<ChannelFile[]> {
  const found = await findFilesByPath(parts.db, channel.id, paths)
  const known = new Set(found.map(({ subdir, filename }) => `${subdir}/${filename}`))
  const missing = paths.find((path) => !known.has(path))
  if (missing === undefined) return found
  throw new AppError('not-found', `the channel ${channel.name} has no file ${missing}`)
}

async function filesOf(parts: LiftParts, channel: Channel, spec: string): Promise<ChannelFile[]> {
  if (hasNamePattern(spec)) {
    throw new AppError('bad-request', 'name one package, or the CVEs: a pattern of names meets new packages')
  }
  const matches = compileSpecs([spec])
  const named = await listFilesOfNames(parts.db, channel.id, [MatchSpec.parse(spec.trim()).name])
  const judged = await parts.gate.judge(channel, named)
  const found = named.filter((file) => {
    const facts = judged.get(file.id)?.facts
    return facts && matches(facts) !== undefined
  })
  if (found.length === 0) throw new AppError('not-found', `the channel ${channel.name} has no "${spec}"`)
  return found
}
