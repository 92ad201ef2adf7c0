/**
 * The risk that exceptions in force carry: what is known of the CVEs they let through, and how often the files
 * were had since. Files count by the day, so the day of the grant counts as a whole.
 */
import { MatchSpec } from '@terrarium/conda/match-spec/match-spec.ts'
import type { ChannelFile } from '../channels/channel-file.ts'
import { listFilesOfNames } from '../channels/contents-store.ts'
import { findFilesByPath } from '../channels/list-contents.ts'
import { dayOf } from '../downloads/count-requests.ts'
import { countDownloads } from '../downloads/store.ts'
import type { Db } from '../platform/database/db.ts'
import { concernedCves, type ExceptionRecord } from '../policies/exception.ts'
import { compileSpecs } from '../policies/package-specs.ts'
import { findKnownVulnerabilities, listMatchedVersions } from '../vulnerabilities/store.ts'

export interface CveRisk {
  readonly id: string
  /** Null where nobody has scored it, or no advisory of it is here. */
  readonly score: number | null
  readonly severity: string | null
  /** Known to be exploited. */
  readonly kev: boolean
  /** 0 to 1. */
  readonly epss: number | null
}

export interface ExceptionRisk {
  readonly cves: readonly CveRisk[]
  /** Files it is for, blocked without it or not. */
  readonly files: number
  readonly downloads: number
}

export async function assessException(db: Db, record: ExceptionRecord): Promise<ExceptionRisk> {
  const ids = concernedCves(record)
  const { vulnerabilities } = await findKnownVulnerabilities(db, ids)
  const files = await coveredFiles(db, record, ids)
  return {
    cves: ids.map((id) => {
      const known = vulnerabilities.get(id)
      return {
        id,
        score: known?.preferred.score ?? null,
        severity: known?.preferred.severity ?? null,
        kev: known !== undefined && known.kev !== null,
        epss: known?.epss?.probability ?? null,
      }
    }),
    files: files.length,
    downloads: record.decidedAt
      ? await countDownloads(
          db,
          record.channelId,
          files.map((file) => file.id),
          dayOf(record.decidedAt.getTime()),
        )
      : 0,
  }
}

async function coveredFiles(
  db: Db,
  { channelId, files, package: spec }: ExceptionRecord,
  cves: readonly string[],
): Promise<ChannelFile[]> {
  if (files) return findFilesByPath(db, channelId, files)
  if (spec !== null) {
    const matches = compileSpecs([spec])
    const named = await listFilesOfNames(db, channelId, [MatchSpec.parse(spec.trim()).name])
    return named.filter((file) => matches(file) !== undefined)
  }
  const versions = await listMatchedVersions(db, cves)
  const named = await listFilesOfNames(db, channelId, [...versions.keys()])
  return named.filter(({ name, version }) => versions.get(name)?.has(version))
}
