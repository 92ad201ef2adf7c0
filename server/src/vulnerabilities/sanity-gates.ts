/**
 * What an import must not do by itself. A feed that was cut, is last year's, or loses a part of what it said is no
 * reason to let packages through: it is held, the last snapshot stays, and a person looks at it. Pure.
 */
import type { SourceKind } from './source-kinds.ts'
import type { Finding } from './version-store.ts'

/** More bad records than one in a thousand stop an import. */
export const MAX_BAD_SHARE = 0.001
/** Of the records of a whole file, and of those that stood. */
const MAX_LOSS_SHARE = 0.02
/** Fewer than so many are no mass change. */
const MIN_ENDED = 5
const MAX_LOST_MATCHES_SHARE = 0.05
const MIN_LOST_MATCHES = 20
const MAX_CHANGED_MATCHES_SHARE = 0.5
const MIN_CHANGED_MATCHES = 200
const OLDER_MS = 24 * 3_600_000
const YEAR_MS = 365 * 24 * 3_600_000
/** Sources that say something new every week: data of last year is an old copy. */
const lively: ReadonlySet<SourceKind> = new Set(['nvd', 'cve5', 'kev', 'epss'])

export interface FileFacts {
  readonly records: number
  readonly skipped: number
  /** Records that stood and now say that they do not. */
  readonly ended: number
  /** Records of this source that stand now. */
  readonly standing: number
  readonly isCut: boolean
  readonly dataMs: number | null
  /** The last file of the same name that was applied, or the last catalogue. */
  readonly previous: { readonly records: number; readonly dataMs: number | null } | undefined
  /** Whether the file is all of its source. */
  readonly isWhole: boolean
  readonly sourceKind: SourceKind | undefined
  readonly nowMs: number
}

export function judgeFile(facts: FileFacts): Finding[] {
  const findings: Finding[] = []
  const { records, skipped, ended, standing, dataMs, previous } = facts
  if (skipped > (records + skipped) * MAX_BAD_SHARE) {
    findings.push({
      code: 'bad-records',
      message: `${skipped} of ${records + skipped} records cannot be read; more than 0.1 % stop an import`,
    })
  }
  if (facts.isCut)
    findings.push({ code: 'cut', message: 'the file ends in the middle of a record: it was cut' })
  if (facts.isWhole && previous && records < previous.records * (1 - MAX_LOSS_SHARE)) {
    findings.push({
      code: 'shrunk',
      message: `it holds ${records} records, and the one before held ${previous.records}: over 2 % fewer`,
    })
  }
  if (ended > MIN_ENDED && ended > standing * MAX_LOSS_SHARE) {
    findings.push({
      code: 'records-lost',
      message: `it ends ${ended} of ${standing} records of this source at once: over 2 %`,
    })
  }
  if (dataMs !== null && previous?.dataMs != null && dataMs < previous.dataMs - OLDER_MS) {
    findings.push({
      code: 'older',
      message: `its newest date is ${day(dataMs)}, and we have that of ${day(previous.dataMs)}: an old copy`,
    })
  }
  const { sourceKind } = facts
  if (sourceKind && lively.has(sourceKind) && dataMs !== null && dataMs < facts.nowMs - YEAR_MS) {
    findings.push({ code: 'years-old', message: `its newest date is ${day(dataMs)}, over a year ago` })
  }
  return findings
}

export interface EffectFacts {
  readonly effects: Readonly<Record<string, number>>
  /** Names and versions in channels times vulnerabilities that affect them, now. */
  readonly matches: number
  /** Whether the source has brought something before: the first time much is new. */
  readonly isFirst: boolean
}

export function judgeEffects({ effects, matches, isFirst }: EffectFacts): Finding[] {
  const lost = effects['no_longer_affected'] ?? 0
  const found = effects['newly_affected'] ?? 0
  const findings: Finding[] = []
  if (lost > MIN_LOST_MATCHES && lost > matches * MAX_LOST_MATCHES_SHARE) {
    findings.push({
      code: 'matches-lost',
      message: `${lost} of ${matches} known vulnerabilities of package versions would be gone: over 5 %`,
    })
  }
  if (!isFirst && lost + found > MIN_CHANGED_MATCHES && lost + found > matches * MAX_CHANGED_MATCHES_SHARE) {
    findings.push({
      code: 'mass-change',
      message: `${found} vulnerabilities of package versions would be new and ${lost} gone, of ${matches}: over half`,
    })
  }
  return findings
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}
