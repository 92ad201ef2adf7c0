/** `terrarium fsck`: runs the check, repairs when that is asked for, prints what was found and done. */
import type { Configuration } from '../platform/configuration.ts'
import { AppError } from '../vocabulary/errors.ts'
import { checkStorage, type CheckResult } from './check-storage.ts'
import type { CheckParts, CheckProgress } from './check.ts'
import { EXIT_NOT_CHECKED, exitCodeOf, kindOf, type Finding } from './finding.ts'
import { noteDamage, toDamaged } from './note-damage.ts'
import { withStorage } from './open-folder.ts'
import { repairStorage, type Repair } from './repair/repair-storage.ts'
import { openWorkshop } from './repair/stopped-workshop.ts'

export interface FsckOptions {
  readonly configuration: Configuration
  readonly quick: boolean
  readonly json: boolean
  readonly repair?: boolean
  readonly signal?: AbortSignal
}

export interface Output {
  line(text: string): void
  error(text: string): void
  /** How far it is, for people who wait. */
  progress?(text: string): void
}

/** One to bring back, one to make anew, one for what the second left behind. */
const MOST_ROUNDS = 3

/** @returns the exit code, a sum of bits as docs/CLI.md has it */
export async function runFsck(options: FsckOptions, output: Output): Promise<number> {
  try {
    return await withStorage(options.configuration, async (parts) => {
      const { result, repairs } = options.repair
        ? await checkAndRepair(options, parts, output)
        : { result: await check(options, parts, output), repairs: [] }
      const exitCode = exitCodeOf([...result.findings, ...stillAway(result.findings, repairs)].map(kindOf))
      output.line(
        options.json
          ? JSON.stringify(toJson(result, repairs, exitCode), undefined, 2)
          : describeResult(result),
      )
      return exitCode
    })
  } catch (error) {
    if (options.signal?.aborted) {
      output.error('terrarium: stopped before the end; run it again')
      return EXIT_NOT_CHECKED
    }
    if (!(error instanceof AppError)) throw error
    output.error(`terrarium: ${error.message}`)
    return EXIT_NOT_CHECKED
  }
}

function check(options: FsckOptions, parts: CheckParts, output: Output): Promise<CheckResult> {
  return checkStorage(parts, {
    quick: options.quick,
    ...(options.signal && { signal: options.signal }),
    onProgress: (progress) => output.progress?.(describeProgress(progress)),
    onFinding: (finding) => {
      if (!options.json) output.line(describeFinding(finding))
    },
  })
}

async function checkAndRepair(
  options: FsckOptions,
  opened: CheckParts,
  output: Output,
): Promise<{ result: CheckResult; repairs: Repair[] }> {
  const parts = { ...opened, isStopped: options.configuration.database === undefined }
  const workshop = openWorkshop(options.configuration, parts)
  const now = (): Date => new Date()
  const repairs: Repair[] = []
  try {
    for (let round = 1; ; round += 1) {
      const result = await check(options, parts, output)
      await noteDamage(parts.db, result.findings, { deep: !options.quick, at: now() })
      if (round > MOST_ROUNDS || result.findings.every((finding) => finding.code === 'unreferenced-blob'))
        return { result, repairs }
      options.signal?.throwIfAborted()
      const done = await repairStorage(
        { ...parts, now, rendering: workshop.rendering, onDemand: workshop.onDemand },
        result.findings,
        round,
        (repair) => {
          if (!options.json) output.line(describeRepair(repair))
        },
      )
      repairs.push(...done.filter(({ outcome }) => outcome !== 'left'))
      await workshop.publishAll()
      const isOver = done.every(({ outcome }) => outcome !== 'repaired')
      if (isOver && round > 1)
        return { result: await check({ ...options, json: true }, parts, output), repairs }
    }
  } finally {
    await workshop.close()
  }
}

/** Packages that the upstream of their mirror did not give back: no check finds them, for they are announced again. */
function stillAway(findings: readonly Finding[], repairs: readonly Repair[]): Finding[] {
  const subjects = new Set(findings.map(({ place }) => place?.sha256))
  const isAway = ({ outcome, finding }: Repair): boolean =>
    outcome === 'aside' && toDamaged(finding).length > 0 && !subjects.has(finding.place?.sha256)
  return repairs.filter(isAway).map(({ finding }) => finding)
}

function describeFinding(finding: Finding): string {
  return `${kindOf(finding)}: ${finding.where}: ${finding.message} (${finding.code})`
}

function describeRepair({ finding, outcome, message }: Repair): string {
  const word = outcome === 'aside' ? 'put aside' : outcome
  return `  ${word}: ${finding.where}: ${message}`
}

function describeResult({ findings, blobs, bytes, channels }: CheckResult): string {
  const faults = findings.filter((finding) => kindOf(finding) !== 'note').length
  const looked = `${channels} channels, ${blobs} blobs, ${bytes} bytes`
  return faults === 0 ? `clean: ${looked}` : `${faults} ${faults === 1 ? 'fault' : 'faults'}: ${looked}`
}

function describeProgress(progress: CheckProgress): string {
  const { step, done, bytes, bytes_per_second: rate, seconds_remaining: left } = progress
  const rest = left === null || left === undefined ? '' : `, about ${left} s left`
  if (bytes === undefined) return left === undefined ? step : `${step}: ${done}${rest}`
  const megabytes = (count: number): string => `${(count / 1e6).toFixed(1)} MB`
  return `${step}: ${done}, ${megabytes(bytes)} at ${megabytes(rate ?? 0)}/s${rest}`
}

function toJson({ findings, ...counts }: CheckResult, repairs: readonly Repair[], exitCode: number): object {
  return {
    exit_code: exitCode,
    ...counts,
    findings: findings.map(findingJson),
    repairs: repairs.map(({ finding, outcome, message }) => ({
      ...findingJson(finding),
      outcome,
      repair: message,
    })),
  }
}

function findingJson(finding: Finding): object {
  return {
    kind: kindOf(finding),
    code: finding.code,
    where: finding.where,
    message: finding.message,
  }
}
