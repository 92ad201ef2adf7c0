/**
 * "What did the channel say of this on that day?": the files that a match spec asks for, as the channel had them at
 * an instant, with what was decided of each by then. Which files there were and which of them solvers saw is
 * read from the revision that was served; what was decided, from the record of changes.
 */
import type { BlobStore } from '../blobs/blob-store.ts'
import type { Channel } from '../channels/channel.ts'
import type { Actor } from '../identity/actor.ts'
import type { Db } from '../platform/database/db.ts'
import { findDecisionsAt, type DecisionChange } from '../policies/decision-changes.ts'
import { compileSpecs } from '../policies/package-specs.ts'
import type { Effect } from '../policies/policy.ts'
import { resolveRevision } from './channel-view.ts'
import { nameOfSpec, newestFirst } from './explain-spec.ts'
import { listSubdirStates } from './revision-store.ts'
import { loadMap, loadRecords } from './shard-maps.ts'

export interface PastCandidate {
  readonly subdir: string
  readonly filename: string
  readonly version: string
  readonly build: string
  readonly buildNumber: number
  readonly effect: Effect
  /** Whether the index that was served offered it. */
  readonly listed: boolean
  /** The change that was in force; undefined for a file that was allowed from its first day. */
  readonly change: DecisionChange | undefined
}

export interface PastExplanation {
  readonly name: string
  /** That was served then. */
  readonly revision: number
  /** Newest first. */
  readonly candidates: readonly PastCandidate[]
  /** Of all that matched; `candidates` may be fewer. */
  readonly candidateCount: number
}

export interface PastContext {
  readonly db: Db
  readonly blobs: BlobStore
  readonly actor: Actor
  readonly now: () => Date
}

const MAX_CANDIDATES = 200

/** @throws AppError bad-request for a spec that asks for no one package; not-found and revision-expired */
export async function explainPast(
  ctx: PastContext,
  channel: Channel,
  wanted: { spec: string; platform?: string | undefined; at: Date },
): Promise<PastExplanation> {
  const name = nameOfSpec(wanted.spec)
  const revision = await resolveRevision(ctx, channel, { kind: 'instant', instant: wanted.at })
  const matches = compileSpecs([wanted.spec])
  const all = (await readFiles(ctx, channel.id, { revision, name }))
    .filter(
      ({ subdir }) => wanted.platform === undefined || subdir === wanted.platform || subdir === 'noarch',
    )
    .filter((file) => matches(file) !== undefined)
    .sort(newestFirst)
  const shown = all.slice(0, MAX_CANDIDATES)
  const changes = await findDecisionsAt(ctx.db, channel.id, shown, wanted.at)
  return {
    name,
    revision,
    candidateCount: all.length,
    candidates: shown.map(({ subdir, filename, version, build, buildNumber, listed }) => {
      const change = changes.get(`${subdir}/${filename}`)
      const effect = change?.after ?? 'allow'
      return { subdir, filename, version, build, buildNumber, listed, effect, change }
    }),
  }
}

/** What a revision has of a name: as match specs ask about it, and whether solvers saw it. */
async function readFiles(
  { db, blobs }: PastContext,
  channelId: string,
  { revision, name }: { revision: number; name: string },
) {
  const states = await listSubdirStates(db, channelId, revision)
  const bySubdir = await Promise.all(
    states.map(async ({ subdir, contentsSha256, servedSha256 }) => {
      const contents = await loadRecords(blobs, (await loadMap(blobs, contentsSha256)).get(name))
      const served = await loadRecords(blobs, (await loadMap(blobs, servedSha256)).get(name))
      return [...contents].map(([filename, record]) => ({
        subdir,
        filename,
        name,
        version: record.version,
        build: record.build,
        buildNumber: record.build_number,
        licence: record.license ?? null,
        licenceFamily: record.license_family ?? null,
        listed: served.has(filename),
      }))
    }),
  )
  return bySubdir.flat()
}
