/**
 * "Why can't I have this?": every file of a channel that a match spec asks for, with today's decision, its
 * evidence, and the way out. The answer to `GET /api/explain` and to `terrarium why`.
 */
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import { findDamage } from '../artifacts/damage-store.ts'
import type { Damage } from '../artifacts/damage.ts'
import type { Channel } from '../channels/channel.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import type { Db } from '../platform/database/db.ts'
import { chooseAlternatives, type Alternative } from '../policies/alternatives.ts'
import { isListed, isServed } from '../policies/decision.ts'
import { compileSpecs, complainOfSpec, hasNamePattern } from '../policies/package-specs.ts'
import { compareVersions } from '@terrarium/conda/version/compare.ts'
import { AppError } from '../vocabulary/errors.ts'
import type { DownloadGate } from './download-gate.ts'
import type { JudgedFile } from './judge-files.ts'

export interface Candidate extends JudgedFile {
  /** What a check found of its bytes, when they are not to be had. */
  readonly damaged: Damage | undefined
}

export interface SpecExplanation {
  readonly name: string
  /** Newest first. */
  readonly candidates: readonly Candidate[]
  /** Of all that match; `candidates` may be fewer. */
  readonly candidateCount: number
  readonly listedCount: number
  readonly servedCount: number
  /** The nearest to the newest candidate that is blocked; empty when something that matches is allowed. */
  readonly alternatives: readonly Alternative[]
}

const MAX_CANDIDATES = 200

/** @throws AppError bad-request for a spec that asks for no one package */
export async function explainSpec(
  parts: { db: Db; gate: DownloadGate },
  channel: Channel,
  wanted: { spec: string; platform?: string | undefined },
): Promise<SpecExplanation> {
  const name = nameOfSpec(wanted.spec)
  const files = await listFilesOfNames(parts.db, channel.id, [name])
  const damage = await findDamage(
    parts.db,
    files.map(({ sha256 }) => sha256),
  )
  const verdicts = await parts.gate.judge(channel, files)
  const judged = files
    .filter(
      ({ subdir }) => wanted.platform === undefined || subdir === wanted.platform || subdir === 'noarch',
    )
    // one for each file
    .map(({ id, sha256 }) => ({ ...verdicts.get(id)!, damaged: damage.get(sha256) }))
  // nobody is helped by another file that is not to be had
  const sound = judged.filter(({ damaged }) => !damaged)
  const matches = compileSpecs([wanted.spec])
  const candidates = judged
    .filter(({ facts }) => matches(facts) !== undefined)
    .sort((a, b) => newestFirst(a.facts, b.facts))
  const blocked = candidates.find(({ decision }) => !isListed(decision))
  const listedCount = candidates.filter(({ decision }) => isListed(decision)).length
  return {
    name,
    candidates: candidates.slice(0, MAX_CANDIDATES),
    candidateCount: candidates.length,
    listedCount,
    servedCount: candidates.filter((one) => isServed(one.decision) && !one.damaged).length,
    alternatives: blocked && listedCount === 0 ? chooseAlternatives(blocked.facts, sound) : [],
  }
}

/**
 * The one package that a match spec asks for.
 * @throws AppError bad-request for one that cannot be read, or asks for many
 */
export function nameOfSpec(spec: string): string {
  const complaint = complainOfSpec(spec)
  if (complaint) throw new AppError('bad-request', `"${spec}" ${complaint.message}`)
  if (hasNamePattern(spec)) {
    throw new AppError('bad-request', `"${spec}" asks for many packages; name one`)
  }
  return MatchSpec.parse(spec.trim()).name
}

type Versioned = Pick<JudgedFile['facts'], 'version' | 'buildNumber' | 'filename'>

export function newestFirst(a: Versioned, b: Versioned): number {
  return (
    -compareLeniently(a.version, b.version) ||
    b.buildNumber - a.buildNumber ||
    (a.filename < b.filename ? -1 : 1)
  )
}

function compareLeniently(a: string, b: string): number {
  try {
    return compareVersions(a, b)
  } catch {
    return a < b ? -1 : a > b ? 1 : 0
  }
}
